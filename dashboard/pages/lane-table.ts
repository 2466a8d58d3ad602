/** The same lanes as text: one row per run of the same verdict, with links to the first and last measurement of it. */
import { html } from 'hono/html';
import type { Lane, LaneSpan } from '../../db/lanes.ts';
import type { LaneState } from '../../probes/types.ts';
import { formatDuration, formatTime, formatZone, toIsoMinute } from '../format.ts';
import { LOOKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { toLaneName } from './lane-strip.ts';
import { renderMechanism, renderState, toStateClass } from './states.ts';
import type { TimelineData } from './timeline.ts';
import { toCount } from './words.ts';

/** Newest runs shown of each lane; a flapping lane over a year would make the page too heavy to load. */
const MAX_RUNS_PER_LANE = 40;

function renderMoment(atMs: number, timeZone: string): Fragment {
  return html`<time datetime="${toIsoMinute(atMs)}">${formatTime(atMs, timeZone)}</time>`;
}

function renderEvidence(span: LaneSpan, frame: Frame): Fragment {
  if (span.firstMeasurementId === undefined) return html`<span class="quiet">none</span>`;
  const first = html`<a href="${linkTo(frame, `/m/${span.firstMeasurementId}`)}">first</a>`;
  if (span.lastMeasurementId === undefined || span.lastMeasurementId === span.firstMeasurementId)
    return first;
  return html`${first} · <a href="${linkTo(frame, `/m/${span.lastMeasurementId}`)}">last</a>`;
}

function renderRun(span: LaneSpan, data: TimelineData, frame: Frame): Fragment {
  const { timeZone } = frame;
  const isCutLeft = span.fromMs <= data.filter.fromMs;
  const isCutRight = span.untilMs >= data.filter.toMs;
  return html`<tr class="${toStateClass(span.state)}">
    <td>${renderState(span.state)}</td>
    <td>${isCutLeft ? html`<span class="quiet">before</span> ` : ''}${renderMoment(span.fromMs, timeZone)}</td>
    <td>${isCutRight ? html`<span class="quiet">past</span> ` : ''}${renderMoment(span.untilMs, timeZone)}</td>
    <td class="number">${formatDuration(span.untilMs - span.fromMs)}</td>
    <td>${renderMechanism(span.mechanism)}</td>
    <td class="number">${span.count.toLocaleString('en')}</td>
    <td class="links">${renderEvidence(span, frame)}</td></tr>`;
}

/** The states that a lane was in, worst first, each with the time that it lasted in all. */
function renderSeen(lane: Lane): Fragment {
  const lengths = new Map<LaneState, number>();
  for (const { state, fromMs, untilMs } of lane.spans)
    lengths.set(state, (lengths.get(state) ?? 0) + untilMs - fromMs);
  const seen = [...lengths].toSorted(([a], [b]) => LOOKS[b].severity - LOOKS[a].severity);
  const measured = seen.filter(([state]) => state !== 'no_data');
  return html`${(measured.length === 0 ? seen : measured).map(
    ([state, lengthMs]) =>
      html`<span class="seen">${renderState(state)} ${formatDuration(lengthMs)}</span> `,
  )}`;
}

function renderLane(lane: Lane, data: TimelineData, frame: Frame): Fragment {
  const newest = lane.spans.toReversed().slice(0, MAX_RUNS_PER_LANE);
  const hidden = lane.spans.length - newest.length;
  const zone = formatZone(frame.timeZone);
  const name = toLaneName(lane);
  return html`<details class="lane"${data.lanes.length <= 12 ? html` open` : ''}><summary><span class="network">${name}</span>
    ${renderSeen(lane)} <span class="quiet">${toCount(lane.spans.length, 'run')}</span></summary>
  <div class="scroll" tabindex="0" role="region" aria-label="Runs: ${lane.service}, ${name}">
  <table class="list wide"><caption class="unseen">${lane.service}, ${name}: runs, newest first, times in ${zone}</caption>
    <thead><tr><th scope="col">Verdict</th><th scope="col">Start (${zone})</th><th scope="col">End</th><th scope="col" class="number">Length</th>
      <th scope="col">Mechanism</th><th scope="col" class="number">n</th><th scope="col">Evidence</th></tr></thead>
    <tbody>${newest.map((span) => renderRun(span, data, frame))}</tbody></table></div>
  ${hidden === 0 ? '' : html`<p class="quiet">${toCount(hidden, 'earlier run')} not shown: choose a shorter range, or take them all from the JSON.</p>`}
  </details>`;
}

/** Renders the runs of every lane, grouped by service, newest first. */
export function renderLaneTables(data: TimelineData, frame: Frame): Fragment {
  const nameOf = new Map(data.services.map(({ id, name }) => [id, name]));
  return html`${[...Map.groupBy(data.lanes, (lane) => lane.service)].map(
    ([service, lanes]) =>
      html`<h3>${nameOf.get(service) ?? service}</h3>${lanes.map((lane) => renderLane(lane, data, frame))}`,
  )}`;
}
