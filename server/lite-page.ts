/** GET /lite and /snapshot.html: the whole site as tables, as a page and as one file for mirrors. */
import { isReviewed, sortAnnouncements } from '../dashboard/pages/announcement-scope.ts';
import type { Frame } from '../dashboard/pages/frame.ts';
import { renderLite, renderSnapshot, SNAPSHOT_STYLE } from '../dashboard/pages/lite.ts';
import type { Cut, LiteData } from '../dashboard/pages/lite-tables.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { readNewestLedger } from './newest-ledger.ts';
import { toOrigin } from './origin.ts';
import { openFrame } from './pages.ts';
import { readRecent } from './recent-changes.ts';
import { prepare, reply, replyHtml, SECURITY_HEADERS, toStyleSource } from './reply.ts';

/** Rows of each table: on a line of 20 kbit/s the page is there within five seconds. */
const LITE_ROWS = 40;
/** A snapshot is made to be kept. */
const SNAPSHOT_ROWS = 200;

type LiteDeps = Pick<HandlerDeps, 'store' | 'config' | 'availability'>;

/** Reads what the tables hold, the newest `rows` of each. */
function gatherLite(deps: LiteDeps, nowMs: number, rows: number): LiteData {
  const { store, config, availability } = deps;
  const cut = <T>(all: readonly T[]): Cut<T> => ({
    shown: all.slice(0, rows),
    total: all.length,
  });
  const ledger = readNewestLedger(store);
  return {
    services: config.services,
    answers: availability.list(),
    changes: readRecent(store, config, nowMs).changes.slice(0, rows),
    incidents: cut(store.listIncidents()),
    announcements: cut(
      sortAnnouncements(store.listAnnouncements()).filter(({ announcement }) =>
        isReviewed(announcement),
      ),
    ),
    networkOf: new Map(
      store
        .listVantages()
        .map(({ id, networkName, countryCode }) => [id, { name: networkName, countryCode }]),
    ),
    ...(ledger === undefined ? {} : { ledger: cut(ledger.content.groups) }),
  };
}

/** Shows the tables. */
export const showLite: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const data = gatherLite(deps, frame.nowMs, LITE_ROWS);
  return replyHtml(handled, await renderLite(data, frame));
};

const STYLE_SOURCE = toStyleSource(SNAPSHOT_STYLE);

/** Writes the file. `origin` is where its links lead; without one it has none. */
function writeSnapshot(deps: LiteDeps, frame: Frame, origin: string | undefined): Promise<string> {
  const source = {
    styleSource: STYLE_SOURCE,
    ...(origin === undefined || origin === '' ? {} : { origin }),
  };
  return renderSnapshot(gatherLite(deps, frame.nowMs, SNAPSHOT_ROWS), frame, source);
}

/** Sends the file, with a policy that lets its own style through. */
export const sendSnapshot: Handler = async (handled: HandlerRequest, deps) => {
  const frame = openFrame(handled, deps);
  const page = await writeSnapshot(deps, frame, toOrigin(handled, deps.info));
  return reply(handled.request, prepare(page, 'text/html; charset=utf-8'), 200, {
    'content-security-policy': SECURITY_HEADERS['content-security-policy'].replace(
      "style-src 'self'",
      `style-src ${STYLE_SOURCE}`,
    ),
    'content-language': handled.locale,
    vary: handled.base === '' ? 'accept-encoding, accept-language' : 'accept-encoding',
  });
};
