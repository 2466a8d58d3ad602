/**
 * Made-up evidence for property tests of the judge: runs in which anything may have failed in any way, now and then
 * out of order or with things in it that no probe writes. A seed gives the same input every time.
 */
import type { Fingerprint } from '../../config/schema.ts';
import { FAILURE_CODES } from '../failure.ts';
import type { JudgeInput } from '../judge/judge.ts';
import {
  type BaselineTarget,
  MARKS,
  type Measurement,
  type Observation,
  type Operation,
  type Purpose,
  type Service,
  type ServiceTarget,
} from '../types.ts';
import { serviceOf, TEST_RULES } from './observations.ts';

/** Numbers from 0 to below 1. */
type Random = () => number;

/** mulberry32, public domain, by Tommy Ettinger. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const STUB = '62.1.1.1';
const TRUE_ADDRESSES = ['157.240.20.35', '157.240.20.36'] as const;
/** A true one, a bogon, a stub, one from elsewhere, one in IPv6 and text that is no address. */
const ADDRESSES = [...TRUE_ADDRESSES, '10.10.34.35', STUB, '93.184.216.34', '::1', 'x'] as const;
const BLOCK_PAGE = 'this site is blocked';
const BODIES = ['', 'a page', 'another page of a service', BLOCK_PAGE, 'captcha', '\ud800\0<b>'];
const STATUSES = [200, 200, 200, 301, 403, 429, 451, 500, 0, -1, Number.NaN];

