/**
 * A process that measures a healthy region on a short schedule and reports each verdict to its parent, so that
 * tests can stall it, stop it and set its clock. Messages in: `{ stallMs }` or `{ stepMs }`.
 */
import { loadConfig } from '../../config/load.ts';
import { CircumstanceWatch } from '../circumstances.ts';
import { type Clock, systemClock } from '../clock.ts';
import { judge } from '../judge/judge.ts';
import { createRegion } from '../lab/region.ts';
import { measureSlot } from '../measure.ts';
import { Schedule } from '../schedule.ts';
import { createLimiter, createPacer } from '../turnstile.ts';
import type { LaneState, Mark, Measurement } from '../types.ts';

/** What the station tells its parent. */
export type StationReport =
  | {
      readonly kind: 'measured';
      readonly slotMs: number;
      readonly seq: number;
      readonly service: string;
      readonly verdict: LaneState;
      readonly marks: readonly Mark[];
    }
  | { readonly kind: 'circumstance'; readonly mark: Mark }
  | { readonly kind: 'skipped' };

/** What the parent may ask for. */
export type StationRequest = { readonly stallMs?: number; readonly stepMs?: number };

/** Slots of the station: long enough that a stop of five seconds can cost only one. */
export const STATION_INTERVAL_MS = 6_000;

const VANTAGE = 'ru-volga-fixed';
const CONTROL = 'de-rhine-control';

function tell(report: StationReport): void {
  process.send?.(report);
}

async function main(): Promise<void> {
  const { services, baselines, rules, budgets } = loadConfig({ file: 'config/reachline.yaml' });
  let offsetMs = 0;
  const clock: Clock = { ...systemClock, nowMs: () => Date.now() + offsetMs };
  const region = await createRegion({
    services,
    baselines,
    story: { impositions: [], disturbances: [] },
    startMs: Date.now(),
  });
  const watch = new CircumstanceWatch({
    clock,
    maxLoopDelayMs: rules.stall.maxLoopDelayMs,
    maxStepMs: rules.clock.maxStepMs,
    onCircumstance: ({ kind }) => tell({ kind: 'circumstance', mark: kind }),
  });
  watch.start();
  const limit = createLimiter(8);
  const pace = createPacer(12, clock);
  const controls = new Map<string, Measurement>();

  async function measure(
    vantageId: string,
    slot: { slotMs: number; seq: number },
    signal: AbortSignal,
  ): Promise<void> {
    const input = {
      vantageId,
      services,
      baselines,
      ...slot,
      intervalMs: STATION_INTERVAL_MS,
      deadlineMs: 5_000,
    };
    const deps = {
      network: region.networkOf(vantageId),
      clock,
      // Short silences, so that a machine that stands still runs into every one of them.
      budgets: {
        ...budgets,
        dnsMs: 500,
        lateRepliesMs: 0,
        tcpMs: 500,
        tlsMs: 500,
        httpMs: 500,
        stunMs: 500,
        confirmAfterMs: 500,
      },
      watch,
      limit,
      pace,
      provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
      standingMarks: [],
      signal,
    };
    await measureSlot(input, deps, (measurement) => {
      if (vantageId === CONTROL) {
        controls.set(measurement.service, measurement);
        return;
      }
      const service = services.find((one) => one.id === measurement.service);
      const control = controls.get(measurement.service);
      if (!service) return;
      // A retry this soon would never confirm; here it does, so that a false failure has every chance.
      const eager = { ...rules, confirmGapSeconds: 0 };
      const judgement = judge({
        measurement,
        service,
        controls: control ? [control] : [],
        countryCode: 'RU',
        rules: eager,
        fingerprints: [],
      });
      tell({
        kind: 'measured',
        ...slot,
        service: service.id,
        verdict: judgement.service.verdict,
        marks: measurement.marks,
      });
    });
  }

  await measure(CONTROL, { slotMs: 0, seq: 0 }, new AbortController().signal);
  const schedule = new Schedule({
    intervalMs: STATION_INTERVAL_MS,
    clock,
    lanes: [VANTAGE],
    jitterMs: 0,
    random: () => 0,
    run: (lane, slot, signal) => measure(lane, slot, signal),
    onSkip: () => tell({ kind: 'skipped' }),
  });
  schedule.start();
  process.on('message', ({ stallMs = 0, stepMs = 0 }: StationRequest) => {
    offsetMs += stepMs;
    const untilMs = performance.now() + stallMs;
    while (performance.now() < untilMs) Math.sqrt(untilMs);
  });
  // Until the parent ends us.
  setInterval(() => undefined, 60_000);
}

if (import.meta.main) await main();
