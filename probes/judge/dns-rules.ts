/** Rules on names: an answer on a list of known stubs, an impossible address, a false one, or none. */
import type { Fingerprint } from '../../config/schema.ts';
import { isBogon } from '../bogon.ts';
import type { Mechanism } from '../types.ts';
import { isCertificateCode } from './deep-facts.ts';
import { because, compareWithControl, type Failing, lookUp, type Rule } from './finding.ts';
import { findGenuineView, isNameHidden, isResolverAlone } from './resolution.ts';

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

/** Also asked of targets that seemed to answer without proving who they are. */
export const STUB_RULE: Rule = {
  id: 'dns.stub_address',
  says: 'The resolver gave an address on the list of known block-page servers of this country: blocked at once.',
  apply({ attempt, fingerprints, countryCode }) {
    if (attempt.addresses.length === 0) return undefined;
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
};

export const DNS_RULES: readonly Rule<Failing>[] = [
  STUB_RULE,
  {
    id: 'dns.bogon',
    says: 'The resolver gave only addresses that cannot lie on the public Internet; a control resolves the name.',
    apply(failing) {
      const { addresses } = failing.attempt;
      if (failing.failed.operation !== 'dns' || addresses.length === 0 || !addresses.every(isBogon))
        return undefined;
      return compareWithControl(failing, 'dns.injection.bogon', { own: findGenuineView(failing) });
    },
  },
  {
    id: 'dns.hijacked_path',
    says: 'Even a public resolver denies the name over UDP while it gives it over TCP or HTTPS: queries are answered on the way.',
    apply(failing) {
      const { deep, failed } = failing;
      if (failed.operation !== 'dns' || lookUp(MECHANISM_OF_CODE, failing.code) === undefined)
        return undefined;
      const udp = deep.views.find((view) => view.transport === 'udp');
      const own = findGenuineView(failing);
      if (!udp || udp.addresses.length > 0 || udp.code !== failing.code || !own) return undefined;
      return compareWithControl(failing, 'dns.injection.other', {
        own,
        signals: [
          because(
            'udp_untrusted',
            `A public resolver says ${udp.code} over UDP${deep.isUdpHijacked ? ', where somebody else answers in its name' : ''}, and the truth over TCP or HTTPS.`,
          ),
        ],
      });
    },
  },
  {
    id: 'dns.failure',
    says: 'The resolver denied or withheld the name; a control decides between interference and a name that is gone.',
    apply(failing) {
      if (failing.failed.operation !== 'dns') return undefined;
      const mechanism = lookUp(MECHANISM_OF_CODE, failing.code);
      if (mechanism === undefined) {
        return {
          kind: 'insufficient',
          reasons: [because('dns_odd', `Cannot tell: the resolver failed with ${failing.code}.`)],
        };
      }
      return compareWithControl(failing, mechanism, { own: findGenuineView(failing) });
    },
  },
  {
    id: 'dns.ghost',
    says: 'The name is gone for the control, and yet this resolver gives an address: the service is down, and the resolver makes answers up.',
    apply({ control, failed, blind, attempt }) {
      if (failed.operation === 'dns' || (failed.hop ?? 0) > 0) return undefined;
      if (control.kind !== 'seen' || !control.failed.has('0.dns')) return undefined;
      // Where somebody else looks names up, a connection that fails gave no address to call made up.
      if (failed.operation === 'tcp' && isNameHidden({ blind, attempt }))
        return {
          kind: 'down',
          mechanism: 'dns',
          reasons: [because('name_gone', 'The outside control cannot resolve this name at all.')],
        };
      return {
        kind: 'down',
        mechanism: 'dns.nxdomain',
        tampering: ['dns.injection.other'],
        reasons: [
          because(
            'name_gone',
            'The outside control cannot resolve this name at all, while the resolver here gives an address for it.',
          ),
        ],
      };
    },
  },
  {
    id: 'dns.far_name',
    says: 'Where somebody else looks names up, connecting by name failed, while another resolver gives an address at which the service proves itself.',
    apply(failing) {
      const { failed, deep } = failing;
      if (failed.operation !== 'tcp' || !isNameHidden(failing) || deep.hop !== (failed.hop ?? 0))
        return undefined;
      const own = findGenuineView(failing);
      // The same port, or else the proof is of another door of the house.
      if (own?.code !== 'resolved_elsewhere' || !deep.viewPorts.has(failed.input.port))
        return undefined;
      return compareWithControl(failing, 'dns', { own });
    },
  },
  {
    id: 'dns.false_address',
    says: 'The target failed at an address that only this resolver gives, while other views agree on the true one.',
    apply(failing) {
      const { failed, deep } = failing;
      // A false certificate has a rule of its own, which knows more.
      if (failed.operation === 'dns' || isCertificateCode(failing.code)) return undefined;
      if ((failed.hop ?? 0) > 0 || !isResolverAlone(failing)) return undefined;
      const own = findGenuineView(failing);
      const isReset =
        deep.ownNameCodes.includes('connection_reset') || failing.code === 'connection_reset';
      return compareWithControl(failing, 'dns.injection.other', {
        own,
        tampering: failed.operation === 'tls' && isReset ? ['tls.reset.sni'] : [],
        signals: [
          because('resolver_alone', 'Only the resolver of this network gives this address.'),
        ],
      });
    },
  },
];
