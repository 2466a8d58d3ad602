/** One vantage: what it is and was, when it was silent, how far it can be relied on, and what it cannot see. */
import { html } from 'hono/html';
import type { Silence, VantageHistory, VantageRevision } from '../../db/vantage-facts.ts';
import type { BlindSpot, Mark, Vantage } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey } from '../i18n/texts.ts';
import { formatAge, formatCountry } from '../i18n/times.ts';
import { sayMark } from '../i18n/words.ts';
import { toCurrentState } from './board-state.ts';
import { describeDays, renderCoverageCalendar, renderCoverageTable } from './coverage-picture.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
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
import { KIND_BLIND_SPOTS, TOLD_FIELDS } from './vantage-words.ts';
import { renderLastSeen, renderStatus, toNetworkLine } from './vantages.ts';

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

type FactName =
  | 'state'
  | 'last_seen'
  | 'network'
  | 'country'
  | 'how_it_measures'
  | 'role'
  | 'rounds'
  | 'delay'
  | 'note';

function renderFacts({ view }: VantageData, frame: Frame): Fragment {
  const { say } = frame;
  const { vantage, intervalMs } = view;
  const delay = vantage.publishDelayMinutes ?? 0;
  const fact = (name: FactName, value: Fragment, note = '') =>
    html`<dt>${say.text(`vantages.${name}`)}</dt><dd>${value}${note === '' ? '' : html` <span class="note">${note}</span>`}</dd>`;
  return html`<dl class="facts">
    ${fact('state', renderStatus(view.status, say))}
    ${fact('last_seen', renderLastSeen(view, frame))}
    ${fact('network', html`${toNetworkLine(view, say)} · ${say.text(`vantages.access.${vantage.access}`)}`)}
    ${fact('country', html`${formatCountry(vantage.countryCode, say)} <span class="code">${vantage.countryCode}</span>`)}
    ${fact('how_it_measures', html`${say.text(`vantages.kind.${vantage.kind}`)}`, say.text(`vantages.how.${vantage.kind}`))}
    ${fact('role', html`${say.text(`vantages.role.${vantage.role}`)}`, say.text(`vantages.role_note.${vantage.role}`))}
    ${fact('rounds', html`${say.text('vantages.one_every', { length: renderSpan(intervalMs, say) })}`)}
    ${delay === 0 ? '' : fact('delay', html`${renderSpan(delay * 60_000, say)}`, say.text('vantages.delay_note'))}
    ${vantage.note === '' ? '' : fact('note', html`${vantage.note}`)}
  </dl>`;
}

function renderSuccess({ view }: VantageData, say: Say): Fragment {
  const { coverage, vantage } = view;
  const sayShare = (share: number | undefined) =>
    say.text('vantages.share_of_runs', { share: formatShare(share, say), n: coverage.runs });
  const network = html`<dt>${say.text('vantages.own_network')}</dt><dd>${sayShare(toNetworkShare(coverage))}
    <span class="note">${say.text('vantages.own_network_note')}</span></dd>`;
  const control = html`<dt>${say.text('vantages.control_success')}</dt><dd>${sayShare(toOkShare(coverage))}
    <span class="note">${say.text('vantages.control_note')}</span></dd>`;
  return html`<section aria-labelledby="success"><h2 id="success">${say.text('vantages.reliance', { days: COVERAGE_DAYS })}</h2>
    <dl class="facts">${network}${vantage.role === 'control' ? control : ''}</dl></section>`;
}

const LATEST_HEADS = ['service', 'now', 'measured', 'verdict_then', 'evidence'] as const;

