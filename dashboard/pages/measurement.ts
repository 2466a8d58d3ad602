/**
 * One measurement: the verdict and the rule behind it, then every stage of every target, then the raw evidence.
 * Facts and opinion stand apart: the ladder shows what was seen, the verdict what was made of it.
 */
import { html } from 'hono/html';
import type { StoredMeasurement } from '../../db/measurement-reader.ts';
import type { FunctionId, Judgement, Vantage } from '../../probes/types.ts';
import { toIsoMinute } from '../format.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatCountry, formatInstant } from '../i18n/times.ts';
import {
  sayConfidence,
  sayFunction,
  sayMark,
  sayMechanism,
  sayState,
  saySureness,
} from '../i18n/words.ts';
import { LOOKS } from '../palette.ts';
import { type Comparison, renderComparison } from './control-comparison.ts';
import { renderEvidenceDetails } from './evidence.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { listPlain, renderLadder, renderStageTables } from './ladder.ts';
import { toFormUrls } from './page-forms.ts';
import { renderMessage } from './rich-text.ts';
import { renderRuleLink } from './rule-link.ts';
import { renderSentence } from './sentences.ts';
import { renderMechanism, renderState, toStateClass } from './states.ts';
import { renderSpan, renderTime } from './time.ts';

/** A certificate of a chain, read for people. */
export type ReadCertificate = {
  readonly sha256: string;
  /** Absent when it cannot be read. */
  readonly subject?: string;
  readonly issuer: string;
  /** Absent when it cannot be read. */
  readonly validFromMs?: number;
  readonly validToMs?: number;
  readonly names: string;
};

/** What the page of a measurement is drawn from. */
export type MeasurementData = {
  readonly stored: StoredMeasurement;
  readonly serviceName: string;
  /** Absent when the vantage is known no more. */
  readonly vantage?: Vantage;
  readonly certificates: readonly ReadCertificate[];
  /** Controls close in time; absent when none were looked for. */
  readonly comparison?: Comparison;
  /** The measurement as JSON, indented. */
  readonly rawJson: string;
};

function toPlace({ vantage, stored }: MeasurementData, say: Say): string {
  if (vantage === undefined) return stored.measurement.vantageId;
  const asn = vantage.asn === 0 ? '' : `, AS${vantage.asn}`;
  return `${sayNetwork(say, vantage.networkName)} (${formatCountry(vantage.countryCode, say)}${asn})`;
}

type FunctionJudgements = Readonly<Partial<Record<FunctionId, Judgement>>>;

/** Verdicts of parts by which a service that is only impaired is told. */
const STOPPED = ['blocked', 'likely_blocked', 'impaired'] as const;

/**
 * The verdict as one sentence without its place and time, e.g. `Facebook was blocked: forged DNS answers`.
 * What is only impaired is told by its parts, e.g. `WhatsApp was impaired: calls blocked`.
 */
export function toVerdictSentence(
  serviceName: string,
  { verdict, mechanism }: Judgement,
  say: Say,
  functions: FunctionJudgements = {},
): string {
  const sentence = say.text(`measurement.sentence.${verdict}`, { service: serviceName });
  const parts = verdict === 'impaired' ? listStoppedParts(functions, say) : [];
  if (parts.length > 0)
    return say.text('measurement.because', { sentence, cause: parts.join(', ') });
  if (mechanism === undefined) return sentence;
  return say.text('measurement.because', { sentence, cause: sayMechanism(say, mechanism) });
}

/** The parts that are stopped, by verdict in the order of their first part, e.g. `calls blocked`. */
function listStoppedParts(functions: FunctionJudgements, say: Say): string[] {
  const byVerdict = Map.groupBy(Object.entries(functions), ([, { verdict }]) => verdict);
  return [...byVerdict].flatMap(([verdict, group]) => {
    const stopped = STOPPED.find((one) => one === verdict);
    if (stopped === undefined) return [];
    const parts = group.map(([id]) => sayFunction(say, id as FunctionId));
    return [say.text(`measurement.part.${stopped}`, { parts: joinWords(parts, say) })];
  });
}

/** Parts that fared alike in one line each, worst first: which, how, and by which mechanism. */
function renderPartLines(functions: FunctionJudgements, say: Say): Fragment {
  const entries = Object.entries(functions);
  if (entries.length < 2) return html``;
  const alike = Map.groupBy(entries, ([, one]) => `${one.verdict} ${one.mechanism ?? ''}`);
  const groups = [...alike.values()].toSorted(
    ([a], [b]) => LOOKS[b?.[1].verdict ?? 'ok'].severity - LOOKS[a?.[1].verdict ?? 'ok'].severity,
  );
  return html`<ul class="part-lines">${groups.map((group) => {
    const names = joinWords(
      group.map(([id]) => sayFunction(say, id as FunctionId)),
      say,
    );
    const [first] = group;
    if (first === undefined) return '';
    const [, { verdict, mechanism }] = first;
    return html`<li><strong>${names}</strong> <span>${renderState(verdict, say)} ${renderMechanism(mechanism, say)}</span></li>`;
  })}</ul>`;
}

