/**
 * One measurement: the verdict and the rule behind it, then every stage of every target, then the raw evidence.
 * Facts and opinion stand apart: the ladder shows what was seen, the verdict what was made of it.
 */
import { html } from 'hono/html';
import type { StoredMeasurement } from '../../db/measurement-reader.ts';
import type { FunctionId, Judgement, Vantage } from '../../probes/types.ts';
import { formatInstant, toIsoMinute } from '../format.ts';
import { LOOKS } from '../palette.ts';
import { type Comparison, renderComparison } from './control-comparison.ts';
import { renderEvidenceDetails } from './evidence.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderLadder, renderStageTables } from './ladder.ts';
import { renderRuleLink } from './rule-link.ts';
import { renderMechanism, renderState, toStateClass } from './states.ts';
import { renderSpan, renderTime } from './time.ts';
import {
  CONFIDENCE_WORDS,
  FUNCTION_WORDS,
  MARK_WORDS,
  MECHANISM_WORDS,
  toCount,
  toCountryName,
  toSentenceList,
} from './words.ts';

/** A certificate of a chain, read for people. */
export type ReadCertificate = {
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
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

function toPlace(data: MeasurementData): string {
  const { vantage, stored } = data;
  if (vantage === undefined) return stored.measurement.vantageId;
  const asn = vantage.asn === 0 ? '' : `, AS${vantage.asn}`;
  return `${vantage.networkName} (${toCountryName(vantage.countryCode)}${asn})`;
}

const SENTENCES: Readonly<Record<Judgement['verdict'], (service: string) => string>> = {
  ok: (service) => `${service} could be reached`,
  likely_blocked: (service) => `${service} was likely blocked`,
  blocked: (service) => `${service} was blocked`,
  impaired: (service) => `${service} was impaired`,
  down: (service) => `${service} was down, here and elsewhere`,
  insufficient: (service) => `We cannot tell whether ${service} could be reached`,
};

type FunctionJudgements = Readonly<Partial<Record<FunctionId, Judgement>>>;

function isStopped({ verdict }: Judgement): boolean {
  return verdict === 'blocked' || verdict === 'likely_blocked' || verdict === 'impaired';
}

/**
 * The verdict as one sentence without its place and time, e.g. `Facebook was blocked: forged DNS answers`.
 * What is only impaired is told by its parts, e.g. `WhatsApp was impaired: calls blocked`.
 */
export function toVerdictSentence(
  serviceName: string,
  judgement: Judgement,
  functions: FunctionJudgements = {},
): string {
  const sentence = SENTENCES[judgement.verdict](serviceName);
  const stopped = Object.entries(functions).filter(([, one]) => isStopped(one));
  if (judgement.verdict === 'impaired' && stopped.length > 0) {
    const byVerdict = Map.groupBy(stopped, ([, { verdict }]) => verdict);
    const parts = [...byVerdict].map(
      ([verdict, group]) =>
        `${toSentenceList(group.map(([id]) => FUNCTION_WORDS[id as FunctionId]))} ${LOOKS[verdict].word}`,
    );
    return `${sentence}: ${parts.join(', ')}`;
  }
  const cause =
    judgement.mechanism === undefined ? '' : `: ${MECHANISM_WORDS[judgement.mechanism]}`;
  return `${sentence}${cause}`;
}

/** Parts that fared alike in one line each, worst first: which, how, and by which mechanism. */
function renderPartLines(functions: FunctionJudgements): Fragment {
  const entries = Object.entries(functions);
  if (entries.length < 2) return html``;
  const alike = Map.groupBy(entries, ([, one]) => `${one.verdict} ${one.mechanism ?? ''}`);
  const groups = [...alike.values()].toSorted(
    ([a], [b]) => LOOKS[b?.[1].verdict ?? 'ok'].severity - LOOKS[a?.[1].verdict ?? 'ok'].severity,
  );
  return html`<ul class="part-lines">${groups.map((group) => {
    const names = toSentenceList(group.map(([id]) => FUNCTION_WORDS[id as FunctionId]));
    const [first] = group;
    if (first === undefined) return '';
    const [, { verdict, mechanism }] = first;
    return html`<li><strong>${names}</strong> <span>${renderState(verdict)} ${renderMechanism(mechanism)}</span></li>`;
  })}</ul>`;
}

function renderVerdict(data: MeasurementData, frame: Frame): Fragment {
  const { measurement, judgement } = data.stored;
  const { service, functions } = judgement;
  const when = renderTime(measurement.startedAtMs, frame.timeZone);
  const sentence = toVerdictSentence(data.serviceName, service, functions);
  return html`<div class="verdict-box ${toStateClass(service.verdict)}">
    <p class="verdict-line"><span class="glyph" aria-hidden="true">${LOOKS[service.verdict].glyph}</span> ${sentence}.</p>
    <p>From ${toPlace(data)}, on ${when}. ${CONFIDENCE_WORDS[service.confidence]}.</p>
    ${renderPartLines(functions)}</div>`;
}

function renderWhy(data: MeasurementData, frame: Frame): Fragment {
  const { service, rulesetVersion } = data.stored.judgement;
  const { revisions } = data.stored;
  const tampering = [...new Set(service.tampering)];
  return html`<section aria-labelledby="why"><h2 id="why">Why</h2>
    <ul class="reasons">${service.reasons.map(({ code, text }) => html`<li>${text} <code class="quiet">${code}</code></li>`)}</ul>
    ${
      tampering.length === 0
        ? ''
        : html`<p>Signs of interference that did not stop it:</p><ul>${tampering.map((mechanism) => html`<li>${renderMechanism(mechanism)}</li>`)}</ul>`
    }
    <dl class="facts">
      ${service.mechanism === undefined ? '' : html`<dt>Mechanism</dt><dd>${renderMechanism(service.mechanism)}</dd>`}
      <dt>Rule</dt><dd>${renderRuleLink(service.ruleId, frame)} of ruleset <code>${rulesetVersion}</code></dd>
      <dt>Judged</dt><dd>${revisions.length < 2 ? 'once' : `${revisions.length} times; the newest judgement is shown`}</dd>
    </dl></section>`;
}

function renderFunctions(data: MeasurementData, frame: Frame): Fragment {
  const functions = Object.entries(data.stored.judgement.functions);
  if (functions.length === 0) return html``;
  return html`<section aria-labelledby="parts"><h2 id="parts">Parts of the service</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of parts"><table class="list">
    <caption class="unseen">Verdict of each part</caption>
    <thead><tr><th scope="col">Part</th><th scope="col">Verdict</th><th scope="col">Confidence</th><th scope="col">Rule</th></tr></thead>
    <tbody>${functions.map(
      ([
        id,
        judgement,
      ]) => html`<tr><th scope="row">${FUNCTION_WORDS[id as FunctionId]}</th><td>${renderState(judgement.verdict)}</td>
        <td>${judgement.confidence}</td><td>${renderRuleLink(judgement.ruleId, frame)}</td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderNeighbours(data: MeasurementData, frame: Frame): Fragment {
  const { previousId, nextId } = data.stored;
  return html`<nav class="neighbours" aria-label="Neighbours in the lane">
    ${previousId === undefined ? html`<span class="quiet">first of its lane</span>` : html`<a rel="prev" href="${linkTo(frame, `/m/${previousId}`)}">← run before</a>`}
    <a href="${linkTo(frame, toLaneLink(data))}">this lane and its parts on the timeline</a>
    ${nextId === undefined ? html`<span class="quiet">newest of its lane</span>` : html`<a rel="next" href="${linkTo(frame, `/m/${nextId}`)}">run after →</a>`}
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

function renderCircumstances(data: MeasurementData, frame: Frame): Fragment {
  const { measurement } = data.stored;
  const { provenance } = measurement;
  return html`<section aria-labelledby="run"><h2 id="run">The run</h2><dl class="facts">
    <dt>Identifier</dt><dd><code>${data.stored.id}</code></dd>
    <dt>Slot</dt><dd>${renderTime(measurement.slotMs, frame.timeZone)}, every ${renderSpan(measurement.intervalMs)}</dd>
    <dt>Started</dt><dd>${renderTime(measurement.startedAtMs, frame.timeZone)}, took ${Math.round(measurement.elapsedMs).toLocaleString('en')} ms</dd>
    <dt>Vantage</dt><dd>${toPlace(data)}${data.vantage === undefined || data.vantage.access === 'unknown' ? '' : `, ${data.vantage.access}`}</dd>
    <dt>Marks</dt><dd>${measurement.marks.length === 0 ? 'none' : measurement.marks.map((mark) => html`<span class="tag">${MARK_WORDS[mark]}</span> `)}</dd>
    <dt>Event-loop delay</dt><dd>${Math.round(measurement.loopDelayMs)} ms at most</dd>
    <dt>Made by</dt><dd>Reachline <code>${provenance.softwareVersion}</code>, probes <code>${provenance.probeVersion}</code>, schema ${provenance.schemaVersion}</dd>
    <dt>Configuration</dt><dd><code class="hash">${provenance.configHash}</code></dd>
  </dl></section>`;
}

/** Makes the page of one measurement. */
export function createMeasurementPage(data: MeasurementData, frame: Frame): Page {
  const { stored, serviceName } = data;
  const { measurement } = stored;
  const { verdict } = stored.judgement.service;
  const jsonUrl = `/api/v1/measurements/${stored.id}`;
  const targets = measurement.observations.filter(({ role }) => role === 'target');
  const main = html`<h1>${serviceName} <span class="quiet">from ${data.vantage?.networkName ?? measurement.vantageId}</span></h1>
  ${renderVerdict(data, frame)}
  ${renderNeighbours(data, frame)}
  <div class="columns">${renderWhy(data, frame)}${renderFunctions(data, frame)}</div>
  <section aria-labelledby="ladder"><h2 id="ladder">Stages</h2>
    <p class="quiet">${toCount(targets.length, 'observation')} of ${toCount(new Set(targets.map(({ targetId }) => targetId)).size, 'target')}: ✓ passed, ✕ failed, – not reached or not asked; ×2 tried twice.</p>
    ${renderLadder(data, 'target')}</section>
  ${renderComparison(data, frame)}
  <section aria-labelledby="baselines"><h2 id="baselines">Neutral hosts, same vantage, same run</h2>${renderLadder(data, 'baseline')}</section>
  <section aria-labelledby="detail"><h2 id="detail">Every observation</h2>${renderStageTables(data)}</section>
  ${renderCircumstances(data, frame)}
  ${renderEvidenceDetails(data, jsonUrl)}`;
  return {
    title: `${serviceName} from ${data.vantage?.networkName ?? measurement.vantageId}, ${formatInstant(measurement.startedAtMs, frame.timeZone)}: ${LOOKS[verdict].word}`,
    description: `Evidence of one measurement of ${serviceName}.`,
    main,
    jsonUrl,
  };
}
