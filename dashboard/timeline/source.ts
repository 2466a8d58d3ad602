/** Fetches lanes and announcements; a newer request ends the older one, so answers never come out of order. */
import { toIsoMinute } from '../format.ts';
import { PARCEL_TYPE } from '../lane-parcel.ts';
import {
  AnswerError,
  type LoadedLanes,
  parseAnnouncements,
  type TimelineAnnouncement,
} from './data.ts';
import { parseLaneRuns } from './lane-answer.ts';
import type { View } from './view.ts';

/** What became of a request; `superseded` asks for nothing. */
export type Fetched<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'superseded' };

/** Where the chart gets its data from. */
export type Source = {
  readonly fetchLanes: (view: View) => Promise<Fetched<LoadedLanes>>;
  readonly fetchAnnouncements: () => Promise<Fetched<readonly TimelineAnnouncement[]>>;
};

async function fetchParsed<T>(
  url: URL,
  signal: AbortSignal,
  accept: string,
  parse: (response: Response) => Promise<T>,
): Promise<Fetched<T>> {
  try {
    const response = await fetch(url, { signal, headers: { accept } });
    if (!response.ok)
      return {
        kind: 'failed',
        message: `the server answered ${response.status} for ${url.pathname}`,
      };
    return { kind: 'ok', value: await parse(response) };
  } catch (error) {
    if (signal.aborted) return { kind: 'superseded' };
    if (error instanceof AnswerError)
      return {
        kind: 'failed',
        message: `${url.pathname} answered something unexpected: ${error.message}`,
      };
    // What fetch throws when no connection comes about or breaks, and what json() throws for a broken body.
    if (error instanceof TypeError || error instanceof SyntaxError)
      return { kind: 'failed', message: `${url.pathname} could not be read` };
    throw error;
  }
}

/** Makes a source over the two addresses; both are relative to the page. */
export function createSource(lanesUrl: string, announcementsUrl: string, base: string): Source {
  let running = new AbortController();
  return {
    fetchLanes({ fromMs, toMs }) {
      running.abort();
      running = new AbortController();
      const url = new URL(lanesUrl, base);
      // The page names the lanes as JSON, for people; the same in runs of a few bytes is beside it.
      url.pathname += '.rl';
      url.searchParams.set('from', toIsoMinute(fromMs));
      url.searchParams.set('to', toIsoMinute(toMs));
      return fetchParsed(url, running.signal, PARCEL_TYPE, async (response) =>
        parseLaneRuns(new Uint8Array(await response.arrayBuffer())),
      );
    },
    fetchAnnouncements() {
      // All of them, once: there are few, and a longer range may bring others into sight at any time.
      const url = new URL(announcementsUrl, base);
      url.searchParams.delete('from');
      url.searchParams.delete('to');
      const { signal } = new AbortController();
      return fetchParsed(url, signal, 'application/json', async (response) =>
        parseAnnouncements(await response.json()),
      );
    },
  };
}
