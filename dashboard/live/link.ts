/**
 * One connection per browser, since browsers allow six to a server over HTTP/1.1 and a reader may have ten pages open: a
 * shared worker where there are such, else the page that holds a lock tells the others, else each page for itself.
 */
import { type FeedMessage, type Hear, openFeed } from './feed.ts';
import { FAREWELL } from './worker.ts';

const NAME = 'reachline-live';

/** Listens to the stream by the best way that this browser has. @param script address of the bundle, for the worker */
export function listenToFeed(url: string, script: string, hear: Hear): void {
  const address = new URL(url, location.href).href;
  if (typeof SharedWorker === 'function') listenToWorker(address, script, hear);
  else listenToLeader(address, hear);
}

function listenToWorker(address: string, script: string, hear: Hear): void {
  const worker = new SharedWorker(script, { name: NAME, type: 'module' });
  worker.addEventListener('error', () => listenToLeader(address, hear), { once: true });
  worker.port.onmessage = ({ data }: MessageEvent<FeedMessage>) => hear(data);
  worker.port.postMessage(address);
  addEventListener('pagehide', () => worker.port.postMessage(FAREWELL));
  // A page that is taken from the browser's memory has a port that the worker has forgotten.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload();
  });
}

function listenToLeader(address: string, hear: Hear): void {
  // Both are absent on plain HTTP and in old browsers.
  if (!('locks' in navigator) || typeof BroadcastChannel !== 'function') {
    openFeed(address, hear);
    return;
  }
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<FeedMessage>) => hear(data);
  // The lock is kept until the page goes; then the next page has it, and opens the stream.
  void navigator.locks.request(NAME, () => {
    openFeed(address, (message) => {
      hear(message);
      channel.postMessage(message);
    });
    return new Promise(() => {});
  });
}
