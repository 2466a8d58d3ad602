/** The ladder DNS → TCP → TLS → HTTP: one row per target at a glance, then every observation in full. */
import { html } from 'hono/html';
import type { Judgement, Observation, Operation, ResolverTransport } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { CONTROL_CODES, nameOperation, sayAttribution, sayControl } from '../i18n/words.ts';
import type { MeasurementData } from './measurement.ts';
import type { Fragment } from './rich-text.ts';
import { renderMechanism, renderState } from './states.ts';

/** Stages in the order in which a connection passes them; STUN takes the place of TCP for calls. */
const STAGES: readonly (readonly Operation[])[] = [['dns'], ['tcp', 'stun'], ['tls'], ['http']];

/** More failing targets than this stay folded, so that the page does not bury what it says under them. */
const MAX_OPEN_TARGETS = 4;

/** Whether a target was observed, or a neutral host. */
export type Role = Observation['role'];

/** Observations of one role by target, in the order of first appearance. */
export function groupByTarget(
  data: Pick<MeasurementData, 'stored'>,
  role: Role,
): [string, Observation[]][] {
  const { observations } = data.stored.measurement;
  const chosen = observations.filter((observation) => observation.role === role);
  return [...Map.groupBy(chosen, (observation) => observation.targetId)];
}

/** Milliseconds with one place behind the point while they are few. */
export function toMs(elapsedMs: number, say: Say): string {
  return say.number(elapsedMs < 10 ? Math.round(elapsedMs * 10) / 10 : Math.round(elapsedMs));
}

/** What a try ended with on a stage that another one passed: what comes and goes is a finding too. */
function renderFailedTry(observations: readonly Observation[], say: Say): Fragment {
  const failed = observations.find(({ outcome }) => outcome.kind === 'failed')?.outcome;
  return failed?.kind === 'failed'
    ? html` <span class="stage-time"><span aria-hidden="true">✕</span><span class="unseen">${say.text('measurement.failed')}</span> <code>${failed.failure.code}</code></span>`
    : html``;
}

/** One stage of one target: the best outcome of its observations, or the failure of the last. */
function renderStage(observations: readonly Observation[], say: Say): Fragment {
  const last = observations.at(-1);
  if (last === undefined) return html`<td class="stage"><span class="quiet">–</span></td>`;
  const passed = observations.find(({ outcome }) => outcome.kind === 'ok');
  const name = last.operation === 'stun' ? html`<span class="quiet">STUN</span> ` : '';
  const tries = observations.length === 1 ? '' : html` ×${observations.length}`;
  const took = say.text('measurement.milliseconds', { n: toMs((passed ?? last).elapsedMs, say) });
  if (passed !== undefined)
    return html`<td class="stage stage-ok"><span class="glyph" aria-hidden="true">✓</span><span class="unseen">${say.text('measurement.passed')} </span> ${name}${took}<span class="quiet">${tries}</span>${renderFailedTry(observations, say)}</td>`;
  const code = last.outcome.kind === 'failed' ? last.outcome.failure.code : '';
  return html`<td class="stage stage-failed"><span class="glyph" aria-hidden="true">✕</span><span class="unseen">${say.text('measurement.failed')} </span> ${name}<code>${code}</code>
    <span class="stage-time">${took}${tries}</span></td>`;
}

/** How the same stage went from outside, as far as the judgement rests on it. */
function sayControlOf(judgement: Judgement | undefined, say: Say): string | undefined {
  const code = judgement?.reasons
    .map((reason) => CONTROL_CODES.find((one) => one === reason.code))
    .find((one) => one !== undefined);
  return code === undefined ? undefined : sayControl(say, code);
}

/** The name that was asked for; the identifier alone for a target that did not come to ask. */
export function toHost(observations: readonly Observation[]): string | undefined {
  const asked = observations.find(({ operation }) => operation === 'dns');
  return asked?.operation === 'dns' ? asked.input.host : undefined;
}

function renderLadderHead(targetId: string, observations: readonly Observation[]): Fragment {
  const host = toHost(observations);
  if (host === undefined) return html`<th scope="row"><code>${targetId}</code></th>`;
  return html`<th scope="row">${host} <code class="target-id">${targetId}</code></th>`;
}

function renderVerdictCell(judgement: Judgement | undefined, say: Say): Fragment {
  if (judgement === undefined)
    return html`<td><span class="quiet">${say.text('measurement.not_judged')}</span></td>`;
  return html`<td class="ladder-verdict">${renderState(judgement.verdict, say)} ${renderMechanism(judgement.mechanism, say)}</td>`;
}

