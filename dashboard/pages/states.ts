/** A state as people see it: shape, glyph and word together, never colour alone. */
import { html } from 'hono/html';
import type { LaneState, Mechanism } from '../../probes/types.ts';
import { speak } from '../i18n/catalogue.ts';
import type { Say } from '../i18n/say.ts';
import { sayMeaning, sayMechanism, sayState } from '../i18n/words.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { Fragment } from './rich-text.ts';

/** What pages that know one language speak. */
const ENGLISH = speak('en', 'UTC');

/** The class that carries colour and shape of a state, e.g. `state-likely-blocked`. */
export function toStateClass(state: LaneState): string {
  return `state-${state.replace('_', '-')}`;
}

/** Glyph and word of a state. */
export function renderState(state: LaneState, say: Say = ENGLISH): Fragment {
  return html`<span class="state ${toStateClass(state)}"><span class="glyph" aria-hidden="true">${LOOKS[state].glyph}</span>&nbsp;${sayState(say, state)}</span>`;
}

/** Two states with an arrow between them. */
export function renderTransition(from: LaneState, to: LaneState, say: Say = ENGLISH): Fragment {
  return html`<span class="transition">${renderState(from, say)} <span class="arrow" aria-hidden="true">→</span><span class="unseen"> ${say.text('words.then')} </span>
    ${renderState(to, say)}</span>`;
}

/** A dotted code that may break after each dot and nowhere else. */
export function renderDotted(code: string): Fragment {
  const parts = code.split('.');
  return html`${parts.map((part, index) => html`${part}${index < parts.length - 1 ? html`.<wbr>` : ''}`)}`;
}

/** The code of a mechanism, explained. */
export function renderMechanism(mechanism: Mechanism | undefined, say: Say = ENGLISH): Fragment {
  if (mechanism === undefined) return html``;
  return html`<span class="mechanism"><code>${renderDotted(mechanism)}</code> <span class="quiet">${sayMechanism(say, mechanism)}</span></span>`;
}

/** The always-on legend: shape, glyph, word and meaning of every state. */
export function renderLegend(say: Say = ENGLISH): Fragment {
  return html`<ul class="legend" aria-label="${say.text('words.signs')}">
    ${STATES.map(
      (state) => html`<li><span class="swatch ${toStateClass(state)}" aria-hidden="true"></span>
        ${renderState(state, say)} <span class="quiet">${sayMeaning(say, state)}</span></li>`,
    )}
  </ul>`;
}
