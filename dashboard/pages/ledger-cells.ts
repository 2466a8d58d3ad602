/** Cells that both tables of the ledger have. */
import { html } from 'hono/html';
import type {
  LedgerFinding,
  LedgerInterval,
  LedgerOutcome,
  LedgerPart,
  LedgerPhase,
} from '../../db/ledger-types.ts';
import type { Mechanism } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { sayFunction, sayMechanism } from '../i18n/words.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { OUTCOME_GLYPHS, sayOutcome, sayOutcomeMeaning } from './ledger-words.ts';
import type { Fragment } from './rich-text.ts';
import { renderDotted } from './states.ts';
import { renderColumnTime } from './time.ts';

/** Glyph and word of an outcome. */
export function renderOutcome(outcome: LedgerOutcome, say: Say): Fragment {
  return html`<span class="outcome outcome-${outcome.replaceAll('_', '-')}" title="${sayOutcomeMeaning(say, outcome)}"><span class="glyph" aria-hidden="true">${OUTCOME_GLYPHS[outcome]}</span> ${sayOutcome(say, outcome)}</span>`;
}

/** Links to the measurements on both sides of an onset, or of an end. */
export function renderEvidence({ evidence, end }: LedgerFinding, phase: LedgerPhase, frame: Frame) {
  const isEnd = phase === 'lift' && end !== undefined;
  const pair = [
    ['before', isEnd ? evidence.lastBadId : evidence.lastGoodId],
    ['after', isEnd ? evidence.firstGoodId : evidence.firstBadId],
  ] as const;
  const links = pair.flatMap(([word, id]) =>
    id === undefined
      ? []
      : [html`<a href="${linkTo(frame, `/m/${id}`)}">${frame.say.text(`ledger.${word}`)}</a>`],
  );
  return html`${links.map((link, index) => html`${index === 0 ? '' : ' · '}${link}`)}`;
}

/** The time in which something began or ended, between two measurements, for a column whose heading names the zone. */
export function renderInterval({ afterMs, byMs }: LedgerInterval, say: Say): Fragment {
  return html`${afterMs === undefined ? html`<span class="quiet">${say.text('ledger.not_before')}</span>` : html`${renderColumnTime(afterMs, say)} <span class="quiet">${say.text('ledger.to')}</span>`}
    ${renderColumnTime(byMs, say)}`;
}

/** What was restricted and how, e.g. `calls udp.drop`. */
export function renderWhat(part: LedgerPart, mechanism: Mechanism | undefined, say: Say): Fragment {
  return html`${sayFunction(say, part)}${mechanism === undefined ? '' : html` ${renderCode(mechanism, say)}`}`;
}

/** The code of a mechanism, its words on hovering. */
export function renderCode(mechanism: Mechanism, say: Say): Fragment {
  return html`<code title="${sayMechanism(say, mechanism)}">${renderDotted(mechanism)}</code>`;
}

/** The number of a network after its name; nothing when it is unknown. */
export function renderAsn(asn: number): Fragment {
  return asn === 0 ? html`` : html` <span class="quiet">AS${asn}</span>`;
}