function renderVerdict(data: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  const { measurement, judgement } = data.stored;
  const { service, functions } = judgement;
  const from = renderMessage(say, 'measurement.from', {
    place: toPlace(data, say),
    when: renderTime(measurement.startedAtMs, say),
    confidence: sayConfidence(say, service.confidence),
  });
  const sentence = toVerdictSentence(data.serviceName, service, say, functions);
  return html`<div class="verdict-box ${toStateClass(service.verdict)}">
    <p class="verdict-line"><span class="glyph" aria-hidden="true">${LOOKS[service.verdict].glyph}</span> ${sentence}.</p>
    <p>${from}</p>
    ${renderPartLines(functions, say)}</div>`;
}

function renderWhy(data: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  const { service, rulesetVersion } = data.stored.judgement;
  const { revisions } = data.stored;
  const tampering = [...new Set(service.tampering)];
  const rule = renderMessage(say, 'measurement.rule_of', {
    rule: renderRuleLink(service.ruleId, frame),
    version: html`<code>${rulesetVersion}</code>`,
  });
  return html`<section aria-labelledby="why"><h2 id="why">${say.text('measurement.why')}</h2>
    <ul class="reasons">${service.reasons.map(({ code, text }) => html`<li>${renderSentence(say, 'reasons', text)} <code class="quiet">${code}</code></li>`)}</ul>
    ${
      tampering.length === 0
        ? ''
        : html`<p>${say.text('measurement.tampering')}</p><ul>${tampering.map((mechanism) => html`<li>${renderMechanism(mechanism, say)}</li>`)}</ul>`
    }
    <dl class="facts">
      ${service.mechanism === undefined ? '' : html`<dt>${say.text('measurement.mechanism')}</dt><dd>${renderMechanism(service.mechanism, say)}</dd>`}
      <dt>${say.text('measurement.rule')}</dt><dd>${rule}</dd>
      <dt>${say.text('measurement.judged')}</dt><dd>${say.text('measurement.judged_times', { n: Math.max(1, revisions.length) })}</dd>
    </dl></section>`;
}

