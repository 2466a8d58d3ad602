/** The one connection of a browser, held by a worker that all its pages share. */
import { type FeedMessage, openFeed } from './feed.ts';

/** The part of a shared worker's global that is used here. */
type SharedScope = { onconnect: ((event: MessageEvent) => void) | null };

/** Pages say this as they go; there is no other way to know. */
export const FAREWELL = 'gone';

/** Runs in the worker: opens the stream for the first page and tells all of them. */
export function runWorker(scope: SharedScope): void {
  const ports = new Set<MessagePort>();
  let isStarted = false;
  let state: FeedMessage | undefined;
  scope.onconnect = ({ ports: [port] }) => {
    if (port === undefined) return;
    ports.add(port);
    port.onmessage = ({ data }: MessageEvent<string>) => {
      if (data === FAREWELL) ports.delete(port);
      else if (isStarted) {
        if (state) port.postMessage(state);
      } else {
        isStarted = true;
        openFeed(data, (message) => {
          if (message.kind === 'open' || message.kind === 'lost') state = message;
          for (const one of ports) one.postMessage(message);
        });
      }
    };
    port.start();
  };
}
