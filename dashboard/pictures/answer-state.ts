/** The answer for a service in a country as a state that can be drawn: a sign, a look and a word. */
import type { Availability } from '../../db/availability-types.ts';
import type { LaneState } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry } from '../i18n/times.ts';
import { LOOKS } from '../palette.ts';

/** What can be said of a service in a country, the worst first. */
export const ANSWER_STATES = ['yes', 'partly', 'no', 'cannot_tell', 'no_data'] as const;
export type AnswerState = (typeof ANSWER_STATES)[number];

/** Which look of the palette each answer has. */
export const ANSWER_LOOKS: Readonly<Record<AnswerState, LaneState>> = {
  yes: 'blocked',
  partly: 'impaired',
  no: 'ok',
  cannot_tell: 'insufficient',
  no_data: 'no_data',
};

/** Tells an answer that evidence does not allow from one that there is no evidence for. */
export function toAnswerState({ answer, reason }: Availability): AnswerState {
  if (answer !== 'cannot_tell') return answer;
  return reason?.kind === 'nothing_measured' || reason?.kind === 'no_recent_data'
    ? 'no_data'
    : 'cannot_tell';
}

/** Networks on which the service is restricted, wholly or in part. */
export function countRestricted({ blocked, partly }: Availability): number {
  return blocked + partly;
}

/** One character that stands for the answer in tables. */
export function toAnswerGlyph(state: AnswerState): string {
  return LOOKS[ANSWER_LOOKS[state]].glyph;
}

/** The answer in a word or two. */
export function nameAnswer(state: AnswerState, say: Say): string {
  return say.text(`picture.answer_${state}`);
}

/** On how many networks, of how many; of an answer that is no, how many were measured. */
export function describeNetworks(answer: Availability, say: Say): string {
  const total = answer.networks.length;
  const count = countRestricted(answer);
  return count === 0
    ? say.text('picture.networks_measured', { total })
    : say.text('picture.networks_of', { count, total });
}

/** The answer as a sentence without its end, e.g. `Instagram is blocked in Russia`. */
export function sayAnswer(
  state: AnswerState,
  service: string,
  countryCode: string,
  say: Say,
): string {
  return `${formatCountry(countryCode, say)}: ${service} ${nameAnswer(state, say)}`;
}
