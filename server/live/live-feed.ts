/**
 * What the stream is made of: hears of every stored run, holds back what may not be shown yet, and hands the rest to the
 * ring in pieces. Nothing is read from the store but the list of vantages, once per piece.
 */
import type { LaneFunction } from '../../db/codes.ts';
import type { IncidentChanges } from '../../db/incidents.ts';
import type { RunVerdicts } from '../../db/judgement-writer.ts';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { RunFacts } from '../../db/measurements.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Vantage, Verdict } from '../../probes/types.ts';
import type { Place } from '../analysis/detect.ts';
import type { ReadStore } from '../contract.ts';
import { findCuts, isShown, listDelays } from '../publication.ts';
import { type ClientOptions, LiveClients } from './clients.ts';
import { EventRing } from './event-ring.ts';
import { writeEvent } from './live-event.ts';

export type LiveFeedDeps = {
  readonly store: Pick<ReadStore, 'listVantages'>;
  /** The newest runs that are stored; what differs from them is a change. */
  readonly latest?: readonly Pick<
    MeasurementSummary,
    'service' | 'vantageId' | 'slotMs' | 'verdict'
  >[];
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Length of a scheduled slot, as the public store counts it. */
  readonly slotLengthMs: number;
  /** Events kept for those who come back; as many as the ring holds unless told. */
  readonly maxEvents?: number;
  readonly maxClients?: number;
};

/** The part of a run that is told. */
type Run = Pick<
  RunFacts,
  'service' | 'vantageId' | 'slotMs' | 'seq' | 'intervalMs' | 'startedAtMs'
>;
type Noted = Run & { readonly verdicts: readonly (readonly [LaneFunction, Verdict])[] };

/** The stream and its clients. */
export type LiveFeed = {
  /** Remembers a stored or newly judged run. Cheap; told a moment later, or when its vantage allows. */
  readonly noteRun: (run: Run, verdicts: Pick<RunVerdicts, 'service' | 'functions'>) => void;
  /** Remembers what is new in the logs of incidents, and where one turned before its log says so. */
  readonly noteIncidents: (
    place: Place,
    changes: Pick<IncidentChanges, 'entries' | 'turned' | 'withdrawn'>,
  ) => void;
  /** Opens the stream for a client; undefined when there are too many. */
  readonly open: (options: ClientOptions) => ReadableStream<Uint8Array> | undefined;
  /** Beats, tells what has become public, and lets go of who does not read; runs by itself while there are clients. */
  readonly tick: () => void;
  readonly clientCount: () => number;
  /** Ends every stream, and takes no more clients. */
  readonly stop: () => void;
};

/** Runs that arrive together go out together. */
const GATHER_MS = 50;
/** Older runs are history that arrives late: pages show it when they are read next. */
const MAX_AGE_MS = 24 * 3_600_000;
/** Runs held back at most: a day of five vantages. */
const MAX_HELD = 5_000;

/** Builds it; it holds no timer while there is neither news nor a client. */
export function createLiveFeed(deps: LiveFeedDeps): LiveFeed {
  const { store, clock, slotLengthMs } = deps;
  const ring = new EventRing(clock.nowMs().toString(36), deps.maxEvents);
  const clients = new LiveClients(ring, () => tick(), deps.maxClients);
  const newest = new Map<string, { readonly slotMs: number; readonly verdict: Verdict }>();
  let held: Noted[] = [];
  let gathering: NodeJS.Timeout | undefined;
  let isStopped = false;

  for (const { service, vantageId, slotMs, verdict } of deps.latest ?? [])
    newest.set(`${service}/${vantageId}/service`, { slotMs, verdict });

  function gather(): void {
    if (!isStopped) gathering ??= setTimeout(flush, GATHER_MS).unref();
  }

  /** Tells everything that may be told by now. */
  function flush(): void {
    clearTimeout(gathering);
    gathering = undefined;
    if (held.length > 0) {
      const vantages = new Map(store.listVantages().map((one) => [one.id, one]));
      const cuts = findCuts(listDelays([...vantages.values()]), clock.nowMs(), slotLengthMs);
      const waiting: Noted[] = [];
      for (const one of held) {
        const vantage = vantages.get(one.vantageId);
        if (vantage === undefined) continue;
        if (isShown(cuts, vantage.id, one.slotMs)) tell(one, vantage, cuts.has(vantage.id));
        else waiting.push(one);
      }
      held = waiting;
    }
    clients.wake();
  }

  function tell(noted: Noted, vantage: Vantage, isDelayed: boolean): void {
    const { service, vantageId, slotMs, seq, intervalMs, startedAtMs, verdicts } = noted;
    const place = { service, countryCode: vantage.countryCode };
    const shared = { t: slotMs, n: seq + 1 };
    for (const [part, verdict] of verdicts) {
      const lane = `${service}/${vantageId}/${part}`;
      const until = slotMs + intervalMs;
      const at = isDelayed ? slotMs : startedAtMs;
      const text = writeEvent('lane', { lane, verdict, ...shared, until, at });
      ring.push({ ...place, function: part, text });
      if (part === 'service') tellChange(noted, lane, verdict, vantage);
    }
  }

  function tellChange(
    { service, slotMs, seq }: Noted,
    lane: string,
    verdict: Verdict,
    { countryCode }: Vantage,
  ): void {
    const known = newest.get(lane);
    // What arrives late does not change what is known of now.
    if (known !== undefined && slotMs < known.slotMs) return;
    newest.set(lane, { slotMs, verdict });
    if (known === undefined || known.verdict === verdict) return;
    const data = { lane, verdict, from: known.verdict, t: slotMs, n: seq + 1 };
    ring.push({ service, countryCode, text: writeEvent('change', data) });
  }

  function tick(): void {
    flush();
    clients.beat();
  }

  return {
    noteRun({ service, vantageId, slotMs, seq, intervalMs, startedAtMs }, judged) {
      if (slotMs < clock.nowMs() - MAX_AGE_MS) return;
      const parts = Object.entries(judged.functions) as [LaneFunction, { verdict: Verdict }][];
      const verdicts = [['service', judged.service] as const, ...parts].map(
        ([part, { verdict }]) => [part, verdict] as const,
      );
      held.push({ service, vantageId, slotMs, seq, intervalMs, startedAtMs, verdicts });
      if (held.length > MAX_HELD) {
        held = held.slice(-MAX_HELD / 2);
        ring.clear();
      }
      gather();
    },
    noteIncidents({ service, countryCode }, { entries, turned, withdrawn }) {
      const logged = new Set(entries.map(({ incidentId }) => incidentId));
      const silent = [...turned, ...withdrawn].filter((id) => !logged.has(id));
      for (const incident of silent) {
        const data = { incident, t: clock.nowMs(), change: 'changed' };
        ring.push({ service, countryCode, text: writeEvent('incident', data) });
      }
      for (const { incidentId, atMs, kind } of entries) {
        const data = { incident: incidentId, t: atMs, change: kind };
        ring.push({ service, countryCode, text: writeEvent('incident', data) });
      }
      if (entries.length + silent.length > 0) gather();
    },
    open: (options) => (isStopped ? undefined : clients.open(options)),
    tick,
    clientCount: () => clients.count,
    stop() {
      isStopped = true;
      clearTimeout(gathering);
      clients.stop();
    },
  };
}
