/**
 * Compares the ledger with what the lab imposed, line by line: the true onset must lie in the reported interval, the
 * true lag in the reported lag, and the outcome must be the one that the network earned. Where the measurements leave
 * more than one outcome open, `time_uncertain` is right too, and counted apart.
 */
import type {
  Lag,
  LedgerContent,
  LedgerGroup,
  LedgerInterval,
  LedgerRow,
  StatedInterval,
} from '../../db/ledger-types.ts';
import type { Story } from '../../probes/lab/restrictions.ts';
import {
  IMPOSED_GROUPS,
  IMPOSED_UNANNOUNCED,
  type ImposedGroup,
  type ImposedOutcome,
  type ImposedUnannounced,
} from './imposed-ledger.ts';
import { listTurns } from './imposed-restrictions.ts';
import type { Line } from './verify-story.ts';

export type LedgerTruth = {
  readonly story: Story;
  readonly groups: readonly ImposedGroup[];
  readonly unannounced: readonly ImposedUnannounced[];
};

/** What is compared of a ledger. */
type LedgerView = Pick<LedgerContent, 'groups' | 'unannounced'> & {
  readonly rules: Pick<LedgerContent['rules'], 'graceMs'>;
};

/** What the comparison says beside its lines. */
export type LedgerComparison = {
  readonly lines: readonly Line[];
  /** Lines that are right and say less than the truth: an outcome left open, or an interval across a hole. */
  readonly vague: number;
};

const HOUR_MS = 3_600_000;

