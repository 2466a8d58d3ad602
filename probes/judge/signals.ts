/** Counts independent signals of the same interference: the failure itself, and whatever repeats or contrasts it. */
import type { Rules } from '../../config/schema.ts';
import type { Reason } from '../types.ts';
import { type Attempt, codeOf } from './facts.ts';
import { because, type Failing, type Finding } from './finding.ts';

/** One target with what was concluded of it so far. */
export type Draft = { readonly failing?: Failing; readonly finding?: Finding };

/** The signals for a finding, the failure itself first. */
export function listSignals(one: Draft, all: readonly Draft[], rules: Rules): Reason[] {
  const signals = [because('failed', 'The target failed in this run.')];
  const { failing, finding } = one;
  if (!finding) return signals;
  signals.push(...(finding.signals ?? []));
  if (!failing) return signals;
  const gapMs = measureGap(failing);
  if (gapMs >= rules.confirmGapSeconds * 1000)
    signals.push(
      because(
        'confirmed_by_retry',
        `The same failure came again ${Math.round(gapMs / 1000)} s later.`,
      ),
    );
  if (isElsewhere(one, all))
    signals.push(
      because(
        'same_elsewhere',
        'Another address of this service failed in the same way in the same run.',
      ),
    );
  return signals;
}

/** Time between the first and the last attempt that failed alike, ms. */
function measureGap(failing: Failing): number {
  const same = failing.facts.attempts.filter((attempt) => isSameFailure(attempt, failing));
  const first = same.at(0)?.failed;
  const last = same.at(-1)?.failed;
  return first && last ? last.startedMs - first.startedMs : 0;
}

function isSameFailure({ failed }: Attempt, failing: Failing): boolean {
  return (
    failed !== undefined &&
    failed.operation === failing.failed.operation &&
    codeOf(failed) === failing.code
  );
}

/** Names are denied by one resolver, so a second denied name is no second witness; a second address is. */
function isElsewhere(one: Draft, all: readonly Draft[]): boolean {
  const { failing, finding } = one;
  // Without a mechanism it may be the name as well.
  if (finding?.mechanism === undefined || /^dns(?:\.|$)/.test(finding.mechanism)) return false;
  return all.some(
    (other) =>
      other !== one &&
      other.finding?.kind === 'interference' &&
      other.finding.mechanism === finding.mechanism &&
      // A mechanism that hides how it ended is no likeness by itself.
      (failing?.blind.size === 0 || other.failing?.code === failing?.code) &&
      other.failing?.attempt.dialled !== failing?.attempt.dialled,
  );
}
