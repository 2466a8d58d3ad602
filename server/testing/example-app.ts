/** The sample with incidents and ledger derived from it, and the answers that documents show. */

import { API_ROUTES } from '../api/routes.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from './sample-app.ts';

/** Items of a list that an example keeps. */
const MAX_ITEMS = 2;
const MAX_CHARACTERS = 300;

/** The sample in which incidents were found and the ledger was built. */
export async function openExampleApp(): Promise<SampleApp> {
  const slots = 48;
  let nowMs = SAMPLE_START_MS + slots * SAMPLE_INTERVAL_MS;
  const clock = { ...createFixedClock(0), nowMs: () => nowMs };
  const sample = openSampleApp({ slots, clock });
  const { store, config } = sample;
  const books = createBookkeeping({ store, config, clock, log: () => {}, graceMs: 0 });
  await books.rebuild('at the start');
  await books.stop();
  // What was stored just now is in no revision yet.
  nowMs += 60_000;
  return sample;
}

/** Names that are keys in a schema of many columns. */
const SCHEMAS: readonly string[] = ['$defs', 'properties'];

function keepFirst(value: object): unknown {
  return Object.fromEntries(Object.entries(value).slice(0, MAX_ITEMS));
}

/** Keeps the beginning of every list, and of texts of many lines. */
export function shorten(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > MAX_CHARACTERS ? `${value.slice(0, MAX_CHARACTERS)}…` : value;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(shorten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      shorten(SCHEMAS.includes(key) ? keepFirst(inner as object) : inner),
    ]),
  );
}

/** Every answer that is JSON, whole, by operation. */
export async function readAnswers(sample: SampleApp): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const { operation, example, mediaType } of API_ROUTES) {
    if (mediaType !== undefined) continue;
    const response = await sample.app.request(example);
    if (response.status !== 200) throw new Error(`${example}: ${await response.text()}`);
    answers[operation] = await response.json();
  }
  return answers;
}
