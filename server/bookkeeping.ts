/**
 * What follows from stored measurements: incidents, and the ledger of announced against measured. Both are derived again
 * from what has news, between other events; nobody who stores a measurement waits for them.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import type { Clock } from '../probes/clock.ts';
import {
  createDetection,
  type DetectionDeps,
  type DetectionStore,
  type Noted,
} from './detection.ts';
import { type LedgerBuild, rebuildLedger } from './ledger-build.ts';
import type { Log } from './log.ts';
import { isPublishedAtOnce } from './publication.ts';

type BookStore = DetectionStore & LedgerBuild['store'] & Pick<Store, 'noteDetectorRules'>;

export type BookkeepingDeps = {
  readonly store: BookStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** As in `createDetection`. */
  readonly graceMs?: number;
  /** Called after the commit, with what is new of incidents. */
  readonly onIncidents?: DetectionDeps['onChanged'];
  /** Called after the ledger got a new revision. */
  readonly onLedger?: () => void;
};

export type Bookkeeping = {
  /** Remembers that a run was stored or judged again. Cheap. */
  readonly note: (measurement: Noted) => void;
  /** Derives everything anew: at the start, after a story was told or rows were imported. */
  readonly rebuild: (reason: string) => Promise<void>;
  /** Looks once: derives what has news. */
  readonly look: () => Promise<void>;
  /** Keeps the books until `stop`. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

const LOOK_MS = 5_000;
/** The ledger is built at most so often: it reads every span there is. */
const MIN_LEDGER_GAP_MS = 30_000;
/** And at least so often. */
const MAX_LEDGER_AGE_MS = 3_600_000;

/** Builds it; nothing runs before it is asked to. */
export function createBookkeeping(deps: BookkeepingDeps): Bookkeeping {
  const { config, clock, log, graceMs } = deps;
  const store = withoutDelayed(deps.store);
  const ending = new AbortController();
  let isLedgerDue = true;
  let nextLedgerMs = Number.NEGATIVE_INFINITY;
  let freshUntilMs = Number.NEGATIVE_INFINITY;
  let announced = '';
  let running = Promise.resolve();
  const detection = createDetection({
    store,
    config,
    clock,
    log,
    ...(graceMs === undefined ? {} : { graceMs }),
    onChanged: (place, changes) => {
      isLedgerDue = true;
      deps.onIncidents?.(place, changes);
    },
  });

  async function buildLedger(): Promise<void> {
    isLedgerDue = false;
    const nowMs = clock.monotonicMs();
    nextLedgerMs = nowMs + MIN_LEDGER_GAP_MS;
    freshUntilMs = nowMs + MAX_LEDGER_AGE_MS;
    announced = describeAnnouncements();
    try {
      const { revision, isNew } = await rebuildLedger({ store, config });
      if (isNew) {
        log('info', 'ledger', { revision });
        deps.onLedger?.();
      }
    } catch (error) {
      // A disk that is full: the ledger of before stands, and the next change tries again.
      if (!(error instanceof StoreError)) throw error;
      log('error', 'ledger_not_built', { reason: error.message });
      isLedgerDue = true;
    }
  }

  /** Answers about the past derive incidents by the numbers of then. */
  function noteRules(): void {
    try {
      deps.store.noteDetectorRules(JSON.stringify(config.rules.detector));
    } catch (error) {
      // A disk that is full: the next start notes them.
      if (!(error instanceof StoreError)) throw error;
      log('error', 'rules_not_noted', { reason: error.message });
    }
  }

  /** Which announcements there are in which revision. */
  function describeAnnouncements(): string {
    return store
      .listAnnouncements()
      .map((one) => `${one.announcement.id}@${one.revision}`)
      .join(' ');
  }

  /** Time alone changes what it says: a measure becomes due, a window ends, and it is measured on one day more. */
  function isBuildDue(): boolean {
    const nowMs = clock.monotonicMs();
    if (nowMs < nextLedgerMs) return false;
    return isLedgerDue || nowMs >= freshUntilMs || announced !== describeAnnouncements();
  }

  async function look(): Promise<void> {
    await detection.run();
    await yieldToEvents();
    if (!ending.signal.aborted && isBuildDue()) await buildLedger();
  }

  async function keep(): Promise<void> {
    while (!ending.signal.aborted) {
      await look();
      await clock.sleep(LOOK_MS, ending.signal);
    }
  }

  return {
    note: detection.note,
    async rebuild(reason) {
      noteRules();
      await detection.rebuild(reason);
      if (!ending.signal.aborted) await buildLedger();
    },
    look,
    start() {
      running = running.then(keep);
    },
    async stop() {
      ending.abort();
      await detection.stop();
      await running;
    },
  };
}

/**
 * A store in which vantages with a publication delay do not exist: what follows from their runs would give them away
 * before their time.
 */
function withoutDelayed(store: BookStore): DetectionStore & LedgerBuild['store'] {
  return {
    listVantages: () => store.listVantages().filter(isPublishedAtOnce),
    listRunLanes: (service) => store.listRunLanes(service),
    readLaneRuns: (query) => store.readLaneRuns(query),
    updateIncidents: (update) => store.updateIncidents(update),
    listStateRanges: (...query) => store.listStateRanges(...query),
    listEpisodes: (service) => store.listEpisodes(service),
    listAnnouncements: (filter) => store.listAnnouncements(filter),
    saveLedger: (...content) => store.saveLedger(...content),
  };
}
