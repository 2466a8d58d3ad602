/**
 * The HTTP application: every route with its policy in one table, and what happens to a request that no route
 * answers or that fails. Pages and API can be read by anyone; only agents that enrolled can write.
 */
import { Hono } from 'hono';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../probes/clock.ts';
import { type Form, parseAddress } from './address.ts';
import { addAgentRoutes } from './agent-routes.ts';
import type { AgentDoor } from './agents/door.ts';
import { ALERT_ROUTES, addFormRoutes, FORM_ROUTES, keepPrivate } from './alert-routes.ts';
import type { AlertDesk } from './alerts/desk.ts';
import { ANSWER_ROUTES } from './answer-routes.ts';
import { answerHealth } from './api/health.ts';
import { JsonCache } from './api/json-cache.ts';
import { MonthCache } from './api/month-cache.ts';
import { ParcelCache } from './api/parcel-cache.ts';
import { API_ROUTES, type ApiRoute } from './api/routes.ts';
import { loadAssets, replyAsset } from './assets.ts';
import { createAvailabilityNow } from './availability-now.ts';
import type { Handler, HandlerDeps, HandlerRequest, ReadStore, ServerInfo } from './contract.ts';
import type { Mailbox } from './demo/mailbox.ts';
import { DEMO_ROUTES } from './demo-routes.ts';
import { createLoggedExporter, type Exporter } from './exports/export-thread.ts';
import { findRevisionMs, formatRevision } from './exports/revision.ts';
import { later } from './later.ts';
import { createLiveFeed, type LiveFeed } from './live/live-feed.ts';
import { createLog, type Log } from './log.ts';
import { isDrawn, isOpenData, openToAll, PREFLIGHT_HEADERS } from './open-data.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import type { Rasterise } from './pictures/rasteriser.ts';
import { PUBLISHING_ROUTES, rasteriseLater } from './pictures/routes.ts';
import { type Problem, RequestProblem, refuseMethod, replyProblem } from './problem.ts';
import { createPublicStore } from './public-store.ts';
import type { Pulse } from './pulse.ts';
import { QuickAnswers, setQuickAnswers } from './quick-answers.ts';
import { findClient, RateLimit } from './rate-limit.ts';
import { readPeer, readRequest } from './read-request.ts';

/** One address and who may use it. */
type Route = {
  /** Without language and form (address.ts), e.g. `/c/:cc`. */
  readonly path: string;
  /** `public`: anyone may read it. `capability-link`: whoever has the link; kept by nobody and named to nobody.
   * `demo`: like that, and in the demo alone. */
  readonly policy: 'public' | 'capability-link' | 'demo';
  readonly handle: Handler;
  /** The same view in other forms, e.g. `/ledger.csv`. */
  readonly forms?: Readonly<Partial<Record<Form, Handler>>>;
};

const sendAsset: Handler = ({ request, parameter }, { assets }) => {
  const response = replyAsset(request, assets, parameter);
  if (response !== undefined) return response;
  throw new RequestProblem({
    kind: 'not-found',
    detail: 'This file belongs to another version of the page. Load the page again.',
  });
};

/** An address of the API: with `rev` it is answered as of then. */
function withRevisions(route: ApiRoute): Route {
  const { path, policy, handle, derives } = route;
  if (derives === undefined) return { path, policy, handle };
  return {
    path,
    policy,
    handle: (handled, deps) =>
      handled.url.searchParams.has('rev')
        ? deps.answerPast(route, handled, deps)
        : handle(handled, deps),
  };
}

/** Every route of the server. */
export const ROUTES: readonly Route[] = [
  ...PAGE_ROUTES,
  ...ALERT_ROUTES,
  ...PUBLISHING_ROUTES,
  ...ANSWER_ROUTES,
  { path: '/assets/:file', policy: 'public', handle: sendAsset },
  { path: '/healthz', policy: 'public', handle: answerHealth },
  ...API_ROUTES.map(withRevisions),
  {
    path: '/api/v1/exports/:file',
    policy: 'public',
    handle: (handled, deps) => deps.answerExport(handled, deps),
  },
  {
    path: '/exports/v1/:path{.+}',
    policy: 'public',
    handle: later(async () => (await import('./exports/bulk/answer-bulk.ts')).answerBulk),
  },
];

/** Longer addresses are none of ours: the longest view with every filter set stays under half of it. */
const MAX_URL_CHARACTERS = 4_096;

