/**
 * Watches what is concluded and stores the events that follow. At its start it derives all of them, so what was cut short
 * is made up for; after that only those of what has news. Runs in small pieces between other work.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
import type { NewAlert } from '../../db/alerts.ts';
import type { IncidentChanges } from '../../db/incidents.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Log } from '../log.ts';
import { deriveAnnouncementEvents } from './announcement-events.ts';
import { deriveIncidentEvents, deriveLedgerEvents } from './events.ts';
import { addMeasured } from './measured-networks.ts';
import { deriveVantageEvents, type WatchedVantage } from './vantage-events.ts';

/** What is read and written. */
export type WatchStore = Pick<
  Store,
  | 'listIncidents'
  | 'getIncident'
  | 'listIncidentLog'
  | 'listAnnouncements'
  | 'getLedger'
  | 'listVantages'
  | 'latestMeasurements'
  | 'listLanes'
  | 'insertAlerts'
  | 'getAlert'
  | 'listAlerts'
  | 'listLastAlerts'
  | 'alertWatchSince'
  | 'startAlertWatch'
>;

export type EventWatchDeps = {
  readonly store: WatchStore;
  readonly config: Pick<Config, 'services' | 'schedule' | 'vantages' | 'alerts' | 'rules'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Ids of agents that are switched off; none unless told. */
  readonly listDisabledAgents?: () => readonly string[];
  /** Called when there are new events. */
  readonly onNew?: () => void;
};

