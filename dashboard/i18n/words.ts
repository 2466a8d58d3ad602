/**
 * The codes of the domain as words of the page's language. Every function takes a code of a closed list, so that a code
 * without words does not compile: the keys of the area `words` are made of the codes themselves.
 */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type {
  Attribution,
  Confidence,
  FunctionId,
  LaneState,
  Mark,
  Mechanism,
  Operation,
} from '../../probes/types.ts';
import type { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Say } from './say.ts';

type Announcement = StoredAnnouncement['announcement'];
type Speaking = Pick<Say, 'text'>;

/** A state of a lane, e.g. `likely blocked`. */
export function sayState(say: Speaking, state: LaneState): string {
  return say.text(`words.state.${state}`);
}

/** What a state means, as half a sentence for a legend. */
export function sayMeaning(say: Speaking, state: LaneState): string {
  return say.text(`words.meaning.${state}`);
}

/** What stopped or slowed a service, as the end of a sentence after a colon. */
export function sayMechanism(say: Speaking, mechanism: Mechanism): string {
  return say.text(`words.mechanism.${mechanism}`);
}

/** A part of a service, or the service as a whole. */
export function sayFunction(say: Speaking, part: FunctionId | 'service'): string {
  return say.text(`words.function.${part}`);
}

/** How sure a verdict is, in one word, e.g. `high`. */
export function saySureness(say: Speaking, confidence: Confidence): string {
  return say.text(`words.sureness.${confidence}`);
}

/** How sure a verdict is, with what that rests on, as a sentence without its full stop. */
export function sayConfidence(say: Speaking, confidence: Confidence): string {
  return say.text(`words.confidence.${confidence}`);
}

/** Reasons that tell how the same stage went for the control outside. */
export const CONTROL_CODES = [
  'control_succeeded',
  'control_failed_too',
  'control_did_not_reach',
  'no_control',
] as const;
export type ControlCode = (typeof CONTROL_CODES)[number];

/** How the same stage went for the control outside. */
export function sayControl(say: Speaking, code: ControlCode): string {
  return say.text(`words.control.${code}`);
}

/** A circumstance of a run that forbids or weakens a conclusion. */
export function sayMark(say: Speaking, mark: Mark): string {
  return say.text(`words.mark.${mark}`);
}

/** Where a failure comes from. */
export function sayAttribution(say: Speaking, attribution: Attribution): string {
  return say.text(`words.attribution.${attribution}`);
}

/** The name of an operation, which is the same in every language, e.g. `TLS`. */
export function nameOperation(operation: Operation): string {
  return operation.toUpperCase();
}

/** How exactly a time is known. */
export function sayPrecision(
  say: Speaking,
  precision: Announcement['announced_at']['precision'],
): string {
  return say.text(`words.precision.${precision}`);
}

/** Whether a source states a time or we inferred it. */
export function sayBasis(say: Speaking, basis: Announcement['announced_at']['basis']): string {
  return say.text(`words.basis.${basis}`);
}

/** A point in the life of an announcement, e.g. `takes effect`. */
export function sayPoint(say: Speaking, point: keyof typeof ANNOUNCEMENT_MARKS): string {
  return say.text(`words.point.${point}`);
}

/** What kind of act an announcement is. */
export function sayAction(say: Speaking, action: Announcement['action_kind']): string {
  return say.text(`words.action.${action}`);
}

/** What an announcement says is done to the services. */
export function sayMeasure(
  say: Speaking,
  measure: NonNullable<Announcement['measure_kind']>,
): string {
  return say.text(`words.measure.${measure}`);
}

/** Who acts. */
export function sayActor(say: Speaking, actor: Announcement['actor']['kind']): string {
  return say.text(`words.actor.${actor}`);
}

/** A service or company that an announcement names. */
export function saySubject(
  say: Speaking,
  subject: Announcement['services_in_scope'][number],
): string {
  return say.text(`words.subject.${subject}`);
}

/** A function that an announcement names. */
export function sayAnnouncedFunction(
  say: Speaking,
  part: NonNullable<Announcement['functions_in_scope']>[number],
): string {
  return say.text(`words.announced_function.${part}`);
}

/** How far an announcement reaches. */
export function sayScope(say: Speaking, scope: Announcement['regions']['kind']): string {
  return say.text(`words.scope.${scope}`);
}

/** Whether the record of an announcement has been reviewed, and what became of it. */
export function sayStatus(say: Speaking, status: Announcement['status']): string {
  return say.text(`words.status.${status}`);
}

/** How far the record of an announcement can be relied on. */
export function sayCertainty(say: Speaking, certainty: Announcement['confidence']): string {
  return say.text(`words.certainty.${certainty}`);
}

/** What kind of source it is. */
export function saySource(say: Speaking, source: Announcement['sources'][number]['kind']): string {
  return say.text(`words.source.${source}`);
}