/** The stages that occur, each with those of its operations that do. */
export function listStages(observations: readonly Observation[]): Operation[][] {
  const operations = new Set(observations.map(({ operation }) => operation));
  return STAGES.map((stage) => stage.filter((operation) => operations.has(operation))).filter(
    (stage) => stage.length > 0,
  );
}

/**
 * Plain visits of a target or of all: of the deep pass one question passes where another fails by design, so that its
 * answers side by side with the visit would hide what the reader came for.
 */
export function listPlain(observations: readonly Observation[]): Observation[] {
  return observations.filter(({ purpose }) => purpose === undefined);
}

/** What is told of a stage: the first try that passed, else the last one; undefined when it was never tried. */
export function pickObservation(observations: readonly Observation[]): Observation | undefined {
  return observations.find(({ outcome }) => outcome.kind === 'ok') ?? observations.at(-1);
}

/** Renders one row per target with its stages side by side. */
export function renderLadder(data: MeasurementData, role: Role, say: Say): Fragment {
  const targets = groupByTarget(data, role).map(
    ([id, observations]) => [id, listPlain(observations)] as const,
  );
  if (targets.length === 0)
    return html`<p class="quiet">${say.text('measurement.none_measured')}</p>`;
  const used = listStages(targets.flatMap(([, observations]) => observations));
  const isTarget = role === 'target';
  const judgementOf = (targetId: string) => data.stored.judgement.targets[targetId];
  const hasControl =
    isTarget && targets.some(([id]) => sayControlOf(judgementOf(id), say) !== undefined);
  const label = say.text(
    isTarget ? 'measurement.stages_by_target' : 'measurement.stages_by_baseline',
  );
  const head = say.text(isTarget ? 'measurement.target' : 'measurement.neutral_host');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list ladder">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${head}</th>${isTarget ? html`<th scope="col">${say.text('measurement.verdict')}</th>` : ''}
      ${used.map((stage) => html`<th scope="col">${nameStage(stage, say)}</th>`)}${hasControl ? html`<th scope="col">${say.text('measurement.control_outside')}</th>` : ''}</tr></thead>
    <tbody>${targets.map(
      ([targetId, observations]) => html`<tr>${renderLadderHead(targetId, observations)}
      ${isTarget ? renderVerdictCell(judgementOf(targetId), say) : ''}
      ${used.map((stage) =>
        renderStage(
          observations.filter(({ operation }) => stage.includes(operation)),
          say,
        ),
      )}
      ${hasControl ? html`<td>${sayControlOf(judgementOf(targetId), say) ?? html`<span class="quiet">${say.text('measurement.not_needed')}</span>`}</td>` : ''}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** The name of a stage, e.g. `TCP or STUN`. */
export function nameStage([first = 'dns', second]: readonly Operation[], say: Say): string {
  const name = nameOperation(first);
  if (second === undefined) return name;
  return say.text('measurement.either', { first: name, second: nameOperation(second) });
}

const TRANSPORT_NAMES: Readonly<Record<ResolverTransport, string>> = {
  udp: 'UDP',
  tcp: 'TCP',
  doh: 'HTTPS',
};

/** What an operation was asked, in one line. */
function toAsked(observation: Observation, say: Say): string {
  switch (observation.operation) {
    case 'dns': {
      const { recordType, host, resolver, transport } = observation.input;
      return say.text(`measurement.asked_dns.${resolver}`, {
        what: `${recordType} ${host}`,
        transport: TRANSPORT_NAMES[transport],
      });
    }
    case 'tcp':
    case 'stun':
      return say.text('measurement.asked_address', toDoor(observation.input));
    case 'tls':
      return say.text(`measurement.asked_tls.${observation.input.clientHello}`, {
        name: observation.input.serverName,
        ...toDoor(observation.input),
      });
    case 'http':
      return say.text('measurement.asked_http', {
        request: `${observation.input.method} ${observation.input.url}`,
        address: observation.input.address,
      });
    case 'quic':
      return say.text('measurement.asked_quic', {
        hello: observation.input.hello,
        ...toDoor(observation.input),
      });
    default:
      return observation satisfies never;
  }
}

/** An address with its port, which is a name and no amount. */
function toDoor({ address, port }: { readonly address: string; readonly port: number }) {
  return { address, port: String(port) };
}

/** What came back, in one line; also what was learnt before a failure. */
function toAnswered(observation: Observation, say: Say): string {
  const { outcome } = observation;
  const seen = outcome.kind === 'ok' ? outcome.value : (outcome.seen ?? {});
  const parts: string[] = [];
  if ('rcode' in seen && seen.rcode !== undefined) parts.push(seen.rcode);
  if ('addresses' in seen && seen.addresses !== undefined) parts.push(seen.addresses.join(' '));
  if ('replies' in seen && seen.replies !== undefined && seen.replies.length > 1)
    parts.push(say.text('measurement.replies', { n: seen.replies.length }));
  if ('protocol' in seen && seen.protocol) parts.push(seen.protocol);
  if ('cipher' in seen && seen.cipher) parts.push(seen.cipher);
  if ('isVerified' in seen && seen.isVerified !== undefined)
    parts.push(say.text(seen.isVerified ? 'measurement.verified' : 'measurement.not_verified'));
  if ('statusCode' in seen && seen.statusCode !== undefined)
    parts.push(say.text('measurement.status', { code: String(seen.statusCode) }));
  if ('title' in seen && seen.title) parts.push(`“${seen.title}”`);
  if ('bodyBytes' in seen && seen.bodyBytes !== undefined)
    parts.push(say.text('measurement.bytes', { n: seen.bodyBytes }));
  if ('headers' in seen && seen.headers?.['location'] !== undefined)
    parts.push(say.text('measurement.location', { url: seen.headers['location'] }));
  return parts.filter((part) => part !== '').join(' · ');
}

function renderObservation(observation: Observation, say: Say): Fragment {
  const { outcome } = observation;
  const result =
    outcome.kind === 'ok'
      ? html`<span class="glyph" aria-hidden="true">✓</span> ${say.text('measurement.passed')}`
      : html`<span class="glyph" aria-hidden="true">✕</span> <code>${outcome.failure.code}</code>`;
  return html`<tr id="o${observation.id}"><th scope="row">${nameOperation(observation.operation)}</th><td class="asked">${toAsked(observation, say)}</td><td>${result}</td>
    <td>${outcome.kind === 'failed' ? html`${sayAttribution(say, outcome.failure.attribution)}${outcome.failure.raw === undefined ? '' : html` <code class="quiet">${outcome.failure.raw}</code>`}` : ''}</td>
    <td class="asked">${toAnswered(observation, say)}</td>
    <td class="number">${toMs(observation.startedMs, say)}</td><td class="number">${toMs(observation.elapsedMs, say)}</td><td class="number">${observation.attempt}</td></tr>`;
}

function renderStageTable(
  [targetId, observations]: readonly [string, readonly Observation[]],
  role: Role,
  isOpen: boolean,
  say: Say,
): Fragment {
  const failed = countFailed(observations);
  const label = say.text('measurement.observations_of', { target: targetId });
  const counts = [
    ...(role === 'baseline' ? [say.text('measurement.is_neutral')] : []),
    say.text('measurement.observations_count', { n: observations.length }),
    ...(failed === 0 ? [] : [say.text('measurement.failed_count', { n: failed })]),
  ];
  return html`<details class="lane"${isOpen ? html` open` : ''}><summary><code>${targetId}</code>
    <span class="quiet">${counts.join(' · ')}</span></summary>
  <div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list observations"><caption class="unseen">${label}</caption>
    <thead><tr>${HEADS.map((name) => html`<th scope="col">${say.text(`measurement.${name}`)}</th>`)}
      ${NUMBER_HEADS.map((name) => html`<th scope="col" class="number">${say.text(`measurement.${name}`)}</th>`)}</tr></thead>
    <tbody>${observations.map((one) => renderObservation(one, say))}</tbody></table></div></details>`;
}

const HEADS = ['stage', 'asked', 'outcome', 'attribution', 'seen'] as const;
const NUMBER_HEADS = ['start_ms', 'took_ms', 'attempt'] as const;

function countFailed(observations: readonly Observation[]): number {
  return observations.filter(({ outcome }) => outcome.kind === 'failed').length;
}

/** Renders every observation, target by target; those with failures opened while they are few. */
export function renderStageTables(data: MeasurementData, say: Say): Fragment {
  const targets = groupByTarget(data, 'target');
  const failing = targets.filter(([, observations]) => countFailed(observations) > 0);
  const mayOpen = failing.length <= MAX_OPEN_TARGETS;
  return html`${targets.map((one) => renderStageTable(one, 'target', mayOpen && failing.includes(one), say))}
    ${groupByTarget(data, 'baseline').map((one) => renderStageTable(one, 'baseline', false, say))}`;
}
