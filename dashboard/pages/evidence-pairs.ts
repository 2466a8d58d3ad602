/** The last good and the first bad measurement of a network side by side, stage by stage of the target that decided. */
import { html } from 'hono/html';
import type { Part } from '../../db/incident-types.ts';
import type { Mechanism, Operation, Verdict } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { nameOperation, sayFunction } from '../i18n/words.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderMechanism, renderState } from './states.ts';
import { renderTime } from './time.ts';

/** One measurement of a pair. */
export type PairSide = {
  readonly id: string;
  readonly atMs: number;
  readonly verdict: Verdict;
  readonly mechanism?: Mechanism;
  /** In the order of the visit; a stage that was not reached is missing. */
  readonly stages: readonly {
    readonly operation: Operation;
    /** Absent when it passed. */
    readonly code?: string;
    /** What an earlier try ended with, where the last one passed. */
    readonly failedBefore?: string;
  }[];
};

/** What stands beside each other. */
export type EvidencePair = {
  readonly networkName: string;
  readonly function: Part;
  /** The target that decided, by its host. */
  readonly host?: string;
  /** Absent when nothing was measured before, or it is no longer stored. */
  readonly before?: PairSide;
  readonly after?: PairSide;
};

/** A stage that passed, and what it ended with before it did: what comes and goes is a restriction too. */
function renderPassed(failedBefore: string | undefined, say: Say): Fragment {
  const passed = html`✓ ${say.text('incident.pair.passed')}`;
  return failedBefore === undefined
    ? passed
    : html`<strong>✕ <code>${failedBefore}</code></strong> → ${passed}`;
}

function renderStages({ stages }: PairSide, all: readonly Operation[], frame: Frame): Fragment {
  const { say } = frame;
  return html`<dl class="stages">${all.map((operation) => {
    const stage = stages.find((one) => one.operation === operation);
    const body =
      stage === undefined
        ? html`<span class="quiet">– ${say.text('incident.pair.not_reached')}</span>`
        : stage.code === undefined
          ? renderPassed(stage.failedBefore, say)
          : html`<strong>✕ <code>${stage.code}</code></strong>`;
    return html`<div><dt>${nameOperation(operation)}</dt><dd>${body}</dd></div>`;
  })}</dl>`;
}

function renderSide(
  key: 'before' | 'after',
  side: PairSide | undefined,
  all: readonly Operation[],
  frame: Frame,
): Fragment {
  const { say } = frame;
  const word = html`<span class="step">${say.text(`incident.pair.${key}`)}</span>`;
  if (side === undefined)
    return html`<div class="side">${word}<p class="quiet">${say.text(key === 'before' ? 'incident.pair.none' : 'incident.pair.gone')}</p></div>`;
  return html`<div class="side">${word}
    <p>${renderState(side.verdict, say)} ${renderMechanism(side.mechanism, say)}</p>
    <p class="quiet">${renderTime(side.atMs, say)}</p>
    ${renderStages(side, all, frame)}
    <p><a href="${linkTo(frame, `/m/${side.id}`)}">${say.text('incident.pair.open')}</a></p></div>`;
}

/** One pair under the name of its network. */
export function renderPair(pair: EvidencePair, frame: Frame): Fragment {
  const { say } = frame;
  const { before, after } = pair;
  const operations = [...(before?.stages ?? []), ...(after?.stages ?? [])].map(
    ({ operation }) => operation,
  );
  const all = [...new Set(operations)];
  const about = [
    ...(pair.function === 'service' ? [] : [sayFunction(say, pair.function)]),
    ...(pair.host === undefined ? [] : [pair.host]),
  ].join(' · ');
  return html`<li><h3>${sayNetwork(say, pair.networkName)} <span class="quiet">${about}</span></h3>
    <div class="pair">${renderSide('before', before, all, frame)}${renderSide('after', after, all, frame)}</div></li>`;
}
