/**
 * How verdicts are made, drawn from the rules themselves: their ids, words and order come with the view model, so
 * that this page and the judge cannot part.
 */
import { html } from 'hono/html';
import { MECHANISMS, VERDICTS } from '../../probes/types.ts';
import type { Fragment, Page } from './frame.ts';
import { CONCLUSION_WORDS, LIMITS, NUMBER_WORDS, VERDICT_WORDS } from './method-words.ts';
import { toRuleAnchor } from './rule-link.ts';
import { renderDotted, renderState } from './states.ts';
import { MECHANISM_WORDS } from './words.ts';

/** What the page on the method is drawn from. */
export type MethodData = {
  readonly rulesetVersion: string;
  /** Every rule of the judge in the order in which it is tried. */
  readonly rules: readonly { readonly id: string; readonly says: string }[];
  /** Every number of rules.yaml by its keys joined with dots, e.g. `clock.maxStepMs`. */
  readonly numbers: readonly (readonly [name: string, value: number])[];
  /** Known block pages and stub addresses that are compared with what comes. */
  readonly fingerprintCount: number;
};

function renderVerdicts(): Fragment {
  return html`<section aria-labelledby="verdicts"><h2 id="verdicts">Six verdicts</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of verdicts"><table class="list">
    <caption class="unseen">What each verdict says</caption>
    <thead><tr><th scope="col">Verdict</th><th scope="col">In data</th><th scope="col">What it takes</th></tr></thead>
    <tbody>${VERDICTS.map(
      (verdict) => html`<tr id="verdict-${verdict}"><th scope="row">${renderState(verdict)}</th>
        <td><code>${verdict}</code></td><td>${VERDICT_WORDS[verdict]}</td></tr>`,
    )}</tbody></table></div>
  <p>Where nothing was measured there is ${renderState('no_data')}, which is an absence and no verdict.</p></section>`;
}

function renderRuleRow(rule: MethodData['rules'][number], place: number | undefined): Fragment {
  return html`<tr id="${toRuleAnchor(rule.id)}">${place === undefined ? '' : html`<td class="number">${place}</td>`}
    <th scope="row"><code>${renderDotted(rule.id)}</code></th><td>${rule.says}</td></tr>`;
}

function renderRules({ rules }: MethodData): Fragment {
  const conclusions = Object.entries(CONCLUSION_WORDS).map(([id, says]) => ({ id, says }));
  return html`<section aria-labelledby="rules"><h2 id="rules">The rules, in the order in which they are tried</h2>
  <p>The first rule that speaks decides on a target, and its name stands with the verdict. Rules on the vantage come before those on
    the service: as long as the trouble may be ours, nothing is said of anybody else.</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of rules"><table class="list">
    <caption class="unseen">Rules in their order</caption>
    <thead><tr><th scope="col" class="number">#</th><th scope="col">Rule</th><th scope="col">What it says</th></tr></thead>
    <tbody>${rules.map((rule, index) => renderRuleRow(rule, index + 1))}</tbody></table></div>
  <h3 id="conclusions">When no rule objects, and how targets are summed up</h3>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of conclusions"><table class="list">
    <caption class="unseen">Conclusions</caption>
    <thead><tr><th scope="col">Rule</th><th scope="col">What it says</th></tr></thead>
    <tbody>${conclusions.map((rule) => renderRuleRow(rule, undefined))}</tbody></table></div></section>`;
}

function renderNumbers({ numbers }: MethodData): Fragment {
  return html`<section aria-labelledby="numbers"><h2 id="numbers">The numbers</h2>
  <p>From <code>config/rules.yaml</code>, where each has its reason beside it.</p>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of numbers"><table class="list">
    <caption class="unseen">Numbers of the rules</caption>
    <thead><tr><th scope="col">Number</th><th scope="col" class="number">Value</th><th scope="col">What it does</th></tr></thead>
    <tbody>${numbers.map(
      ([name, value]) => html`<tr><th scope="row"><code>${renderDotted(name)}</code></th>
        <td class="number">${value.toLocaleString('en')}</td><td>${NUMBER_WORDS[name] ?? ''}</td></tr>`,
    )}</tbody></table></div></section>`;
}

/** One branch of the tree: mechanisms that begin with the same word. */
function renderBranch([root, mechanisms]: [string, (typeof MECHANISMS)[number][]]): Fragment {
  return html`<li><code>${root}</code><ul>${mechanisms.map(
    (mechanism) => html`<li id="mechanism-${mechanism}"><code>${renderDotted(mechanism)}</code>
      <span class="quiet">${MECHANISM_WORDS[mechanism]}</span></li>`,
  )}</ul></li>`;
}

function renderMechanisms(): Fragment {
  const branches = Map.groupBy(MECHANISMS, (mechanism) => mechanism.split('.')[0] ?? mechanism);
  return html`<section aria-labelledby="mechanisms"><h2 id="mechanisms">How a service is stopped: the tree of mechanisms</h2>
  <p>Named is always the deepest node that the evidence supports: without the same address tried under another name, a reset handshake is
    <code>tls.reset</code> and not <code>tls.reset.sni</code>. <code>server_side</code> is the service’s own doing and is never called blocking.</p>
  <ul class="tree">${[...branches].map(renderBranch)}</ul></section>`;
}

function renderLimits(): Fragment {
  return html`<section aria-labelledby="limits"><h2 id="limits">What we cannot see</h2>
  <dl>${LIMITS.map(([what, why]) => html`<dt><strong>${what}</strong></dt><dd>${why}</dd>`)}</dl></section>`;
}

/** Makes the page on the method. */
export function createMethodPage(data: MethodData): Page {
  const main = html`<h1>How verdicts are made</h1>
  <p class="lead">Probes only observe. One function judges what they saw, by the rules below, and every verdict names its rule and carries the
    version of the rules: now <code id="ruleset">${data.rulesetVersion}</code>. Evidence is kept, so that it can be judged again when the rules change;
    the old verdict then stays beside the new one.</p>
  <section aria-labelledby="comparisons"><h2 id="comparisons">Nothing is held against anybody without a comparison</h2>
    <ul>
      <li><strong>An outside control</strong> measures the same target from a place where nothing is restricted. It counts only when it succeeded.</li>
      <li><strong>Neutral hosts</strong> are visited from the same vantage in the same run. When they fail too, the trouble is ours.</li>
      <li><strong>The deep pass</strong> changes one thing at a time when in doubt: another resolver, another address, the same address under an
        innocuous name. What passes then is a control of our own.</li>
      <li><strong>Known block pages</strong> and their addresses, ${data.fingerprintCount} of them, each with its source, decide at once in their own country.</li>
    </ul></section>
  ${renderVerdicts()}
  ${renderRules(data)}
  ${renderNumbers(data)}
  ${renderMechanisms()}
  ${renderLimits()}`;
  return {
    title: 'Method',
    description:
      'How Reachline decides what is blocked: every rule, every number, and what cannot be seen.',
    current: 'method',
    main,
    hasZoneForm: false,
  };
}
