/** Rules on connecting, the TLS handshake, the HTTP exchange and UDP: what stopped, and did the control pass there. */
import type { Mechanism, Observation, Operation } from '../types.ts';
import { appliesIn } from './dns-rules.ts';
import { because, type Failing, type Finding, type Rule } from './finding.ts';

/** Stage and failure code → mechanism: the deepest node that one attempt supports. */
const MECHANISM_OF: Readonly<Partial<Record<Operation, Readonly<Record<string, Mechanism>>>>> = {
  tcp: {
    generic_timeout_error: 'ip.drop',
    connection_refused: 'ip.refused',
    connection_reset: 'ip.reset',
    host_unreachable: 'ip.unreachable',
    network_unreachable: 'ip.unreachable',
  },
  tls: {
    connection_reset: 'tls.reset',
    eof_error: 'tls.eof',
    generic_timeout_error: 'tls.timeout',
    ssl_failed_handshake: 'tls.alert',
  },
  http: {
    connection_reset: 'http.reset',
    eof_error: 'http.eof',
    generic_timeout_error: 'http.timeout',
  },
  stun: { generic_timeout_error: 'udp.drop', connection_refused: 'ip.refused' },
};

const CERTIFICATE_CODES = new Set([
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'ssl_invalid_certificate',
]);

const STAGE_WORDS: Readonly<Record<Operation, string>> = {
  dns: 'resolving the name',
  tcp: 'connecting',
  tls: 'the TLS handshake',
  http: 'the HTTP exchange',
  stun: 'the UDP exchange',
};

/** The control decides: it passed this stage, it failed there too, or there is none. */
function compareWithControl(
  failing: Failing,
  mechanism: Mechanism,
  tampering: readonly Mechanism[] = [],
): Finding {
  const { control, failed, code } = failing;
  const stage = failed.operation;
  const seen = `${STAGE_WORDS[stage]} ended with ${code}`;
  if (control.kind === 'none') {
    return {
      kind: 'insufficient',
      mechanism,
      reasons: [
        because(
          'no_control',
          `Cannot tell: ${seen}, and no outside control has measured this target.`,
        ),
      ],
    };
  }
  if (control.passed.has(stage)) {
    return {
      kind: 'interference',
      mechanism,
      tampering,
      reasons: [
        because('stage_failed', `From this network ${seen}.`),
        because('control_succeeded', 'An outside control passed the same stage.'),
      ],
    };
  }
  if (control.failed.has(stage)) {
    return {
      kind: 'down',
      mechanism,
      reasons: [
        because(
          'control_failed_too',
          `Here ${seen}, and the outside control failed at the same stage.`,
        ),
      ],
    };
  }
  return {
    kind: 'insufficient',
    mechanism,
    reasons: [
      because(
        'control_did_not_reach',
        `Cannot tell: ${seen}, and the outside control did not come that far.`,
      ),
    ],
  };
}

/** The response that came over this attempt, verified or not. */
function findResponse(observations: readonly Observation[]) {
  const http = observations.findLast((o) => o.operation === 'http');
  return http?.operation === 'http' && http.outcome.kind === 'ok' ? http.outcome.value : undefined;
}

function findBlockPage(failing: Failing): string | undefined {
  const response = findResponse(failing.attempt.observations);
  if (!response) return undefined;
  const places: Readonly<Record<string, string>> = {
    body: response.bodyHead,
    title: response.title,
    location: response.headers['location'] ?? '',
  };
  const hit = failing.fingerprints.find((fingerprint) => {
    const text = places[fingerprint.kind];
    if (text === undefined || !appliesIn(fingerprint, failing.countryCode)) return false;
    if (fingerprint.match === 'full') return text === fingerprint.pattern;
    if (fingerprint.match === 'prefix') return text.startsWith(fingerprint.pattern);
    return text.includes(fingerprint.pattern);
  });
  return hit?.id;
}

/** An address that no control was given cannot be told genuine by itself. */
function isKnownAddress({ control, attempt }: Failing): boolean {
  return (
    control.kind === 'seen' &&
    attempt.dialled !== undefined &&
    control.addresses.has(attempt.dialled)
  );
}

export const STAGE_RULES: readonly Rule[] = [
  {
    id: 'http.known_blockpage',
    says: 'An unverified connection carried a block page on the list for this country: blocked at once.',
    apply(failing) {
      const id = findBlockPage(failing);
      if (id === undefined) return undefined;
      return {
        kind: 'fingerprint',
        mechanism: isKnownAddress(failing) ? 'http.blockpage' : 'dns.injection.blockpage',
        reasons: [because('known_blockpage', `The page that came is a known block page (${id}).`)],
      };
    },
  },
  {
    id: 'tls.false_certificate',
    says: 'The certificate is not one for this name; the control received a true one.',
    apply(failing) {
      const { failed, code } = failing;
      if (failed.operation !== 'tls' || !CERTIFICATE_CODES.has(code)) return undefined;
      if (failing.control.kind !== 'seen' || !failing.control.passed.has('tls'))
        return compareWithControl(failing, 'tls.certificate');
      if (code === 'ssl_invalid_certificate') return compareWithControl(failing, 'tls.certificate');
      const isSelfSigned =
        failed.outcome.kind === 'failed' && failed.outcome.seen?.isSelfSigned === true;
      const mitm = isSelfSigned ? 'tls.mitm.self_signed' : 'tls.mitm.ca_signed';
      return isKnownAddress(failing)
        ? compareWithControl(failing, mitm)
        : compareWithControl(failing, 'dns.injection.other', [mitm]);
    },
  },
  {
    id: 'http.frozen',
    says: 'A verified connection delivered part of an answer and then nothing: reached, but impaired.',
    apply(failing) {
      const { failed, code } = failing;
      if (failed.operation !== 'http' || code !== 'generic_timeout_error') return undefined;
      const seen = failed.outcome.kind === 'failed' ? failed.outcome.seen : undefined;
      if (seen?.statusCode === undefined) return undefined;
      const compared = compareWithControl(failing, 'transport.freeze');
      return compared.kind === 'interference' ? { ...compared, kind: 'impaired' } : compared;
    },
  },
  {
    id: 'tls.plain_answer',
    says: 'Plain text came back in place of a TLS handshake, which only something in the path sends.',
    apply(failing) {
      const { failed } = failing;
      if (failed.operation !== 'tls' || failed.outcome.kind !== 'failed') return undefined;
      if (failed.outcome.failure.raw !== 'ERR_SSL_WRONG_VERSION_NUMBER') return undefined;
      return compareWithControl(failing, 'http.blockpage');
    },
  },
  {
    id: 'stage.failure',
    says: 'A stage failed in a way that interference is known to cause; the control decides.',
    apply(failing) {
      const mechanism = MECHANISM_OF[failing.failed.operation]?.[failing.code];
      return mechanism === undefined ? undefined : compareWithControl(failing, mechanism);
    },
  },
  {
    id: 'stage.odd',
    says: 'A failure that no known interference causes proves nothing by itself.',
    apply({ failed, code }) {
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'odd_failure',
            `Cannot tell: ${STAGE_WORDS[failed.operation]} ended with ${code}.`,
          ),
        ],
      };
    },
  },
];
