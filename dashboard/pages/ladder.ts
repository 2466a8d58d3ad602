/** The ladder DNS → TCP → TLS → HTTP: one row per target at a glance, then every observation in full. */
import { html } from 'hono/html';
import type { Judgement, Observation, Operation } from '../../probes/types.ts';
import type { Fragment } from './frame.ts';
import type { MeasurementData } from './measurement.ts';
import { renderMechanism, renderState } from './states.ts';
import { CONTROL_WORDS, OPERATION_WORDS, toCount } from './words.ts';

/** Stages in the order in which a connection passes them; STUN takes the place of TCP for calls. */
const STAGES: readonly (readonly Operation[])[] = [['dns'], ['tcp', 'stun'], ['tls'], ['http']];

/** More failing targets than this stay folded, so that the page does not bury what it says under them. */
const MAX_OPEN_TARGETS = 4;

type Role = Observation['role'];

/** Observations of one role by target, in the order of first appearance. */
function groupByTarget(data: MeasurementData, role: Role): [string, Observation[]][] {
  const { observations } = data.stored.measurement;
  const chosen = observations.filter((observation) => observation.role === role);
  return [...Map.groupBy(chosen, (observation) => observation.targetId)];
}

function toMs(elapsedMs: number): string {
  return elapsedMs < 10 ? elapsedMs.toFixed(1) : Math.round(elapsedMs).toLocaleString('en');
}

/** One stage of one target: the best outcome of its observations, or the failure of the last. */
function renderStage(observations: readonly Observation[]): Fragment {
  const last = observations.at(-1);
  if (last === undefined) return html`<td class="stage"><span class="quiet">–</span></td>`;
  const passed = observations.find(({ outcome }) => outcome.kind === 'ok');
  const name = last.operation === 'stun' ? html`<span class="quiet">STUN</span> ` : '';
  const tries = observations.length === 1 ? '' : html` ×${observations.length}`;
  if (passed !== undefined)
    return html`<td class="stage stage-ok"><span class="glyph" aria-hidden="true">✓</span><span class="unseen">ok </span> ${name}${toMs(passed.elapsedMs)} ms<span class="quiet">${tries}</span></td>`;
  const code = last.outcome.kind === 'failed' ? last.outcome.failure.code : '';
  return html`<td class="stage stage-failed"><span class="glyph" aria-hidden="true">✕</span><span class="unseen">failed: </span> ${name}<code>${code}</code>
    <span class="stage-time">${toMs(last.elapsedMs)} ms${tries}</span></td>`;
}

/** How the same stage went from outside, as far as the judgement rests on it. */
function toControlWords(judgement: Judgement | undefined): string | undefined {
  const found = judgement?.reasons.find(({ code }) => Object.hasOwn(CONTROL_WORDS, code));
  return found === undefined ? undefined : CONTROL_WORDS[found.code];
}

/** The name that was asked for; the identifier alone for a target that did not come to ask. */
function toHost(observations: readonly Observation[]): string | undefined {
  const asked = observations.find(({ operation }) => operation === 'dns');
  return asked?.operation === 'dns' ? asked.input.host : undefined;
}

function renderLadderHead(targetId: string, observations: readonly Observation[]): Fragment {
  const host = toHost(observations);
  if (host === undefined) return html`<th scope="row"><code>${targetId}</code></th>`;
  return html`<th scope="row">${host} <code class="target-id">${targetId}</code></th>`;
}

function renderVerdictCell(judgement: Judgement | undefined): Fragment {
  if (judgement === undefined) return html`<td><span class="quiet">not judged</span></td>`;
  return html`<td class="ladder-verdict">${renderState(judgement.verdict)} ${renderMechanism(judgement.mechanism)}</td>`;
}

