/** The stream of the server as messages, the same whether this page holds the connection or another one does. */

/** A new verdict of a lane, as the server tells it (server/live/live-event.ts). */
export type LaneMessage = {
  readonly kind: 'lane';
  /** `<service>/<vantage>/<part>`. */
  readonly lane: string;
  readonly t: number;
  readonly until: number;
  readonly at: number;
  readonly verdict: string;
  readonly n: number;
};

/** What a page hears. `news`: something changed that only the page itself can show. */
export type FeedMessage =
  | LaneMessage
  | { readonly kind: 'news' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost' };

export type Hear = (message: FeedMessage) => void;

const LANE = /^[a-z0-9-]+\/[a-z0-9-]+\/[a-z]+$/;
/** Later tries of a browser may come minutes apart; a page must not wait so long after its server is back. */
const RETRY_MS = 20_000;

/** Reads a lane as it came; undefined when it is none, such as one of another version of the server. */
export function parseLane(json: unknown): LaneMessage | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { lane, t, until, at, verdict, n } = json as Record<string, unknown>;
  if (typeof lane !== 'string' || !LANE.test(lane) || typeof verdict !== 'string') return undefined;
  const numbers = [t, until, at, n].filter((one) => typeof one === 'number');
  const [tMs, untilMs, atMs, number] = numbers;
  if (tMs === undefined || untilMs === undefined || atMs === undefined || number === undefined)
    return undefined;
  return { kind: 'lane', lane, t: tMs, until: untilMs, at: atMs, verdict, n: number };
}

function readData(event: Event): unknown {
  try {
    return JSON.parse(String((event as MessageEvent).data));
  } catch {
    return undefined; // cut short on the way; the next poll has it
  }
}

/** Opens the stream and tells everything that comes; comes back by itself when it is lost. */
export function openFeed(url: string, hear: Hear): void {
  const source = new EventSource(url);
  source.addEventListener('open', () => hear({ kind: 'open' }));
  source.addEventListener('lane', (event) => {
    const lane = parseLane(readData(event));
    if (lane) hear(lane);
  });
  source.addEventListener('change', () => hear({ kind: 'news' }));
  source.addEventListener('incident', () => hear({ kind: 'news' }));
  source.addEventListener('reset', () => hear({ kind: 'reset' }));
  source.addEventListener('error', () => {
    hear({ kind: 'lost' });
    // A browser that was refused does not try again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => openFeed(url, hear), RETRY_MS);
  });
}
