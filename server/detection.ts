/**
 * From stored measurements to incidents: remembers which services in which countries have news, and derives their
 * incidents again from what is known of the lanes (lane-book.ts). The order in which measurements arrive does not matter to what stands there
 * in the end; what was concluded meanwhile stays in the logs.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config, Detector } from '../config/schema.ts';
import type { IncidentChanges } from '../db/incidents.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import type { Clock } from '../probes/clock.ts';
import type { Measurement, Vantage } from '../probes/types.ts';
import {
  createDescriber,
  findBackedEpisodes,
  groupEpisodes,
  type Place,
  splitLanes,
} from './analysis/detect.ts';
import type { LaneMemory } from './analysis/lane-memory.ts';
import type { Incident } from './analysis/types.ts';
import { LaneBook, type LaneSource } from './lane-book.ts';
import type { Log } from './log.ts';

/** What is read and written. */
export type DetectionStore = LaneSource & Pick<Store, 'updateIncidents'>;

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
  const book = new LaneBook({
    source: store,
    rules: config.rules.detector,
    nowMs: clock.nowMs,
    signal: ending.signal,
  });
  /** Incidents as they were stored last, by place. */
  const stored = new Map<string, ReadonlyMap<string, Stored>>();
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

  async function derive(place: Place, reason: string): Promise<void> {
    const { detector } = config.rules;
    const lanes = await book.read(place.service);
    if (ending.signal.aborted) return;
    const incidents = await describeAll(place, lanes, detector);
    if (ending.signal.aborted) return;
    const key = keyOf(place);
    const concludedMs = clock.nowMs() - graceMs;
    const texts = new Map(incidents.map((one) => [one.id, toStored(one, concludedMs)]));
    const fromMs = findChanged(stored.get(key), texts);
    if (fromMs === undefined) return;
    const changes = store.updateIncidents({
      ...place,
      fromMs,
      incidents: incidents.filter(({ onset }) => onset.byMs >= fromMs),
      concludedMs,
      reason,
      rules: JSON.stringify(detector),
    });
    stored.set(key, texts);
    const { waitingMs } = changes;
    if (waitingMs !== undefined) waiting.set(key, { place, fromMs: waitingMs });
    else waiting.delete(key);
    for (const { incidentId, kind, text } of changes.entries)
      log('info', 'incident', { incident: incidentId, kind, text });
    if (changes.changed.length + changes.withdrawn.length + changes.entries.length > 0)
      deps.onChanged?.(place, changes);
  }

  /** Derives a place; what could not be stored is tried again with the next news. */
  async function attempt(place: Place, reason: string, fromMs: number): Promise<void> {
    await yieldToEvents();
    try {
      await derive(place, reason);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'not_detected', { service: place.service, reason: error.message });
      stored.delete(keyOf(place));
      remember(place, fromMs);
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
    for (const one of due) await attempt(one.place, describeNews(one), one.fromMs);
  }

  const queue = (task: () => Promise<void>): Promise<void> => {
    work = work.then(task);
    return work;
  };

  return {
    note({ service, vantageId, slotMs }) {
      if (!isKnown(vantageId)) return;
      book.note({ service, vantageId, slotMs });
      // A run from elsewhere bears on every country: a restriction counts only where the service answers elsewhere.
      for (const countryCode of listCountries(vantages.values()))
        remember({ service, countryCode }, slotMs, vantageId);
    },
    run: () => queue(drain),
    rebuild: (reason) =>
      queue(async () => {
        readVantages();
        book.forget();
        stored.clear();
        for (const { id: service } of config.services)
          for (const countryCode of listCountries(vantages.values())) {
            news.delete(keyOf({ service, countryCode }));
            await attempt({ service, countryCode }, reason, Number.NEGATIVE_INFINITY);
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

/** An incident as it was stored, to tell whether it is another one now. */
type Stored = { readonly onsetMs: number; readonly text: string; readonly isWaiting: boolean };

function toStored(incident: Incident, concludedMs: number): Stored {
  return {
    onsetMs: incident.onset.byMs,
    text: JSON.stringify(incident),
    isWaiting: incident.log.some(({ atMs }) => atMs > concludedMs),
  };
}

/** The earliest onset from which anything is to be stored; undefined when nothing is. */
function findChanged(
  before: ReadonlyMap<string, Stored> | undefined,
  now: ReadonlyMap<string, Stored>,
): number | undefined {
  if (before === undefined) return Number.NEGATIVE_INFINITY;
  const changed = [...now].flatMap(([id, one]) => {
    const known = before.get(id);
    return known && !known.isWaiting && known.text === one.text ? [] : [one.onsetMs];
  });
  const gone = [...before].flatMap(([id, { onsetMs }]) => (now.has(id) ? [] : [onsetMs]));
  const onsets = [...changed, ...gone];
  return onsets.length === 0 ? undefined : Math.min(...onsets);
}

/** All incidents of a place; others may go on between two of them. */
async function describeAll(
  place: Place,
  lanes: readonly LaneMemory[],
  rules: Detector,
): Promise<Incident[]> {
  const known = splitLanes(lanes, place.countryCode);
  const groups = groupEpisodes(findBackedEpisodes(known, rules), rules);
  const describe = createDescriber(place, known, rules);
  const incidents: Incident[] = [];
  for (const group of groups) {
    await yieldToEvents();
    incidents.push(describe(group));
  }
  return incidents;
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
