/** Asks for the board as JSON by its tag: what is missed while there is no stream, at the cost of a header each minute. */
import { type LaneMessage, parseLane } from './feed.ts';

/** What an answer says; `same` costs nothing. */
export type Polled =
  | { readonly kind: 'same' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'new'; readonly mark: string; readonly lanes: readonly LaneMessage[] };

/** Makes a function that asks once; it remembers the tag. */
export function createPoll(url: string): () => Promise<Polled> {
  let tag = '';
  return async () => {
    try {
      const headers = tag === '' ? {} : { 'if-none-match': tag };
      const response = await fetch(url, { headers, cache: 'no-store' });
      if (response.status === 304) return { kind: 'same' };
      if (!response.ok) return { kind: 'failed' };
      const json = (await response.json()) as { mark?: unknown; lanes?: unknown };
      tag = response.headers.get('etag') ?? '';
      const lanes = Array.isArray(json.lanes) ? json.lanes : [];
      return {
        kind: 'new',
        mark: String(json.mark),
        lanes: lanes.flatMap((one) => parseLane(one) ?? []),
      };
    } catch (error) {
      // What fetch throws without a connection, and json() for a body that was cut off.
      if (error instanceof TypeError || error instanceof SyntaxError) return { kind: 'failed' };
      throw error;
    }
  };
}
