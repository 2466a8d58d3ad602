/** Each target beside its outside control, stage by stage: where the two differ, and what would have changed the verdict. */
import { html } from 'hono/html';
import type { Measurement, Observation } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { nameOperation } from '../i18n/words.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import type { MeasurementData } from './measurement.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderRuleLink } from './rule-link.ts';
import { renderMechanism, renderState } from './states.ts';
import { renderSpan } from './time.ts';
import { type TurningNumbers, toTurningSentence } from './turning-words.ts';

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

/** What is compared of one stage besides how it ended. */
type Fact = 'addresses' | 'certificate' | 'protocol' | 'status' | 'title';

/** What is compared of one stage, fact by fact; the outcome has no name. Lengths of time differ anyway and are left out. */
function listFacts(observation: Observation, say: Say): ReadonlyMap<Fact | '', string> {
  const { outcome } = observation;
  const ending = outcome.kind === 'ok' ? say.text('measurement.passed') : outcome.failure.code;
  const facts = new Map<Fact | '', string>([['', ending]]);
  const seen = outcome.kind === 'ok' ? outcome.value : (outcome.seen ?? {});
  const add = (name: Fact, value: string | number | undefined): void => {
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
function compareStages(here: Measurement, there: Measurement, targetId: string, say: Say): Line[] {
  const [own, other] = [gatherStages(here, targetId), gatherStages(there, targetId)];
  const keys = [...new Set([...own.keys(), ...other.keys()])];
  return keys.flatMap((key) => {
    const [mine, theirs] = [own.get(key), other.get(key)];
    const stage = mine ?? theirs;
    if (!stage) return [];
    const facts = mine ? listFacts(mine, say) : new Map<Fact | '', string>();
    const otherFacts = theirs ? listFacts(theirs, say) : new Map<Fact | '', string>();
    const hop = stage.hop ? `, ${say.text('measurement.redirect', { n: stage.hop })}` : '';
    return [...new Set([...facts.keys(), ...otherFacts.keys()])].map((fact): Line => {
      const [left, right] = [facts.get(fact), otherFacts.get(fact)];
      return {
        name: `${nameOperation(stage.operation)}${hop}${fact === '' ? '' : `: ${say.text(`measurement.fact.${fact}`)}`}`,
        ...(left === undefined ? {} : { here: left }),
        ...(right === undefined ? {} : { there: right }),
      };
    });
  });
}

function renderLine({ name, here, there }: Line, say: Say): Fragment {
  const isDifferent = here !== there;
  const side = (text: string | undefined): Fragment => {
    if (text === undefined)
      return html`<span class="quiet">${say.text('measurement.not_seen')}</span>`;
    return isDifferent ? html`<mark>${text}</mark>` : html`${text}`;
  };
  return html`<tr><th scope="row">${name}</th><td class="asked">${side(here)}</td><td class="asked">${side(there)}</td>
    <td>${isDifferent ? html`<strong>${say.text('measurement.differs')}</strong>` : html`<span class="quiet">${say.text('measurement.same')}</span>`}</td></tr>`;
}

function renderLines(lines: readonly Line[], targetId: string, control: Control, say: Say) {
  const label = say.text('measurement.beside_its_control', { target: targetId });
  const caption = say.text('measurement.here_and_control', { target: targetId });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list">
    <caption class="unseen">${caption}</caption>
    <thead><tr><th scope="col">${say.text('measurement.stage')}</th><th scope="col">${say.text('measurement.here')}</th><th scope="col">${sayNetwork(say, control.networkName)}</th><th scope="col">${say.text('measurement.compared')}</th></tr></thead>
    <tbody>${lines.map((line) => renderLine(line, say))}</tbody></table></div>`;
}

function renderTarget(data: MeasurementData, targetId: string, frame: Frame): Fragment {
  const { say } = frame;
  const judgement = data.stored.judgement.targets[targetId];
  if (!judgement || !data.comparison) return html``;
  const { controls, numbers } = data.comparison;
  const [control] = controls;
  const lines = control
    ? compareStages(data.stored.measurement, control.measurement, targetId, say)
    : [];
  const differing = lines.filter(({ here, there }) => here !== there).length;
  const rule = renderRuleLink(judgement.ruleId, frame);
  return html`<details class="lane"${judgement.verdict === 'ok' ? '' : html` open`}><summary><code>${targetId}</code> ${renderState(judgement.verdict, say)}
    <span class="quiet">${control ? say.text('measurement.lines_differ', { n: differing, all: lines.length }) : ''}</span></summary>
  <p>${
    judgement.mechanism === undefined
      ? renderMessage(say, 'measurement.rule_alone', { rule })
      : renderMessage(say, 'measurement.rule_with', {
          rule,
          mechanism: renderMechanism(judgement.mechanism, say),
        })
  }</p>
  <p>${say.text('measurement.would_change', { sentence: toTurningSentence(judgement, numbers, say) })}</p>
  ${control ? renderLines(lines, targetId, control, say) : ''}</details>`;
}

/** How far a control lies from the run, e.g. `12 s before this run`. */
function sayGap(gapMs: number, say: Say): string {
  if (Math.abs(gapMs) < 1_000) return say.text('measurement.same_time');
  const length = renderSpan(Math.abs(gapMs), say);
  return say.text(gapMs < 0 ? 'measurement.gap_before' : 'measurement.gap_after', { length });
}

function renderControls({ stored, comparison }: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  if (!comparison || comparison.controls.length === 0) {
    const minutes = Math.round((comparison?.numbers.controlWindowSeconds ?? 0) / 60);
    return html`<p class="quiet">${say.text('measurement.no_control_near', { minutes })}</p>`;
  }
  const links = comparison.controls.map(({ id, networkName, measurement }) => {
    const gap = sayGap(measurement.startedAtMs - stored.measurement.startedAtMs, say);
    return html`<li><a href="${linkTo(frame, `/m/${id}`)}">${sayNetwork(say, networkName)}</a> <span class="quiet">${gap}</span></li>`;
  });
  return html`<p>${say.text('measurement.controls')}</p><ul>${links}</ul>`;
}

/** Renders every judged target beside the nearest control, those that were not reached opened. */
export function renderComparison(data: MeasurementData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.comparison === undefined) return html``;
  const targetIds = Object.keys(data.stored.judgement.targets);
  return html`<section aria-labelledby="control"><h2 id="control">${say.text('measurement.beside_control')}</h2>
  ${renderControls(data, frame)}
  <p class="quiet">${say.text('measurement.differences')}</p>
  ${targetIds.map((targetId) => renderTarget(data, targetId, frame))}</section>`;
}
