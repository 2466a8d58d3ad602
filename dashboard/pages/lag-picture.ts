/**
 * The lag picture: one row per network with the interval in which the restriction began, against the announced and
 * the effective time. Drawn on the server as SVG; colours come from the style sheet, and the table beside it says the
 * same in words.
 */
import { html } from 'hono/html';
import type {
  LedgerGroup,
  LedgerInterval,
  LedgerRow,
  StatedInterval,
} from '../../db/ledger-types.ts';
import { DAY_MS, HOUR_MS } from '../format.ts';
import { sayNetwork, shortenNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { formatLag } from '../i18n/times.ts';
import { sayPoint } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import { describeLag, OUTCOME_GLYPHS, sayOutcome } from './ledger-words.ts';
import type { Fragment } from './rich-text.ts';

const WIDTH = 760;
const LABEL_WIDTH = 200;
const RIGHT = 20;
const ROW_HEIGHT = 24;
const TOP = 40;
const BOTTOM = 26;
/** A bar of no length would not be seen. */
const MIN_BAR = 3;
const MAX_TICKS = 9;
const MAX_LABEL_CHARACTERS = 28;
const STEPS_MS = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720].map((hours) => hours * HOUR_MS);

/** A row with the interval that is drawn of it. */
export type DrawnRow = { readonly row: LedgerRow; readonly point: LedgerInterval };

type Scale = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly toX: (atMs: number) => number;
};

/** Rows with a time of their own: onsets that belong to the announcement, or ends. */
export function listDrawn({ rows, phase }: LedgerGroup): DrawnRow[] {
  return rows.flatMap((row) => {
    if (row.sinceAnnounced === undefined && row.sinceEffective === undefined) return [];
    const point = phase === 'lift' ? row.finding?.end : row.finding?.onset;
    return point === undefined ? [] : [{ row, point }];
  });
}

function referenceOf(group: LedgerGroup): StatedInterval | undefined {
  return group[group.reference];
}

/** The range that holds all that was stated and found, with some room on both sides. */
export function findRange(
  group: LedgerGroup,
  drawn: readonly DrawnRow[],
): Pick<Scale, 'fromMs' | 'untilMs'> {
  const stated = [group.announced, group.effective, group.lifted].filter(
    (one) => one !== undefined,
  );
  const times = [
    ...stated.flatMap(({ earliestMs, latestMs }) => [earliestMs, latestMs]),
    ...drawn.flatMap(({ point }) => [point.afterMs ?? point.byMs, point.byMs]),
  ];
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const padMs = Math.max((most - least) * 0.06, HOUR_MS);
  return { fromMs: least - padMs, untilMs: most + padMs };
}

function makeScale(group: LedgerGroup, drawn: readonly DrawnRow[]): Scale {
  const { fromMs, untilMs } = findRange(group, drawn);
  const span = WIDTH - LABEL_WIDTH - RIGHT;
  return {
    fromMs,
    untilMs,
    toX: (atMs) =>
      Math.round((LABEL_WIDTH + ((atMs - fromMs) / (untilMs - fromMs)) * span) * 10) / 10,
  };
}