/** How each stage may fail, the ways of interference first and foremost. */
const CODES: Readonly<Record<Operation, readonly string[]>> = {
  dns: ['dns_nxdomain_error', 'generic_timeout_error', 'dns_refused_error', 'dns_no_answer'],
  tcp: ['generic_timeout_error', 'connection_refused', 'connection_reset', 'host_unreachable'],
  tls: [
    'connection_reset',
    'generic_timeout_error',
    'eof_error',
    'ssl_unknown_authority',
    'ssl_invalid_hostname',
    'ssl_invalid_certificate',
    'ssl_failed_handshake',
  ],
  http: ['generic_timeout_error', 'connection_reset', 'eof_error', 'unknown_failure'],
  stun: ['generic_timeout_error', 'connection_refused'],
  quic: ['generic_timeout_error'],
};
const ODD_CODES = [...Object.keys(FAILURE_CODES), '', 'never_heard_of', 'x'.repeat(1_000)];
const RAWS = ['ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'too_many_redirects'];
const STAGES_OF: Readonly<Record<ServiceTarget['kind'], readonly Operation[]>> = {
  https: ['dns', 'tcp', 'tls', 'http'],
  http: ['dns', 'tcp', 'http'],
  tcp: ['dns', 'tcp'],
  stun: ['dns', 'stun'],
};
const BASELINES: readonly Pick<BaselineTarget, 'id' | 'scope'>[] = [
  { id: 'baseline.home', scope: 'domestic' },
  { id: 'baseline.a', scope: 'foreign' },
  { id: 'baseline.b', scope: 'foreign' },
];
/** Variations of the handshake, and how often each comes in a deep pass. */
const HANDSHAKES: readonly Purpose[] = [
  'innocuous_name',
  'target_again',
  'innocuous_name',
  'small_hello',
  'second_address',
  'neutral_address',
  'parallel',
];

const SERVICE: Service = serviceOf([
  { id: 'facebook.web.a', kind: 'https', function: 'web' },
  { id: 'facebook.web.b', kind: 'https', function: 'web' },
  { id: 'facebook.links.c', kind: 'http', function: 'links' },
  { id: 'facebook.messages.d', kind: 'tcp', function: 'messages' },
  { id: 'facebook.calls.e', kind: 'stun', function: 'calls' },
]);

function fingerprint(id: string, kind: Fingerprint['kind'], pattern: string): Fingerprint {
  return {
    id,
    kind,
    pattern,
    match: kind === 'dns' ? 'full' : 'contains',
    countryCodes: ['RU'],
    scope: 'national',
    sourceUrl: 'https://example.com/',
    retrievedAt: '2026-11-20',
    note: '',
  };
}
const FINGERPRINTS = [fingerprint('stub', 'dns', STUB), fingerprint('page', 'body', BLOCK_PAGE)];

/** An observation without its number; the pairs of operation, input and outcome are made here. */
type Draft = Record<string, unknown>;

/** Makes one measurement; everything comes from its source of numbers. */
class RunMaker {
  readonly #random: Random;
  readonly #passShare: number;
  readonly #drafts: Draft[] = [];

  constructor(random: Random, passShare: number) {
    this.#random = random;
    this.#passShare = passShare;
  }

  #pick<T>(values: readonly T[]): T {
    const picked = values[Math.floor(this.#random() * values.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #addresses(): string[] {
    if (this.#chance(0.6)) return [...TRUE_ADDRESSES];
    return Array.from({ length: Math.floor(this.#random() * 3) }, () => this.#pick(ADDRESSES));
  }

  #http(): Draft {
    const body = this.#pick(BODIES);
    return {
      statusCode: this.#pick(STATUSES),
      headers: this.#chance(0.3) ? { location: body, 'x-own': '1' } : {},
      bodyBytes: this.#pick([body.length, 0, 300]),
      isBodyTruncated: this.#chance(0.1),
      bodySha256: '',
      title: this.#pick(BODIES),
      bodyHead: body,
      wireBytesIn: 0,
      ...(this.#chance(0.5)
        ? {
            goodputBytesPerSecond: this.#pick([0, 900, 16_000, 4_000_000]),
            longestSilenceMs: this.#pick([0, 100, 9_000]),
          }
        : {}),
    };
  }

  #value(operation: Operation): Draft {
    if (operation === 'http') return this.#http();
    if (operation === 'dns') return { addresses: this.#addresses(), rcode: 'NOERROR', replies: [] };
    if (operation === 'tls')
      return { isVerified: this.#chance(0.9), chain: ['aa'], isSelfSigned: this.#chance(0.5) };
    return operation === 'quic' ? { answer: 'v1' } : {};
  }

  #outcome(operation: Operation, hasPassed: boolean): Draft {
    if (hasPassed) return { kind: 'ok', value: this.#value(operation) };
    const codes = this.#chance(0.9) ? CODES[operation] : ODD_CODES;
    const failure = {
      operation,
      code: this.#pick(codes),
      attribution: this.#chance(0.9) ? 'remote' : this.#pick(['resolver', 'vantage']),
      ...(this.#chance(0.3) ? { raw: this.#pick(RAWS) } : {}),
    };
    return {
      kind: 'failed',
      failure,
      ...(this.#chance(0.5) ? { seen: this.#value(operation) } : {}),
    };
  }

  /** One walk over stages that ends at `failsAt`, or at its end. */
  #walk(stages: readonly Operation[], failsAt: number, common: Draft): Draft[] {
    const address = this.#chance(0.8) ? TRUE_ADDRESSES[0] : this.#pick(ADDRESSES);
    const walked = stages.slice(0, failsAt + 1).map((operation, index) => ({
      ...common,
      operation,
      elapsedMs: 1,
      input: {
        host: 'www.facebook.com',
        transport: this.#pick(['udp', 'tcp', 'doh']),
        hello: this.#pick(['negotiation', 'v1']),
        address,
        port: 443,
      },
      outcome: this.#outcome(operation, index !== failsAt),
    }));
    const last = walked.at(-1);
    // A page may come over a connection whose certificate failed.
    return last?.operation === 'tls' && this.#chance(0.2)
      ? [...walked, { ...last, operation: 'http', outcome: this.#outcome('http', true) }]
      : walked;
  }

  #failsAt(stages: readonly Operation[], passShare = this.#passShare): number {
    if (this.#chance(passShare)) return stages.length;
    return Math.floor(this.#random() * stages.length);
  }

  visit({ id, kind }: ServiceTarget): void {
    if (this.#chance(0.05)) return;
    const stages = STAGES_OF[kind];
    const first = this.#walk(stages, this.#failsAt(stages), {
      targetId: id,
      role: 'target',
      attempt: 1,
      startedMs: 10,
    });
    this.#drafts.push(...first);
    const again = { attempt: 2, startedMs: this.#pick([10, 30_010, 60_000]) };
    const isRetried = this.#chance(0.6);
    if (isRetried && this.#chance(0.7))
      this.#drafts.push(...first.map((one) => ({ ...one, ...again })));
    else if (isRetried)
      this.#drafts.push(
        ...this.#walk(stages, this.#failsAt(stages), { targetId: id, role: 'target', ...again }),
      );
    if (this.#chance(0.1))
      this.#drafts.push(
        ...this.#walk(stages, this.#failsAt(stages), {
          targetId: id,
          role: 'target',
          attempt: 1,
          hop: this.#pick([1, 10]),
          startedMs: 20,
        }),
      );
  }

  visitBaselines(): void {
    const share = this.#pick([1, 1, 1, 0.6, 0]);
    const usualFailure = Math.floor(this.#random() * 4);
    for (const { id, scope } of BASELINES) {
      const isOk = this.#chance(share) || (scope === 'domestic' && this.#chance(0.3));
      const failsAt = this.#chance(0.8) ? usualFailure : this.#failsAt(STAGES_OF.https, 0);
      const common = { targetId: id, role: 'baseline', attempt: 1, startedMs: 0 };
      this.#drafts.push(...this.#walk(STAGES_OF.https, isOk ? 4 : failsAt, common));
    }
  }

  deepen({ id, kind }: ServiceTarget): void {
    const common = { targetId: id, role: 'target', attempt: 1, startedMs: 40_000 };
    const passShare = this.#pick([0, 0.5, 1]);
    const stages = STAGES_OF[kind].slice(1);
    const add = (walked: readonly Operation[], purpose: Purpose, share: number): void => {
      const failsAt = this.#failsAt(walked, share);
      this.#drafts.push(...this.#walk(walked, failsAt, { ...common, purpose }));
    };
    for (const purpose of ['dns_view', 'dns_view', 'dns_view'] as const) {
      if (this.#chance(0.6)) add(['dns'], purpose, 0.7);
      if (this.#chance(0.4)) add(['tcp', 'tls'], purpose, 0.6);
    }
    if (this.#chance(0.5)) for (const _ of [1, 2]) add(['dns'], 'whoami', 0.8);
    for (const purpose of HANDSHAKES)
      if (this.#chance(0.7))
        add(stages, purpose, purpose === 'innocuous_name' ? this.#pick([0, 1, 1]) : passShare);
    for (const purpose of ['goodput', 'goodput_baseline'] as const)
      if (this.#chance(0.5)) add(['http'], purpose, 0.8);
    if (this.#chance(0.3))
      this.#drafts.push(...this.#walk(['quic'], this.#failsAt(['quic']), common));
  }

  /** Puts everything together; one run in ten is out of order and has holes. */
  finish(vantageId: string): Measurement {
    const isWild = this.#chance(0.1);
    const drafts = isWild
      ? this.#drafts
          .filter(() => this.#chance(0.7))
          .map((draft) => ({ draft, rank: this.#random() }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ draft }) => draft)
      : this.#drafts;
    return {
      service: SERVICE.id,
      vantageId,
      slotMs: 1_646_352_000_000,
      seq: 0,
      intervalMs: 300_000,
      startedAtMs: 1_646_352_001_000,
      elapsedMs: 1_000,
      loopDelayMs: 0,
      marks: this.#chance(0.1) ? [this.#pick(MARKS)] : [],
      observations: drafts.map((draft, id) => ({ id, ...draft }) as unknown as Observation),
      certificates: new Map([['aa', new Uint8Array([1, 2, 3])]]),
      provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
    };
  }
}

function makeRun(random: Random, vantageId: string, passShare: number, deepShare: number) {
  const maker = new RunMaker(random, passShare);
  maker.visitBaselines();
  for (const target of SERVICE.targets) maker.visit(target);
  for (const target of SERVICE.targets) if (random() < deepShare) maker.deepen(target);
  return maker.finish(vantageId);
}

/** Everything that the judge is given, from a seed. */
export function makeArbitraryInput(seed: number): JudgeInput {
  const random = createRandom(seed);
  const measurement = makeRun(random, 'here', random() < 0.5 ? 0.2 : 0.7, random() < 0.5 ? 0.8 : 0);
  const controls = Array.from({ length: Math.floor(random() * 3) }, (_, index) =>
    makeRun(random, `control-${index}`, 0.8, 0),
  );
  return {
    measurement,
    service: SERVICE,
    controls,
    countryCode: random() < 0.7 ? 'RU' : 'UA',
    baselines: random() < 0.8 ? BASELINES : [],
    rules: TEST_RULES,
    fingerprints: random() < 0.6 ? FINGERPRINTS : [],
  };
}
