/** Ten readers who want a whole table each, again and again, in a process of their own: whoever is refused comes back. */
import { setTimeout as delay } from 'node:timers/promises';

/** What it tells: once when as many exports run as may, and at its end. */
export type ReadersSaid = { readonly refused: number; readonly bytes: number };

const READERS = 10;
/** Sooner than the server says, so that it is never without exports. */
const AGAIN_MS = 200;
const FORMATS = ['csv', 'jsonl', 'parquet'] as const;

let refused = 0;
let bytes = 0;

async function read(url: string, reader: number): Promise<void> {
  const format = FORMATS[reader % FORMATS.length] ?? 'csv';
  for (;;) {
    const response = await fetch(`${url}api/v1/exports/measurements.${format}`);
    if (response.status === 429) {
      if (!/^\d+$/.test(response.headers.get('retry-after') ?? ''))
        throw new Error('a refusal does not say when to come back');
      await response.arrayBuffer();
      refused += 1;
      await delay(AGAIN_MS);
      continue;
    }
    if (response.status !== 200) throw new Error(`an export was answered with ${response.status}`);
    for await (const piece of response.body ?? []) bytes += piece.byteLength;
  }
}

process.once('message', (url: string) => {
  for (let reader = 0; reader < READERS; reader += 1) void read(url, reader);
  const looking = setInterval(() => {
    if (refused === 0 || bytes === 0) return;
    clearInterval(looking);
    process.send?.({ refused, bytes } satisfies ReadersSaid);
  }, 20);
});
process.once('disconnect', () => process.exit());
