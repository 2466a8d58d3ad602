/** One vantage: what it is and was, when it was silent, how far it can be relied on, and what it cannot see. */
import { html } from 'hono/html';
import type { Silence, VantageHistory, VantageRevision } from '../../db/vantage-facts.ts';
import type { BlindSpot, Vantage } from '../../probes/types.ts';
import { formatAge } from '../format.ts';
import { toCurrentState } from './board-state.ts';
import { describeDays, renderCoverageCalendar, renderCoverageTable } from './coverage-picture.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderMechanism, renderState } from './states.ts';
import { renderSpan, renderTime } from './time.ts';
import {
  COVERAGE_DAYS,
  formatShare,
  SILENT_INTERVALS,
  toNetworkShare,
  toOkShare,
  type VantageView,
} from './vantage-state.ts';
import {
  ACCESS_WORDS,
  BLIND_SPOT_WORDS,
  FIELD_WORDS,
  KIND_BLIND_SPOTS,
  KIND_SENTENCES,
  KIND_WORDS,
} from './vantage-words.ts';
import { renderLastSeen, renderStatus, toNetworkLine } from './vantages.ts';
import { MARK_WORDS, toCount, toCountryName } from './words.ts';

/** What the page is drawn from. */
export type VantageData = {
  readonly view: VantageView;
  readonly history: VantageHistory;
  /** What its newest run could not show; absent before the first. */
  readonly blindSpots?: readonly BlindSpot[];
  readonly services: readonly { readonly id: string; readonly name: string }[];
};

/** Rows of a list that are shown; the rest is counted. */
const MAX_ROWS = 20;

function renderFacts({ view }: VantageData, frame: Frame): Fragment {
  const { vantage, intervalMs } = view;
  const delay = vantage.publishDelayMinutes ?? 0;
  return html`<dl class="facts">
    <dt>State</dt><dd>${renderStatus(view.status)}</dd>
    <dt>Last seen</dt><dd>${renderLastSeen(view, frame)}</dd>
    <dt>Network</dt><dd>${toNetworkLine(view)} · ${ACCESS_WORDS[vantage.access]}</dd>
    <dt>Country</dt><dd>${toCountryName(vantage.countryCode)} <span class="code">${vantage.countryCode}</span></dd>
    <dt>How it measures</dt><dd>${KIND_WORDS[vantage.kind]} <span class="note">${KIND_SENTENCES[vantage.kind]}</span></dd>
    <dt>Role</dt><dd>${
      vantage.role === 'control'
        ? html`control <span class="note">Measures the same from where nothing is restricted, so that others can be compared with it.</span>`
        : html`vantage <span class="note">Its verdicts count.</span>`
    }</dd>
    <dt>Rounds</dt><dd>one every ${renderSpan(intervalMs)}</dd>
    ${
      delay === 0
        ? ''
        : html`<dt>Publication delay</dt><dd>${renderSpan(delay * 60_000)} <span class="note">For the sake of whoever runs it: nothing is shown earlier, and starts only to the round.</span></dd>`
    }
    ${vantage.note === '' ? '' : html`<dt>Note</dt><dd>${vantage.note}</dd>`}
  </dl>`;
}

function renderSuccess({ view }: VantageData): Fragment {
  const { coverage, vantage } = view;
  const network = html`<dt>Own network</dt><dd>${formatShare(toNetworkShare(coverage))} of ${toCount(coverage.runs, 'run')}
    <span class="note">Runs in which neutral hosts answered, so that a failure says something of the service.</span></dd>`;
  const control = html`<dt>Control success</dt><dd>${formatShare(toOkShare(coverage))} of ${toCount(coverage.runs, 'run')}
    <span class="note">Runs in which its own network worked and the service answered. Only these can speak for a block elsewhere.</span></dd>`;
  return html`<section aria-labelledby="success"><h2 id="success">How far it can be relied on, last ${COVERAGE_DAYS} days</h2>
    <dl class="facts">${network}${vantage.role === 'control' ? control : ''}</dl></section>`;
}