/** Renders one row per target with its stages side by side. */
export function renderLadder(data: MeasurementData, role: Role): Fragment {
  const targets = groupByTarget(data, role);
  if (targets.length === 0) return html`<p class="quiet">None was measured in this run.</p>`;
  const operations = new Set(
    targets.flatMap(([, observations]) => observations.map(({ operation }) => operation)),
  );
  const used = STAGES.map((stage) => stage.filter((operation) => operations.has(operation))).filter(
    (stage) => stage.length > 0,
  );
  const isTarget = role === 'target';
  const judgementOf = (targetId: string) => data.stored.judgement.targets[targetId];
  const hasControl =
    isTarget && targets.some(([id]) => toControlWords(judgementOf(id)) !== undefined);
  const label = isTarget ? 'Stages by target' : 'Stages of the neutral hosts';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list ladder">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${isTarget ? 'Target' : 'Neutral host'}</th>${isTarget ? html`<th scope="col">Verdict</th>` : ''}
      ${used.map((stage) => html`<th scope="col">${stage.map((operation) => OPERATION_WORDS[operation]).join(' or ')}</th>`)}${hasControl ? html`<th scope="col">Control outside</th>` : ''}</tr></thead>
    <tbody>${targets.map(
      ([targetId, observations]) => html`<tr>${renderLadderHead(targetId, observations)}
      ${isTarget ? renderVerdictCell(judgementOf(targetId)) : ''}
      ${used.map((stage) => renderStage(observations.filter(({ operation }) => stage.includes(operation))))}
      ${hasControl ? html`<td>${toControlWords(judgementOf(targetId)) ?? html`<span class="quiet">not needed</span>`}</td>` : ''}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** What an operation was asked, in one line. */
export function toAsked(observation: Observation): string {
  switch (observation.operation) {
    case 'dns':
      return `${observation.input.recordType} ${observation.input.host}, ${observation.input.resolver} resolver over ${observation.input.transport}`;
    case 'tcp':
    case 'stun':
      return `${observation.input.address} port ${observation.input.port}`;
    case 'tls':
      return `${observation.input.serverName} at ${observation.input.address} port ${observation.input.port}, ${observation.input.clientHello} hello`;
    case 'http':
      return `${observation.input.method} ${observation.input.url} at ${observation.input.address}`;
    case 'quic':
      return `${observation.input.hello} hello to ${observation.input.address} port ${observation.input.port}`;
    default:
      return observation satisfies never;
  }
}

/** What came back, in one line; also what was learnt before a failure. */
export function toAnswered(observation: Observation): string {
  const { outcome } = observation;
  const seen = outcome.kind === 'ok' ? outcome.value : (outcome.seen ?? {});
  const parts: string[] = [];
  if ('rcode' in seen && seen.rcode !== undefined) parts.push(seen.rcode);
  if ('addresses' in seen && seen.addresses !== undefined) parts.push(seen.addresses.join(' '));
  if ('replies' in seen && seen.replies !== undefined && seen.replies.length > 1)
    parts.push(`${seen.replies.length} replies`);
  if ('protocol' in seen && seen.protocol) parts.push(seen.protocol);
  if ('cipher' in seen && seen.cipher) parts.push(seen.cipher);
  if ('isVerified' in seen && seen.isVerified !== undefined)
    parts.push(seen.isVerified ? 'certificate verified' : 'certificate not verified');
  if ('statusCode' in seen && seen.statusCode !== undefined)
    parts.push(`status ${seen.statusCode}`);
  if ('title' in seen && seen.title) parts.push(`“${seen.title}”`);
  if ('bodyBytes' in seen && seen.bodyBytes !== undefined)
    parts.push(`${seen.bodyBytes.toLocaleString('en')} bytes`);
  if ('headers' in seen && seen.headers?.['location'] !== undefined)
    parts.push(`location ${seen.headers['location']}`);
  return parts.filter((part) => part !== '').join(' · ');
}

function renderObservation(observation: Observation): Fragment {
  const { outcome } = observation;
  const result =
    outcome.kind === 'ok'
      ? html`<span class="glyph" aria-hidden="true">✓</span> ok`
      : html`<span class="glyph" aria-hidden="true">✕</span> <code>${outcome.failure.code}</code>`;
  return html`<tr id="o${observation.id}"><th scope="row">${OPERATION_WORDS[observation.operation]}</th><td class="asked">${toAsked(observation)}</td><td>${result}</td>
    <td>${outcome.kind === 'failed' ? html`${outcome.failure.attribution}${outcome.failure.raw === undefined ? '' : html` <code class="quiet">${outcome.failure.raw}</code>`}` : ''}</td>
    <td class="asked">${toAnswered(observation)}</td>
    <td class="number">${toMs(observation.startedMs)}</td><td class="number">${toMs(observation.elapsedMs)}</td><td class="number">${observation.attempt}</td></tr>`;
}

function renderStageTable(
  [targetId, observations]: readonly [string, readonly Observation[]],
  role: Role,
  isOpen: boolean,
): Fragment {
  const failed = countFailed(observations);
  return html`<details class="lane"${isOpen ? html` open` : ''}><summary><code>${targetId}</code>
    <span class="quiet">${role === 'baseline' ? 'neutral host · ' : ''}${toCount(observations.length, 'observation')}${failed === 0 ? '' : `, ${failed} failed`}</span></summary>
  <div class="scroll" tabindex="0" role="region" aria-label="Observations of ${targetId}"><table class="list observations"><caption class="unseen">Observations of ${targetId}</caption>
    <thead><tr><th scope="col">Stage</th><th scope="col">Asked</th><th scope="col">Outcome</th><th scope="col">Where it lies</th><th scope="col">Seen</th>
      <th scope="col" class="number">Start ms</th><th scope="col" class="number">Took ms</th><th scope="col" class="number">Attempt</th></tr></thead>
    <tbody>${observations.map(renderObservation)}</tbody></table></div></details>`;
}

function countFailed(observations: readonly Observation[]): number {
  return observations.filter(({ outcome }) => outcome.kind === 'failed').length;
}

/** Renders every observation, target by target; those with failures opened while they are few. */
export function renderStageTables(data: MeasurementData): Fragment {
  const targets = groupByTarget(data, 'target');
  const failing = targets.filter(([, observations]) => countFailed(observations) > 0);
  const mayOpen = failing.length <= MAX_OPEN_TARGETS;
  return html`${targets.map((one) => renderStageTable(one, 'target', mayOpen && failing.includes(one)))}
    ${groupByTarget(data, 'baseline').map((one) => renderStageTable(one, 'baseline', false))}`;
}
