/** Rules on the vantage itself: when the trouble is ours, nothing may be said of the service. */
import { X509Certificate } from 'node:crypto';
import { isCertificateCode } from './deep-facts.ts';
import { codeOf, stageKey } from './facts.ts';
import { because, type Failing, type Rule } from './finding.ts';

const DAY_MS = 86_400_000;

const MARK_TEXT = {
  local_stall: 'this machine stood still during the run',
  clock_step: 'the clock was set during the run',
  sleep: 'this machine slept or was halted during the run',
  interrupted: 'the run was interrupted',
  network_changed: 'the network of this vantage changed during the run',
  clock_skewed: 'the clock of this vantage was off by more than five minutes',
} as const;

/** Codes of a neutral host that is shown in somebody else's name. */
const FOREIGN_CODES = new Set([
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'ssl_failed_handshake',
]);
/** Silence, in any stage that an allow-list lets begin. */
const SILENT_CODES = new Set(['generic_timeout_error']);

/** How far outside its dates the first certificate of a failed handshake is, in ms; undefined when it is inside or unknown. */
function findDateGapMs({ failed, certificates, startedAtMs }: Failing): number | undefined {
  if (failed.operation !== 'tls' || failed.outcome.kind !== 'failed') return undefined;
  const der = certificates.get(failed.outcome.seen?.chain?.[0] ?? '');
  if (!der) return undefined;
  try {
    const { validFromDate, validToDate } = new X509Certificate(der);
    const gapMs = Math.max(
      validFromDate.getTime() - startedAtMs,
      startedAtMs - validToDate.getTime(),
    );
    return gapMs > 0 ? gapMs : undefined;
  } catch {
    // A certificate that cannot be read tells nothing of the clock; it stays as evidence.
    return undefined;
  }
}

