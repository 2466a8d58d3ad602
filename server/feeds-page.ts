/** GET /feeds, and each feed as Atom and as JSON Feed. No identity is needed to read one, and none is looked at. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { createFeedsPage } from '../dashboard/pages/feeds.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toAtom } from './feeds/atom.ts';
import { createFeed, nameFeed, parseFeedName, toFeedName, toFeedQuery } from './feeds/feed.ts';
import { toJsonFeed } from './feeds/json-feed.ts';
import { toOrigin } from './origin.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { countries, oneOf, parseQuery, zone } from './query.ts';
import { prepare, reply, replyHtml } from './reply.ts';

const FORMS = {
  atom: { contentType: 'application/atom+xml; charset=utf-8', write: toAtom },
  json: { contentType: 'application/feed+json; charset=utf-8', write: toJsonFeed },
} as const;

/** Readers come back every so often; nothing is fresher than the bookkeeping. */
const MAX_AGE_SECONDS = 60;

function listServiceNames({ config }: HandlerDeps): Map<string, string> {
  return new Map(config.services.map(({ id, name }) => [id, name]));
}

/** True when a client that sends no entity tag holds this state. */
function isUnchangedSince(request: Request, changedMs: number): boolean {
  if (request.headers.has('if-none-match')) return false;
  const heldMs = Date.parse(request.headers.get('if-modified-since') ?? '');
  // Times in headers have whole seconds.
  return heldMs >= Math.floor(changedMs / 1_000) * 1_000;
}

function answer(form: keyof typeof FORMS, handled: HandlerRequest, deps: HandlerDeps) {
  const { request, base, locale, parameter } = handled;
  const serviceNames = listServiceNames(deps);
  const topic = parseFeedName(parameter, [...serviceNames.keys()]);
  if (topic === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no feed of this name; /feeds lists them all.',
    });
  const { contentType, write } = FORMS[form];
  const feed = createFeed(topic, deps.store.listAlerts(toFeedQuery(topic)), form, {
    // An address without a language is English: one feed is read by many, and kept between them.
    say: speak(base === '' ? 'en' : locale, 'UTC'),
    serviceNames,
    publicUrl: deps.config.alerts.publicUrl ?? toOrigin(handled, deps.info),
    isSimulated: deps.info.isSimulated,
    startedAtMs: deps.info.startedAtMs,
  });
  const headers = {
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
    'last-modified': new Date(feed.updatedMs).toUTCString(),
    'content-language': feed.language,
  };
  const body = write(feed);
  const etag = `"${hash('sha256', body).slice(0, 32)}"`;
  const isHeld = isUnchangedSince(request, feed.updatedMs);
  const asked = isHeld ? new Request(request, { headers: { 'if-none-match': etag } }) : request;
  return reply(asked, prepare(body, contentType, etag), 200, headers);
}

/** GET /feeds/<name>.atom */
export const answerAtom: Handler = (handled, deps) => answer('atom', handled, deps);

/** GET /feeds/<name>.json */
export const answerJsonFeed: Handler = (handled, deps) => answer('json', handled, deps);

/** GET /feeds/<name> without a form. */
export const refuseFormlessFeed: Handler = ({ path }) => {
  throw new RequestProblem({
    kind: 'not-found',
    detail: `${path} has the forms .atom and .json; /feeds lists all feeds.`,
  });
};

/** GET /feeds: all feeds, and a form for one of a service in a country. */
export const showFeeds: Handler = async (handled, deps) => {
  const serviceIds = deps.config.services.map(({ id }) => id);
  const query = parseQuery(
    z.object({
      tz: zone.optional(),
      service: oneOf(['', ...serviceIds], 'service').optional(),
      country: z.union([z.literal(''), countries]).optional(),
    }),
    handled.url,
  );
  const frame = createFrame(handled, deps, query.tz ?? 'UTC', ['service', 'country']);
  const names = listServiceNames(deps);
  const countryCodes = [
    ...new Set(
      deps.store
        .listVantages()
        .filter(({ role }) => role === 'vantage')
        .map(({ countryCode }) => countryCode),
    ),
  ].toSorted();
  const [countryCode] = query.country === '' ? [] : (query.country ?? []);
  const describe = (topic: Parameters<typeof toFeedName>[0]) => ({
    name: toFeedName(topic),
    title: nameFeed(topic, names, frame.say),
  });
  const chosen = {
    ...(query.service ? { service: query.service } : {}),
    ...(countryCode === undefined ? {} : { countryCode }),
  };
  const page = createFeedsPage(
    {
      general: [describe({}), describe({ isAnnouncements: true })],
      services: serviceIds.map((service) => ({ id: service, ...describe({ service }) })),
      countries: countryCodes.map((code) => ({ id: code, ...describe({ countryCode: code }) })),
      ...(Object.keys(chosen).length === 0 ? {} : { chosen: { ...describe(chosen), ...chosen } }),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};
