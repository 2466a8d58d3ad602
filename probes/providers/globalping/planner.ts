/**
 * Fits the rounds to the tests that are allowed: how often each vantage is measured, and when within the interval.
 * Pure. A round of a vantage is one fetch of every target and of the neutral host on each of its probes.
 */

/** Part of the allowance that is left for `dns` tests on doubt. */
const DOUBT_SHARE = 0.2;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;
const MINUTE_SECONDS = 60;

/** What is planned with. */
export type PlanInput = {
  /** In the order in which they take turns. */
  readonly vantages: readonly { readonly id: string; readonly probes: number }[];
  /** Fetches on each probe in a round, the neutral host included. */
  readonly fetchesPerProbe: number;
  readonly testsPerHour: number;
  readonly minIntervalSeconds: number;
};

export type Plan = {
  /** Divides a day, so that rounds fall on the same times of every day. */
  readonly intervalMs: number;
  /** Tests of one round over all vantages, without those on doubt. */
  readonly testsPerRound: number;
  /** When each vantage is due after the start of a slot, spread evenly. */
  readonly offsetsMs: ReadonlyMap<string, number>;
  /** False when not even a whole day has tests enough for one round: some vantages will be skipped. */
  readonly isEnough: boolean;
};

/** Plans the rounds. The interval is whole minutes, at least the least one, and long enough for the allowance. */
export function planRounds(input: PlanInput): Plan {
  const { vantages, fetchesPerProbe, testsPerHour, minIntervalSeconds } = input;
  const testsPerRound = vantages.reduce((sum, { probes }) => sum + probes * fetchesPerProbe, 0);
  const usable = testsPerHour * (1 - DOUBT_SHARE);
  const neededSeconds = Math.max(minIntervalSeconds, (testsPerRound * HOUR_SECONDS) / usable);
  const intervalMs = roundUpToDivisor(neededSeconds) * 1000;
  const offsetsMs = new Map(
    vantages.map(({ id }, index) => [id, Math.floor((index * intervalMs) / vantages.length)]),
  );
  return { intervalMs, testsPerRound, offsetsMs, isEnough: neededSeconds <= DAY_SECONDS };
}

/** The least whole number of minutes from `seconds` on that divides a day; a day when there is none. */
function roundUpToDivisor(seconds: number): number {
  let minutes = Math.max(1, Math.ceil(seconds / MINUTE_SECONDS));
  while (minutes * MINUTE_SECONDS < DAY_SECONDS && DAY_SECONDS % (minutes * MINUTE_SECONDS) !== 0)
    minutes += 1;
  return Math.min(minutes * MINUTE_SECONDS, DAY_SECONDS);
}

/** When a vantage is due next: the first of its turns from `nowMs` on, epoch ms. */
export function findNextDueMs(offsetMs: number, intervalMs: number, nowMs: number): number {
  return Math.ceil((nowMs - offsetMs) / intervalMs) * intervalMs + offsetMs;
}

/** Start of the slot in which an instant lies, epoch ms. */
export function toSlotMs(atMs: number, intervalMs: number): number {
  return Math.floor(atMs / intervalMs) * intervalMs;
}
