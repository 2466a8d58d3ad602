/**
 * What remains of a conclusion when the medium of the vantage could not show all that it rests on. A mechanism that
 * would have to be guessed becomes the layer alone or none, and every such step costs confidence. Pure.
 */
import type { BlindSpot, Mechanism, Observation, Reason } from '../types.ts';
import { because, type Case, type Finding } from './finding.ts';
import { isNameHidden } from './resolution.ts';

/** Endings that look alike where a reset and an orderly close cannot be told apart. */
const WITHOUT_CLOSE: Readonly<Partial<Record<Mechanism, Mechanism>>> = {
  'tls.reset': 'tls',
  'tls.reset.sni': 'tls',
  'tls.reset.any': 'tls',
  'tls.eof': 'tls',
  'tls.eof.sni': 'tls',
  'tls.eof.any': 'tls',
  'http.reset': 'http',
  'http.reset.host': 'http',
  'http.eof': 'http',
  'http.eof.host': 'http',
};

/** A proxy may also keep its own end open when the other one is gone: then either looks like silence. */
const WITHOUT_CLOSE_OR_SILENCE: typeof WITHOUT_CLOSE = {
  ...WITHOUT_CLOSE,
  'tls.timeout': 'tls',
  'tls.timeout.sni': 'tls',
  'tls.timeout.any': 'tls',
  'http.timeout': 'http',
  'http.timeout.host': 'http',
};

/**
 * What a proxy tells of a failed connection is too vague or too often wrong. A refusal stays: it is recorded only where
 * whoever dialled said so in as many words (reply 5 of RFC 1928).
 */
const WITHOUT_CONNECT: Readonly<Partial<Record<Mechanism, Mechanism>>> = {
  'ip.drop': 'ip',
  'ip.unreachable': 'ip',
  'ip.reset': 'ip',
};

/** Whose certificate it was, and whether it came from a false address, shows only in a chain and an address. */
const WITHOUT_CHAIN: Readonly<Partial<Record<Mechanism, Mechanism>>> = {
  'tls.mitm.self_signed': 'tls.certificate',
  'tls.mitm.ca_signed': 'tls.certificate',
};

/** Where nobody here knows the address: a false answer for the name and interference on the way look alike. */
const WITHOUT_NAMES: Readonly<Partial<Record<Mechanism, Mechanism>>> = {
  ...WITHOUT_CHAIN,
  'dns.injection.blockpage': 'http.blockpage',
  'dns.injection.other': 'tls.certificate',
};

const HIDDEN = {
  close: because(
    'ending_hidden',
    'How the connection ended, by a reset, a close or silence, cannot be told from this vantage.',
  ),
  connect: because(
    'cause_hidden',
    'Why the connection failed is known from this vantage only as somebody else tells it.',
  ),
  chain: because('chain_hidden', 'The certificates themselves cannot be seen from this vantage.'),
  names: because(
    'name_hidden',
    'Somebody else looked the name up for this vantage, so a false address cannot be told from a blocked one.',
  ),
  repeat: because(
    'not_repeated',
    'This kind of measurement has no second try after a pause, so chance is not ruled out.',
  ),
} as const satisfies Partial<Record<BlindSpot, Reason>>;

/** The reason why something that was not repeated cannot be called blocked. */
export const NOT_REPEATED: Reason = HIDDEN.repeat;

/** Takes out of a finding what could not be seen. `failed` is where the attempt ended, if it did. */
export function dim(finding: Finding, one: Case, failed?: Observation): Finding {
  const { blind } = one;
  if (blind.size === 0) return finding;
  const isHidden = isNameHidden(one) && failed?.operation !== 'dns';
  const hidden: Reason[] = [];
  let { mechanism } = finding;
  const replace = (
    spot: keyof typeof HIDDEN,
    table: Readonly<Partial<Record<Mechanism, Mechanism>>>,
  ) => {
    const next = mechanism && table[mechanism];
    if (!blind.has(spot) || next === undefined) return;
    mechanism = next;
    hidden.push(HIDDEN[spot]);
  };
  replace('close', blind.has('connect') ? WITHOUT_CLOSE_OR_SILENCE : WITHOUT_CLOSE);
  replace('chain', WITHOUT_CHAIN);
  if (!isHidden) replace('connect', WITHOUT_CONNECT);
  if (isHidden && mechanism) {
    // A connection that fails by name alone may fail at the name or at the address.
    mechanism =
      failed?.operation === 'tcp' && mechanism.startsWith('ip')
        ? undefined
        : (WITHOUT_NAMES[mechanism] ?? mechanism);
    if (failed || mechanism !== finding.mechanism) hidden.push(HIDDEN.names);
  }
  if (blind.has('names') && failed?.operation === 'dns' && mechanism?.startsWith('dns.')) {
    mechanism = 'dns';
    hidden.push(HIDDEN.names);
  }
  if (mechanism && blind.has('connect') && isStageUnknown(one, failed)) {
    mechanism = undefined;
    hidden.push(HIDDEN.connect);
  }
  const { mechanism: _, ...rest } = finding;
  return {
    ...rest,
    ...(mechanism ? { mechanism } : {}),
    ...(finding.tampering ? { tampering: dimTampering(finding.tampering, blind) } : {}),
    doubts: [...(finding.doubts ?? []), ...(hidden.length > 0 ? [hidden] : [])],
  };
}

/** True when a request over TLS failed and nobody says whether its handshake, or even its connection, came about. */
function isStageUnknown({ facts, attempt }: Case, failed: Observation | undefined): boolean {
  return (
    failed?.operation === 'http' &&
    facts.target.kind === 'https' &&
    attempt.observations.every(({ operation }) => operation !== 'tls')
  );
}

/** Signs beside the mechanism are left out where they would have to be guessed. */
function dimTampering(
  tampering: readonly Mechanism[],
  blind: ReadonlySet<BlindSpot>,
): readonly Mechanism[] {
  return tampering.filter(
    (sign) =>
      !(blind.has('names') && (sign.startsWith('dns.') || WITHOUT_CHAIN[sign])) &&
      !(blind.has('chain') && WITHOUT_CHAIN[sign]) &&
      !(blind.has('close') && WITHOUT_CLOSE[sign]),
  );
}