export const VANTAGE_RULES: readonly Rule<Failing>[] = [
  {
    id: 'vantage.disturbed',
    says: 'A failure in a run during which the machine stalled, slept, was interrupted, changed its network, had its clock set or had it wrong proves nothing.',
    apply({ marks, code }) {
      const mark = marks.find((one) => one !== 'simulated');
      const disturbance = mark ?? (code === 'interrupted' ? 'interrupted' : undefined);
      if (disturbance === undefined) return undefined;
      return {
        kind: 'insufficient',
        reasons: [because(disturbance, `Cannot tell: ${MARK_TEXT[disturbance]}.`)],
      };
    },
  },
  {
    id: 'vantage.clock',
    says: 'When most neutral hosts show certificates out of their time, or the target’s is out of it by less than a clock may be wrong, the clock of the vantage is to blame.',
    apply(failing) {
      const { vantage, rules, code } = failing;
      const expired = vantage.failures.filter((one) => codeOf(one) === 'ssl_invalid_certificate');
      const gapMs = code === 'ssl_invalid_certificate' ? findDateGapMs(failing) : undefined;
      const isNear = gapMs !== undefined && gapMs <= rules.clock.maxCertificateSkewDays * DAY_MS;
      if (!isNear && (vantage.baselines === 0 || expired.length * 2 <= vantage.baselines))
        return undefined;
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'clock_off',
            'Cannot tell: certificates look expired or not yet valid by this clock, which is probably wrong.',
          ),
        ],
      };
    },
  },
  {
    id: 'vantage.captive_portal',
    says: 'When no neutral host shows its own certificate, a login page stands before the whole network.',
    apply({ vantage }) {
      const foreign = vantage.failures.filter((one) => FOREIGN_CODES.has(codeOf(one))).length;
      if (vantage.baselines === 0 || vantage.baselinesOk > 0 || foreign * 2 <= vantage.baselines)
        return undefined;
      return {
        kind: 'insufficient',
        mechanism: 'network.captive_portal',
        reasons: [
          because(
            'captive_portal',
            'Cannot tell: every neutral host shows a foreign certificate, as behind a login page.',
          ),
        ],
      };
    },
  },
  {
    id: 'vantage.freeze',
    says: 'When neutral hosts abroad freeze in the middle of an answer like the target, connections are frozen by their destination and not for this service.',
    apply(failing) {
      const { vantage, control, failed } = failing;
      const frozen = vantage.failures.filter(isFrozen);
      if (
        !isFrozen(failed) ||
        frozen.length === 0 ||
        frozen.length < vantage.foreign - vantage.foreignOk
      )
        return undefined;
      if (control.kind !== 'seen' || !control.passed.has(stageKey(failed))) return undefined;
      return {
        kind: 'impaired',
        mechanism: 'transport.freeze',
        reasons: [
          because(
            'frozen_alike',
            'The answer froze midway, and so did those of neutral hosts abroad: not specific to this service.',
          ),
          because('control_succeeded', 'An outside control got the whole answer.'),
        ],
      };
    },
  },
  {
    id: 'network.whitelist',
    says: 'When domestic neutral hosts answer and every foreign one is silent like the target, the network lets only listed names through.',
    apply({ vantage, control, failed, code }) {
      const isSilent =
        vantage.foreign > 0 &&
        vantage.foreignOk === 0 &&
        vantage.domesticOk > 0 &&
        SILENT_CODES.has(code) &&
        vantage.failures.every((one) => SILENT_CODES.has(codeOf(one)));
      if (!isSilent || control.kind !== 'seen' || !control.passed.has(stageKey(failed)))
        return undefined;
      return {
        kind: 'interference',
        mechanism: 'network.whitelist',
        reasons: [
          because(
            'foreign_silent',
            'Every neutral host abroad is as silent as this target, while domestic ones answer: only listed names pass here.',
          ),
          because('control_succeeded', 'An outside control passed the same stage.'),
        ],
      };
    },
  },
  {
    id: 'vantage.outage',
    says: 'When too few neutral hosts answer, the vantage has no working network, unless it is only its own proxy that fails. Where none was asked, a control that came with the measurement stands in for them.',
    apply({ vantage, rules, blind, hasOwnControl, failed }) {
      if (vantage.baselinesOk >= Math.max(1, rules.minBaselinesOk)) return undefined;
      // A network that was never reached is not the one that fails: `vantage.own_failure` says what is.
      if ([failed, ...vantage.failures].every(isOfOwnProxy)) return undefined;
      if (blind.has('baselines') && vantage.baselines === 0) {
        if (hasOwnControl) return undefined;
        const text = 'Cannot tell: no neutral host was asked in the same run.';
        return { kind: 'insufficient', reasons: [because('no_baselines', text)] };
      }
      return {
        kind: 'insufficient',
        mechanism: 'network.outage',
        reasons: [
          because(
            'baselines_failed',
            `Cannot tell: only ${vantage.baselinesOk} of ${vantage.baselines} neutral hosts answered from this vantage.`,
          ),
        ],
      };
    },
  },
  {
    id: 'vantage.own_failure',
    says: 'A failure of this machine, its proxy or its configuration (no route, no permission, no resolver) proves nothing.',
    apply({ failed }) {
      if (failed.outcome.kind !== 'failed') return undefined;
      const { attribution, code } = failed.outcome.failure;
      if (attribution !== 'vantage' || isCertificateCode(code)) return undefined;
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'own_failure',
            code === 'proxy_failed'
              ? 'Cannot tell: the proxy of this vantage could not be reached, refused us or failed by itself.'
              : `Cannot tell: ${code} arose on this machine.`,
          ),
        ],
      };
    },
  },
];

/** Whoever sends evidence may write this code beside another attribution, which then proves no proxy. */
function isOfOwnProxy({ outcome }: Failing['failed']): boolean {
  if (outcome.kind !== 'failed') return false;
  const { code, attribution } = outcome.failure;
  return code === 'proxy_failed' && attribution === 'vantage';
}

/** An answer that began and then stood still. */
function isFrozen(one: Failing['failed']): boolean {
  return (
    one.operation === 'http' &&
    one.outcome.kind === 'failed' &&
    SILENT_CODES.has(one.outcome.failure.code) &&
    one.outcome.seen?.statusCode !== undefined
  );
}
