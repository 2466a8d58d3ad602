/**
 * Routes of alerts and of the server's own state: their pages, and the forms that are sent to them. Loaded with the first
 * request for one: a server that only measures does without their code.
 */
import type { Hono } from 'hono';
import { PUSH_WORKER_PATH } from '../dashboard/push/push-note.ts';
import { replyAsset } from './assets.ts';
import type { FormHandler, Handler, HandlerDeps } from './contract.ts';
import { checkOrigin, type FormType, readClient, readForm } from './forms.ts';
import { formLater, later } from './later.ts';
import { RequestProblem } from './problem.ts';
import { readRequest } from './read-request.ts';

const pages = () => import('./alert-pages.ts');
const links = () => import('./subscription-pages.ts');

/** The worker of push messages, at an address of its own: browsers ask for it there again, and see what changed. */
const sendPushWorker: Handler = ({ request }, { assets }) => {
  const { pushWorker } = assets;
  const response = pushWorker === undefined ? undefined : replyAsset(request, assets, pushWorker);
  if (response === undefined)
    throw new RequestProblem({ kind: 'not-found', detail: 'This server was not built whole.' });
  response.headers.set('cache-control', 'no-cache');
  return response;
};

/** Rows for the table of routes in app.ts. */
export const ALERT_ROUTES = [
  { path: '/alerts', policy: 'public', handle: later(async () => (await pages()).showAlerts) },
  { path: PUSH_WORKER_PATH, policy: 'public', handle: sendPushWorker },
  {
    path: '/alerts/confirm/:token',
    policy: 'capability-link',
    handle: later(async () => (await links()).showConfirmation),
  },
  {
    path: '/alerts/s/:token',
    policy: 'capability-link',
    handle: later(async () => (await links()).showSubscription),
  },
  {
    path: '/alerts/s/:token/stop',
    policy: 'capability-link',
    handle: later(async () => (await links()).showEnd),
  },
  {
    path: '/alerts/s/:token/one-click',
    policy: 'capability-link',
    handle: later(async () => (await links()).showEnd),
  },
  {
    path: '/status',
    policy: 'public',
    handle: later(async () => (await import('./status-page.ts')).showStatus),
  },
  {
    path: '/metrics',
    policy: 'public',
    handle: later(async () => (await import('./metrics.ts')).answerMetrics),
  },
] as const;

/** One address that forms are sent to; each has a page at the same path. */
type FormRoute = {
  readonly path: string;
  readonly method: 'POST';
  /** `public-form`: anyone, counted per client. `capability-link`: whoever has the link, which is the whole proof. */
  readonly policy: 'public-form' | 'capability-link';
  readonly types: readonly FormType[];
  readonly handle: FormHandler;
};

const FORM = ['application/x-www-form-urlencoded'] as const;
const ONE_CLICK = [...FORM, 'multipart/form-data'] as const;

/** Every address that forms are sent to. */
export const FORM_ROUTES: readonly FormRoute[] = [
  {
    path: '/alerts',
    method: 'POST',
    policy: 'public-form',
    types: FORM,
    handle: formLater(async () => (await pages()).takeSubscription),
  },
  {
    path: '/alerts/confirm/:token',
    method: 'POST',
    policy: 'capability-link',
    types: FORM,
    handle: formLater(async () => (await links()).takeConfirmation),
  },
  {
    path: '/alerts/s/:token',
    method: 'POST',
    policy: 'capability-link',
    types: FORM,
    handle: formLater(async () => (await links()).changeSubscription),
  },
  {
    path: '/alerts/s/:token/stop',
    method: 'POST',
    policy: 'capability-link',
    types: FORM,
    handle: formLater(async () => (await links()).takeEnd),
  },
  {
    path: '/alerts/s/:token/one-click',
    method: 'POST',
    policy: 'capability-link',
    types: ONE_CLICK,
    handle: formLater(async () => (await links()).takeEnd),
  },
];

/** Answers behind a link that is a key are kept by no cache, found by no search, and name the link to no other site. */
export function keepPrivate(response: Response): Response {
  response.headers.set('cache-control', 'no-store');
  response.headers.set('referrer-policy', 'no-referrer');
  response.headers.set('x-robots-tag', 'noindex');
  return response;
}

/** Adds them to the application, each behind the checks that all forms go through. */
export function addFormRoutes(app: Hono, deps: HandlerDeps): void {
  for (const { path, method, types, handle } of FORM_ROUTES)
    app.on(method, path, async (c) => {
      checkOrigin(c.req.raw, deps.alerts?.publicUrl);
      const fields = await readForm(c.req.raw, types);
      const form = { ...readRequest(c, c.req.param()), fields, client: readClient(c) };
      return keepPrivate(await handle(form, deps));
    });
}
