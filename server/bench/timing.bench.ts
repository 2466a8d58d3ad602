/**
 * How exact the times in the evidence are: 400 targets visited within 5 s behind a delay of known length, their
 * starts spaced as in a real run. The error of a time is its distance from the delay plus what the stage costs
 * without the delay and with nothing else going on. Bare code in the same pace shows what the machine itself adds.
 */
import { systemClock } from '../../probes/clock.ts';
import { createPacer } from '../../probes/turnstile.ts';
import { DELAY_MS, startFarSide } from './far-side.ts';
import {
  type BenchResult,
  type Bound,
  median,
  type OnProgress,
  quantile,
  toResult,
} from './result.ts';
import { pairsOf, ROUNDS, runRounds } from './rounds.ts';
import {
  createBareVisit,
  createFarNetwork,
  createVisit,
  type StageTimes,
  type Visit,
} from './visits.ts';

const TARGETS = 400;
const WITHIN_MS = 5_000;
/** Visits one after the other that tell what a stage costs by itself. */
const CALM_VISITS = 40;
/** Between two of those, so that each finds an idle machine. */
const CALM_PAUSE_MS = 10;

/** As configured by default: late replies are listened for, which keeps more visits in flight. */
const LATE_REPLIES_MS = 500;

/** A forged answer comes some milliseconds early and a throttled one some tens late: errors must stay below both. */
const BOUNDS = {
  'tcp.p99': { of: 'value', is: 'at_most', limit: 2 },
  'tls.p50': { of: 'value', is: 'at_most', limit: 2 },
  'tls.p99': { of: 'value', is: 'at_most', limit: 10 },
} as const satisfies Record<string, Bound>;

type Errors = Record<keyof typeof BOUNDS, number>;

/** Gives one result per bound; each is the error in milliseconds. */
export async function benchTiming(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  onProgress(0, 'warming up');
  using farSide = await startFarSide();
  const network = createFarNetwork(farSide, farSide.delayedPort);
  const ours = createVisit(network, LATE_REPLIES_MS);
  const bare = createBareVisit(farSide, farSide.delayedPort);
  await visitInPace(ours, TARGETS / 10);
  await visitInPace(bare, TARGETS / 10);
  const calm = await visitCalmly(createBareVisit(farSide, farSide.originPort));
  const truth: StageTimes = { tcp: calm.tcp, tls: DELAY_MS + calm.tls };
  const rounds = await runRounds(
    {
      ours: async () => toErrors(await visitInPace(ours, TARGETS), truth),
      bare: async () => toErrors(await visitInPace(bare, TARGETS), truth),
    },
    { onRound: (round) => onProgress(round / ROUNDS, `${TARGETS} targets in ${WITHIN_MS} ms`) },
  );
  return Object.entries(BOUNDS).map(([name, bound]) =>
    toResult(`timing.${name}`, 'ms error', pairsOf(rounds, name as keyof Errors), bound),
  );
}

/** Starts the visits evenly spaced, each without waiting for the ones before. */
async function visitInPace(visit: Visit, count: number): Promise<StageTimes[]> {
  const { signal } = new AbortController();
  const pace = createPacer(WITHIN_MS / TARGETS, systemClock);
  return Promise.all(
    Array.from({ length: count }, async () => {
      await pace(signal);
      return visit();
    }),
  );
}

/** What each stage takes when nothing else happens. */
async function visitCalmly(visit: Visit): Promise<StageTimes> {
  const times: StageTimes[] = [];
  for (let n = 0; n < CALM_VISITS; n += 1) {
    times.push(await visit());
    await systemClock.sleep(CALM_PAUSE_MS);
  }
  return { tcp: median(times.map(({ tcp }) => tcp)), tls: median(times.map(({ tls }) => tls)) };
}

function toErrors(times: readonly StageTimes[], truth: StageTimes): Errors {
  const tcp = times.map((time) => Math.abs(time.tcp - truth.tcp));
  const tls = times.map((time) => Math.abs(time.tls - truth.tls));
  return {
    'tcp.p99': quantile(tcp, 0.99),
    'tls.p50': quantile(tls, 0.5),
    'tls.p99': quantile(tls, 0.99),
  };
}
