/** Rules on connecting, the TLS handshake, the HTTP exchange and UDP: what stopped, on what trigger, and did a control pass. */
import { isIP } from 'node:net';
import type { Fingerprint } from '../../config/schema.ts';
import type { Mechanism, Operation, Reason } from '../types.ts';
import { isCertificateCode, type Trials } from './deep-facts.ts';
import { appliesIn } from './dns-rules.ts';
import { stageKey } from './facts.ts';
import {
  because,
  type Case,
  compareWithControl,
  type Failing,
  type Finding,
  lookUp,
  type Rule,
} from './finding.ts';
import { isNameHidden, listKnownAddresses } from './resolution.ts';

/** Stage and failure code → mechanism: the node that one attempt supports by itself. */
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

/** Nodes that the same address with another name can deepen: to that name alone, or to any. */
const DEEPER: Readonly<
  Partial<Record<Mechanism, { readonly name: Mechanism; readonly any?: Mechanism }>>
> = {
  'tls.reset': { name: 'tls.reset.sni', any: 'tls.reset.any' },
  'tls.timeout': { name: 'tls.timeout.sni', any: 'tls.timeout.any' },
  'tls.eof': { name: 'tls.eof.sni', any: 'tls.eof.any' },
  'tls.alert': { name: 'tls.alert.sni', any: 'tls.alert.any' },
  'http.reset': { name: 'http.reset.host' },
  'http.timeout': { name: 'http.timeout.host' },
  'http.eof': { name: 'http.eof.host' },
};

/** Mechanisms of a page or path at fault for everybody who asks it: the site's own. */
const SITE_FAULTS = new Set([
  'http_invalid_redirect_location_host',
  'http_unexpected_redirect_url',
]);

const always = (trials: Trials): boolean => trials.passed > 0 && trials.failed === 0;
const never = (trials: Trials): boolean => trials.failed > 0 && trials.passed === 0;

/** The known block page in what came over an attempt, verified or not. */
export function findBlockPage({
  attempt,
  fingerprints,
  countryCode,
}: Case): Fingerprint | undefined {
  return attempt.observations
    .flatMap((one) =>
      one.operation === 'http' && one.outcome.kind === 'ok' ? [one.outcome.value] : [],
    )
    .flatMap((response) => {
      const places: Readonly<Record<string, string>> = {
        body: response.bodyHead,
        title: response.title,
        location: response.headers['location'] ?? '',
      };
      return fingerprints.filter((fingerprint) => {
        const text = lookUp(places, fingerprint.kind);
        if (text === undefined || !appliesIn(fingerprint, countryCode)) return false;
        if (fingerprint.match === 'full') return text === fingerprint.pattern;
        if (fingerprint.match === 'prefix') return text.startsWith(fingerprint.pattern);
        return text.includes(fingerprint.pattern);
      });
    })[0];
}

/** What a known block page confirms: that it was put in place of the page, behind a false address, or redirected to. */
export function confirmBlockPage(one: Case, hit: Fingerprint): Finding {
  const inPlace = hit.kind === 'location' ? 'http.redirect' : 'http.blockpage';
  return {
    kind: 'fingerprint',
    mechanism: isKnownAddress(one) || isNameHidden(one) ? inPlace : 'dns.injection.blockpage',
    reasons: [because('known_blockpage', `What came is a known block page (${hit.id}).`)],
  };
}

/** Whether the address that was dialled is known to be the service's. */
export function isKnownAddress(one: Case): boolean {
  return one.attempt.dialled !== undefined && listKnownAddresses(one).has(one.attempt.dialled);
}

/** What the variations of the handshake say: the deeper node, and the control of our own that they are. */
function deepen(
  failing: Failing,
  mechanism: Mechanism,
): { mechanism: Mechanism; own?: Reason; signals: Reason[] } {
  const { deep, failed } = failing;
  const deeper = DEEPER[mechanism];
  const signals: Reason[] = [];
  if (never(deep.neutralAddress))
    signals.push(
      because(
        'name_at_neutral_address',
        'The name of this target fails at the address of a neutral host too.',
      ),
    );
  // The names were tried up to the TLS handshake: that is no contrast for what fails behind it.
  const isBehindTls =
    failed.operation === 'http' &&
    failing.attempt.observations.some(
      (one) => one.operation === 'tls' && (one.hop ?? 0) === (failed.hop ?? 0),
    );
  if (!deeper || isBehindTls || deep.hop !== (failed.hop ?? 0)) return { mechanism, signals };
  if (always(deep.innocuousName) && deep.targetAgain.passed === 0) {
    const own = because(
      'innocuous_name_passed',
      'At the same address an innocuous name passes the same stage, before and after.',
    );
    return { mechanism: deeper.name, own, signals };
  }
  if (never(deep.innocuousName) && deeper.any) return { mechanism: deeper.any, signals };
  return { mechanism, signals };
}

/** True when bytes came steadily until the time was over: slowed, not frozen. */
function isSlow({ deep, rules }: Case): boolean {
  const { goodput, goodputBaseline } = deep;
  const own = goodput?.goodputBytesPerSecond;
  const neutral = goodputBaseline?.goodputBytesPerSecond;
  if (own === undefined || neutral === undefined) return false;
  const { maxSilenceMs, minRatio, maxBytesPerSecond, minDownloadMs } = rules.throttle;
  const isSteady = (goodput?.longestSilenceMs ?? 0) <= maxSilenceMs;
  // A page that came in a moment tells no rate, whatever the quotient says.
  const isLong = ((goodput?.wireBytesIn ?? 0) / own) * 1000 >= minDownloadMs;
  return isSteady && isLong && own <= maxBytesPerSecond && own * minRatio <= neutral;
}

