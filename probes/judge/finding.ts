/** What a rule concludes of one target, and the shape of a rule. */
import type { Fingerprint, Rules } from '../../config/schema.ts';
import type {
  BlindSpot,
  Mark,
  Mechanism,
  Observation,
  Operation,
  Reason,
  Verdict,
} from '../types.ts';
import type { DeepFacts } from './deep-facts.ts';
import {
  type Attempt,
  type ControlFacts,
  stageKey,
  type TargetFacts,
  type VantageFacts,
} from './facts.ts';

/** Everything that a rule may look at: one target with its deciding attempt. */
export type Case = {
  readonly facts: TargetFacts;
  readonly control: ControlFacts;
  readonly vantage: VantageFacts;
  readonly deep: DeepFacts;
  /** The attempt that reached the target, or else the last one. */
  readonly attempt: Attempt;
  readonly marks: readonly Mark[];
  /** What the medium of the measurement cannot show. */
  readonly blind: ReadonlySet<BlindSpot>;
  /** Whether the measurement brings a control of its own, part of which succeeded. */
  readonly hasOwnControl: boolean;
  /** Country of the vantage, ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
  /** DER of certificates by SHA-256, and when the run began: for telling a wrong clock. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
  readonly startedAtMs: number;
};

/** A case whose target was not reached. */
export type Failing = Case & {
  /** The observation at which the attempt ended. */
  readonly failed: Observation;
  /** Failure code of that observation; `dns_bogon_error` for an answer without a usable address. */
  readonly code: string;
};

/** A conclusion before signals are counted. `interference` becomes likely_blocked or blocked by their number. */
export type Finding = {
  readonly kind:
    | 'interference'
    | 'fingerprint'
    | Extract<Verdict, 'ok' | 'likely_blocked' | 'impaired' | 'down' | 'insufficient'>;
  readonly mechanism?: Mechanism;
  readonly reasons: readonly Reason[];
  /** Signals beyond the failure itself that the rule has found. */
  readonly signals?: readonly Reason[];
  /** What weakens the conclusion, each entry by one step of confidence. */
  readonly doubts?: readonly Doubt[];
  /** Further signs that go with the mechanism, e.g. a false certificate behind a false address. */
  readonly tampering?: readonly Mechanism[];
};

/** One thing that weakens a conclusion, in one or several reasons. */
export type Doubt = readonly Reason[];

/** One rule: an id that the verdict carries, and a pure function that answers or passes. */
export type Rule<C extends Case = Case> = {
  readonly id: string;
  /** The rule in plain words, for the page that explains the method. */
  readonly says: string;
  readonly apply: (one: C) => Finding | undefined;
};

/** Looks up what stands in a table itself; codes come from outside and may be `constructor`. */
export function lookUp<T>(
  table: Readonly<Record<string, T>> | undefined,
  key: string,
): T | undefined {
  return table !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Shorthand for a reason. */
export function because(code: string, text: string): Reason {
  return { code, text };
}

const STAGE_WORDS: Readonly<Record<Operation, string>> = {
  dns: 'resolving the name',
  tcp: 'connecting',
  tls: 'the TLS handshake',
  http: 'the HTTP exchange',
  stun: 'the UDP exchange',
  quic: 'the QUIC exchange',
};

/** Says how the attempt ended, in the middle of a sentence. */
function describeFailure({ failed, code }: Failing): string {
  return `${STAGE_WORDS[failed.operation]} ended with ${code}`;
}

/**
 * The one comparison: a failure is interference when a control passed the same stage, the service's own trouble
 * when the control failed there too, and nothing otherwise. `own` is a control of our own that succeeded.
 */
export function compareWithControl(
  failing: Failing,
  mechanism: Mechanism,
  {
    own,
    tampering = [],
    signals = [],
  }: {
    readonly own?: Reason | undefined;
    readonly tampering?: readonly Mechanism[];
    readonly signals?: readonly Reason[];
  } = {},
): Finding {
  const { control, failed } = failing;
  const seen = describeFailure(failing);
  const key = stageKey(failed);
  const hasPassed = control.kind === 'seen' && control.passed.has(key);
  if (hasPassed || own) {
    const passed = because('control_succeeded', 'An outside control passed the same stage.');
    return {
      kind: 'interference',
      mechanism,
      tampering,
      signals: [...(hasPassed && own ? [own] : []), ...signals],
      reasons: [
        because('stage_failed', `From this network ${seen}.`),
        hasPassed || !own ? passed : own,
      ],
    };
  }
  if (control.kind === 'seen' && control.failed.has(key)) {
    return {
      kind: 'down',
      mechanism,
      tampering,
      reasons: [
        because(
          'control_failed_too',
          `Here ${seen}, and the outside control failed at the same stage.`,
        ),
      ],
    };
  }
  const why =
    control.kind === 'none'
      ? because('no_control', `Cannot tell: ${seen}, and no control has measured this target.`)
      : because(
          'control_did_not_reach',
          `Cannot tell: ${seen}, and the outside control did not come that far.`,
        );
  return { kind: 'insufficient', mechanism, tampering, reasons: [why] };
}
