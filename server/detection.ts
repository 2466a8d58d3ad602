/**
 * From stored measurements to incidents: remembers which services in which countries have news, and derives their
 * incidents again from the earliest of it on. The order in which measurements arrive does not matter to what stands there
 * in the end; what was concluded meanwhile stays in the logs.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { IncidentChanges } from '../db/incidents.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import type { Clock } from '../probes/clock.ts';
import type { Measurement, Vantage } from '../probes/types.ts';
import { type Place, rederive } from './analysis/rederive.ts';
import type { Log } from './log.ts';

/** What is read and written. */
export type DetectionStore = Pick<
  Store,
  'listVantages' | 'listLaneRuns' | 'findAffectedOnset' | 'updateIncidents'
>;

export type DetectionDeps = {
  readonly store: DetectionStore;
  readonly config: Pick<Config, 'rules' | 'services'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly log: Log;
  /**
   * How long after its slot a conclusion goes into the log, so that what is measured in the same slot by others comes
   * into the same entry. Two minutes unless told.
   */
  readonly graceMs?: number;
  /** Called after the commit, with what is new; for whoever tells people. */
  readonly onChanged?: (place: Place, changes: IncidentChanges) => void;
};

/** What a measurement must tell to be noted. */
export type Noted = Pick<Measurement, 'service' | 'vantageId' | 'slotMs'>;

export type Detection = {
  /** Remembers that a run was stored or judged again. Cheap; nothing is derived yet. */
  readonly note: (measurement: Noted) => void;
  /** Derives what has news or waited long enough. Calls that overlap run one after the other. */
  readonly run: () => Promise<void>;
  /** Derives everything from the first measurement on, e.g. at the start, after a rebuild, under other rules. */
  readonly rebuild: (reason: string) => Promise<void>;
  /** Runs every so often until `stop`. */
  readonly start: (everyMs: number) => void;
  /** Ends the running, after the piece in hand. */
  readonly stop: () => Promise<void>;
};

/** What is known to be new of a place. */
type News = { readonly place: Place; fromMs: number; readonly vantageIds: Set<string> };

const GRACE_MS = 120_000;
const MAX_NAMES = 3;

/** Builds it; nothing runs before it is asked to. */
export function createDetection(deps: DetectionDeps): Detection {
  const { store, config, clock, log } = deps;
  const graceMs = deps.graceMs ?? GRACE_MS;
  const news = new Map<string, News>();
  const waiting = new Map<string, { readonly place: Place; readonly fromMs: number }>();
  const ending = new AbortController();
  let vantages = new Map<string, Vantage>();
  let work = Promise.resolve();
  let running = Promise.resolve();

  function isKnown(vantageId: string): boolean {
    if (!vantages.has(vantageId)) readVantages();
    return vantages.has(vantageId);
  }

  function readVantages(): void {
    vantages = new Map(store.listVantages().map((one) => [one.id, one]));
  }

  function derive(place: Place, reason: string, changedMs?: number): void {
    const { detector } = config.rules;
    const derived = rederive(store, detector, place, changedMs);
    const changes = store.updateIncidents({
      ...place,
      ...derived,
      concludedMs: clock.nowMs() - graceMs,
      reason,
      rules: JSON.stringify(detector),
    });
    const { waitingMs } = changes;
    if (waitingMs !== undefined) waiting.set(keyOf(place), { place, fromMs: waitingMs });
    else waiting.delete(keyOf(place));
    for (const { incidentId, kind, text } of changes.entries)
      log('info', 'incident', { incident: incidentId, kind, text });
    if (changes.changed.length + changes.withdrawn.length + changes.entries.length > 0)
      deps.onChanged?.(place, changes);
  }

  /** Derives a place; what could not be stored is tried again with the next news. */
  async function attempt(place: Place, reason: string, changedMs?: number): Promise<void> {
    await yieldToEvents();
    try {
      derive(place, reason, changedMs);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'not_detected', { service: place.service, reason: error.message });
      remember(place, changedMs ?? Number.NEGATIVE_INFINITY);
    }
  }

  function remember(place: Place, fromMs: number, vantageId?: string): void {
    const key = keyOf(place);
    const known = news.get(key) ?? { place, fromMs, vantageIds: new Set() };
    known.fromMs = Math.min(known.fromMs, fromMs);
    if (vantageId !== undefined) known.vantageIds.add(vantageId);
    news.set(key, known);
  }

  async function drain(): Promise<void> {
    const concludedMs = clock.nowMs() - graceMs;
    for (const [key, { place, fromMs }] of waiting)
      if (news.has(key) || fromMs <= concludedMs) remember(place, fromMs);
    const due = [...news.values()];
    news.clear();
    for (const one of due)
      await attempt(
        one.place,
        describeNews(one),
        Number.isFinite(one.fromMs) ? one.fromMs : undefined,
      );
  }

  const queue = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task);
    return work;
  };

  return {
    note({ service, vantageId, slotMs }) {
      if (!isKnown(vantageId)) return;
      // A run from elsewhere bears on every country: a restriction counts only where the service answers elsewhere.
      for (const countryCode of listCountries(vantages.values()))
        remember({ service, countryCode }, slotMs, vantageId);
    },
    run: () => queue(drain),
    rebuild: (reason) =>
      queue(async () => {
        readVantages();
        for (const { id: service } of config.services)
          for (const countryCode of listCountries(vantages.values())) {
            news.delete(keyOf({ service, countryCode }));
            await attempt({ service, countryCode }, reason);
          }
      }),
    start(everyMs) {
      const loop = async (): Promise<void> => {
        while (!ending.signal.aborted) {
          await queue(drain);
          await clock.sleep(everyMs, ending.signal);
        }
      };
      running = loop();
    },
    async stop() {
      ending.abort();
      await running;
      await work;
    },
  };
}

const keyOf = ({ service, countryCode }: Place): string => `${service} ${countryCode}`;

/** Countries that are measured from. */
function listCountries(vantages: Iterable<Vantage>): Set<string> {
  const countries = new Set<string>();
  for (const { role, countryCode } of vantages) if (role === 'vantage') countries.add(countryCode);
  return countries;
}

function describeNews({ fromMs, vantageIds }: News): string {
  const names = [...vantageIds].sort();
  const more = names.length - MAX_NAMES;
  const who = `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const since = Number.isFinite(fromMs) ? ` from ${new Date(fromMs).toISOString()} on` : '';
  return `Late data${who === '' ? '' : ` of ${who}`}${since}`;
}
