/** Rules on names: an answer on a list of known stubs, an impossible address, or no answer. */
import type { Fingerprint } from '../../config/schema.ts';
import { isBogon } from '../bogon.ts';
import type { Mechanism } from '../types.ts';
import { because, type Failing, type Finding, type Rule } from './finding.ts';

const MECHANISM_OF_CODE: Readonly<Record<string, Mechanism>> = {
  dns_nxdomain_error: 'dns.nxdomain',
  dns_refused_error: 'dns.refused',
  dns_servfail_error: 'dns.servfail',
  dns_no_answer: 'dns.no_answer',
  generic_timeout_error: 'dns.timeout',
};

/** True when a fingerprint may confirm a block in this country: its own, or none named and national. */
export function appliesIn(fingerprint: Fingerprint, countryCode: string): boolean {
  if (fingerprint.scope === 'false_positive') return false;
  if (fingerprint.countryCodes.length === 0) return fingerprint.scope === 'national';
  return fingerprint.countryCodes.includes(countryCode);
}

function compareWithControl(failing: Failing, mechanism: Mechanism, seen: string): Finding {
  const { control } = failing;
  if (control.kind === 'none') {
    return {
      kind: 'insufficient',
      mechanism,
      reasons: [
        because(
          'no_control',
          `Cannot tell: ${seen}, and no outside control has measured this name.`,
        ),
      ],
    };
  }
  if (control.passed.has('dns')) {
    return {
      kind: 'interference',
      mechanism,
      reasons: [
        because('dns_differs', `At this network ${seen}.`),
        because('control_succeeded', 'An outside control resolved the same name.'),
      ],
    };
  }
  return {
    kind: 'down',
    mechanism,
    reasons: [
      because(
        'control_failed_too',
        `Here ${seen}, and the outside control cannot resolve the name either.`,
      ),
    ],
  };
}

export const DNS_RULES: readonly Rule[] = [
  {
    id: 'dns.stub_address',
    says: 'The resolver gave an address on the list of known block-page servers of this country: blocked at once.',
    apply({ attempt, fingerprints, countryCode }) {
      const hit = fingerprints.find(
        (fingerprint) =>
          fingerprint.kind === 'dns' &&
          appliesIn(fingerprint, countryCode) &&
          attempt.addresses.includes(fingerprint.pattern),
      );
      if (!hit) return undefined;
      return {
        kind: 'fingerprint',
        mechanism: 'dns.injection.blockpage',
        reasons: [
          because(
            'known_stub',
            `The resolver answered ${hit.pattern}, a known block-page server (${hit.id}).`,
          ),
        ],
      };
    },
  },
  {
    id: 'dns.bogon',
    says: 'The resolver gave only addresses that cannot lie on the public Internet; a control resolves the name.',
    apply(failing) {
      const { addresses } = failing.attempt;
      if (addresses.length === 0 || !addresses.every(isBogon)) return undefined;
      return compareWithControl(
        failing,
        'dns.injection.bogon',
        `the resolver answered ${addresses[0]}, an address that cannot be reached on the public Internet`,
      );
    },
  },
  {
    id: 'dns.resolver_dead',
    says: 'A resolver that answers no neutral name either is broken, not censoring.',
    apply({ failed, code, vantage }) {
      if (failed.operation !== 'dns' || code !== 'generic_timeout_error') return undefined;
      if (vantage.baselines > 0 && vantage.baselinesOk > 0) return undefined;
      return {
        kind: 'insufficient',
        mechanism: 'network.outage',
        reasons: [because('resolver_dead', 'Cannot tell: the resolver answers nothing at all.')],
      };
    },
  },
  {
    id: 'dns.failure',
    says: 'The resolver denied or withheld the name; the control decides between interference and a name that is gone.',
    apply(failing) {
      if (failing.failed.operation !== 'dns') return undefined;
      const mechanism = MECHANISM_OF_CODE[failing.code];
      if (mechanism === undefined) {
        return {
          kind: 'insufficient',
          reasons: [because('dns_odd', `Cannot tell: the resolver failed with ${failing.code}.`)],
        };
      }
      return compareWithControl(failing, mechanism, `the resolver says ${failing.code}`);
    },
  },
];
