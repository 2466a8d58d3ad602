/** When a subscriber is told of an event, and with which others. Pure. */
import { ALERT_SEVERITIES, type AlertEvent, type AlertSeverity } from '../../db/alert-types.ts';
import type { MatchedSubscription } from '../../db/subscribers/matching.ts';
import type { DeliveryPlan } from '../../db/subscribers/outbox.ts';
import { endOfDigest, endOfQuiet, isQuiet } from './local-time.ts';

/** Numbers that decide when. */
export type SendRules = {
  readonly groupMs: number;
  /** Hour of the day of digests. */
  readonly digestHour: number;
};

function isAtLeast(severity: AlertSeverity, bound: AlertSeverity): boolean {
  return ALERT_SEVERITIES.indexOf(severity) >= ALERT_SEVERITIES.indexOf(bound);
}

/**
 * Makes the planner of one event. Many subscribers share zone and hours, and each of these is worked out once.
 */
export function createPlanner(
  event: AlertEvent,
  nowMs: number,
  { groupMs, digestHour }: SendRules,
): (subscription: MatchedSubscription) => DeliveryPlan {
  const known = new Map<string, DeliveryPlan>();
  const isIncident = event.subject.kind === 'incident';
  const plan = ({ mode, quiet, timeZone }: MatchedSubscription): DeliveryPlan => {
    const isBreaking = quiet !== undefined && isAtLeast(event.severity, quiet.breakThrough);
    const hold = (atMs: number): number =>
      quiet === undefined || isBreaking ? atMs : endOfQuiet(quiet, timeZone, atMs);
    if (mode !== 'immediate') {
      const dueMs = hold(endOfDigest(mode, timeZone, nowMs, digestHour));
      return { state: 'held', dueMs, groupKey: `digest:${dueMs}` };
    }
    if (quiet !== undefined && !isBreaking && isQuiet(quiet, timeZone, nowMs)) {
      const dueMs = hold(nowMs);
      return { state: 'held', dueMs, groupKey: `quiet:${dueMs}` };
    }
    return {
      state: 'queued',
      dueMs: isIncident ? nowMs + groupMs : nowMs,
      groupKey: `${event.subject.kind}:${event.subject.id}`,
    };
  };
  return (subscription) => {
    const { mode, timeZone, quiet } = subscription;
    const key = `${mode} ${timeZone} ${quiet?.fromMinute} ${quiet?.untilMinute} ${quiet?.breakThrough}`;
    const old = known.get(key);
    if (old !== undefined) return old;
    const made = plan(subscription);
    known.set(key, made);
    return made;
  };
}
