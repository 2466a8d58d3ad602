/** Each target beside its outside control, stage by stage: where the two differ, and what would have changed the verdict. */
import { html } from 'hono/html';
import type { Measurement, Observation } from '../../probes/types.ts';
import { formatDuration } from '../format.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import type { MeasurementData } from './measurement.ts';
import { renderRuleLink } from './rule-link.ts';
import { renderMechanism, renderState } from './states.ts';
import { type TurningNumbers, toTurningSentence } from './turning-words.ts';
import { OPERATION_WORDS, toCount } from './words.ts';

/** A measurement of a control vantage close in time. */
export type Control = {
  readonly id: string;
  readonly networkName: string;
  readonly measurement: Measurement;
};

/** What the comparison needs beside the measurement. */
export type Comparison = {
  /** The nearest in time first. */
  readonly controls: readonly Control[];
  readonly numbers: TurningNumbers;
};

/** One line of the comparison: the same fact on both sides. */
type Line = { readonly name: string; readonly here?: string; readonly there?: string };

const SHORT_HASH_CHARACTERS = 12;

/** The plain visits of the last attempt on a target, by hop and operation; of several resolvers asked, the last. */
export function gatherStages(
  { observations }: Measurement,
  targetId: string,
): ReadonlyMap<string, Observation> {
  const mine = observations.filter(
    (one) => one.targetId === targetId && one.role === 'target' && one.purpose === undefined,
  );
  const last = Math.max(0, ...mine.map(({ attempt }) => attempt));
  return new Map(
    mine
      .filter(({ attempt }) => attempt === last)
      .map((one) => [`${one.hop ?? 0} ${one.operation}`, one]),
  );
}

/** What is compared of one stage, fact by fact. Lengths of time differ anyway and are left out. */
function listFacts(observation: Observation): ReadonlyMap<string, string> {
  const { outcome } = observation;
  const facts = new Map([['', outcome.kind === 'ok' ? 'ok' : outcome.failure.code]]);
  const seen = outcome.kind === 'ok' ? outcome.value : (outcome.seen ?? {});
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') facts.set(name, String(value));
  };
  if ('addresses' in seen) add('addresses', seen.addresses?.toSorted().join(' '));
  if ('chain' in seen) add('certificate', seen.chain?.[0]?.slice(0, SHORT_HASH_CHARACTERS));
  if ('protocol' in seen) add('protocol', seen.protocol);
  if ('statusCode' in seen) add('status', seen.statusCode);
  if ('title' in seen) add('title', seen.title);
  return facts;
}

/** Both sides as lines, in the order of the stages of this side, then those that only the control reached. */
export function compareStages(here: Measurement, there: Measurement, targetId: string): Line[] {
  const [own, other] = [gatherStages(here, targetId), gatherStages(there, targetId)];
  const keys = [...new Set([...own.keys(), ...other.keys()])];
  return keys.flatMap((key) => {
    const [mine, theirs] = [own.get(key), other.get(key)];
    const stage = mine ?? theirs;
    if (!stage) return [];
    const facts = mine ? listFacts(mine) : new Map<string, string>();
    const otherFacts = theirs ? listFacts(theirs) : new Map<string, string>();
    const hop = stage.hop ? `, redirect ${stage.hop}` : '';
    return [...new Set([...facts.keys(), ...otherFacts.keys()])].map((fact): Line => {
      const [left, right] = [facts.get(fact), otherFacts.get(fact)];
      return {
        name: `${OPERATION_WORDS[stage.operation]}${hop}${fact === '' ? '' : `: ${fact}`}`,
        ...(left === undefined ? {} : { here: left }),
        ...(right === undefined ? {} : { there: right }),
      };
    });
  });
}

function renderLine({ name, here, there }: Line): Fragment {
  const isDifferent = here !== there;
  const side = (text: string | undefined): Fragment => {
    if (text === undefined) return html`<span class="quiet">not seen</span>`;
    return isDifferent ? html`<mark>${text}</mark>` : html`${text}`;
  };
  return html`<tr><th scope="row">${name}</th><td class="asked">${side(here)}</td><td class="asked">${side(there)}</td>
    <td>${isDifferent ? html`<strong>≠ differs</strong>` : html`<span class="quiet">= same</span>`}</td></tr>`;
}

function renderTarget(data: MeasurementData, targetId: string, frame: Frame): Fragment {
  const judgement = data.stored.judgement.targets[targetId];
  if (!judgement || !data.comparison) return html``;
  const { controls, numbers } = data.comparison;
  const [control] = controls;
  const lines = control
    ? compareStages(data.stored.measurement, control.measurement, targetId)
    : [];
  const differing = lines.filter(({ here, there }) => here !== there).length;
  return html`<details class="lane"${judgement.verdict === 'ok' ? '' : html` open`}><summary><code>${targetId}</code> ${renderState(judgement.verdict)}
    <span class="quiet">${control ? `${differing} of ${toCount(lines.length, 'line')} differ` : ''}</span></summary>
  <p>Rule ${renderRuleLink(judgement.ruleId, frame)}${judgement.mechanism === undefined ? '' : html`: ${renderMechanism(judgement.mechanism)}`}</p>
  <p>What would have changed it: ${toTurningSentence(judgement, numbers)}</p>
  ${
    control
      ? html`<div class="scroll" tabindex="0" role="region" aria-label="${targetId} beside its control"><table class="list">
    <caption class="unseen">${targetId} here and for the control</caption>
    <thead><tr><th scope="col">Stage</th><th scope="col">Here</th><th scope="col">${control.networkName}</th><th scope="col">Compared</th></tr></thead>
    <tbody>${lines.map(renderLine)}</tbody></table></div>`
      : ''
  }</details>`;
}

function renderControls({ stored, comparison }: MeasurementData, frame: Frame): Fragment {
  if (!comparison || comparison.controls.length === 0) {
    const minutes = Math.round((comparison?.numbers.controlWindowSeconds ?? 0) / 60);
    return html`<p class="quiet">No control vantage measured this service within ${minutes} minutes of this run.</p>`;
  }
  const links = comparison.controls.map(({ id, networkName, measurement }) => {
    const gapMs = measurement.startedAtMs - stored.measurement.startedAtMs;
    const gap = formatDuration(Math.round(Math.abs(gapMs) / 1_000) * 1_000);
    const when =
      Math.abs(gapMs) < 1_000
        ? 'at the same time'
        : `${gap} ${gapMs < 0 ? 'before' : 'after'} this run`;
    return html`<li><a href="${linkTo(frame, `/m/${id}`)}">${networkName}</a> <span class="quiet">${when}</span></li>`;
  });
  return html`<p>Controls inside the window, the nearest first; it is the one compared below.</p><ul>${links}</ul>`;
}

/** Renders every judged target beside the nearest control, those that were not reached opened. */
export function renderComparison(data: MeasurementData, frame: Frame): Fragment {
  if (data.comparison === undefined) return html``;
  const targetIds = Object.keys(data.stored.judgement.targets);
  return html`<section aria-labelledby="control"><h2 id="control">Beside the outside control</h2>
  ${renderControls(data, frame)}
  <p class="quiet">Addresses and certificates of a large service differ from place to place; that alone says nothing.</p>
  ${targetIds.map((targetId) => renderTarget(data, targetId, frame))}</section>`;
}