function renderLatest({ view, services }: VantageData, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const heading = html`<h2 id="latest">${say.text('vantages.newest')}</h2>`;
  if (view.latest.length === 0)
    return html`<section aria-labelledby="latest">${heading}
      <p class="quiet">${say.text('vantages.newest_none', { length: renderSpan(view.intervalMs, say) })}</p></section>`;
  const nameOf = new Map(services.map(({ id, name }) => [id, name]));
  return html`<section aria-labelledby="latest">${heading}
  <div class="scroll" tabindex="0" role="region" aria-label="${say.text('vantages.newest_table')}"><table class="list">
    <caption class="unseen">${say.text('vantages.newest_caption')}</caption>
    <thead><tr>${LATEST_HEADS.map((head) => html`<th scope="col">${say.text(`vantages.${head}`)}</th>`)}</tr></thead>
    <tbody>${view.latest.map(
      (
        measurement,
      ) => html`<tr><th scope="row">${nameOf.get(measurement.service) ?? measurement.service}</th>
      <td>${renderState(toCurrentState(measurement, nowMs, view.vantage), say)}</td>
      <td>${renderTime(measurement.startedAtMs, say)} <span class="quiet">${formatAge(measurement.startedAtMs, nowMs, say)}</span></td>
      <td>${renderState(measurement.verdict, say)} ${renderMechanism(measurement.mechanism, say)}</td>
      <td class="links"><a href="${linkTo(frame, `/m/${measurement.id}`)}">${say.text('vantages.measurement')}</a> ·
        <a href="${linkTo(frame, `/t?service=${measurement.service}&country=${view.vantage.countryCode}&range=30d`)}">${say.text('vantages.thirty_days')}</a></td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderSilence({ fromMs, untilMs }: Silence, { say, nowMs }: Frame): Fragment {
  return html`<tr><td>${renderTime(fromMs, say)}</td>
    <td>${untilMs === undefined ? html`<strong>${say.text('vantages.lasts')}</strong>` : renderTime(untilMs, say)}</td>
    <td>${renderSpan((untilMs ?? nowMs) - fromMs, say)}</td></tr>`;
}

function renderSilenceList({ history, view }: VantageData, frame: Frame): Fragment {
  const { say } = frame;
  const { silences } = history;
  const rounds = SILENT_INTERVALS;
  if (view.latest.length === 0)
    return html`<p class="quiet">${say.text('vantages.silences_never')}</p>`;
  if (silences.length === 0 && view.status === 'silent')
    return html`<p>${say.text('vantages.silences_all')}</p>`;
  if (silences.length === 0) return html`<p>${say.text('vantages.silences_none', { rounds })}</p>`;
  const shown = silences.slice(0, MAX_ROWS);
  const n = silences.length - shown.length;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${say.text('vantages.silences_table')}"><table class="list narrow">
    <caption class="unseen">${say.text('vantages.silences_caption')}</caption>
    <thead><tr><th scope="col">${say.text('vantages.silence_from')}</th><th scope="col">${say.text('vantages.silence_until')}</th><th scope="col">${say.text('vantages.silence_length')}</th></tr></thead>
    <tbody>${shown.map((silence) => renderSilence(silence, frame))}</tbody></table></div>
    ${n > 0 ? html`<p class="quiet">${say.text('vantages.earlier_ones', { n })}</p>` : ''}`;
}

function renderSilences(data: VantageData, frame: Frame): Fragment {
  const heading = frame.say.text('vantages.silences', { rounds: SILENT_INTERVALS });
  return html`<section aria-labelledby="silences"><h2 id="silences">${heading}</h2>${renderSilenceList(data, frame)}</section>`;
}

/** A difference of clocks as people say it, e.g. `2 s ahead of ours`. */
function sayOffset(offsetMs: number, say: Say): string {
  if (Math.abs(offsetMs) < 1_000) return say.text('vantages.clock_same');
  const length = renderSpan(Math.abs(offsetMs), say);
  return say.text(offsetMs > 0 ? 'vantages.clock_ahead' : 'vantages.clock_behind', { length });
}

function renderClock({ history, view }: VantageData, say: Say): Fragment {
  const skewed = history.markCounts.clock_skewed ?? 0;
  if (view.vantage.kind !== 'agent' && skewed === 0) return html``;
  const { clock } = history;
  const marked = say.text('vantages.clock_marked_runs', {
    n: skewed,
    days: COVERAGE_DAYS,
    mark: sayMark(say, 'clock_skewed'),
  });
  return html`<section aria-labelledby="clock"><h2 id="clock">${say.text('vantages.clock')}</h2>
    <dl class="facts"><dt>${say.text('vantages.clock_newest')}</dt>${
      clock === undefined
        ? html`<dd><span class="quiet">${say.text('vantages.clock_none')}</span></dd>`
        : html`<dd>${sayOffset(clock.newestOffsetMs, say)}</dd>
      <dt>${say.text('vantages.clock_largest')}</dt><dd>${sayOffset(clock.largestOffsetMs, say)} <span class="quiet">${say.text('vantages.deliveries', { n: clock.batches })}</span></dd>`
    }
    <dt>${say.text('vantages.clock_marked')}</dt><dd>${marked}</dd></dl></section>`;
}

function renderMarks({ history }: VantageData, { say }: Frame): Fragment {
  const marks = Object.entries(history.markCounts) as [Mark, number][];
  const others = marks.filter(([mark]) => mark !== 'simulated' && mark !== 'clock_skewed');
  const changes = history.networkChangesMs.slice(0, MAX_ROWS);
  return html`<section aria-labelledby="marks"><h2 id="marks">${say.text('vantages.marks')}</h2>
    ${
      others.length === 0
        ? html`<p>${say.text('vantages.marks_none', { days: COVERAGE_DAYS })}</p>`
        : html`<ul>${others.map(([mark, n]) => html`<li>${say.text('vantages.marks_count', { n, mark: sayMark(say, mark) })}</li>`)}</ul>`
    }
    ${
      changes.length === 0
        ? ''
        : html`<p>${say.text('vantages.network_changed')}</p><ul>${changes.map((atMs) => html`<li>${renderTime(atMs, say)}</li>`)}</ul>`
    }</section>`;
}

/** The value of a field as people read it; what has no words stays as it is. */
function sayValue(vantage: Vantage, field: (typeof TOLD_FIELDS)[number], say: Say): string {
  if (field === 'access' || field === 'role' || field === 'kind') {
    const key = `vantages.${field}.${vantage[field]}`;
    return isMessageKey(key) ? say.text(key) : vantage[field];
  }
  const value = vantage[field];
  if (value === undefined) return say.text('vantages.none');
  return value === '' ? say.text('vantages.blank') : String(value);
}

/** What a revision changed, e.g. `network: Volga → Volga Fixed`. */
function listChanges(after: Vantage, before: Vantage | undefined, say: Say): string[] {
  if (before === undefined) return [say.text('vantages.first_known')];
  return TOLD_FIELDS.flatMap((field) => {
    const [was, is] = [sayValue(before, field, say), sayValue(after, field, say)];
    return was === is ? [] : [`${say.text(`vantages.field.${field}`)}: ${was} → ${is}`];
  });
}

function renderRevision(
  { storedAtMs, vantage }: VantageRevision,
  before: VantageRevision | undefined,
  say: Say,
): Fragment {
  return html`<tr><td>${renderTime(storedAtMs, say)}</td><td>${listChanges(vantage, before?.vantage, say).join('; ')}</td></tr>`;
}

function renderRevisions({ history }: VantageData, { say }: Frame): Fragment {
  const { revisions } = history;
  const shown = revisions.slice(0, MAX_ROWS);
  return html`<section aria-labelledby="revisions"><h2 id="revisions">${say.text('vantages.revisions')}</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="${say.text('vantages.revisions_table')}"><table class="list narrow">
    <caption class="unseen">${say.text('vantages.revisions_caption')}</caption>
    <thead><tr><th scope="col">${say.text('vantages.since')}</th><th scope="col">${say.text('vantages.change')}</th></tr></thead>
    <tbody>${shown.map((revision, index) => renderRevision(revision, revisions[index + 1], say))}</tbody></table></div></section>`;
}

function renderBlindSpots({ blindSpots, view }: VantageData, frame: Frame): Fragment {
  const { say } = frame;
  const spots = blindSpots ?? KIND_BLIND_SPOTS[view.vantage.kind];
  const link = html`<a href="${linkTo(frame, '/method')}#limits">${say.text('frame.method')}</a>`;
  return html`<section aria-labelledby="blind"><h2 id="blind">${say.text('vantages.blind')}</h2>
    <p>${say.text(`vantages.how.${view.vantage.kind}`)}</p>
    ${
      spots.length === 0
        ? html`<p>${renderMessage(say, 'vantages.blind_none', { link })}</p>`
        : html`<ul>${spots.map((spot) => html`<li>${say.text(`vantages.blind.${spot}`)}</li>`)}</ul>
      <p class="quiet">${say.text('vantages.blind_note')}</p>`
    }</section>`;
}

/** Makes the page of a vantage. */
export function createVantagePage(data: VantageData, frame: Frame): Page {
  const { say } = frame;
  const { vantage, days, status } = data.view;
  const main = html`<p class="crumb"><a href="${linkTo(frame, '/v')}">${say.text('vantages.all')}</a></p>
  <h1>${vantage.id}</h1>
  ${
    status === 'silent'
      ? html`<div class="silence"><p><strong>✕ ${say.text('vantages.silent')}</strong> ${say.text('vantages.silent_here', { rounds: SILENT_INTERVALS })}</p></div>`
      : ''
  }
  <div class="columns"><div>${renderFacts(data, frame)}</div>
  <section class="beside" aria-labelledby="coverage"><h2 id="coverage">${say.text('vantages.coverage_last', { days: COVERAGE_DAYS })}</h2>
    <div class="calendar">${renderCoverageCalendar(days, say)}</div>
    <p>${describeDays(days, say)}.</p>
    <details><summary>${say.text('vantages.day_by_day')}</summary>${renderCoverageTable(days, say)}</details></section></div>
  ${renderLatest(data, frame)}
  <div class="columns"><div>${renderSuccess(data, say)}${renderClock(data, say)}${renderMarks(data, frame)}</div>
  <div>${renderSilences(data, frame)}${renderRevisions(data, frame)}</div></div>
  ${renderBlindSpots(data, frame)}`;
  return {
    title: say.text('vantages.vantage_title', { vantage: vantage.id }),
    description: say.text('vantages.vantage_description', {
      network: sayNetwork(say, vantage.networkName),
      country: formatCountry(vantage.countryCode, say),
    }),
    current: 'vantages',
    main,
    forms: toFormUrls(frame),
  };
}
