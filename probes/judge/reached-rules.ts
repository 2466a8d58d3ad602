/**
 * Rules for targets that answered. Verified TLS cannot be forged, but the service itself may refuse, the way may be
 * slow or fail every other time; and an answer in cleartext proves nothing until it is compared.
 */
import type { HttpValue, Mechanism } from '../types.ts';
import { STUB_RULE } from './dns-rules.ts';
import { codeOf } from './facts.ts';
import { because, type Case, lookUp, type Rule } from './finding.ts';
import { isResolverAlone } from './resolution.ts';
import { confirmBlockPage, findBlockPage, isKnownAddress, THROTTLE_RULE } from './stage-rules.ts';

/** Statuses by which a service refuses a country or a client (RFC 9110 §15.5, RFC 7725). */
const REFUSALS = new Set([403, 429, 451]);
/** Header names that nearly every server sends: sharing them shows no kinship. */
const COMMON_HEADERS = new Set([
  'content-type',
  'content-length',
  'date',
  'server',
  'via',
  'location',
  'retry-after',
]);
/** Failures of a try that chance hardly repeats while another name never fails. */
const FLAPPING_CODES = new Set(['connection_reset', 'eof_error', 'generic_timeout_error']);
const CHALLENGE_TEXT = /captcha|challenge|are you (a )?human|unusual traffic/i;

/** A page on which the service wants to know whether a person asks. */
function isChallenge(response: HttpValue): boolean {
  return (
    response.headers['cf-mitigated'] !== undefined ||
    CHALLENGE_TEXT.test(response.title) ||
    CHALLENGE_TEXT.test(response.bodyHead)
  );
}

const isFine = ({ statusCode }: HttpValue): boolean => statusCode >= 200 && statusCode < 400;

/** Words of five and more letters in a title; shorter ones say little. */
function listTitleWords(title: string): string[] {
  return title.toLowerCase().match(/[\p{L}\p{N}]{5,}/gu) ?? [];
}

/** Whether two answers in cleartext are the same page: same status, and alike in length, headers or title. */
function isSamePage(here: HttpValue, there: HttpValue, minBodyProportion: number): boolean {
  if (here.statusCode !== there.statusCode) return false;
  const [shorter = 0, longer = 0] = [here.bodyBytes, there.bodyBytes].toSorted((a, b) => a - b);
  if (here.isBodyTruncated || there.isBodyTruncated) return mayGoOn(here, there);
  if (longer === 0 || shorter / longer > minBodyProportion) return true;
  if (sharesHeaders(here, there)) return true;
  const words = listTitleWords(here.title);
  const others = listTitleWords(there.title);
  return (
    words.length > 0 &&
    words.every((word) => others.includes(word)) &&
    words.length === others.length
  );
}

/** Whether a page that was cut off, here or there, can be as long as the other: some media show only the beginning. */
function mayGoOn(here: HttpValue, there: HttpValue): boolean {
  if (here.isBodyTruncated && there.isBodyTruncated) return true;
  const [cut, whole] = here.isBodyTruncated ? [here, there] : [there, here];
  return whole.bodyBytes >= cut.bodyBytes;
}

function sharesHeaders(here: HttpValue, there: HttpValue): boolean {
  return Object.keys(here.headers).some(
    (name) => !COMMON_HEADERS.has(name) && name in there.headers,
  );
}

const SERVER_RULES: readonly Rule[] = [
  {
    id: 'server.challenge',
    says: 'The service asks whether a person is there: it was reached, and that is all.',
    apply({ attempt, control }) {
      const { response, isProven } = attempt;
      if (!response || !isChallenge(response)) return undefined;
      if (control.kind === 'seen' && control.responses.some(isChallenge)) return undefined;
      const reasons = [
        because(
          'server_side_challenge',
          'The answer is a challenge of the service, not a page of the network.',
        ),
      ];
      return isProven
        ? { kind: 'ok', reasons, tampering: ['server_side'] }
        : { kind: 'insufficient', mechanism: 'server_side', reasons };
    },
  },
  {
    id: 'server.refusal',
    says: 'Over verified TLS the service itself refuses (403, 429, 451) what it gives to a control: its own doing, never called blocking.',
    apply({ attempt, control }) {
      const { response, isProven } = attempt;
      if (!isProven || !response || !REFUSALS.has(response.statusCode)) return undefined;
      if (control.kind !== 'seen' || !control.responses.some(isFine)) return undefined;
      return {
        kind: 'impaired',
        mechanism: 'server_side',
        reasons: [
          because(
            'server_refuses',
            `The service itself answers ${response.statusCode} here, and gives the page to the outside control.`,
          ),
        ],
      };
    },
  },
];

