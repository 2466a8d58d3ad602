/**
 * The HTTP application: every route with its policy in one table, and what happens to a request that no route
 * answers or that fails. Everything can be read by anyone and nothing can be written.
 */
import { Hono } from 'hono';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../probes/clock.ts';
import { answerAnnouncement, answerAnnouncements } from './api/announcements.ts';
import { answerHealth, answerIndex } from './api/health.ts';
import { JsonCache } from './api/json-cache.ts';
import { answerLanes } from './api/lanes.ts';
import { answerMeasurement, answerMeasurements } from './api/measurements.ts';
import { loadAssets, replyAsset } from './assets.ts';
import type { Handler, HandlerDeps, HandlerRequest, ReadStore, ServerInfo } from './contract.ts';
import { createLog, type Log } from './log.ts';
import {
  replyProblemPage,
  showAnnouncement,
  showAnnouncements,
  showBoard,
  showMeasurement,
  showMethod,
} from './pages.ts';
import { type Problem, RequestProblem, replyProblem } from './problem.ts';
import { showTimeline } from './timeline-page.ts';

/** One address and who may use it. */
type Route = {
  readonly path: string;
  /** `public`: anyone may read it. There is no other policy yet, and no route without one. */
  readonly policy: 'public';
  readonly handle: Handler;
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
  { path: '/', policy: 'public', handle: showBoard },
  { path: '/t', policy: 'public', handle: showTimeline },
  { path: '/m/:id', policy: 'public', handle: showMeasurement },
  { path: '/a/:id', policy: 'public', handle: showAnnouncement },
  { path: '/method', policy: 'public', handle: showMethod },
  { path: '/announcements', policy: 'public', handle: showAnnouncements },
  { path: '/assets/:file', policy: 'public', handle: sendAsset },
  { path: '/healthz', policy: 'public', handle: answerHealth },
  { path: '/api/v1', policy: 'public', handle: answerIndex },
  { path: '/api/v1/lanes', policy: 'public', handle: answerLanes },
  { path: '/api/v1/measurements', policy: 'public', handle: answerMeasurements },
  { path: '/api/v1/measurements/:id', policy: 'public', handle: answerMeasurement },
  { path: '/api/v1/announcements', policy: 'public', handle: answerAnnouncements },
  { path: '/api/v1/announcements/:id', policy: 'public', handle: answerAnnouncement },
  { path: '/api/v1/health', policy: 'public', handle: answerHealth },
];

/** Longer addresses are none of ours: the longest view with every filter set stays under half of it. */
const MAX_URL_CHARACTERS = 4_096;

/** What the application is made of. */
export type AppOptions = {
  readonly store: ReadStore;
  readonly config: Config;
  readonly clock: Clock;
  readonly info: ServerInfo;
  /** Folder of the built browser files; dashboard/dist unless told. */
  readonly assetsFolder?: string;
  /** Where failures of ours are written; standard error unless told. */
  readonly log?: Log;
};

/** True for addresses whose readers are programs. */
function isForPrograms(path: string): boolean {
  return path.startsWith('/api/') || path === '/healthz' || path.startsWith('/assets/');
}

function replyTo(handled: HandlerRequest, deps: HandlerDeps, problem: Problem): Promise<Response> {
  return isForPrograms(handled.url.pathname)
    ? replyProblem(handled.request, problem)
    : replyProblemPage(handled, deps, problem);
}

/** Makes the application; nothing is opened and nothing runs until a request comes. */
export function createApp(options: AppOptions): Hono {
  const { store, config, clock, info } = options;
  const log = options.log ?? createLog((line) => process.stderr.write(line), clock.nowMs);
  const cache = new JsonCache(() => store.dataVersion(), `${info.version} ${info.startedAtMs}`);
  const deps: HandlerDeps = {
    store,
    config,
    clock,
    info,
    cache,
    assets: loadAssets(options.assetsFolder),
  };
  const app = new Hono();
  const read = (request: Request, parameter = ''): HandlerRequest => ({
    request,
    url: new URL(request.url),
    parameter,
  });

  app.use('*', async (c, next) => {
    if (c.req.url.length <= MAX_URL_CHARACTERS) return next();
    const detail = `Addresses have at most ${MAX_URL_CHARACTERS} characters; ask for fewer things at once.`;
    return replyProblem(c.req.raw, { kind: 'uri-too-long', detail });
  });
  for (const { path, handle } of ROUTES) {
    app.get(path, (c) => handle(read(c.req.raw, c.req.param('id') ?? c.req.param('file')), deps));
    app.all(path, (c) =>
      replyProblem(
        c.req.raw,
        {
          kind: 'method-not-allowed',
          detail: `${c.req.method} is not possible here; use GET or HEAD.`,
        },
        { allow: 'GET, HEAD' },
      ),
    );
  }
  app.notFound((c) =>
    replyTo(read(c.req.raw), deps, {
      kind: 'not-found',
      detail: 'No page has this address. It may be mistyped, or from another version.',
    }),
  );
  app.onError((error, c) => {
    const handled = read(c.req.raw);
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