/** Paths that hold a key, and what of them may be told. */
const SECRET_PATH = /^(\/alerts\/(?:s|confirm)\/)[^/]+/;

/** What the application is made of. */
export type AppOptions = {
  readonly store: ReadStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly info: ServerInfo;
  /** Takes the requests of agents; without it there are no addresses for them. */
  readonly agents?: AgentDoor;
  /** Where readers subscribe; without it the page of alerts has feeds alone. */
  readonly alerts?: AlertDesk;
  /** How sending goes; without it nothing is told of it. */
  readonly readAlertHealth?: HandlerDeps['readAlertHealth'];
  /** Where the messages of the demo arrive; without it there are no addresses that show them. */
  readonly mailbox?: Mailbox;
  /** Watches the event loop. */
  readonly pulse?: Pulse;
  /** What becomes known, for those who listen; without it the stream says nothing. */
  readonly live?: LiveFeed;
  /** Ids of agents that are switched off; none unless told. */
  readonly listDisabledAgents?: () => readonly string[];
  /** Folder of the built browser files; dashboard/dist unless told. */
  readonly assetsFolder?: string;
  /** Turns SVG into PNG; in a process of its own, started when it is needed, unless told. */
  readonly rasterise?: Rasterise;
  /** Where bulk files lie; none are served unless told. */
  readonly bulkFolder?: string;
  /** Writes exports; whoever gives it ends it. */
  readonly exporter?: Exporter;
  /** Where failures of ours are written; standard error unless told. */
  readonly log?: Log;
};

/** True for addresses whose readers are programs. */
function isForPrograms(path: string): boolean {
  return (
    path === '/healthz' ||
    path === '/metrics' ||
    /^\/(?:api|assets|agent|badge|card|exports)\//.test(path) ||
    /\.(?:atom|csv|json|png|svg)$/.test(path)
  );
}

const REVISION_HEADER = 'reachline-revision';

async function replyTo(
  handled: HandlerRequest,
  deps: HandlerDeps,
  problem: Problem,
): Promise<Response> {
  return isForPrograms(handled.url.pathname)
    ? replyProblem(handled.request, problem)
    : (await import('./pages.ts')).replyProblemPage(handled, deps, problem);
}

function chooseHandler({ path, handle, forms = {} }: Route, { form }: HandlerRequest): Handler {
  if (form === undefined) return handle;
  const found = forms[form];
  if (found !== undefined) return found;
  const known = Object.keys(forms).map((one) => `.${one}`);
  throw new RequestProblem({
    kind: 'not-found',
    detail:
      known.length === 0
        ? `${path} exists as a page only; leave .${form} out.`
        : `${path} has no form .${form}; it has ${known.join(', ')}.`,
  });
}

/** What may be done at the path of a page. */
function listMethods(path: string): string[] {
  return [
    'GET',
    'HEAD',
    ...FORM_ROUTES.filter((one) => one.path === path).map((one) => one.method),
  ];
}

/** Lets pages of other sites read the data, and holds back who asks too often. */
function addOpenData(app: Hono, rateLimit: RateLimit): void {
  app.use('*', async (c, next) => {
    const { pathname } = new URL(c.req.url);
    const isOpen = isOpenData(pathname);
    if (!isOpen && !isDrawn(pathname)) return next();
    if (c.req.method === 'OPTIONS')
      return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
    const client = findClient(readPeer(c.env), c.req.header('x-forwarded-for') ?? null);
    const { isAllowed, headers } = rateLimit.take(client);
    if (isAllowed) {
      await next();
      if (isOpen) openToAll(c.res, headers);
      return;
    }
    const detail = `This server gives one client ${rateLimit.perMinute} answers in a minute. Wait as long as Retry-After says; /data tells how to have many rows at once.`;
    const refusal = await replyProblem(c.req.raw, { kind: 'too-many-requests', detail }, headers);
    openToAll(refusal, headers);
    return refusal;
  });
}

/** Exports and answers about the past need code that a server which is asked for none never loads. */
function createLazyThreaded(
  exporter: Exporter,
): Pick<HandlerDeps, 'answerExport' | 'answerOoni' | 'answerPast'> {
  type Threaded = ReturnType<typeof import('./exports/threaded.ts')['createThreaded']>;
  let loaded: Promise<Threaded> | undefined;
  const load = () => {
    loaded ??= import('./exports/threaded.ts').then((module) => module.createThreaded(exporter));
    return loaded;
  };
  return {
    answerExport: async (...asked) => (await load()).answerExport(...asked),
    answerOoni: async (...asked) => (await load()).answerOoni(...asked),
    answerPast: async (...asked) => (await load()).answerPast(...asked),
  };
}

