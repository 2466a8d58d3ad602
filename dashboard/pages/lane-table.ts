/** The same lanes as text: one row per run of the same verdict, with links to the first and last measurement of it. */
import { html } from 'hono/html';
import type { Lane, LaneSpan } from '../../db/lanes.ts';
import type { LaneState } from '../../probes/types.ts';
import { toIsoMinute } from '../format.ts';
import { formatDuration, formatTime, formatZone } from '../i18n/times.ts';
import { describeRow, type Names, nameGroup, nameRow } from '../lane-names.ts';
import type { RowGroup } from '../lane-rows.ts';
import { LOOKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderMessage } from './rich-text.ts';
import { renderMechanism, renderState, toStateClass } from './states.ts';
import type { TimelineData } from './timeline.ts';
import { toAddress } from './timeline-display.ts';
import { toNames } from './timeline-words.ts';

/** Newest runs shown of all lanes together: a flapping lane over a year would make the page too heavy to load. */
const MAX_RUNS = { lanes: 72, table: 800, heat: 0 } as const;
const MIN_RUNS_PER_LANE = 2;
const MAX_RUNS_PER_LANE = 40;
/** Up to this many lanes are unfolded at once. */
const MAX_OPEN_LANES = 12;

function renderMoment(atMs: number, { say }: Frame): Fragment {
  return html`<time datetime="${toIsoMinute(atMs)}">${formatTime(atMs, say)}</time>`;
}

function renderEvidence(span: LaneSpan, frame: Frame): Fragment {
  const { say } = frame;
  const { firstMeasurementId: firstId, lastMeasurementId: lastId } = span;
  if (firstId === undefined)
    return html`<span class="quiet">${say.text('timeline.evidence_none')}</span>`;
  const first = html`<a href="${linkTo(frame, `/m/${firstId}`)}">${say.text('timeline.evidence_first')}</a>`;
  if (lastId === undefined || lastId === firstId) return first;
  return html`${first} · <a href="${linkTo(frame, `/m/${lastId}`)}">${say.text('timeline.evidence_last')}</a>`;
}

function renderRun(span: LaneSpan, { choice }: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const isCutLeft = span.fromMs <= choice.fromMs;
  const isCutRight = span.untilMs >= choice.toMs;
  return html`<tr class="${toStateClass(span.state)}">
    <td>${renderState(span.state, say)}</td>
    <td>${isCutLeft ? html`<span class="quiet">${say.text('timeline.before')}</span> ` : ''}${renderMoment(span.fromMs, frame)}</td>
    <td>${isCutRight ? html`<span class="quiet">${say.text('timeline.past')}</span> ` : ''}${renderMoment(span.untilMs, frame)}</td>
    <td class="number">${formatDuration(span.untilMs - span.fromMs, say)}</td>
    <td>${renderMechanism(span.mechanism, say)}</td>
    <td class="number">${say.number(span.count)}</td>
    <td class="links">${renderEvidence(span, frame)}</td></tr>`;
}

/** The states that a lane was in, worst first, each with the time that it lasted in all. */
function renderSeen(lane: Lane, { say }: Frame): Fragment {
  const lengths = new Map<LaneState, number>();
  for (const { state, fromMs, untilMs } of lane.spans)
    lengths.set(state, (lengths.get(state) ?? 0) + untilMs - fromMs);
  const seen = [...lengths].toSorted(([a], [b]) => LOOKS[b].severity - LOOKS[a].severity);
  const measured = seen.filter(([state]) => state !== 'no_data');
  return html`${(measured.length === 0 ? seen : measured).map(
    ([state, lengthMs]) =>
      html`<span class="seen">${renderState(state, say)} ${formatDuration(lengthMs, say)}</span> `,
  )}`;
}

function renderHidden(hidden: number, { choice }: TimelineData, frame: Frame): Fragment {
  if (hidden === 0) return html``;
  const { say } = frame;
  return html`<p class="quiet">${renderMessage(say, 'timeline.earlier_runs', {
    n: hidden,
    table: html`<a href="${toAddress({ ...choice, view: 'table' }, frame)}">${say.text('timeline.table_word')}</a>`,
    csv: html`<a href="${toAddress(choice, frame, '.csv')}">CSV</a>`,
  })}</p>`;
}

/** A lane by itself, whatever row it belongs to. */
function describeLane(lane: Lane, names: Names): { name: string; note: string } {
  const row = {
    key: '',
    kind: 'network',
    lanes: [lane],
    lead: lane,
    set: { lanes: [], measured: [] },
  } as const;
  return { name: nameRow(row, names), note: describeRow(row, names) };
}

function renderLane(
  lane: Lane,
  shown: number,
  isOpen: boolean,
  data: TimelineData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const names = toNames(data, frame);
  const newest = lane.spans.toReversed().slice(0, shown);
  const zone = formatZone(say.timeZone, say);
  const { name, note } = describeLane(lane, names);
  const heading = nameGroup({ service: lane.service, function: lane.function }, names);
  const full = `${heading}, ${name} (${lane.vantage.id})`;
  return html`<details class="lane"${isOpen ? html` open` : ''}><summary><span class="network">${name}</span> <span class="quiet">${note}</span>
    ${renderSeen(lane, frame)} <span class="quiet">${say.text('timeline.counts_runs', { n: lane.spans.length })}</span></summary>
  <div class="scroll" tabindex="0" role="region" aria-label="${say.text('timeline.runs_of', { lane: full })}">
  <table class="list wide"><caption class="unseen">${say.text('timeline.runs_caption', { lane: full, zone })}</caption>
    <thead><tr><th scope="col">${say.text('timeline.column_verdict')}</th><th scope="col">${say.text('timeline.column_start', { zone })}</th><th scope="col">${say.text('timeline.column_end')}</th><th scope="col" class="number">${say.text('timeline.column_length')}</th>
      <th scope="col">${say.text('timeline.column_mechanism')}</th><th scope="col" class="number">n</th><th scope="col">${say.text('timeline.column_evidence')}</th></tr></thead>
    <tbody>${newest.map((span) => renderRun(span, data, frame))}</tbody></table></div>
  ${renderHidden(lane.spans.length - newest.length, data, frame)}
  </details>`;
}

function listLanes({ rows }: RowGroup<Lane>): readonly Lane[] {
  return [...new Set(rows.flatMap(({ lanes }) => lanes))];
}

/** Renders the runs of every lane under the headings of the rows, newest first. */
export function renderLaneTables(data: TimelineData, frame: Frame): Fragment {
  const names = toNames(data, frame);
  const count = data.groups.reduce((sum, group) => sum + listLanes(group).length, 0);
  const share = Math.floor(MAX_RUNS[data.choice.view] / Math.max(1, count));
  const shown = Math.min(MAX_RUNS_PER_LANE, Math.max(MIN_RUNS_PER_LANE, share));
  const isOpen = count <= MAX_OPEN_LANES || data.choice.view === 'table';
  return html`${data.groups.map(
    (group) =>
      html`<h3>${nameGroup(group, names)}</h3>${listLanes(group).map((lane) => renderLane(lane, shown, isOpen, data, frame))}`,
  )}`;
}
