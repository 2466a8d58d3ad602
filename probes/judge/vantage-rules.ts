/** Rules on the vantage itself: when the trouble is ours, nothing may be said of the service. */
import { because, type Rule } from './finding.ts';

const CERTIFICATE_CODES = new Set(['ssl_invalid_certificate']);
const PORTAL_CODES = new Set([
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'ssl_failed_handshake',
]);

const MARK_TEXT = {
  local_stall: 'this machine stood still during the run',
  clock_step: 'the clock was set during the run',
  sleep: 'this machine slept or was halted during the run',
  interrupted: 'the run was interrupted',
} as const;

export const VANTAGE_RULES: readonly Rule[] = [
  {
    id: 'vantage.disturbed',
    says: 'A failure in a run during which the machine stalled, slept, was interrupted or had its clock set proves nothing.',
    apply({ marks, code }) {
      const mark = marks.find((one) => one !== 'simulated');
      if (mark !== undefined)
        return {
          kind: 'insufficient',
          reasons: [because(mark, `Cannot tell: ${MARK_TEXT[mark]}.`)],
        };
      if (code !== 'interrupted') return undefined;
      return {
        kind: 'insufficient',
        reasons: [because('interrupted', `Cannot tell: ${MARK_TEXT.interrupted}.`)],
      };
    },
  },
  {
    id: 'vantage.clock',
    says: 'When most neutral hosts show certificates out of their time, the clock of the vantage is wrong.',
    apply({ vantage }) {
      const expired = vantage.failureCodes.filter((code) => CERTIFICATE_CODES.has(code)).length;
      if (vantage.baselines === 0 || expired * 2 <= vantage.baselines) return undefined;
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'clock_off',
            'Cannot tell: certificates of neutral hosts look expired or not yet valid, so the clock of this vantage is wrong.',
          ),
        ],
      };
    },
  },
  {
    id: 'vantage.captive_portal',
    says: 'When no neutral host shows its own certificate, a login page stands before the whole network.',
    apply({ vantage }) {
      const false_ = vantage.failureCodes.filter((code) => PORTAL_CODES.has(code)).length;
      if (vantage.baselines === 0 || vantage.baselinesOk > 0 || false_ * 2 <= vantage.baselines)
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
    id: 'vantage.outage',
    says: 'When too few neutral hosts answer, the vantage has no working network.',
    apply({ vantage, rules }) {
      if (vantage.baselinesOk >= rules.minBaselinesOk) return undefined;
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
    says: 'A failure of this machine or its configuration (no route, no permission, no resolver) proves nothing.',
    apply({ failed }) {
      if (failed.outcome.kind !== 'failed') return undefined;
      if (failed.outcome.failure.attribution !== 'vantage') return undefined;
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'own_failure',
            `Cannot tell: ${failed.outcome.failure.code} arose on this machine.`,
          ),
        ],
      };
    },
  },
];
