/** A state as people see it: shape, glyph and word together, never colour alone. */
import { html } from 'hono/html';
import type { LaneState, Mechanism } from '../../probes/types.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { Fragment } from './frame.ts';
import { MECHANISM_WORDS } from './words.ts';

/** The class that carries colour and shape of a state, e.g. `state-likely-blocked`. */
export function toStateClass(state: LaneState): string {
  return `state-${state.replace('_', '-')}`;
}

/** Glyph and word of a state. */
export function renderState(state: LaneState): Fragment {
  const look = LOOKS[state];
  return html`<span class="state ${toStateClass(state)}"><span class="glyph" aria-hidden="true">${look.glyph}</span>&nbsp;${look.word}</span>`;
}

/** Two states with an arrow between them. */
export function renderTransition(from: LaneState, to: LaneState): Fragment {
  return html`<span class="transition">${renderState(from)} <span class="arrow" aria-hidden="true">→</span><span class="unseen"> then </span>
    ${renderState(to)}</span>`;
}

/** A dotted code that may break after each dot and nowhere else. */
export function renderDotted(code: string): Fragment {
  const parts = code.split('.');
  return html`${parts.map((part, index) => html`${part}${index < parts.length - 1 ? html`.<wbr>` : ''}`)}`;
}

/** The code of a mechanism, explained. */
export function renderMechanism(mechanism: Mechanism | undefined): Fragment {
  if (mechanism === undefined) return html``;
  return html`<span class="mechanism"><code>${renderDotted(mechanism)}</code> <span class="quiet">${MECHANISM_WORDS[mechanism]}</span></span>`;
}

/** The always-on legend: shape, glyph, word and meaning of every state. */
export function renderLegend(): Fragment {
  return html`<ul class="legend" aria-label="What the signs mean">
    ${STATES.map(
      (state) => html`<li><span class="swatch ${toStateClass(state)}" aria-hidden="true"></span>
        ${renderState(state)} <span class="quiet">${LOOKS[state].meaning}</span></li>`,
    )}
  </ul>`;
}
