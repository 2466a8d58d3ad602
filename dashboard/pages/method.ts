/**
 * How verdicts are made, drawn from the rules themselves: their ids and order come with the view model, so that this
 * page and the judge cannot part.
 */
import { html } from 'hono/html';
import { MECHANISMS, VERDICTS } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey, readArea } from '../i18n/texts.ts';
import { sayMechanism } from '../i18n/words.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderMessage } from './rich-text.ts';
import { toRuleAnchor } from './rule-link.ts';
import { renderDotted, renderState } from './states.ts';

/** What the page on the method is drawn from. */
export type MethodData = {
  readonly rulesetVersion: string;
  /** Every rule of the judge in the order in which it is tried, with its words in English. */
  readonly rules: readonly { readonly id: string; readonly says: string }[];
  /** Every number of rules.yaml by its keys joined with dots, e.g. `clock.maxStepMs`. */
  readonly numbers: readonly (readonly [name: string, value: number])[];
  /** Known block pages and stub addresses that are compared with what comes. */
  readonly fingerprintCount: number;
};

/** Kinds of comparison, in the order in which they are told. */
const COMPARISONS = ['control', 'neutral', 'deep', 'known'] as const;
/** What no measurement from an ordinary machine can tell. */
const LIMITS = [
  'sender',
  'hops',
  'reason',
  'others',
  'between',
  'account',
  'proxy',
  'udp',
] as const;

/** Rules that conclude where no rule of the list objects, and those that sum targets up. Not tried in order. */
function listConclusions(): string[] {
  return Object.keys(readArea('rules', 'en')).filter((id) =>
    /^(?:target|function|service)\./.test(id),
  );
}

/** What a rule says; its own English where the language has no text for it. */
function sayRule(say: Say, id: string, english = ''): string {
  const key = `rules.${id}`;
  return isMessageKey(key) ? say.text(key) : english;
}