function renderTicks(scale: Scale, zeroMs: number, bottom: number, say: Say): Fragment {
  const spanMs = scale.untilMs - scale.fromMs;
  const stepMs =
    STEPS_MS.find((step) => spanMs / step <= MAX_TICKS) ??
    Math.ceil(spanMs / MAX_TICKS / DAY_MS) * DAY_MS;
  const first = Math.ceil((scale.fromMs - zeroMs) / stepMs);
  const last = Math.floor((scale.untilMs - zeroMs) / stepMs);
  const ticks = Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => (first + index) * stepMs,
  );
  return html`${ticks.map((lengthMs) => {
    const x = scale.toX(zeroMs + lengthMs);
    return html`<line class="${lengthMs === 0 ? 'lag-zero' : 'lag-grid'}" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}"/><text class="lag-tick" x="${x}" y="${bottom + 16}" text-anchor="middle">${formatLag(lengthMs, say)}</text>`;
  })}`;
}

/** A stated time: a line when it is an instant, a box as wide as what is not known. */
function renderStatedMark(
  kind: keyof typeof ANNOUNCEMENT_MARKS,
  stated: StatedInterval | undefined,
  scale: Scale,
  bottom: number,
  say: Say,
): Fragment {
  if (stated === undefined) return html``;
  const [x1, x2] = [scale.toX(stated.earliestMs), scale.toX(stated.latestMs)];
  const { glyph } = ANNOUNCEMENT_MARKS[kind];
  // Two lines of signs, so that times that fall together can both be read.
  const y = kind === 'announced' ? 12 : 27;
  const isLeft = x1 > WIDTH - 140;
  return html`<g class="lag-${kind}"><rect class="lag-box" x="${x1}" y="${y + 4}" width="${Math.max(x2 - x1, 1)}" height="${bottom - y - 4}"/><line x1="${x1}" x2="${x1}" y1="${y + 2}" y2="${bottom}"/><text x="${isLeft ? x1 - 3 : x1 + 3}" y="${y}" text-anchor="${isLeft ? 'end' : 'start'}">${glyph} ${sayPoint(say, kind)}</text></g>`;
}

function renderBar({ row, point }: DrawnRow, index: number, scale: Scale): Fragment {
  const y = TOP + index * ROW_HEIGHT;
  const x1 = scale.toX(point.afterMs ?? scale.fromMs);
  const x2 = scale.toX(point.byMs);
  const short = shortenNetwork(row.networkName);
  const name =
    short.length > MAX_LABEL_CHARACTERS ? `${short.slice(0, MAX_LABEL_CHARACTERS - 1)}…` : short;
  return html`<g class="lag-row lag-row-${row.outcome.replaceAll('_', '-')}"><text x="0" y="${y + 15}">${OUTCOME_GLYPHS[row.outcome]} ${name}</text><rect class="lag-bar${point.afterMs === undefined ? ' lag-open' : ''}" x="${x1}" y="${y + 4}" width="${Math.max(x2 - x1, MIN_BAR)}" height="${ROW_HEIGHT - 10}" rx="2"/></g>`;
}

function describePicture(group: LedgerGroup, drawn: readonly DrawnRow[], say: Say): string {
  return drawn
    .map(({ row }) => {
      const lag =
        (group.reference === 'announced' ? row.sinceAnnounced : row.sinceEffective) ??
        row.sinceAnnounced;
      const named = {
        network: sayNetwork(say, row.networkName),
        outcome: sayOutcome(say, row.outcome),
      };
      return lag === undefined
        ? say.text('ledger.picture_row', named)
        : say.text('ledger.picture_row_lag', { ...named, lag: describeLag(lag, say) });
    })
    .join(' ');
}

/** Draws the picture; nothing when no network has a time to draw. `id` must be unique on the page. */
export function renderLagPicture(group: LedgerGroup, id: string, say: Say): Fragment {
  const drawn = listDrawn(group).toSorted((a, b) => a.point.byMs - b.point.byMs);
  const zero = referenceOf(group);
  if (drawn.length === 0 || zero === undefined) return html``;
  const scale = makeScale(group, drawn);
  const bottom = TOP + drawn.length * ROW_HEIGHT;
  const title = say.text(`ledger.picture_title.${group.reference}`, { n: drawn.length });
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${say.text('ledger.picture')}"><svg class="lag-picture" viewBox="0 0 ${WIDTH} ${bottom + BOTTOM}" role="img" aria-labelledby="${id}-title ${id}-desc" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${describePicture(group, drawn, say)} ${say.text('ledger.picture_table')}</desc>
${renderTicks(scale, zero.earliestMs, bottom, say)}
${renderStatedMark('announced', group.announced, scale, bottom, say)}
${renderStatedMark('effective', group.effective, scale, bottom, say)}
${group.reference === 'lifted' ? renderStatedMark('lifted', group.lifted, scale, bottom, say) : ''}
${drawn.map((one, index) => renderBar(one, index, scale))}
</svg></div>`;
}
