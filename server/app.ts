/**
 * The HTTP application: every route with its policy in one table, and what happens to a request that no route
 * answers or that fails. Pages and API can be read by anyone; only agents that enrolled can write.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { Config } from '../config/schema.ts';
import { negotiateLocale } from '../dashboard/i18n/locale.ts';
import { AGENT_PATHS } from '../probes/agent/protocol.ts';
import type { Clock } from '../probes/clock.ts';
import { type Form, parseAddress } from './address.ts';
import type { AgentDoor } from './agents/door.ts';
import { ANSWER_ROUTES } from './answer-routes.ts';
import { answerAnnouncement, answerAnnouncements } from './api/announcements.ts';
import { answerHealth, answerIndex } from './api/health.ts';
import { answerIncident, answerIncidents } from './api/incidents.ts';
import { JsonCache } from './api/json-cache.ts';
import { answerLaneMonth, answerLaneMonths } from './api/lane-months.ts';
import { answerLaneRuns } from './api/lane-runs.ts';
import { answerLanes } from './api/lanes.ts';
import { answerMeasurement, answerMeasurements } from './api/measurements.ts';
import { MonthCache } from './api/month-cache.ts';
import { ParcelCache } from './api/parcel-cache.ts';
import { answerStream } from './api/stream.ts';
import { answerVantage, answerVantages } from './api/vantages.ts';
import { loadAssets, replyAsset } from './assets.ts';
import { createAvailabilityNow } from './availability-now.ts';
import type { Handler, HandlerDeps, HandlerRequest, ReadStore, ServerInfo } from './contract.ts';
import { createLiveFeed, type LiveFeed } from './live/live-feed.ts';
import { createLog, type Log } from './log.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import type { Rasterise } from './pictures/rasteriser.ts';
import { PUBLISHING_ROUTES, rasteriseLater } from './pictures/routes.ts';
import { type Problem, RequestProblem, replyProblem } from './problem.ts';
import { createPublicStore } from './public-store.ts';

/** One address and who may use it. */
type Route = {
  /** Without language and form (address.ts), e.g. `/c/:cc`. */
  readonly path: string;
  /** `public`: anyone may read it. */
  readonly policy: 'public';
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

/** Every route of the server. */
export const ROUTES: readonly Route[] = [
  ...PAGE_ROUTES,
  ...PUBLISHING_ROUTES,
  ...ANSWER_ROUTES,
  { path: '/assets/:file', policy: 'public', handle: sendAsset },
  { path: '/healthz', policy: 'public', handle: answerHealth },
  { path: '/api/v1', policy: 'public', handle: answerIndex },
  { path: '/api/v1/lanes', policy: 'public', handle: answerLanes },
  { path: '/api/v1/lanes.rl', policy: 'public', handle: answerLaneRuns },
  { path: '/api/v1/lane-months', policy: 'public', handle: answerLaneMonths },
  { path: '/api/v1/lane-months/:revision/:file', policy: 'public', handle: answerLaneMonth },
  { path: '/api/v1/measurements', policy: 'public', handle: answerMeasurements },
  { path: '/api/v1/measurements/:id', policy: 'public', handle: answerMeasurement },
  { path: '/api/v1/vantages', policy: 'public', handle: answerVantages },
  { path: '/api/v1/vantages/:id', policy: 'public', handle: answerVantage },
  { path: '/api/v1/announcements', policy: 'public', handle: answerAnnouncements },
  { path: '/api/v1/announcements/:id', policy: 'public', handle: answerAnnouncement },
  { path: '/api/v1/incidents', policy: 'public', handle: answerIncidents },
  { path: '/api/v1/incidents/:id', policy: 'public', handle: answerIncident },
  {
    path: '/api/v1/exports/:file',
    policy: 'public',
    handle: (handled, deps) => deps.answerExport(handled, deps),
  },
  { path: '/api/v1/health', policy: 'public', handle: answerHealth },
  { path: '/api/v1/stream', policy: 'public', handle: answerStream },
];

/** One address for the programs of agents. */
type AgentRoute = {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** `agent-token`: with a one-time token. `agent-signature`: signed with the key that enrolled. */
  readonly policy: 'agent-token' | 'agent-signature';
  readonly handle: (door: AgentDoor, request: Request) => Promise<Response>;
};

/** Every route for agents. */
export const AGENT_ROUTES: readonly AgentRoute[] = [
  {
    path: AGENT_PATHS.enrol,
    method: 'POST',
    policy: 'agent-token',
    handle: (door, request) => door.enrol(request),
  },
  {
    path: AGENT_PATHS.plan,
    method: 'GET',
    policy: 'agent-signature',
    handle: (door, request) => door.plan(request),
  },
  {
    path: AGENT_PATHS.batches,
    method: 'POST',
    policy: 'agent-signature',
    handle: (door, request) => door.takeBatch(request),
  },
];

/** Longer addresses are none of ours: the longest view with every filter set stays under half of it. */
const MAX_URL_CHARACTERS = 4_096;

/** What the application is made of. */
export type AppOptions = {
  readonly store: ReadStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly info: ServerInfo;
  /** Takes the requests of agents; without it there are no addresses for them. */
  readonly agents?: AgentDoor;
  /** What becomes known, for those who listen; without it the stream says nothing. */
  readonly live?: LiveFeed;
  /** Ids of agents that are switched off; none unless told. */
  readonly listDisabledAgents?: () => readonly string[];
  /** Folder of the built browser files; dashboard/dist unless told. */
  readonly assetsFolder?: string;
  /** Turns SVG into PNG; in a process of its own, started when it is needed, unless told. */
  readonly rasterise?: Rasterise;
  /** Where failures of ours are written; standard error unless told. */
  readonly log?: Log;
};

/** True for addresses whose readers are programs. */
function isForPrograms(path: string): boolean {
  return (
    path === '/healthz' ||
    /^\/(?:api|assets|agent|badge|card)\//.test(path) ||
    /\.(?:atom|csv|json|png|svg)$/.test(path)
  );
}

async function replyTo(
  handled: HandlerRequest,
  deps: HandlerDeps,
  problem: Problem,
): Promise<Response> {
  return isForPrograms(handled.url.pathname)
    ? replyProblem(handled.request, problem)
    : (await import('./pages.ts')).replyProblemPage(handled, deps, problem);
}

function refuseMethod(c: Context, allowed: readonly string[]): Promise<Response> {
  const detail = `${c.req.method} is not possible here; use ${allowed.join(' or ')}.`;
  return replyProblem(
    c.req.raw,
    { kind: 'method-not-allowed', detail },
    { allow: allowed.join(', ') },
  );
}

/** Reads what the address says besides the route. */
function readRequest(
  { req, env }: Context,
  parameters: Readonly<Record<string, string>> = {},
): HandlerRequest {
  const request = req.raw;
  const connection = (env as Partial<HttpBindings> | undefined)?.outgoing;
  const url = new URL(request.url);
  const { path, locale, form } = parseAddress(url.pathname);
  return {
    request,
    url,
    path,
    locale: locale ?? negotiateLocale(request.headers.get('accept-language') ?? ''),
    base: locale === undefined ? '' : `/${locale}`,
    parameter: parameters['id'] ?? parameters['file'] ?? '',
    parameters,
    ...(form === undefined ? {} : { form }),
    ...(connection === undefined ? {} : { cut: () => connection.destroy() }),
  };
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

function addAgentRoutes(app: Hono, door: AgentDoor): void {
  for (const { path, method, handle } of AGENT_ROUTES) {
    app.on(method, path, (c) =>
      // HEAD comes here as GET, and no agent asks that way.
      c.req.method === method ? handle(door, c.req.raw) : refuseMethod(c, [method]),
    );
    app.all(path, (c) => refuseMethod(c, [method]));
  }
}

/** Exports need code that a server without any export never loads. */
function createLazyExport(): Handler {
  let loaded: Promise<Handler> | undefined;
  return async (handled, deps) => {
    loaded ??= import('./exports/answer-export.ts').then((module) => module.createAnswerExport());
    return (await loaded)(handled, deps);
  };
}

/** Makes the application; nothing is opened and nothing runs until a request comes. */
export function createApp(options: AppOptions): Hono {
  const { config, clock, info } = options;
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const store = createPublicStore(options.store, clock, slotLengthMs);
  const log = options.log ?? createLog((line) => process.stderr.write(line), clock.nowMs);
  const cache = new JsonCache(() => store.dataVersion(), `${info.version} ${info.startedAtMs}`);
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
    answerExport: createLazyExport(),
    listDisabledAgents: options.listDisabledAgents ?? (() => []),
    assets: loadAssets(options.assetsFolder),
    rasterise: options.rasterise ?? rasteriseLater(),
  };
  const app = new Hono({ getPath: (request) => parseAddress(new URL(request.url).pathname).path });

  app.use('*', async (c, next) => {
    if (c.req.url.length <= MAX_URL_CHARACTERS) return next();
    const detail = `Addresses have at most ${MAX_URL_CHARACTERS} characters; ask for fewer things at once.`;
    return replyProblem(c.req.raw, { kind: 'uri-too-long', detail });
  });
  for (const route of ROUTES) {
    app.get(route.path, (c) => {
      const handled = readRequest(c, c.req.param());
      return chooseHandler(route, handled)(handled, deps);
    });
    app.all(route.path, (c) => refuseMethod(c, ['GET', 'HEAD']));
  }
  if (options.agents) addAgentRoutes(app, options.agents);
  app.notFound((c) =>
    replyTo(readRequest(c), deps, {
      kind: 'not-found',
      detail: 'No page has this address. It may be mistyped, or from another version.',
    }),
  );
  app.onError((error, c) => {
    const handled = readRequest(c);
    if (error instanceof RequestProblem) return replyTo(handled, deps, error.problem);
    log('error', 'request_failed', {
      path: handled.url.pathname,
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
