/** What the tests of the store share: a clock that is set by hand and stores in a folder that goes away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Confidence } from '../../probes/types.ts';
import type { WallClock } from '../connection.ts';
import { openStore } from '../open.ts';
import type { Store } from '../store.ts';
import { GENERATED_VANTAGES, type GenerateInput, generateRun } from './generate.ts';
import { createRandom } from './generate-observations.ts';

/** Noon UTC of 4 March 2022, the start of most test data. */
export const NOON_MS = Date.UTC(2022, 2, 4, 12);
export const INTERVAL_MS = 300_000;

/** A clock that shows what it is told. */
export type HandClock = WallClock & { set: (nowMs: number) => void };

/** Makes a clock that stands still until it is set. */
export function createHandClock(startMs: number = NOON_MS): HandClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    set(value) {
      nowMs = value;
    },
  };
}

/** A folder of its own for one test; `beforeRemoval` runs first, since hooks run in the order they were added. */
export function makeFolder(t: TestContext, beforeRemoval: () => void = () => {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-db-'));
  t.after(() => {
    beforeRemoval();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** An empty store with the generated vantages; closed after the test. */
export function makeStore(t: TestContext): { store: Store; clock: HandClock; file: string } {
  const file = join(
    makeFolder(t, () => store.close()),
    'reachline.db',
  );
  const clock = createHandClock();
  const store = openStore({ file, mode: 'write', clock });
  store.syncVantages(GENERATED_VANTAGES);
  return { store, clock, file };
}

/** Inserts one generated run; `slot` counts intervals from noon. */
export function insertRun(
  store: Store,
  { slot, ...input }: Partial<GenerateInput> & { readonly slot: number },
): 'inserted' | 'duplicate' {
  const run = generateRun(createRandom(slot + 1), {
    service: 'facebook',
    vantageId: 'ru-volga-fixed',
    slotMs: NOON_MS + slot * INTERVAL_MS,
    ...input,
  });
  return store.insertMeasurement(run.measurement, run.judgement);
}

/** The words of the type Confidence, which has no list of its own; the compiler checks that none is missing. */
export const CONFIDENCES = Object.keys({
  low: 1,
  medium: 2,
  high: 3,
} satisfies Record<Confidence, number>);
