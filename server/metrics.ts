/**
 * GET /metrics: this server for Prometheus, named like those of blackbox_exporter. Read through the public store, so
 * that a vantage with a publication delay shows nothing here before its time.
 */

import type { ServerState } from '../dashboard/pages/status.ts';
import { VERDICTS } from '../probes/types.ts';
import type { Handler, HandlerDeps, ReadStore } from './contract.ts';
import { type Metric, type Sample, writeMetrics } from './metrics-text.ts';
import { prepare, reply } from './reply.ts';
import { readServerState } from './server-state.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** Counting reads a row per lane and day of all time: not more often than somebody can look. */
const COUNT_MS = 60_000;

type Count = { readonly atMs: number; readonly samples: readonly Sample[] };
const counts = new WeakMap<ReadStore, Count>();

/** Runs by verdict, as they are judged now. */
function countVerdicts({ store, clock }: HandlerDeps): readonly Sample[] {
  const nowMs = clock.nowMs();
  const known = counts.get(store);
  if (known !== undefined && Math.abs(nowMs - known.atMs) < COUNT_MS) return known.samples;
  const { firstSlotMs, lastUntilMs } = store.range();
  const sums = new Map<string, number>(VERDICTS.map((verdict) => [verdict, 0]));
  if (firstSlotMs !== undefined && lastUntilMs !== undefined) {
    const range = { fromMs: firstSlotMs, toMs: lastUntilMs, resolution: 'day' } as const;
    for (const { buckets } of store.listBuckets(range))
      for (const bucket of buckets)
        for (const verdict of VERDICTS)
          sums.set(verdict, (sums.get(verdict) ?? 0) + bucket.counts[verdict]);
  }
  const samples = [...sums].map(([verdict, count]): Sample => [{ verdict }, count]);
  counts.set(store, { atMs: nowMs, samples });
  return samples;
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `reachline_${name}`,
  kind: 'gauge',
  help,
  samples,
});

/** One value, or none while it is not known. */
const one = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [[{}, value]];

function listProbes(deps: HandlerDeps): Metric[] {
  const latest = deps.store.latestMeasurements();
  const judged = latest.filter(({ verdict }) => verdict !== 'insufficient');
  const labels = ({ service, vantageId }: { service: string; vantageId: string }) => ({
    service,
    vantage: vantageId,
  });
  return [
    gauge(
      'probe_success',
      'Whether the service could be reached in the newest run: 1 for the verdict ok, 0 for any other. Absent where nothing can be told.',
      judged.map((run) => [labels(run), run.verdict === 'ok' ? 1 : 0]),
    ),
    gauge(
      'probe_verdict',
      'The verdict of the newest run, as a label.',
      latest.map((run) => [{ ...labels(run), verdict: run.verdict }, 1]),
    ),
    gauge(
      'probe_duration_seconds',
      'How long the newest run took.',
      latest.map((run) => [labels(run), run.elapsedMs / 1_000]),
    ),
    gauge(
      'probe_slot_timestamp_seconds',
      'Slot of the newest run.',
      latest.map((run) => [labels(run), run.slotMs / 1_000]),
    ),
    {
      name: 'reachline_measurements_total',
      kind: 'counter',
      help: 'Runs by verdict of the whole service, as they are judged now.',
      samples: countVerdicts(deps),
    },
  ];
}

function listServer(state: ServerState): Metric[] {
  const { vantages, loop, ledger, incidentsAtMs } = state;
  return [
    gauge('build_info', 'The version, as a label.', [[{ version: state.version }, 1]]),
    gauge('start_timestamp_seconds', 'When this process started.', one(state.startedAtMs / 1_000)),
    gauge(
      'vantage_reporting',
      'Whether a vantage that is switched on reports.',
      vantages.map(({ id, isReporting }) => [{ vantage: id }, isReporting ? 1 : 0]),
    ),
    gauge(
      'schedule_lag_seconds',
      'How far the newest run lies behind the last slot that is over, after the publication delay.',
      vantages.flatMap(({ id, lagMs }): Sample[] =>
        lagMs === undefined ? [] : [[{ vantage: id }, lagMs / 1_000]],
      ),
    ),
    gauge('database_bytes', 'Size of the database with its log.', one(state.databaseBytes)),
    gauge(
      'event_loop_delay_seconds',
      'Delay of the event loop since the start.',
      loop === undefined
        ? []
        : [
            [{ quantile: '0.99' }, loop.p99Ms / 1_000],
            [{ quantile: '1' }, loop.maxMs / 1_000],
          ],
    ),
    gauge('incidents_open', 'Incidents that are not over.', one(state.openIncidents)),
    gauge(
      'incidents_derived_timestamp_seconds',
      'When something was last concluded of an incident.',
      one(incidentsAtMs === undefined ? undefined : incidentsAtMs / 1_000),
    ),
    gauge('ledger_revision', 'Newest revision of the ledger.', one(ledger?.revision)),
  ];
}

function listOutbox({ alerts }: ServerState, nowMs: number): Metric[] {
  if (alerts === undefined) return [];
  const { byState, channels, oldestUndeliveredMs, isBeating, goneTargets } = alerts;
  return [
    gauge('outbox_beating', 'Whether the outbox looks for work regularly.', one(isBeating ? 1 : 0)),
    gauge(
      'outbox_oldest_seconds',
      'Age of the oldest delivery that is neither settled nor held on purpose; 0 when nothing waits.',
      one(oldestUndeliveredMs === undefined ? 0 : Math.max(0, nowMs - oldestUndeliveredMs) / 1_000),
    ),
    gauge(
      'outbox_deliveries',
      'Deliveries by state.',
      Object.entries(byState).map(([state, count]) => [{ state }, count]),
    ),
    gauge(
      'targets_gone',
      'Targets that are switched off because they are gone or refuse messages for good; paused ones are not counted.',
      one(goneTargets),
    ),
    gauge(
      'channel_attempts',
      'Tries in the last 24 hours.',
      channels.map(({ channel, attempts }) => [{ channel }, attempts]),
    ),
    gauge(
      'channel_failures',
      'Failed tries in the last 24 hours.',
      channels.map(({ channel, failures }) => [{ channel }, failures]),
    ),
    gauge(
      'channel_success_timestamp_seconds',
      'When a message last went through.',
      channels.flatMap(({ channel, lastOkMs }): Sample[] =>
        lastOkMs === undefined ? [] : [[{ channel }, lastOkMs / 1_000]],
      ),
    ),
  ];
}

/** Answers all metrics. */
export const answerMetrics: Handler = ({ request }, deps) => {
  const state = readServerState(deps);
  const metrics = [
    ...listProbes(deps),
    ...listServer(state),
    ...listOutbox(state, deps.clock.nowMs()),
  ];
  return reply(request, prepare(writeMetrics(metrics), CONTENT_TYPE), 200, {
    'cache-control': 'no-store',
  });
};
