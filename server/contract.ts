/** What request handlers are given: the store for reading, the configuration, the clock and who we are. */
import type { z } from 'zod';
import type { Config } from '../config/schema.ts';
import type { Locale } from '../dashboard/i18n/locale.ts';
import type { Store } from '../db/store.ts';
import type { Clock } from '../probes/clock.ts';
import type { Form } from './address.ts';
import type { AlertHealth } from './alerts/alerting.ts';
import type { AlertDesk } from './alerts/desk.ts';
import type { JsonCache } from './api/json-cache.ts';
import type { MonthCache } from './api/month-cache.ts';
import type { ParcelCache } from './api/parcel-cache.ts';
import type { AssetStore } from './assets.ts';
import type { AvailabilityNow } from './availability-now.ts';
import type { Mailbox } from './demo/mailbox.ts';
import type { LiveFeed } from './live/live-feed.ts';
import type { Rasterise } from './pictures/rasteriser.ts';
import type { Pulse } from './pulse.ts';

/** The part of the store that answers are made from; nothing here writes. */
export type ReadStore = Pick<
  Store,
  | 'listVantages'
  | 'listCoverage'
  | 'getVantageHistory'
  | 'countRunsFrom'
  | 'getMeasurement'
  | 'findControls'
  | 'listLicences'
  | 'listMeasurements'
  | 'latestMeasurements'
  | 'listLanes'
  | 'listBuckets'
  | 'findLanes'
  | 'getLaneMonth'
  | 'listLaneHours'
  | 'findRunStart'
  | 'getMonthVersion'
  | 'listMechanismCodes'
  | 'listAnnouncements'
  | 'getAnnouncement'
  | 'listAlerts'
  | 'listEvents'
  | 'listIncidents'
  | 'getIncident'
  | 'listIncidentLog'
  | 'getLedger'
  | 'listLedgerRevisions'
  | 'health'
  | 'dataVersion'
  | 'lastStoredMs'
  | 'file'
  | 'range'
>;

/** What this process is. */
export type ServerInfo = {
  readonly version: string;
  /** True when the measured network is a simulation; every page and answer says so. */
  readonly isSimulated: boolean;
  readonly startedAtMs: number;
  /** Where readers find this server, e.g. `https://reachline.example.org`; as they addressed it unless told. */
  readonly publicUrl?: string;
};

/** What every handler may use. */
export type HandlerDeps = {
  readonly store: ReadStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly info: ServerInfo;
  /** Ids of agents that were switched off on the command line. */
  readonly listDisabledAgents: () => readonly string[];
  /** Paths of all routes, e.g. `/m/:id`. */
  readonly paths: readonly string[];
  readonly assets: AssetStore;
  readonly cache: JsonCache;
  readonly rasterise: Rasterise;
  /** What becomes known, for those who listen. */
  readonly live: LiveFeed;
  /** What is blocked where now. */
  readonly availability: AvailabilityNow;
  readonly months: MonthCache;
  readonly parcels: ParcelCache;
  /** Absent where messages are switched off. */
  readonly alerts?: AlertDesk;
  /** How sending goes; undefined where messages are switched off. */
  readonly readAlertHealth?: () => AlertHealth | undefined;
  /** Where the messages of the demo arrive; absent everywhere else. */
  readonly mailbox?: Mailbox;
  /** Absent where nothing watches the event loop. */
  readonly pulse?: Pulse;
  /** Holds the bulk files of this server; absent where it makes none. */
  readonly bulkFolder?: string;
  /** Answers with one table as a file; loaded when it is first asked for. */
  readonly answerExport: Handler;
  /** Answers with measurements in the format of OONI; loaded likewise. */
  readonly answerOoni: Handler;
  /** Answers a route of the API as of the revision that the address names; loaded likewise. */
  readonly answerPast: (
    route: { readonly operation: string; readonly query: (deps: DataDeps) => z.ZodObject },
    handled: HandlerRequest,
    deps: HandlerDeps,
  ) => Promise<Response>;
};

/** What answers are made of that can be given of any revision. */
export type DataDeps = Pick<HandlerDeps, 'store' | 'clock' | 'info' | 'cache'> & {
  readonly config: Pick<Config, 'services' | 'schedule' | 'rules'>;
};

/** A request with what was read of its address. */
export type HandlerRequest = {
  readonly request: Request;
  readonly url: URL;
  /** Path without language and form. */
  readonly path: string;
  /** Language of the answer, for readers: as the address says, or else as the reader's browser wishes. */
  readonly locale: Locale;
  /** What links of the page begin with: `/ru` when the address names the language, else nothing. */
  readonly base: string;
  /** The form behind the path, e.g. `csv`; absent for the page itself. */
  readonly form?: Form;
  /** The `:id` or `:file` of the route; empty when it has none. */
  readonly parameter: string;
  /** Every parameter of the route by its name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Cuts the connection; absent where there is none, as in tests of single requests. */
  readonly cut?: () => void;
  /** True when a web server on this machine says that the reader came by HTTPS. */
  readonly isSecureInFront: boolean;
  /** Network of the client; absent for programs on this machine. Kept for no longer than the request. */
  readonly clientNetwork?: string;
};

/** Answers one route. @throws RequestProblem for a request that cannot be answered. */
export type Handler = (request: HandlerRequest, deps: HandlerDeps) => Response | Promise<Response>;

/** Answers one route out of stored data alone, of now or of a revision. @throws RequestProblem */
export type DataHandler = (
  request: Pick<HandlerRequest, 'request' | 'url' | 'parameter'>,
  deps: DataDeps,
) => Response | Promise<Response>;

/** A form that was sent to us. */
export type FormRequest = HandlerRequest & {
  /** In the order of the form. */
  readonly fields: URLSearchParams;
  /** Who sent it, as far as that can be known; to be counted and never kept. */
  readonly client: string;
};

/** Takes a form. @throws RequestProblem for one that cannot be used. */
export type FormHandler = (form: FormRequest, deps: HandlerDeps) => Response | Promise<Response>;
