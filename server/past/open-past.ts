/**
 * The public store as it was at a revision, with the clock of then: what was hidden for a while is hidden up to the same
 * slot, ranges without an end end there, and incidents are derived from the verdicts of then.
 */
import { type Config, Detector } from '../../config/schema.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { LaneScope, PastStore } from '../../db/past-store.ts';
import { openPastStore } from '../../db/past-store.ts';
import type { Clock } from '../../probes/clock.ts';
import type { ReadStore } from '../contract.ts';
import { createDetection } from '../detection.ts';
import { RequestProblem } from '../problem.ts';
import { createPublicStore } from '../public-store.ts';
import { isPublishedAtOnce } from '../publication.ts';

/** What deriving needs of the configuration. */
export type PastConfig = Pick<Config, 'services' | 'schedule' | 'rules'>;

/** An opened revision. Lanes read as empty until `focus`, incidents until `deriveIncidents`. */
export type Past = Disposable & {
  /** As the public saw it. */
  readonly store: ReadStore;
  /** As it was; only for reading with cuts of one's own. */
  readonly stored: PastStore['store'];
  readonly clock: Clock;
  readonly focus: (scope: LaneScope) => void;
  readonly release: () => void;
  /** Derives the incidents of services, which takes seconds for a year of many lanes. */
  readonly deriveIncidents: (services: readonly string[] | undefined) => Promise<void>;
};

/** Opens a revision of a store. @throws StoreError when there is no such store */
export function openPast(
  { storeFile, config }: { readonly storeFile: string; readonly config: PastConfig },
  revisionMs: number,
): Past {
  const clock: Clock = {
    nowMs: () => revisionMs,
    monotonicMs: () => performance.now(),
    sleep: () => Promise.resolve(),
  };
  const past = openPastStore({ file: storeFile, revisionMs, clock });
  return {
    store: createPublicStore(past.store, clock, config.schedule.intervalSeconds * 1_000),
    stored: past.store,
    clock,
    focus: (scope) => past.focus(scope),
    release: () => past.release(),
    async deriveIncidents(services) {
      const incidents: Incident[] = [];
      const detector = readRules(past, config);
      const rules = { ...config.rules, detector };
      for (const service of config.services) {
        if (services !== undefined && !services.includes(service.id)) continue;
        past.focus({ services: [service.id] });
        incidents.push(...(await derive(past, { ...config, rules, services: [service] }, clock)));
      }
      past.putIncidents(incidents, JSON.stringify(detector));
    },
    [Symbol.dispose]: () => past[Symbol.dispose](),
  };
}

/**
 * The numbers of the detector that were in force; those of now where none had been noted.
 * @throws RequestProblem when they are of a form that this version does not know
 */
function readRules({ store }: PastStore, { rules }: PastConfig): Detector {
  const noted = store.detectorRules();
  if (noted === undefined) return rules.detector;
  const { data } = Detector.safeParse(JSON.parse(noted));
  if (data !== undefined) return data;
  throw new RequestProblem({
    kind: 'revision-lost',
    detail:
      'The incidents of this revision were found by rules that this version does not know. A version of then can derive them; all else of the revision can be asked for.',
  });
}

/** The incidents of the lanes that are in focus. */
async function derive(
  { store }: PastStore,
  config: PastConfig,
  clock: Clock,
): Promise<readonly Incident[]> {
  const found: Incident[] = [];
  const detection = createDetection({
    store: {
      listVantages: () => store.listVantages().filter(isPublishedAtOnce),
      listRunLanes: (service) => store.listRunLanes(service),
      readLaneRuns: (query) => store.readLaneRuns(query),
      updateIncidents({ incidents }) {
        found.push(...incidents);
        return { changed: [], withdrawn: [], entries: [], turned: [] };
      },
    },
    config,
    clock,
    log: () => {},
  });
  await detection.rebuild('');
  await detection.stop();
  return found;
}