function renderFunctions(data: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  const functions = Object.entries(data.stored.judgement.functions);
  if (functions.length === 0) return html``;
  return html`<section aria-labelledby="parts"><h2 id="parts">${say.text('measurement.parts')}</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="${say.text('measurement.parts_table')}"><table class="list">
    <caption class="unseen">${say.text('measurement.parts_caption')}</caption>
    <thead><tr><th scope="col">${say.text('measurement.part')}</th><th scope="col">${say.text('measurement.verdict')}</th><th scope="col">${say.text('measurement.confidence')}</th><th scope="col">${say.text('measurement.rule')}</th></tr></thead>
    <tbody>${functions.map(
      ([
        id,
        judgement,
      ]) => html`<tr><th scope="row">${sayFunction(say, id as FunctionId)}</th><td>${renderState(judgement.verdict, say)}</td>
        <td>${saySureness(say, judgement.confidence)}</td><td>${renderRuleLink(judgement.ruleId, frame)}</td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderNeighbours(data: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  const { previousId, nextId } = data.stored;
  return html`<nav class="neighbours" aria-label="${say.text('measurement.neighbours')}">
    ${previousId === undefined ? html`<span class="quiet">${say.text('measurement.first_of_lane')}</span>` : html`<a rel="prev" href="${linkTo(frame, `/m/${previousId}`)}">← ${say.text('measurement.run_before')}</a>`}
    <a href="${linkTo(frame, toLaneLink(data))}">${say.text('measurement.lane_on_timeline')}</a>
    ${nextId === undefined ? html`<span class="quiet">${say.text('measurement.newest_of_lane')}</span>` : html`<a rel="next" href="${linkTo(frame, `/m/${nextId}`)}">${say.text('measurement.run_after')} →</a>`}
  </nav>`;
}

const WEEK_MS = 7 * 86_400_000;

/** The lane and those of its parts, around the run. */
function toLaneLink({ stored, vantage }: MeasurementData): string {
  const { measurement, judgement } = stored;
  const query = new URLSearchParams({ service: measurement.service });
  if (vantage !== undefined && vantage.asn !== 0) query.set('asn', String(vantage.asn));
  query.set('function', ['service', ...Object.keys(judgement.functions)].join(','));
  query.set('from', toIsoMinute(measurement.slotMs - WEEK_MS));
  query.set('to', toIsoMinute(measurement.slotMs + WEEK_MS));
  return `/t?${query.toString()}`;
}

function renderCircumstances(data: MeasurementData, { say }: Frame): Fragment {
  const { measurement } = data.stored;
  const { provenance, marks } = measurement;
  const slot = renderMessage(say, 'measurement.slot_every', {
    time: renderTime(measurement.slotMs, say),
    length: renderSpan(measurement.intervalMs, say),
  });
  const started = renderMessage(say, 'measurement.started_took', {
    time: renderTime(measurement.startedAtMs, say),
    length: Math.round(measurement.elapsedMs),
  });
  const versions = renderMessage(say, 'measurement.made_by_versions', {
    software: html`<code>${provenance.softwareVersion}</code>`,
    probes: html`<code>${provenance.probeVersion}</code>`,
    schema: String(provenance.schemaVersion),
  });
  return html`<section aria-labelledby="run"><h2 id="run">${say.text('measurement.run')}</h2><dl class="facts">
    <dt>${say.text('measurement.identifier')}</dt><dd><code>${data.stored.id}</code></dd>
    <dt>${say.text('measurement.slot')}</dt><dd>${slot}</dd>
    <dt>${say.text('measurement.started')}</dt><dd>${started}</dd>
    <dt>${say.text('measurement.vantage')}</dt><dd>${renderVantage(data, say)}</dd>
    <dt>${say.text('measurement.marks')}</dt><dd>${marks.length === 0 ? say.text('measurement.none') : marks.map((mark) => html`<span class="tag">${sayMark(say, mark)}</span> `)}</dd>
    <dt>${say.text('measurement.loop_delay')}</dt><dd>${say.text('measurement.loop_delay_most', { n: Math.round(measurement.loopDelayMs) })}</dd>
    <dt>${say.text('measurement.made_by')}</dt><dd>${versions}</dd>
    <dt>${say.text('measurement.configuration')}</dt><dd><code class="hash">${provenance.configHash}</code></dd>
  </dl></section>`;
}

function renderVantage(data: MeasurementData, say: Say): Fragment {
  const { vantage } = data;
  const access = vantage === undefined || vantage.access === 'unknown' ? undefined : vantage.access;
  return html`${toPlace(data, say)}${access === undefined ? '' : `, ${say.text(`vantages.access.${access}`)}`}`;
}

/** Makes the page of one measurement. */
export function createMeasurementPage(data: MeasurementData, frame: Frame): Page {
  const { say } = frame;
  const { stored, serviceName } = data;
  const { measurement } = stored;
  const network = sayNetwork(say, data.vantage?.networkName ?? measurement.vantageId);
  const jsonUrl = `/api/v1/measurements/${stored.id}`;
  const targets = measurement.observations.filter(({ role }) => role === 'target');
  const plain = listPlain(targets);
  const closer = targets.length - plain.length;
  const counts = {
    n: plain.length,
    targets: new Set(targets.map(({ targetId }) => targetId)).size,
  };
  const main = html`<h1>${serviceName} <span class="quiet">${say.text('measurement.from_network', { network })}</span></h1>
  ${renderVerdict(data, frame)}
  ${renderNeighbours(data, frame)}
  <div class="columns">${renderWhy(data, frame)}${renderFunctions(data, frame)}</div>
  <section aria-labelledby="ladder"><h2 id="ladder">${say.text('measurement.stages')}</h2>
    <p class="quiet">${say.text('measurement.stages_lead', counts)}${closer === 0 ? '' : ` ${say.text('measurement.stages_closer', { n: closer })}`}</p>
    ${renderLadder(data, 'target', say)}</section>
  ${renderComparison(data, frame)}
  <section aria-labelledby="baselines"><h2 id="baselines">${say.text('measurement.baselines')}</h2>${renderLadder(data, 'baseline', say)}</section>
  <section aria-labelledby="detail"><h2 id="detail">${say.text('measurement.observations')}</h2>${renderStageTables(data, say)}</section>
  ${renderCircumstances(data, frame)}
  ${renderEvidenceDetails(data, jsonUrl, say)}`;
  return {
    title: say.text('measurement.title', {
      service: serviceName,
      network,
      time: formatInstant(measurement.startedAtMs, say),
      state: sayState(say, stored.judgement.service.verdict),
    }),
    description: say.text('measurement.description', { service: serviceName }),
    main,
    forms: toFormUrls(frame),
  };
}