const CLEARTEXT_RULES: readonly Rule[] = [
  {
    id: 'clear.known_blockpage',
    says: 'A known block page of this country came in place of the page: blocked at once.',
    apply(one) {
      if (one.attempt.isProven) return undefined;
      const hit = findBlockPage(one);
      return hit && confirmBlockPage(one, hit);
    },
  },
  {
    id: 'clear.ghost',
    says: 'The name is gone for the control, and yet a page came: the service is down, and the resolver makes answers up.',
    apply({ attempt, control, facts }) {
      if (attempt.isProven || facts.target.kind === 'tcp' || facts.target.kind === 'stun')
        return undefined;
      if (control.kind !== 'seen' || !control.failed.has('0.dns')) return undefined;
      return {
        kind: 'down',
        mechanism: 'dns.nxdomain',
        tampering: ['dns.injection.other'],
        reasons: [
          because(
            'name_gone',
            'The outside control cannot resolve this name at all, while a page came here.',
          ),
        ],
      };
    },
  },
  {
    id: 'clear.no_control',
    says: 'A page in cleartext without a control to compare it with proves nothing.',
    apply({ attempt, control }) {
      if (attempt.isProven || !attempt.response) return undefined;
      if (control.kind === 'seen' && control.responses.length > 0) return undefined;
      return {
        kind: 'insufficient',
        reasons: [
          because(
            'no_control',
            'Cannot tell: a page came in cleartext, and no control has one to compare.',
          ),
        ],
      };
    },
  },
  {
    id: 'clear.other_page',
    says: 'In cleartext another page came than the control got, and none that the same server would send.',
    apply(one) {
      const { attempt, control, rules } = one;
      if (!isVantageFine(one)) return undefined;
      const { response } = attempt;
      if (attempt.isProven || !response || control.kind !== 'seen') return undefined;
      if (
        control.responses.some((there) => isSamePage(response, there, rules.http.minBodyProportion))
      )
        return undefined;
      const isLying = isResolverAlone(one) || !isKnownAddress(one);
      return {
        kind: 'interference',
        mechanism: isLying ? 'dns.injection.blockpage' : 'http.blockpage',
        signals: isResolverAlone(one)
          ? [because('resolver_alone', 'Only the resolver of this network gives this address.')]
          : [],
        reasons: [
          because(
            'other_page',
            'The page differs from the one that the control got in status, length, headers and title.',
          ),
        ],
      };
    },
  },
];

/** Whether the vantage had a network and a quiet machine: else what came may be a login page, or chance. */
function isVantageFine({ vantage, marks, rules }: Case): boolean {
  return (
    vantage.baselinesOk >= Math.max(1, rules.minBaselinesOk) &&
    marks.every((mark) => mark === 'simulated')
  );
}

const UNFIT_RULE: Rule = {
  id: 'clear.unfit_vantage',
  says: 'A page in cleartext while no neutral host answers, or on a disturbed machine, proves nothing.',
  apply(one) {
    if (one.attempt.isProven || !one.attempt.response || isVantageFine(one)) return undefined;
    const isUnasked = one.blind.has('baselines') && one.vantage.baselines === 0;
    return {
      kind: 'insufficient',
      ...(isUnasked ? {} : { mechanism: 'network.outage' }),
      reasons: [
        because(
          'vantage_unfit',
          'Cannot tell: a page came in cleartext, but neutral hosts did not answer or the machine was disturbed.',
        ),
      ],
    };
  },
};

/** Whether a mark of one-off chance can be ruled out: the target fails again and again, the innocuous name never. */
const FLAPPING_RULE: Rule = {
  id: 'flapping',
  says: 'The target fails in several tries of one run and passes in others, while an innocuous name at the same address never fails.',
  apply(one) {
    const { facts, deep, rules } = one;
    if (!isVantageFine(one)) return undefined;
    const visits = facts.attempts.flatMap(({ failed }) =>
      failed?.operation === 'tls' ? [codeOf(failed)] : [],
    );
    const codes = [...visits, ...deep.ownNameCodes].filter((code) => FLAPPING_CODES.has(code));
    const { innocuousName } = deep;
    const isOnlyOwn = innocuousName.passed > 0 && innocuousName.failed === 0;
    if (codes.length < rules.flapping.minFailures || !isOnlyOwn) return undefined;
    const tries =
      facts.attempts.length +
      deep.ownNameCodes.length +
      deep.targetAgain.passed +
      deep.smallHello.passed +
      deep.secondAddress.passed;
    return {
      kind: 'likely_blocked',
      mechanism: lookUp(MECHANISM_OF_FLAP, mostFrequent(codes)) ?? 'tls.reset.sni',
      reasons: [
        because(
          'flapping',
          `${codes.length} of ${tries} tries with the name of the target failed, none with an innocuous one at the same address.`,
        ),
      ],
    };
  },
};

const MECHANISM_OF_FLAP: Readonly<Record<string, Mechanism>> = {
  connection_reset: 'tls.reset.sni',
  eof_error: 'tls.eof.sni',
  generic_timeout_error: 'tls.timeout.sni',
};

function mostFrequent(codes: readonly string[]): string {
  const counts = Map.groupBy(codes, (code) => code);
  return [...counts].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0] ?? '';
}

/** Rules for a target that answered, in the order in which they are tried. */
export const REACHED_RULES: readonly Rule[] = [
  {
    ...STUB_RULE,
    id: 'dns.stub_address.answered',
    apply: (one) => (one.attempt.isProven ? undefined : STUB_RULE.apply(one)),
  },
  ...SERVER_RULES,
  ...CLEARTEXT_RULES.slice(0, 1),
  UNFIT_RULE,
  ...CLEARTEXT_RULES.slice(1),
  THROTTLE_RULE,
  FLAPPING_RULE,
];

/** Signs of interference on a target that nevertheless answered. */
export function listTampering(one: Case): Mechanism[] {
  const { deep, attempt, control } = one;
  const tampering: Mechanism[] = [];
  // A relay shows every name its own certificate; an edge of the service knows only its own names.
  const isRelay = !attempt.isProven || deep.isInnocuousVerified;
  if (isRelay && isResolverAlone(withoutOwnProof(one))) tampering.push('dns.injection.other');
  const hasQuic = control.kind === 'seen' && control.hasQuic;
  if (hasQuic && deep.quic && !deep.quic.v1)
    tampering.push(deep.quic.negotiation ? 'quic.version' : 'quic.drop');
  return tampering;
}

/** What is known of the addresses without what this very connection has proved. */
function withoutOwnProof(one: Case): Case {
  const genuine = new Set(
    [...one.deep.genuine].filter((address) => address !== one.attempt.dialled),
  );
  return { ...one, deep: { ...one.deep, genuine } };
}