export type EventWatch = {
  /** Remembers incidents that changed. Cheap. */
  readonly noteIncidents: (changes: Pick<IncidentChanges, 'changed' | 'entries'>) => void;
  /** Remembers that the ledger has a new revision. Cheap. */
  readonly noteLedger: () => void;
  /** Looks once: derives everything the first time, then what has news. */
  readonly look: () => Promise<void>;
  /** Looks every so often until `stop`. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

const LOOK_MS = 5_000;
/** Announcements and vantages have news with time alone, but not by the second. */
const TIMED_LOOK_MS = 60_000;
/** Incidents derived before other work has its turn. */
const PIECE = 20;
const HOUR_MS = 3_600_000;
/** Announcements are recorded by people, some days after the fact. */
const ANNOUNCEMENT_STALE_MS = 7 * 24 * HOUR_MS;
/** Late data that take away the beginning of an incident, and so give it another name, take at most so much. */
const RENAMED_MS = 2 * HOUR_MS;

/** Builds it; nothing runs before it is asked to. */
export function createEventWatch(deps: EventWatchDeps): EventWatch {
  const { store, clock, log } = deps;
  let startedMs = clock.nowMs();
  const ending = new AbortController();
  const incidentIds = new Set<string>();
  let isFirstLook = true;
  let isLedgerDue = true;
  let nextTimedMs = Number.NEGATIVE_INFINITY;
  let running = Promise.resolve();
  const window = {
    intervalMs: deps.config.schedule.intervalSeconds * 1_000,
    gapRounds: deps.config.rules.detector.gapRounds,
  };

  /** Stores what is new; gives false when it could not be stored. */
  function keep(events: readonly AlertEvent[]): boolean {
    const isHistory = store.alertWatchSince() === undefined;
    const nowMs = clock.nowMs();
    try {
      const stored = store.insertAlerts(
        events
          // Most are stored already, and what was measured then costs more to find than the event itself.
          .filter(({ id }) => store.getAlert(id) === undefined)
          .toSorted((a, b) => a.knownMs - b.knownMs || a.atMs - b.atMs)
          .map((event) => ({
            event: addMeasured(event, store, window),
            isHistory: isHistory || isStale(event, deps, nowMs) || isTold(event, store),
          })) satisfies NewAlert[],
      );
      if (!isHistory)
        for (const { id, kind, seq } of stored) log('info', 'alert', { id, kind, seq });
      if (stored.length > 0 && !isHistory) deps.onNew?.();
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'alerts_not_stored', { reason: error.message });
      return false;
    }
  }

  async function lookAtIncidents(): Promise<void> {
    const ids = isFirstLook ? store.listIncidents().map(({ id }) => id) : [...incidentIds];
    incidentIds.clear();
    for (let index = 0; index < ids.length; index += PIECE) {
      const piece = ids.slice(index, index + PIECE);
      const events = piece.flatMap((id) => {
        const incident = store.getIncident(id);
        return incident ? deriveIncidentEvents({ incident, log: store.listIncidentLog(id) }) : [];
      });
      if (!keep(events)) for (const id of piece) incidentIds.add(id);
      await yieldToEvents();
    }
  }

  function lookAtLedger(): void {
    isLedgerDue = false;
    const ledger = store.getLedger();
    if (ledger === undefined) return;
    if (!keep(deriveLedgerEvents(ledger, store.listIncidents(), clock.nowMs()))) isLedgerDue = true;
  }

  function lookAtTimed(): void {
    nextTimedMs = clock.monotonicMs() + TIMED_LOOK_MS;
    const nowMs = clock.nowMs();
    const serviceIds = deps.config.services.map(({ id }) => id);
    keep([
      ...store
        .listAnnouncements()
        .flatMap((stored) => deriveAnnouncementEvents(stored, serviceIds, nowMs)),
      ...deriveVantageEvents(
        listWatched(deps, nowMs - startedMs),
        store.listLastAlerts('vantage'),
        nowMs,
      ),
    ]);
  }

  async function look(): Promise<void> {
    await lookAtIncidents();
    if (isLedgerDue) lookAtLedger();
    await yieldToEvents();
    if (clock.monotonicMs() >= nextTimedMs) lookAtTimed();
    if (isFirstLook && incidentIds.size === 0 && store.alertWatchSince() === undefined)
      store.startAlertWatch();
    isFirstLook = false;
  }

  async function keepLooking(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await look();
      } catch (error) {
        // What had news may be forgotten by now, so all of it is derived anew.
        isFirstLook = true;
        isLedgerDue = true;
        nextTimedMs = Number.NEGATIVE_INFINITY;
        const name = error instanceof Error ? error.name : 'unknown';
        log('error', 'alerts_not_derived', {
          reason: error instanceof StoreError ? error.message : name,
        });
      }
      await clock.sleep(LOOK_MS, ending.signal);
    }
  }

  return {
    noteIncidents({ changed, entries }) {
      for (const id of changed) incidentIds.add(id);
      for (const { incidentId } of entries) incidentIds.add(incidentId);
    },
    noteLedger() {
      isLedgerDue = true;
    },
    look,
    start() {
      startedMs = clock.nowMs();
      running = running.then(keepLooking);
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** True for what happened too long ago to be told as news. */
function isStale(
  event: AlertEvent,
  { config }: Pick<EventWatchDeps, 'config'>,
  nowMs: number,
): boolean {
  const isAnnounced = event.subject.kind === 'announcement';
  const staleMs = isAnnounced ? ANNOUNCEMENT_STALE_MS : config.alerts.staleHours * HOUR_MS;
  return nowMs - event.atMs > staleMs;
}

/**
 * True for the opening of an incident that was told already under the name of an earlier derivation: one that is there no
 * more, and that was told to have begun within this one or shortly before. One that was taken back long before is another.
 */
function isTold(event: AlertEvent, store: WatchStore): boolean {
  if (event.kind !== 'incident_opened') return false;
  const sinceMs = (event.facts.onsetByMs ?? event.atMs) - RENAMED_MS;
  return store
    .listAlerts({
      services: event.services,
      countryCodes: event.countryCodes,
      kinds: ['incident_opened'],
      sinceMs,
      limit: 20,
    })
    .some(({ id, subject }) => id !== event.id && store.getIncident(subject.id) === undefined);
}

/**
 * Vantages that should have been heard of: switched on, not of files, without a publication delay, and with enough time
 * since our own start to have been heard again.
 */
function listWatched(
  { store, config, listDisabledAgents = () => [] }: EventWatchDeps,
  uptimeMs: number,
): WatchedVantage[] {
  const off = new Set([
    ...config.vantages.filter(({ enabled }) => !enabled).map(({ id }) => id),
    ...listDisabledAgents(),
  ]);
  const intervals = new Map<string, number>();
  for (const { vantageId, intervalMs } of store.latestMeasurements())
    intervals.set(vantageId, Math.max(intervals.get(vantageId) ?? 0, intervalMs));
  return store
    .listVantages()
    .filter(
      ({ id, kind, publishDelayMinutes = 0 }) =>
        !off.has(id) && kind !== 'import' && publishDelayMinutes === 0,
    )
    .map((vantage) => ({
      vantage,
      intervalMs: intervals.get(vantage.id) ?? config.schedule.intervalSeconds * 1_000,
    }))
    .filter(({ intervalMs }) => uptimeMs > SETTLING_INTERVALS * intervalMs);
}

/** After a start of ours a vantage has so many intervals to be heard again. */
const SETTLING_INTERVALS = 4;