function renderTable(
  label: string,
  caption: string,
  heads: readonly Fragment[],
  rows: readonly Fragment[],
): Fragment {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list">
    <caption class="unseen">${caption}</caption>
    <thead><tr>${heads}</tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

const renderHead = (text: string): Fragment => html`<th scope="col">${text}</th>`;

function renderVerdicts(say: Say): Fragment {
  const rows = VERDICTS.map(
    (verdict) => html`<tr id="verdict-${verdict}"><th scope="row">${renderState(verdict, say)}</th>
        <td><code>${verdict}</code></td><td>${say.text(`method.verdict.${verdict}`)}</td></tr>`,
  );
  return html`<section aria-labelledby="verdicts"><h2 id="verdicts">${say.text('method.verdicts')}</h2>
  ${renderTable(
    say.text('method.verdicts_table'),
    say.text('method.verdicts_caption'),
    [
      renderHead(say.text('method.verdict')),
      renderHead(say.text('method.in_data')),
      renderHead(say.text('method.takes')),
    ],
    rows,
  )}
  <p>${renderMessage(say, 'method.absence', { state: renderState('no_data', say) })}</p></section>`;
}

function renderRuleRow(id: string, says: string, place: number | undefined): Fragment {
  return html`<tr id="${toRuleAnchor(id)}">${place === undefined ? '' : html`<td class="number">${place}</td>`}
    <th scope="row"><code>${renderDotted(id)}</code></th><td>${says}</td></tr>`;
}

function renderRules({ rules }: MethodData, say: Say): Fragment {
  const heads = [renderHead(say.text('method.rule')), renderHead(say.text('method.says'))];
  return html`<section aria-labelledby="rules"><h2 id="rules">${say.text('method.rules')}</h2>
  <p>${say.text('method.rules_lead')}</p>
  ${renderTable(
    say.text('method.rules_table'),
    say.text('method.rules_caption'),
    [html`<th scope="col" class="number">#</th>`, ...heads],
    rules.map(({ id, says }, index) => renderRuleRow(id, sayRule(say, id, says), index + 1)),
  )}
  <h3 id="conclusions">${say.text('method.conclusions')}</h3>
  ${renderTable(
    say.text('method.conclusions_table'),
    say.text('method.conclusions_caption'),
    heads,
    listConclusions().map((id) => renderRuleRow(id, sayRule(say, id), undefined)),
  )}</section>`;
}

/** What a number of rules.yaml does. */
function sayNumber(say: Say, name: string): string {
  const key = `method.number.${name}`;
  return isMessageKey(key) ? say.text(key) : '';
}

function renderNumbers({ numbers }: MethodData, say: Say): Fragment {
  return html`<section aria-labelledby="numbers"><h2 id="numbers">${say.text('method.numbers')}</h2>
  <p>${renderMessage(say, 'method.numbers_lead', { file: html`<code>config/rules.yaml</code>` })}</p>
  ${renderTable(
    say.text('method.numbers_table'),
    say.text('method.numbers_caption'),
    [
      renderHead(say.text('method.number')),
      html`<th scope="col" class="number">${say.text('method.value')}</th>`,
      renderHead(say.text('method.does')),
    ],
    numbers.map(
      ([name, value]) => html`<tr><th scope="row"><code>${renderDotted(name)}</code></th>
        <td class="number">${say.number(value)}</td><td>${sayNumber(say, name)}</td></tr>`,
    ),
  )}</section>`;
}

function renderMechanisms(say: Say): Fragment {
  const branches = Map.groupBy(MECHANISMS, (mechanism) => mechanism.split('.')[0] ?? mechanism);
  return html`<section aria-labelledby="mechanisms"><h2 id="mechanisms">${say.text('method.mechanisms')}</h2>
  <p>${renderMessage(say, 'method.mechanisms_lead', {
    shallow: html`<code>tls.reset</code>`,
    deep: html`<code>tls.reset.sni</code>`,
    server: html`<code>server_side</code>`,
  })}</p>
  <ul class="tree">${[...branches].map(
    ([root, mechanisms]) =>
      html`<li><code>${root}</code><ul>${mechanisms.map(
        (mechanism) => html`<li id="mechanism-${mechanism}"><code>${renderDotted(mechanism)}</code>
      <span class="quiet">${sayMechanism(say, mechanism)}</span></li>`,
      )}</ul></li>`,
  )}</ul></section>`;
}

function renderLimits(say: Say): Fragment {
  return html`<section aria-labelledby="limits"><h2 id="limits">${say.text('method.limits')}</h2>
  <dl>${LIMITS.map(
    (limit) =>
      html`<dt><strong>${say.text(`method.limit.${limit}.what`)}</strong></dt><dd>${say.text(`method.limit.${limit}.why`)}</dd>`,
  )}</dl></section>`;
}

/** Makes the page on the method. */
export function createMethodPage(data: MethodData, frame: Frame): Page {
  const { say } = frame;
  const version = html`<code id="ruleset">${data.rulesetVersion}</code>`;
  const main = html`<h1>${say.text('method.heading')}</h1>
  <p class="lead">${renderMessage(say, 'method.lead', { version })}</p>
  <p>${renderMessage(say, 'changes.from_method', { link: html`<a href="${linkTo(frame, '/changes')}">${say.text('changes.title')}</a>` })}</p>
  <section aria-labelledby="comparisons"><h2 id="comparisons">${say.text('method.comparisons')}</h2>
    <ul>${COMPARISONS.map(
      (one) =>
        html`<li><strong>${say.text(`method.${one}.what`)}</strong> ${say.text(`method.${one}.how`, { n: data.fingerprintCount })}</li>`,
    )}</ul></section>
  ${renderVerdicts(say)}
  ${renderRules(data, say)}
  ${renderNumbers(data, say)}
  ${renderMechanisms(say)}
  ${renderLimits(say)}`;
  return {
    title: say.text('method.title'),
    description: say.text('method.description'),
    current: 'method',
    main,
    hasZoneForm: false,
  };
}
