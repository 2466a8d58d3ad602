/** GET /changes, /changes.csv and /changes.json: what changed in rules, stored verdicts and records, newest first. */
import { z } from 'zod';
import { RULE_CHANGES } from '../config/rule-changes.ts';
import { isReviewed } from '../dashboard/pages/announcement-scope.ts';
import {
  type Change,
  type ChangesData,
  createChangesPage,
  describeChange,
} from '../dashboard/pages/changes.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { type StoredAnnouncement, toCanonicalJson } from '../db/announcements.ts';
import { LEDGER_RULES } from './analysis/ledger-input.ts';
import { toIso } from './api/iso.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { type CsvColumn, writeCsv } from './exports/csv.ts';
import { openFrame } from './pages.ts';
import { oneOf, parseQuery } from './query.ts';
import { prepare, reply, replyHtml } from './reply.ts';

/** Times of judging again that are looked at; each is somebody's command. */
const MAX_REJUDGEMENTS = 1_000;
/** On the page; files have all. */
const MAX_SHOWN = 100;
/** Parts of a record that change with every revision, or say nothing of the announcement. */
const BOOKKEEPING = ['review', 'schema_version'];

function listRules(): Change[] {
  return RULE_CHANGES.map((change) => ({
    kind: 'rules',
    atMs: Date.parse(change.date),
    ...change,
  }));
}

function listRejudgements({ store }: HandlerDeps): Change[] {
  return store
    .listEvents({ kinds: ['rejudged'], limit: MAX_REJUDGEMENTS })
    .map(({ atMs, detail }): Change => {
      // Written by commands/rejudge.ts.
      const [, judgements, measurements, version] =
        /^(\d+) of (\d+) under ruleset (\S+)$/.exec(detail) ?? [];
      if (version === undefined) return { kind: 'rejudged', atMs, detail };
      const figures = {
        version,
        judgements: Number(judgements),
        measurements: Number(measurements),
      };
      return { kind: 'rejudged', atMs, detail, figures };
    });
}

type StoredRecord = StoredAnnouncement['announcement'];

/** Names of the parts in which two states of a record differ. */
function compareRecords(before: StoredRecord, after: StoredRecord): string[] {
  const textOf = (record: StoredRecord, name: string): string =>
    toCanonicalJson(Object.entries(record).find(([key]) => key === name)?.[1] ?? null);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !BOOKKEEPING.includes(name) && textOf(before, name) !== textOf(after, name))
    .toSorted();
}

/** Every revision of a record that was public before. */
function listCorrections({ store }: HandlerDeps): Change[] {
  return store.listAnnouncements().flatMap(({ revisions }) =>
    revisions.flatMap(({ revision, storedAtMs, announcement }, index): Change[] => {
      const before = revisions[index + 1]?.announcement;
      if (before === undefined || !isReviewed(before) || !isReviewed(announcement)) return [];
      const { id, title, language } = announcement;
      const fields = compareRecords(before, announcement);
      if (fields.length === 0) return [];
      return [{ kind: 'announcement', atMs: storedAtMs, id, title, language, revision, fields }];
    }),
  );
}

/** Everything that changed, newest first; of rules the newest version first. */
function listChanges(deps: HandlerDeps): Change[] {
  return [
    ...listRules().toReversed(),
    ...listRejudgements(deps),
    ...listCorrections(deps),
  ].toSorted((a, b) => b.atMs - a.atMs);
}

function readInForce({ config }: HandlerDeps): ChangesData['inForce'] {
  return { verdicts: config.rules.rulesetVersion, ledger: LEDGER_RULES.version };
}

/** GET /changes. */
export const showChanges: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const changes = listChanges(deps);
  const inForce = readInForce(deps);
  const isShipped = (version: string): boolean =>
    RULE_CHANGES.some((one) => one.part === 'verdicts' && one.version === version);
  const page = createChangesPage(
    {
      changes: changes.slice(0, MAX_SHOWN),
      more: Math.max(0, changes.length - MAX_SHOWN),
      inForce,
      ownVersions: isShipped(inForce.verdicts) ? [] : [inForce.verdicts],
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};

/** A day for a version of the rules, which has no hour. */
function toTime({ kind, atMs }: Change): string {
  return kind === 'rules' ? toIso(atMs).slice(0, 10) : toIso(atMs);
}

/** GET /changes.json. */
export const answerChanges: Handler = ({ request, url }, deps) => {
  parseQuery(z.strictObject({}), url);
  return deps.cache.answer(request, 'changes', () => ({
    isSimulated: deps.info.isSimulated,
    inForce: readInForce(deps),
    changes: listChanges(deps).map((change) => {
      const { atMs: _atMs, ...rest } = change;
      return { at: toTime(change), ...rest, text: describeChange(change) };
    }),
  }));
};

type Line = { readonly change: Change; readonly isSimulated: boolean };

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'at', kind: 'word', read: ({ change }) => toTime(change) },
  { name: 'kind', kind: 'word', read: ({ change }) => change.kind },
  {
    name: 'part',
    kind: 'word',
    read: ({ change }) => (change.kind === 'rules' ? change.part : undefined),
  },
  {
    name: 'version',
    kind: 'text',
    read: ({ change }) =>
      change.kind === 'rules'
        ? change.version
        : change.kind === 'rejudged'
          ? change.figures?.version
          : undefined,
  },
  {
    name: 'new_judgements',
    kind: 'number',
    read: ({ change }) => (change.kind === 'rejudged' ? change.figures?.judgements : undefined),
  },
  {
    name: 'measurements',
    kind: 'number',
    read: ({ change }) => (change.kind === 'rejudged' ? change.figures?.measurements : undefined),
  },
  {
    name: 'announcement_id',
    kind: 'text',
    read: ({ change }) => (change.kind === 'announcement' ? change.id : undefined),
  },
  {
    name: 'announcement_revision',
    kind: 'number',
    read: ({ change }) => (change.kind === 'announcement' ? change.revision : undefined),
  },
  {
    name: 'fields',
    kind: 'text',
    read: ({ change }) => (change.kind === 'announcement' ? change.fields.join(' ') : undefined),
  },
  { name: 'text', kind: 'text', read: ({ change }) => describeChange(change) },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** GET /changes.csv. */
export const answerChangesCsv: Handler = ({ request, url }, deps) => {
  const { safe = '0' } = parseQuery(
    z.strictObject({ safe: oneOf(['0', '1'], 'choice').optional() }),
    url,
  );
  const { isSimulated } = deps.info;
  const lines = listChanges(deps).map((change) => ({ change, isSimulated }));
  const name = `reachline-changes${isSimulated ? '-simulated' : ''}.csv`;
  return reply(
    request,
    prepare(writeCsv(COLUMNS, lines, safe === '1'), 'text/csv; charset=utf-8; header=present'),
    200,
    { 'content-disposition': `attachment; filename="${name}"` },
  );
};
