/** The answer for a service in a country as a state that can be drawn: a sign, a look and a word. */
import type { Availability } from '../../db/availability-types.ts';
import type { LaneState } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { countRestricted, countTelling } from '../pages/answer-path.ts';
import { ANSWER_LOOKS, sayAnswer, sayAnswerWord } from '../pages/answer-sentence.ts';
import { LOOKS } from '../palette.ts';

/** What can be said of a service in a country, the worst first. */
export const ANSWER_STATES = ['yes', 'partly', 'no', 'cannot_tell', 'no_data'] as const;
export type AnswerState = (typeof ANSWER_STATES)[number];

/** Tells an answer that evidence does not allow from one that there is no evidence for. */
export function toAnswerState({ answer, reason }: Availability): AnswerState {
  if (answer !== 'cannot_tell') return answer;
  return reason?.kind === 'nothing_measured' || reason?.kind === 'no_recent_data'
    ? 'no_data'
    : 'cannot_tell';
}

/** The state of the palette that an answer is drawn as. */
export function toLook(state: AnswerState): LaneState {
  return state === 'no_data' ? 'no_data' : ANSWER_LOOKS[state];
}

/** One character that stands for the answer in tables. */
export function toAnswerGlyph(state: AnswerState): string {
  return LOOKS[toLook(state)].glyph;
}

/** The answer in a word or two. */
export function nameAnswer(state: AnswerState, say: Say): string {
  return say.text(state === 'no_data' ? 'words.state.no_data' : `answer.word.${state}`);
}

/** On how many networks, of how many; of an answer that is no, how many were measured. */
export function describeNetworks(answer: Availability, say: Say): string {
  const total = answer.answer === 'cannot_tell' ? answer.networks.length : countTelling(answer);
  const count = countRestricted(answer);
  return count === 0
    ? say.text('picture.networks_measured', { total })
    : say.text('picture.networks_of', { count, total });
}

/** The whole answer, e.g. `Yes. Instagram is blocked in Russia on all 4 networks measured.` */
export function sayWholeAnswer(
  answer: Availability,
  serviceName: string,
  nowMs: number,
  say: Say,
): string {
  return `${sayAnswerWord(answer, say)} ${sayAnswer(answer, { serviceName, nowMs }, say)}`;
}
