/** Links from a verdict to the rule behind it, on the page that explains the method. */
import { html } from 'hono/html';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderDotted } from './states.ts';

/** The anchor of a rule, e.g. `rule-tls.false_certificate`. */
export function toRuleAnchor(ruleId: string): string {
  return `rule-${ruleId}`;
}

/** The id of a rule as a link to what it says. */
export function renderRuleLink(ruleId: string, frame: Frame): Fragment {
  return html`<a href="${linkTo(frame, '/method')}#${toRuleAnchor(ruleId)}"><code>${renderDotted(ruleId)}</code></a>`;
}