/** `2022-03-04 16:40`, UTC. */
export function formatMinute(atMs: number | undefined): string {
  return atMs === undefined ? '-' : new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** `-4.0` in hours; `-∞` for a lower end that is not known. */
function formatHours(lengthMs: number | undefined): string {
  if (lengthMs === undefined) return '-∞';
  return `${lengthMs < 0 ? '' : '+'}${(lengthMs / HOUR_MS).toFixed(1)}`;
}

const formatLag = (lag: Lag | undefined): string =>
  lag === undefined ? '-' : `[${formatHours(lag.leastMs)}, ${formatHours(lag.mostMs)}] h`;

const formatInterval = (interval: LedgerInterval | undefined): string =>
  interval === undefined
    ? '-'
    : `(${formatMinute(interval.afterMs)}, ${formatMinute(interval.byMs)}]`;

/** The instant of an imposed outcome. @throws Error when the story has nothing at that instant: the table is stale. */
function readInstant(story: Story, networkId: string, service: string, at: string): number {
  const atMs = Date.parse(`${at}:00Z`);
  if (!listTurns(story, networkId, service).includes(atMs))
    throw new Error(`the story changes nothing of ${service} on ${networkId} at ${at}`);
  return atMs;
}

/** The lag of an instant behind a stated time: a length where that is an instant, else between two. */
function lagOf(atMs: number, stated: StatedInterval | undefined): Lag | undefined {
  return stated && { leastMs: atMs - stated.latestMs, mostMs: atMs - stated.earliestMs };
}

function isLagInside(truth: Lag | undefined, reported: Lag | undefined): boolean {
  if (truth === undefined || reported === undefined) return truth === reported;
  const { leastMs = Number.NEGATIVE_INFINITY } = truth;
  return (
    reported.leastMs !== undefined && reported.leastMs <= leastMs && truth.mostMs <= reported.mostMs
  );
}

const isInside = (
  atMs: number,
  { afterMs = Number.NEGATIVE_INFINITY, byMs }: LedgerInterval,
): boolean => afterMs < atMs && atMs <= byMs;

/** True when an interval reaches across an instant at which another outcome begins. */
function leavesOpen(group: LedgerGroup, point: LedgerInterval, graceMs: number): boolean {
  const reference = group[group.reference];
  const known = group.announced ?? reference;
  const turns = [known?.earliestMs, (reference?.latestMs ?? 0) + graceMs, group.window.untilMs];
  return turns.some((atMs) => atMs !== undefined && isInside(atMs, point) && atMs < point.byMs);
}

type Judged = { readonly says: 'ok' | 'vague' | 'differs'; readonly why?: string };

type Compared = { readonly line: Line; readonly says: Judged['says'] };

const differs = (why: string): Judged => ({ says: 'differs', why });

/** Outcomes that come with a lag. */
const WITH_LAG = new Set([
  'before_announcement',
  'on_time',
  'late',
  'time_uncertain',
  'lifted',
  'exemption_broken',
]);

function judgeRow(
  group: LedgerGroup,
  row: LedgerRow,
  outcome: ImposedOutcome[0],
  atMs: number | undefined,
  graceMs: number,
): Judged {
  const point = group.phase === 'lift' ? row.finding?.end : row.finding?.onset;
  const isOpen =
    row.outcome === 'time_uncertain' && point !== undefined && leavesOpen(group, point, graceMs);
  if (row.outcome !== outcome && !isOpen) return differs(`imposed ${outcome}`);
  if (atMs === undefined) return point === undefined ? { says: 'ok' } : differs('nothing imposed');
  if (point === undefined) return differs('no interval');
  if (!isInside(atMs, point)) return differs('the onset lies outside');
  if (WITH_LAG.has(row.outcome)) {
    const isRight =
      isLagInside(lagOf(atMs, group.announced), row.sinceAnnounced) &&
      isLagInside(lagOf(atMs, group.effective), row.sinceEffective);
    if (!isRight) return differs('the lag lies outside');
  }
  return isOpen ? { says: 'vague', why: `imposed ${outcome}, left open` } : { says: 'ok' };
}

function compared(head: string, { says, why }: Judged): Compared {
  const verdict = says === 'differs' ? 'DIFFERS' : 'ok';
  const text = `${head} | ${verdict}${why === undefined ? '' : `: ${why}`}`;
  return { line: { isRight: says !== 'differs', text }, says };
}

/** Announcement, service, network, imposed onset, reported interval, both lags against each stated time, outcome. */
function describeRow(group: LedgerGroup, row: LedgerRow, atMs: number | undefined): string {
  const point = group.phase === 'lift' ? row.finding?.end : row.finding?.onset;
  const lags = (['announced', 'effective'] as const).flatMap((name) => {
    const reported = name === 'announced' ? row.sinceAnnounced : row.sinceEffective;
    if (reported === undefined || atMs === undefined) return [];
    return [`${name} ${formatLag(lagOf(atMs, group[name]))} in ${formatLag(reported)}`];
  });
  return [
    `${group.announcementId}${group.phase === 'restriction' ? '' : ` (${group.phase})`}`,
    group.service,
    row.vantageIds.join(' '),
    formatMinute(atMs),
    formatInterval(point),
    lags.length === 0 ? '-' : lags.join('; '),
    row.outcome,
  ].join(' | ');
}

const keyOf = (one: {
  readonly announcementId: string;
  readonly service: string;
  readonly phase: string;
}): string => `${one.announcementId} ${one.service} ${one.phase}`;

function compareGroup(
  imposed: ImposedGroup,
  group: LedgerGroup | undefined,
  story: Story,
  graceMs: number,
): Compared[] {
  const rows = group?.rows ?? [];
  const missing = Object.keys(imposed.networks)
    .filter((id) => !rows.some(({ vantageIds }) => vantageIds.includes(id)))
    .map((id) => compared(`${keyOf(imposed)} | ${id}`, differs('not in the ledger')));
  if (group === undefined) return missing;
  const found = rows.map((row) => {
    const networkId = row.vantageIds.find((id) => imposed.networks[id] !== undefined) ?? '';
    const [outcome, at] = imposed.networks[networkId] ?? [];
    if (outcome === undefined)
      return compared(describeRow(group, row, undefined), differs('nothing imposed'));
    const atMs = at === undefined ? undefined : readInstant(story, networkId, imposed.service, at);
    return compared(describeRow(group, row, atMs), judgeRow(group, row, outcome, atMs, graceMs));
  });
  return [...missing, ...found];
}

function compareUnannounced({ unannounced }: LedgerView, truth: LedgerTruth): Compared[] {
  const nameOf = (service: string, networkId: string, part: string): string =>
    `measured, never announced | ${service} ${part} | ${networkId}`;
  const pending = [...truth.unannounced];
  const found = unannounced.map((one) => {
    const head = nameOf(one.service, one.vantageId, one.function);
    const index = pending.findIndex(
      (imposed) =>
        imposed.service === one.service &&
        imposed.networkId === one.vantageId &&
        imposed.part === one.function,
    );
    const [imposed] = index < 0 ? [] : pending.splice(index, 1);
    const atMs =
      imposed && readInstant(truth.story, imposed.networkId, imposed.service, imposed.at);
    const text = `${head} | ${formatMinute(atMs)} | ${formatInterval(one.onset)}`;
    if (atMs === undefined) return compared(text, differs('announced'));
    const isRight = isInside(atMs, one.onset);
    return compared(text, isRight ? { says: 'ok' } : differs('the onset lies outside'));
  });
  const missing = pending.map(({ service, networkId, part }) =>
    compared(nameOf(service, networkId, part), differs('not in the ledger')),
  );
  return [...found, ...missing];
}

/** Compares every row of the ledger with the table of what was imposed, both ways. */
function compareLedger(content: LedgerView, truth: LedgerTruth): LedgerComparison {
  const expected = new Set(truth.groups.map(keyOf));
  const byKey = new Map(content.groups.map((group) => [keyOf(group), group]));
  const groups = truth.groups.flatMap((imposed) =>
    compareGroup(imposed, byKey.get(keyOf(imposed)), truth.story, content.rules.graceMs),
  );
  const strangers = content.groups
    .filter((group) => !expected.has(keyOf(group)))
    .map((group) => compared(keyOf(group), differs('nothing imposed for it')));
  const all = [...groups, ...strangers, ...compareUnannounced(content, truth)];
  return {
    lines: all.map(({ line }) => line),
    vague: all.filter(({ says }) => says === 'vague').length,
  };
}

/** Compares the ledger of the demo with its story; one that was never built differs in every line. */
export function compareStoryLedger(
  content: LedgerContent | undefined,
  story: Story,
): LedgerComparison {
  const truth = { story, groups: IMPOSED_GROUPS, unannounced: IMPOSED_UNANNOUNCED };
  const empty = { groups: [], unannounced: [], rules: { graceMs: 0 } };
  return compareLedger(content ?? empty, truth);
}
