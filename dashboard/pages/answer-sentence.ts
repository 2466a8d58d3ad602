/** The answer in one sentence, whichever it is: what is known, on how many networks, or why it cannot be said. */
import type { Availability } from '../../db/availability-types.ts';
import type { LaneState } from '../../probes/types.ts';
import { sayIn } from '../i18n/places.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatAge } from '../i18n/times.ts';
import { countTelling } from './answer-path.ts';

/** What a sentence needs beside the answer. */
export type Asked = { readonly serviceName: string; readonly nowMs: number };

/** The first word, e.g. `Yes.` */
export function sayAnswerWord({ answer }: Availability, say: Say): string {
  return say.text(`answer.${answer}`);
}

/** The sentence after the first word. */
export function sayAnswer(availability: Availability, asked: Asked, say: Say): string {
  const { blocked, partly, reason } = availability;
  const place = sayIn(say, availability.countryCode);
  const service = asked.serviceName;
  const total = countTelling(availability);
  if (reason !== undefined) return sayReason(reason, asked, place, say);
  switch (availability.answer) {
    case 'yes':
      return blocked === total
        ? say.text('answer.said.yes_all', { service, place, total })
        : say.text('answer.said.yes', { service, place, blocked, total });
    case 'no':
      return say.text('answer.said.no', { service, place, total });
    case 'partly':
    // Never without a reason, which has been said above.
    case 'cannot_tell':
      return say.text('answer.said.partly', {
        service,
        place,
        restricted: blocked + partly,
        total,
        detail: joinWords(listDetails(availability, say), say),
      });
  }
}

function sayReason(
  reason: NonNullable<Availability['reason']>,
  { serviceName: service, nowMs }: Asked,
  place: string,
  say: Say,
): string {
  switch (reason.kind) {
    case 'nothing_measured':
      return say.text('answer.said.nothing_measured', { place });
    case 'nothing_told':
      return say.text('answer.said.nothing_told', { total: reason.networks, place, service });
    case 'few_networks':
      return say.text('answer.said.few_networks', { total: reason.networks, place });
    case 'few_with_data':
      return say.text('answer.said.few_with_data', {
        telling: reason.telling,
        total: reason.networks,
        place,
        age: formatAge(reason.lastToldMs, nowMs, say),
      });
    case 'not_lasting':
      return say.text('answer.said.not_lasting', {
        unsettled: reason.unsettled,
        total: reason.networks,
        place,
        service,
      });
    case 'no_recent_data':
      return say.text('answer.said.no_recent_data', {
        total: reason.networks,
        place,
        age: formatAge(reason.lastToldMs, nowMs, say),
      });
    default:
      return reason satisfies never;
  }
}

function listDetails({ networks, blocked, partly }: Availability, say: Say): string[] {
  const slowed = networks.filter(
    ({ state, isOnlySlowed }) => state === 'partly' && isOnlySlowed,
  ).length;
  return (
    [
      ['answer.detail.blocked', blocked],
      ['answer.detail.slowed', slowed],
      ['answer.detail.partly', partly - slowed],
    ] as const
  ).flatMap(([key, n]) => (n === 0 ? [] : [say.text(key, { n })]));
}

/** The state of a lane whose look an answer has. */
export const ANSWER_LOOKS: Readonly<Record<Availability['answer'], LaneState>> = {
  yes: 'blocked',
  partly: 'impaired',
  no: 'ok',
  cannot_tell: 'insufficient',
};

/** The answer in a word or two, for lists, e.g. `not blocked`. */
export function sayAnswerShort({ answer }: Pick<Availability, 'answer'>, say: Say): string {
  return say.text(`answer.word.${answer}`);
}
