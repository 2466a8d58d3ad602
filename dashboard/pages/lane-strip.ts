/** Lanes as rows of table cells, one glyph per slice of time: the picture for readers without JavaScript. */
import { html } from 'hono/html';
import type { Lane } from '../../db/lanes.ts';
import type { Column } from '../columns.ts';
import { columnAt, columns } from '../columns.ts';
import { coverageOf, describeSlice, toSteps } from '../coverage.ts';
import { formatDuration, formatInstant, formatShortDay } from '../format.ts';
import { LOOKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { toStateClass } from './states.ts';
import type { TimelineData } from './timeline.ts';
import { FUNCTION_WORDS, toCount } from './words.ts';

/** Slices per lane: as many glyphs as fit a laptop's width and few enough to keep the page small. */
const STRIP_WIDTH = 60;
/** Slices under one heading. */
const HEADING_WIDTH = 10;

/** The name of a lane without its service, e.g. `Volga Fixed (RU)` or `calls · Volga Fixed (RU)`. */
export function toLaneName(lane: Lane): string {
  // The part comes first, so that it survives where a phone cuts the name.
  const part = lane.function === 'service' ? '' : `${FUNCTION_WORDS[lane.function]} · `;
  return `${part}${lane.vantage.networkName} (${lane.vantage.countryCode})`;
}

function toTitle(column: Column, timeZone: string): string {
  const counts = Object.entries(column.counts).map(
    ([state, count]) => `${LOOKS[state as keyof typeof column.counts].word} ${count}`,
  );
  const text = counts.length === 0 ? LOOKS[column.dominant].word : counts.join(' · ');
  return `${formatInstant(column.fromMs, timeZone)}: ${text}`;
}

function renderSlice(column: Column, timeZone: string): Fragment {
  const worst = column.worst === undefined ? '' : ` worst-${column.worst.replace('_', '-')}`;
  return html`<td class="slice ${toStateClass(column.dominant)}${worst}" title="${toTitle(column, timeZone)}">${LOOKS[column.dominant].glyph}</td>`;
}

function renderStrip(lane: Lane, data: TimelineData, frame: Frame): Fragment {
  const { fromMs, toMs } = data.filter;
  const slices = columns(lane.spans, fromMs, toMs, STRIP_WIDTH);
  return html`<tr><th scope="row">${toLaneName(lane)}</th>${Array.from(
    { length: STRIP_WIDTH },
    (_, index) => renderSlice(columnAt(slices, index), frame.timeZone),
  )}</tr>`;
}

/** Steps in which the height of the ribbon is told apart; 0 is nothing at all. */
const RIBBON_STEPS = 8;

/** A ribbon under the lanes of a service: how many of them were measured, so that a hole is not taken for calm. */
function renderRibbon(lanes: readonly Lane[], data: TimelineData, frame: Frame): Fragment {
  const { fromMs, toMs } = data.filter;
  const coverage = coverageOf(
    lanes.map(({ spans }) => spans),
    fromMs,
    toMs,
    STRIP_WIDTH,
  );
  const sliceMs = (toMs - fromMs) / STRIP_WIDTH;
  const cells = Array.from(coverage.shares, (share, slice) => {
    const step = toSteps(share, RIBBON_STEPS);
    const at = formatInstant(fromMs + slice * sliceMs, frame.timeZone);
    return html`<td class="ribbon ribbon-${step}" title="${at}: ${describeSlice(coverage, slice)}">${step}</td>`;
  });
  return html`<tr class="ribbon-row"><th scope="row">coverage</th>${cells}</tr>`;
}

/** The coverage of each service in words: what a picture of it says at its best and worst. */
export function renderCoverageWords(data: TimelineData, frame: Frame): Fragment {
  const { fromMs, toMs } = data.filter;
  const sliceMs = (toMs - fromMs) / STRIP_WIDTH;
  const nameOf = new Map(data.services.map(({ id, name }) => [id, name]));
  const rows = [...Map.groupBy(data.lanes, (lane) => lane.service)].map(([service, lanes]) => {
    const spans = lanes.map((lane) => lane.spans);
    const slices = coverageOf(spans, fromMs, toMs, STRIP_WIDTH);
    const whole = coverageOf(spans, fromMs, toMs, 1).shares[0] ?? 0;
    const least = slices.shares.indexOf(Math.min(...slices.shares));
    return html`<li><strong>${nameOf.get(service) ?? service}</strong>: ${Math.round(whole * 100)} % of this range is covered by ${toCount(lanes.length, 'lane')}; least
      around ${formatInstant(fromMs + least * sliceMs, frame.timeZone)}, ${describeSlice(slices, least)}.</li>`;
  });
  return html`<details class="coverage-words"><summary>Coverage: how much of this was measured</summary>
    <p>The thin ribbon under the lanes is full where every lane was measured, lower where some are missing, and empty where none was. Where it is low, calm may
      only mean that nobody looked.</p>
    <ul>${rows}</ul></details>`;
}

/** Renders one strip per lane under headings with dates. */
export function renderStrips(data: TimelineData, frame: Frame): Fragment {
  const { fromMs, toMs } = data.filter;
  const columnMs = (toMs - fromMs) / STRIP_WIDTH;
  const headings = Array.from({ length: STRIP_WIDTH / HEADING_WIDTH }, (_, index) => {
    const atMs = fromMs + index * HEADING_WIDTH * columnMs;
    const text =
      columnMs * HEADING_WIDTH < 86_400_000
        ? formatInstant(atMs, frame.timeZone)
        : formatShortDay(atMs, frame.timeZone);
    return html`<th scope="colgroup" colspan="${HEADING_WIDTH}">${text}</th>`;
  });
  const nameOf = new Map(data.services.map(({ id, name }) => [id, name]));
  const groups = [...Map.groupBy(data.lanes, (lane) => lane.service)];
  return html`<p class="quiet">Each cell covers ${formatDuration(columnMs)}: the verdict that held for most of it; a line above marks a worse one within.</p>
  <div class="scroll strips" tabindex="0" role="region" aria-label="Lanes as strips">
  <table class="strip"><caption class="unseen">One row per lane, one cell per ${formatDuration(columnMs)}</caption>
    <colgroup></colgroup>${headings.map(() => html`<colgroup span="${HEADING_WIDTH}"></colgroup>`)}
    <thead><tr><th scope="col">Network</th>${headings}</tr></thead>
    ${groups.map(
      ([
        service,
        lanes,
      ]) => html`<tbody><tr class="group"><th scope="rowgroup" colspan="${STRIP_WIDTH + 1}">${nameOf.get(service) ?? service}</th></tr>
      ${lanes.map((lane) => renderStrip(lane, data, frame))}${renderRibbon(lanes, data, frame)}</tbody>`,
    )}
  </table></div>`;
}