/** Makes the application; nothing is opened and nothing runs until a request comes. */
export function createApp(options: AppOptions): Hono {
  const { config, clock, info } = options;
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const store = createPublicStore(options.store, clock, slotLengthMs);
  const log = options.log ?? createLog((line) => process.stderr.write(line), clock.nowMs);
  const rateLimit = new RateLimit(config.api.requestsPerMinute, clock);
  const quick = new QuickAnswers(() => store.dataVersion(), clock.nowMs, rateLimit);
  const tellRevision = (): string => formatRevision(findRevisionMs(store, clock.nowMs()));
  const cache = new JsonCache(
    () => store.dataVersion(),
    `${info.version} ${info.startedAtMs}`,
    clock.nowMs,
    tellRevision,
    (request, prepared) => quick.keep(request, prepared),
  );
  const deps: HandlerDeps = {
    store,
    config,
    clock,
    info,
    cache,
    paths: ROUTES.map(({ path }) => path),
    live: options.live ?? createLiveFeed({ store, clock, slotLengthMs }),
    availability: createAvailabilityNow({ store, config, clock }),
    months: new MonthCache(store),
    parcels: new ParcelCache(() => store.dataVersion()),
    ...createLazyThreaded(options.exporter ?? createLoggedExporter(log)),
    listDisabledAgents: options.listDisabledAgents ?? (() => []),
    ...(options.alerts === undefined ? {} : { alerts: options.alerts }),
    ...(options.readAlertHealth === undefined ? {} : { readAlertHealth: options.readAlertHealth }),
    ...(options.mailbox === undefined ? {} : { mailbox: options.mailbox }),
    ...(options.bulkFolder === undefined ? {} : { bulkFolder: options.bulkFolder }),
    ...(options.pulse === undefined ? {} : { pulse: options.pulse }),
    assets: loadAssets(options.assetsFolder),
    rasterise: options.rasterise ?? rasteriseLater(),
  };
  const app = new Hono({ getPath: (request) => parseAddress(new URL(request.url).pathname).path });

  addOpenData(app, rateLimit);
  setQuickAnswers(app, quick);
  app.use('*', async (c, next) => {
    if (c.req.url.length <= MAX_URL_CHARACTERS) return next();
    const detail = `Addresses have at most ${MAX_URL_CHARACTERS} characters; ask for fewer things at once.`;
    return replyProblem(c.req.raw, { kind: 'uri-too-long', detail });
  });
  addFormRoutes(app, deps);
  const routes: readonly Route[] = options.mailbox ? [...ROUTES, ...DEMO_ROUTES] : ROUTES;
  for (const route of routes) {
    app.get(route.path, async (c) => {
      const handled = readRequest(c, c.req.param());
      const response = await chooseHandler(route, handled)(handled, deps);
      // Files outlive their address, and JSON has it from the cache.
      if (handled.form === 'csv' && !response.headers.has(REVISION_HEADER))
        response.headers.set(REVISION_HEADER, tellRevision());
      return route.policy === 'public' ? response : keepPrivate(response);
    });
    app.all(route.path, (c) => refuseMethod(c.req.raw, listMethods(route.path)));
  }
  if (options.agents) addAgentRoutes(app, options.agents);
  app.notFound((c) =>
    replyTo(readRequest(c), deps, {
      kind: 'not-found',
      detail: 'No page has this address. It may be mistyped, or from another version.',
    }),
  );
  app.onError(async (error, c) => {
    const handled = readRequest(c);
    const isSecret = SECRET_PATH.test(handled.path);
    if (error instanceof RequestProblem) {
      const response = await replyTo(handled, deps, error.problem);
      return isSecret ? keepPrivate(response) : response;
    }
    log('error', 'request_failed', {
      // Whoever reads the log must not be able to end a subscription.
      path: isSecret ? handled.path.replace(SECRET_PATH, '$1…') : handled.url.pathname,
      error: error.stack ?? String(error),
    });
    return replyTo(handled, deps, {
      kind: 'internal',
      detail:
        'This is our fault; the reason is in the log of the server. What is stored is not affected. `reachline doctor` checks it.',
    });
  });
  return app;
}