function renderLatest({ view, services }: VantageData, frame: Frame): Fragment {
  if (view.latest.length === 0)
    return html`<section aria-labelledby="latest"><h2 id="latest">Newest measurements</h2>
      <p class="quiet">None yet. The first round comes within ${renderSpan(view.intervalMs)} of its start.</p></section>`;
  const nameOf = new Map(services.map(({ id, name }) => [id, name]));
  return html`<section aria-labelledby="latest"><h2 id="latest">Newest measurements</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of newest measurements"><table class="list">
    <caption class="unseen">The newest measurement of each service</caption>
    <thead><tr><th scope="col">Service</th><th scope="col">Now</th><th scope="col">Measured</th><th scope="col">Verdict then</th><th scope="col">Evidence</th></tr></thead>
    <tbody>${view.latest.map(
      (
        measurement,
      ) => html`<tr><th scope="row">${nameOf.get(measurement.service) ?? measurement.service}</th>
      <td>${renderState(toCurrentState(measurement, frame.nowMs, view.vantage))}</td>
      <td>${renderTime(measurement.startedAtMs, frame.timeZone)} <span class="quiet">${formatAge(measurement.startedAtMs, frame.nowMs)}</span></td>
      <td>${renderState(measurement.verdict)} ${renderMechanism(measurement.mechanism)}</td>
      <td class="links"><a href="${linkTo(frame, `/m/${measurement.id}`)}">measurement</a> ·
        <a href="${linkTo(frame, `/t?service=${measurement.service}&country=${view.vantage.countryCode}&range=30d`)}">30 days</a></td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderSilence(silence: Silence, frame: Frame): Fragment {
  const { fromMs, untilMs } = silence;
  return html`<tr><td>${renderTime(fromMs, frame.timeZone)}</td>
    <td>${untilMs === undefined ? html`<strong>lasts</strong>` : renderTime(untilMs, frame.timeZone)}</td>
    <td>${renderSpan((untilMs ?? frame.nowMs) - fromMs)}</td></tr>`;
}

function renderSilences({ history, view }: VantageData, frame: Frame): Fragment {
  const { silences } = history;
  const shown = silences.slice(0, MAX_ROWS);
  const lead =
    view.latest.length === 0
      ? html`<p class="quiet">Nothing was ever measured here, so nothing can be missing.</p>`
      : silences.length === 0 && view.status === 'silent'
        ? html`<p>All of it: nothing came in this time, and the last result is older.</p>`
        : silences.length === 0
          ? html`<p>None: no more than ${SILENT_INTERVALS} rounds in a row are missing.</p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-label="Table of silences"><table class="list narrow">
    <caption class="unseen">Times without any run, newest first</caption>
    <thead><tr><th scope="col">From</th><th scope="col">Until</th><th scope="col">Length</th></tr></thead>
    <tbody>${shown.map((silence) => renderSilence(silence, frame))}</tbody></table></div>
    ${silences.length > shown.length ? html`<p class="quiet">And ${toCount(silences.length - shown.length, 'earlier one')}.</p>` : ''}`;
  return html`<section aria-labelledby="silences"><h2 id="silences">Silences of more than ${SILENT_INTERVALS} rounds</h2>${lead}</section>`;
}

/** A difference of clocks as people say it, e.g. `2 s ahead of ours`. */
function toOffsetWords(offsetMs: number): string {
  if (Math.abs(offsetMs) < 1_000) return 'within a second of ours';
  return `${renderSpan(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead of ours' : 'behind ours'}`;
}

function renderClock({ history, view }: VantageData): Fragment {
  const skewed = history.markCounts.clock_skewed ?? 0;
  if (view.vantage.kind !== 'agent' && skewed === 0) return html``;
  const { clock } = history;
  return html`<section aria-labelledby="clock"><h2 id="clock">Clock, last 30 days</h2>
    <dl class="facts">${
      clock === undefined
        ? html`<dt>Newest</dt><dd><span class="quiet">no delivery in 30 days tells of it</span></dd>`
        : html`<dt>Newest</dt><dd>${toOffsetWords(clock.newestOffsetMs)}</dd>
      <dt>Largest</dt><dd>${toOffsetWords(clock.largestOffsetMs)} <span class="quiet">over ${toCount(clock.batches, 'delivery', 'deliveries')}</span></dd>`
    }
    <dt>Marked</dt><dd>${toCount(skewed, 'run')} in ${COVERAGE_DAYS} days: ${MARK_WORDS.clock_skewed}</dd></dl></section>`;
}

function renderMarks({ history }: VantageData, frame: Frame): Fragment {
  const marks = Object.entries(history.markCounts) as [keyof typeof MARK_WORDS, number][];
  const others = marks.filter(([mark]) => mark !== 'simulated' && mark !== 'clock_skewed');
  const changes = history.networkChangesMs.slice(0, MAX_ROWS);
  return html`<section aria-labelledby="marks"><h2 id="marks">Circumstances of its runs</h2>
    ${
      others.length === 0
        ? html`<p>No run of ${COVERAGE_DAYS} days was disturbed: no sleep, no stall, no change of network.</p>`
        : html`<ul>${others.map(([mark, count]) => html`<li>${toCount(count, 'run')}: ${MARK_WORDS[mark]}</li>`)}</ul>`
    }
    ${
      changes.length === 0
        ? ''
        : html`<p>The network changed in the rounds of</p><ul>${changes.map((atMs) => html`<li>${renderTime(atMs, frame.timeZone)}</li>`)}</ul>`
    }</section>`;
}

/** What a revision changed, e.g. `network: Volga → Volga Fixed`. */
function listChanges(after: Vantage, before: Vantage | undefined): string[] {
  if (before === undefined) return ['first known'];
  return FIELD_WORDS.flatMap(([field, words]) => {
    const [was, is] = [before[field] ?? 'none', after[field] ?? 'none'].map((value) =>
      value === '' ? 'empty' : String(value),
    );
    return was === is ? [] : [`${words}: ${was} → ${is}`];
  });
}

function renderRevision(
  { storedAtMs, vantage }: VantageRevision,
  before: VantageRevision | undefined,
  frame: Frame,
): Fragment {
  return html`<tr><td>${renderTime(storedAtMs, frame.timeZone)}</td><td>${listChanges(vantage, before?.vantage).join('; ')}</td></tr>`;
}

function renderRevisions({ history }: VantageData, frame: Frame): Fragment {
  const { revisions } = history;
  const shown = revisions.slice(0, MAX_ROWS);
  return html`<section aria-labelledby="revisions"><h2 id="revisions">How its description changed</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of revisions"><table class="list narrow">
    <caption class="unseen">Changes of its description, newest first</caption>
    <thead><tr><th scope="col">Since</th><th scope="col">Change</th></tr></thead>
    <tbody>${shown.map((revision, index) => renderRevision(revision, revisions[index + 1], frame))}</tbody></table></div></section>`;
}

function renderBlindSpots({ blindSpots, view }: VantageData): Fragment {
  const spots = blindSpots ?? KIND_BLIND_SPOTS[view.vantage.kind];
  return html`<section aria-labelledby="blind"><h2 id="blind">What it cannot show</h2>
    <p>${KIND_SENTENCES[view.vantage.kind]}</p>
    ${
      spots.length === 0
        ? html`<p>Its way of measuring hides nothing that our probes look for. What no vantage of ours can see stands under
      <a href="/method#limits">Method</a>.</p>`
        : html`<ul>${spots.map((spot) => html`<li>${BLIND_SPOT_WORDS[spot]}</li>`)}</ul>
      <p class="quiet">Verdicts from here never rest on what cannot be seen: they name the layer and not the means, and are less sure.</p>`
    }</section>`;
}

/** Makes the page of a vantage. */
export function createVantagePage(data: VantageData, frame: Frame): Page {
  const { vantage, days, status } = data.view;
  const main = html`<p class="crumb"><a href="${linkTo(frame, '/v')}">All vantages</a></p>
  <h1>${vantage.id}</h1>
  ${
    status === 'silent'
      ? html`<div class="silence"><p><strong>✕ Silent.</strong> Nothing came from here for more than ${SILENT_INTERVALS} rounds. What is restricted there now, nobody here can see.</p></div>`
      : ''
  }
  <div class="columns"><div>${renderFacts(data, frame)}</div>
  <section class="beside" aria-labelledby="coverage"><h2 id="coverage">Coverage of the last ${COVERAGE_DAYS} days</h2>
    <div class="calendar">${renderCoverageCalendar(days)}</div>
    <p>${describeDays(days)}.</p>
    <details><summary>Day by day</summary>${renderCoverageTable(days)}</details></section></div>
  ${renderLatest(data, frame)}
  <div class="columns"><div>${renderSuccess(data)}${renderClock(data)}${renderMarks(data, frame)}</div>
  <div>${renderSilences(data, frame)}${renderRevisions(data, frame)}</div></div>
  ${renderBlindSpots(data)}`;
  return {
    title: `Vantage ${vantage.id}`,
    description: `${vantage.networkName}, ${toCountryName(vantage.countryCode)}: when it measured, when it was silent, and what it cannot show.`,
    current: 'vantages',
    main,
    jsonUrl: `/api/v1/vantages/${vantage.id}`,
  };
}
