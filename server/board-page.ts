/** The board and the same as JSON: what each reads from the store. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isOpen, sortAnnouncements } from '../dashboard/pages/announcement-scope.ts';
import { createBoardPage } from '../dashboard/pages/board.ts';
import { type BoardData, isRestricted } from '../dashboard/pages/board-state.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { listIncidentSince } from '../dashboard/pages/since.ts';
import type { Incident } from '../db/incident-types.ts';
import type { StateChange } from '../db/state-change-types.ts';
import { toIso } from './api/iso.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { openFrame } from './pages.ts';
import { DAY_MS, parseQuery } from './query.ts';
import { readRecent } from './recent-changes.ts';
import { replyHtml } from './reply.ts';

const MAX_OPEN_ANNOUNCEMENTS = 5;
/** Measurements of which the reasons are read to see whether a control confirms them. */
const MAX_READ = 12;
const HOUR_MS = 3_600_000;
const GRAVITY: Readonly<Record<Incident['severity'], number>> = { minor: 0, major: 1, critical: 2 };

type News = Pick<BoardData, 'changes' | 'incidents' | 'mark'>;

/** What is new, and the mark that tells one state of it from another: pages with that mark are read anew when it changes. */
export function readNews({ store, config }: HandlerDeps, nowMs: number): News {
  const { changes, incidents: recent } = readRecent(store, config, nowMs);
  const incidents = recent
    .filter(({ state }) => state !== 'closed')
    .toSorted((a, b) => GRAVITY[b.severity] - GRAVITY[a.severity]);
  const hash = createHash('sha256');
  for (const { measurementId, to, unstable } of changes)
    hash.update(`${measurementId} ${to} ${unstable === undefined ? '' : 'unstable'}\n`);
  for (const { id, severity, state, episodes } of incidents)
    hash.update(`${id} ${severity} ${state} ${episodes.length}\n`);
  return { changes, incidents, mark: hash.digest('base64url').slice(0, 12) };
}

/**
 * The restrictions among the changes that a control confirms: one outside reached the service at that time, or the
 * judgement rests on a control.
 */
function listConfirmed(
  { store }: HandlerDeps,
  changes: readonly StateChange[],
  nowMs: number,
): ReadonlySet<string> {
  const restricted = changes.filter(({ to }) => isRestricted(to));
  if (restricted.length === 0) return new Set();
  const controls = store.listVantages().filter(({ role }) => role === 'control');
  const vantageIds = controls.map(({ id }) => id);
  const range = { fromMs: nowMs - DAY_MS, toMs: nowMs + 1 };
  const lanes = vantageIds.length === 0 ? [] : store.listLanes({ vantageIds, ...range });
  const passes = ({ service: changed, atMs }: StateChange): boolean =>
    lanes.some(
      ({ service, spans }) =>
        service === changed &&
        spans.some(
          ({ fromMs, untilMs, state }) => state === 'ok' && fromMs <= atMs && atMs < untilMs,
        ),
    );
  const isReasoned = ({ measurementId }: StateChange): boolean => {
    const judgement = store.getMeasurement(measurementId)?.judgement;
    return [judgement?.service, ...Object.values(judgement?.targets ?? {})].some((one) =>
      one?.reasons.some(({ code }) => code === 'control_succeeded'),
    );
  };
  const seen = restricted.filter(passes);
  const reasoned = restricted
    .filter((one) => !seen.includes(one))
    .slice(0, MAX_READ)
    .filter(isReasoned);
  return new Set([...seen, ...reasoned].map(({ measurementId }) => measurementId));
}

function readBoard(deps: HandlerDeps, nowMs: number): BoardData {
  const { store, config, availability, paths } = deps;
  const intervalMs = config.schedule.intervalSeconds * 1_000;
  const news = readNews(deps, nowMs);
  const hasPath = (start: string) => paths.some((path) => path.startsWith(start));
  return {
    ...news,
    services: config.services.map(({ id, name, targets }) => ({
      id,
      name,
      functions: [...new Set(targets.map((target) => target.function))],
    })),
    vantages: store.listVantages(),
    disabled: deps.listDisabledAgents(),
    latest: store.latestMeasurements(),
    confirmed: listConfirmed(deps, news.changes, nowMs),
    availability: availability.list(),
    openAnnouncements: sortAnnouncements(store.listAnnouncements())
      .filter(({ announcement }) => isOpen(announcement, nowMs))
      .slice(0, MAX_OPEN_ANNOUNCEMENTS),
    measurementCount: store.health().measurements,
    nextSlotMs: Math.ceil(nowMs / intervalMs) * intervalMs,
    has: { answers: hasPath('/is/'), incidents: hasPath('/i/'), map: hasPath('/map') },
  };
}

/** Boards that were made for the same data in the same second, by their address. */
type Made = { readonly moment: string; readonly pages: Map<string, Promise<string>> };

/** Languages times zones in use at once; more are made each for itself. */
const MAX_MADE = 24;
const madeBoards = new WeakMap<HandlerDeps, Made>();

/** When something changes every reader asks at once: the same board is made once for all of them. */
function makeOnce(
  { url, locale, base }: HandlerRequest,
  deps: HandlerDeps,
  make: () => Promise<string>,
): Promise<string> {
  const moment = `${deps.store.dataVersion()} ${Math.floor(deps.clock.nowMs() / 1_000)}`;
  let made = madeBoards.get(deps);
  if (made?.moment !== moment) made = { moment, pages: new Map() };
  madeBoards.set(deps, made);
  const key = `${base} ${locale} ${url.search}`;
  const page = made.pages.get(key) ?? make();
  if (made.pages.size < MAX_MADE) made.pages.set(key, page);
  return page;
}

/** GET /: the board. */
export const showBoard: Handler = async (handled, deps) => {
  const page = await makeOnce(handled, deps, async () => {
    const frame = openFrame(handled, deps);
    return renderPage(frame, createBoardPage(readBoard(deps, frame.nowMs), frame));
  });
  return replyHtml(handled, page);
};

/** GET /index.json: the newest verdict of every lane, in the form of the stream, and what changed in the last day. */
export const answerBoard: Handler = ({ request, url }, deps) => {
  parseQuery(z.strictObject({}), url);
  const nowMs = deps.clock.nowMs();
  // The last day moves on by itself; once an hour is often enough for an answer that is asked for by its tag.
  return deps.cache.answer(request, `board ${Math.floor(nowMs / HOUR_MS)}`, () => {
    const { changes, incidents, mark } = readNews(deps, nowMs);
    return {
      isSimulated: deps.info.isSimulated,
      mark,
      lanes: deps.store.latestMeasurements().map((one) => ({
        lane: `${one.service}/${one.vantageId}/service`,
        verdict: one.verdict,
        t: one.slotMs,
        n: one.seq + 1,
        until: one.slotMs + one.intervalMs,
        at: one.startedAtMs,
      })),
      changes: changes.map(({ vantageId, atMs, previousAtMs, ...rest }) => ({
        ...rest,
        vantage: vantageId,
        at: toIso(atMs),
        previousAt: previousAtMs === undefined ? null : toIso(previousAtMs),
      })),
      incidents: incidents.map((incident) => {
        const { id, service, countryCode, severity, state, onset } = incident;
        const blocked = listIncidentSince(incident).find(({ kind }) => kind === 'blocked');
        const since = toIso(onset.byMs);
        const blockedSince = blocked === undefined ? null : toIso(blocked.interval.byMs);
        return { id, service, countryCode, severity, state, since, blockedSince };
      }),
    };
  });
};