/** Also asked of targets that answered: slowness is seen only on those that answer. */
export const THROTTLE_RULE: Rule = {
  id: 'throttle',
  says: 'A timed download is steadily slower than that of a neutral host by the configured ratio: slowed, not stopped.',
  apply(one) {
    if (!isSlow(one)) return undefined;
    const { goodput, goodputBaseline } = one.deep;
    const own = Math.round(goodput?.goodputBytesPerSecond ?? 0);
    const neutral = Math.round(goodputBaseline?.goodputBytesPerSecond ?? 0);
    const isClear = one.facts.target.kind === 'http';
    return {
      kind: 'impaired',
      mechanism: isClear ? 'http.throttle.host' : 'tls.throttle.sni',
      reasons: [
        because(
          'slower_than_neutral',
          `The target delivers ${own} bytes per second, a neutral host ${neutral} in the same run.`,
        ),
      ],
    };
  },
};

const HTTP_RULES: readonly Rule<Failing>[] = [
  {
    id: 'http.site_fault',
    says: 'The site itself redirects to nowhere or in circles: a fault of the site, and no conclusion on the network.',
    apply(failing) {
      const { failed, code, control } = failing;
      const isLoop =
        failed.outcome.kind === 'failed' && failed.outcome.failure.raw === 'too_many_redirects';
      if (failed.operation !== 'http' || !(isLoop || SITE_FAULTS.has(code))) return undefined;
      if (control.kind === 'seen' && control.failed.has(stageKey(failed)))
        return compareWithControl(failing, 'http.redirect');
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'site_fault',
            'Cannot tell: the site redirects to an address that cannot be followed.',
          ),
        ],
      };
    },
  },
  {
    id: 'http.frozen',
    says: 'A connection delivered part of an answer and then nothing: reached, but impaired.',
    apply(failing) {
      const { failed, code } = failing;
      if (failed.operation !== 'http' || code !== 'generic_timeout_error') return undefined;
      const seen = failed.outcome.kind === 'failed' ? failed.outcome.seen : undefined;
      if (seen?.statusCode === undefined) return undefined;
      const compared = compareWithControl(failing, 'transport.freeze');
      return compared.kind === 'interference' ? { ...compared, kind: 'impaired' } : compared;
    },
  },
];

/** Codes of a failed connection of which a proxy only says that it failed. */
const VAGUE_CODES = new Set(['unknown_failure', 'eof_error']);

/** The layer alone, where the medium could not tell more of a connection that failed behind it. */
function findVague({ blind, failed, code }: Failing): Mechanism | undefined {
  const isVague = blind.has('connect') && failed.operation === 'tcp' && VAGUE_CODES.has(code);
  return isVague ? 'ip' : undefined;
}

/** A control that got through elsewhere does not show that this very address works. */
function doubtAddress({ failed, control }: Failing): Reason | undefined {
  if (failed.operation !== 'tcp' || control.kind !== 'seen') return undefined;
  const { address } = failed.input;
  // A name was dialled: there is no address to compare.
  if (isIP(address) === 0 || control.dialled.get(address) === true) return undefined;
  return because(
    'control_other_address',
    control.dialled.has(address)
      ? 'The outside control got through only at other addresses of this target, and not at this one either.'
      : 'The outside control got through at other addresses of this target and did not try this one.',
  );
}

export const STAGE_RULES: readonly Rule<Failing>[] = [
  {
    id: 'http.known_blockpage',
    says: 'An unverified connection carried a block page on the list for this country: blocked at once.',
    apply(failing) {
      const hit = findBlockPage(failing);
      return hit && confirmBlockPage(failing, hit);
    },
  },
  {
    id: 'tls.false_certificate',
    says: 'The certificate is not one for this name; a control received a true one.',
    apply(failing) {
      const { failed, code, control, deep } = failing;
      if (failed.operation !== 'tls' || !isCertificateCode(code)) return undefined;
      const hasTrue =
        (control.kind === 'seen' && control.passed.has(stageKey(failed))) || deep.genuine.size > 0;
      if (!hasTrue || code === 'ssl_invalid_certificate')
        return compareWithControl(failing, 'tls.certificate');
      const isSelfSigned =
        failed.outcome.kind === 'failed' && failed.outcome.seen?.isSelfSigned === true;
      const mitm = isSelfSigned ? 'tls.mitm.self_signed' : 'tls.mitm.ca_signed';
      const own =
        deep.genuine.size > 0
          ? because(
              'genuine_elsewhere',
              'At another address of this name the service shows its own certificate.',
            )
          : undefined;
      return isKnownAddress(failing)
        ? compareWithControl(failing, mitm, { own })
        : compareWithControl(failing, 'dns.injection.other', { own, tampering: [mitm] });
    },
  },
  { ...THROTTLE_RULE, id: 'throttle.unfinished' },
  ...HTTP_RULES,
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
    says: 'A stage failed in a way that interference is known to cause; a control decides, and the same address with another name tells the trigger.',
    apply(failing): Finding | undefined {
      const { failed, code } = failing;
      const mechanism = lookUp(MECHANISM_OF[failed.operation], code) ?? findVague(failing);
      if (mechanism === undefined) return undefined;
      const { mechanism: deepest, own, signals } = deepen(failing, mechanism);
      const finding = compareWithControl(failing, deepest, { own, signals });
      const doubt = finding.kind === 'interference' && doubtAddress(failing);
      return doubt ? { ...finding, doubts: [[doubt]] } : finding;
    },
  },
  {
    id: 'stage.odd',
    says: 'A failure that no known interference causes proves nothing by itself.',
    apply(failing) {
      return {
        kind: 'insufficient',
        reasons: [because('odd_failure', `Cannot tell: it ended with ${failing.code}.`)],
      };
    },
  },
];
