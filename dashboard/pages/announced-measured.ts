/** Announced, effective, measured: the three times of a restriction beside each other, with the lag between them. */
import { html } from 'hono/html';
import type { Availability } from '../../db/availability-types.ts';
import type { Interval } from '../../db/incident-types.ts';
import type { LagSummary, LedgerGroup, LedgerOutcome, LedgerRow } from '../../db/ledger-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { sayBasis, sayPoint } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderInterval } from './interval.ts';
import { describeLag, describeStated, sayOutcome } from './ledger-words.ts';

/** Outcomes of networks on which the restriction began with the announcement that is looked at. */
const STARTED: readonly LedgerOutcome[] = [
  'before_announcement',
  'on_time',
  'late',
  'time_uncertain',
];

/** Rows with an onset that belongs to the announcement, the earliest first. */
export function listStarted({ rows, phase }: LedgerGroup): LedgerRow[] {
  if (phase !== 'restriction') return [];
  return rows
    .filter(({ outcome, finding }) => finding !== undefined && STARTED.includes(outcome))
    .toSorted((a, b) => (a.finding?.onset.byMs ?? 0) - (b.finding?.onset.byMs ?? 0));
}

/**
 * The announcement under which a service is restricted now: the newest one with a restriction of its own that goes on, or
 * with one at all, or the newest. Groups are newest first, as in the ledger.
 */
export function pickGroup(groups: readonly LedgerGroup[]): LedgerGroup | undefined {
  const restrictions = groups.filter(({ phase }) => phase === 'restriction');
  return (
    restrictions.find((group) => listStarted(group).some(({ finding }) => !finding?.end)) ??
    restrictions.find((group) => listStarted(group).length > 0) ??
    restrictions[0]
  );
}

/** The group whose announcement a restriction began with, in part or in full. */
function pickFirstGroup(
  groups: readonly LedgerGroup[],
  onset: Interval | undefined,
): LedgerGroup | undefined {
  if (onset === undefined) return undefined;
  return groups.find(
    ({ phase, rows }) =>
      phase === 'restriction' &&
      rows.some(
        ({ outcome, finding, partial }) =>
          outcome !== 'already_restricted' &&
          [finding, partial].some((one) => one?.onset.byMs === onset.byMs),
      ),
  );
}

/**
 * The groups that tell how it came to what is now, each once, oldest first: with the first the restriction began, with the
 * second it became a full block, and the third is the newest with a restriction of its own.
 */
export function pickTold(
  groups: readonly LedgerGroup[],
  { since, blockedSince }: Pick<Availability, 'since' | 'blockedSince'>,
): LedgerGroup[] {
  const told = new Set([
    pickFirstGroup(groups, since),
    pickFirstGroup(groups, blockedSince),
    pickGroup(groups),
  ]);
  return groups.filter((group) => told.has(group)).toReversed();
}

function renderStatedTime(kind: 'announced' | 'effective', group: LedgerGroup, say: Say): Fragment {
  const stated = group[kind];
  if (stated === undefined) return html`<span class="quiet">${say.text('time.not_stated')}</span>`;
  return html`<strong>${describeStated(stated, say)}</strong>${
    stated.basis === 'stated'
      ? ''
      : html` <span class="quiet">(${sayBasis(say, stated.basis)})</span>`
  }`;
}

function renderStep(kind: keyof typeof ANNOUNCEMENT_MARKS, body: Fragment, say: Say): Fragment {
  return html`<li><span class="step"><span class="glyph" aria-hidden="true">${ANNOUNCEMENT_MARKS[kind].glyph}</span> ${sayPoint(say, kind)}</span> ${body}</li>`;
}

/** Lags over the networks: one, or median and range. */
export function describeLags(summary: LagSummary | undefined, say: Say): string[] {
  if (summary === undefined) return [];
  const range = describeLag(summary.range, say);
  const median = describeLag(summary.median, say);
  return median === range
    ? [range]
    : [
        say.text('effect.median', { n: summary.networks, lag: median }),
        say.text('effect.range', { lag: range }),
      ];
}

/** Lags since both references, as lines. */
export function renderLags(group: LedgerGroup, say: Say): Fragment {
  const { sinceAnnounced, sinceEffective } = group.summary;
  const second = group.reference === 'lifted' ? 'effect.since_lifted' : 'effect.since_effective';
  const lines = [
    ...(sinceEffective === undefined
      ? []
      : [say.text(second, { lag: describeLags(sinceEffective, say).join('; ') })]),
    ...(sinceAnnounced === undefined
      ? []
      : [
          say.text('effect.since_announced', { lag: describeLags(sinceAnnounced, say).join('; ') }),
        ]),
  ];
  return html`${lines.map((line) => html`<span class="lag-line">${line}</span>`)}`;
}

/** How many networks had which outcome, e.g. `on time 2 · late 1`. */
export function describeOutcomes(group: LedgerGroup, say: Say): string {
  if (group.summary.networks === 0) return say.text('ledger.sum.none');
  return Object.entries(group.summary.outcomes)
    .map(([outcome, count]) => `${sayOutcome(say, outcome as LedgerOutcome)}: ${count}`)
    .join(' · ');
}

/** The three times in a row, with what was measured last. */
export function renderTriple(group: LedgerGroup, frame: Frame): Fragment {
  const { say } = frame;
  const started = listStarted(group);
  const [first] = started;
  const announcement = html`<a href="${linkTo(frame, `/a/${group.announcementId}`)}" lang="en">${group.title}</a>
    <span class="quiet" lang="en">${group.actor}</span>`;
  const measured =
    first?.finding === undefined
      ? html`<span class="quiet">${describeOutcomes(group, say)}</span>`
      : html`<strong>${renderInterval(first.finding.onset, say)}</strong>
        <span class="quiet">${say.text('effect.first_measured', { network: sayNetwork(say, first.networkName) })} · ${say.text('effect.reach', { n: started.length, total: group.summary.networks })}</span>
        ${renderLags(group, say)}`;
  return html`<ol class="triple">
    ${renderStep('announced', html`${renderStatedTime('announced', group, say)} ${announcement}`, say)}
    ${renderStep('effective', renderStatedTime('effective', group, say), say)}
    <li class="triple-measured"><span class="step"><span class="glyph" aria-hidden="true">${first === undefined ? '○' : '■'}</span> ${say.text('effect.measured')}</span> ${measured}</li>
  </ol>`;
}

/** Names the networks on which something is restricted beside what was announced. */
export function renderUnannounced(networks: readonly string[], say: Say): Fragment {
  if (networks.length === 0) return html``;
  return html`<p class="note">${say.text('effect.besides', { networks: joinWords([...new Set(networks)], say) })}</p>`;
}
