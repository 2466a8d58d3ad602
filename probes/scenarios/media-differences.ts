/**
 * Where a scenario seen through a proxy may be judged otherwise than seen directly, and why. Whatever differs without a
 * row here is a mistake: a different verdict needs a row of its own, a vaguer mechanism one that covers its kind.
 */
import type { ScenarioResult } from './compare.ts';
import type { Medium } from './medium.ts';

/** One kind of difference and its justification. */
type Explanation = {
  readonly media: readonly Medium[];
  /** The scenarios that it holds for; all unless told. */
  readonly ids?: readonly string[];
  /** The difference as compare.ts words it. */
  readonly difference: RegExp;
  readonly why: string;
};

/** A difference with its reason; without one it must not be. */
export type MediumDifference = {
  readonly id: string;
  readonly name: string;
  readonly difference: string;
  readonly why?: string;
};

const PROXIES: readonly Medium[] = ['socks5', 'socks5-far', 'http-proxy', 'http-proxy-far'];
const HERE: readonly Medium[] = ['socks5', 'http-proxy'];
const FAR: readonly Medium[] = ['socks5-far', 'http-proxy-far'];

const VERDICTS: readonly Explanation[] = [
  {
    media: PROXIES,
    ids: ['R20'],
    difference: /^verdict blocked, not insufficient$/,
    why: 'The network behind a proxy can change unseen. The resets of this scenario happen on both networks.',
  },
  {
    media: PROXIES,
    ids: ['R21c'],
    difference:
      /^(?:verdict ok, not impaired|mechanism none, not udp\.drop|calls insufficient, not blocked)$/,
    why: 'Calls need UDP, which a proxy does not carry: whether they are stopped cannot be told.',
  },
  {
    media: FAR,
    ids: ['A20'],
    difference: /^verdict likely_blocked, not blocked$/,
    why: 'That only the resolver of the network gives the address was the second sign, and the proxy keeps addresses to itself.',
  },
  {
    media: PROXIES,
    ids: ['C1', 'R21a', 'R21b'],
    difference: /^calls insufficient, not ok$/,
    why: 'Calls need UDP, which a proxy does not carry: whether they work cannot be told.',
  },
];

const MECHANISMS: readonly Explanation[] = [
  {
    media: PROXIES,
    difference: /^mechanism (tls|http), not \1\.(?:reset|eof|timeout)(?:\.\w+)?$/,
    why: 'A proxy ends its own side alike when the other end resets, closes or falls silent, or does not end it.',
  },
  {
    media: PROXIES,
    difference: /^tampering \[\], not \[tls\.reset\.sni\]$/,
    why: 'A proxy closes alike, whether the other end reset the connection or closed it.',
  },
  {
    media: HERE,
    difference: /^mechanism ip, not ip\.(?:drop|reset|unreachable)$/,
    why: 'A proxy says that a connection failed, and how only by its own lights.',
  },
  {
    media: ['http-proxy'],
    difference: /^mechanism ip, not ip\.refused$/,
    why: 'HTTP has no status by which a proxy could say that a connection was refused.',
  },
  {
    media: PROXIES,
    difference: /^tampering \[\], not \[quic\.version\]$/,
    why: 'QUIC needs UDP, which a proxy does not carry.',
  },
  {
    media: HERE,
    ids: ['R9'],
    difference: /^(?:mechanism dns\.nxdomain, not dns\.injection\.other|not udp_untrusted)$/,
    why: 'That queries are answered on the way shows in views over UDP, which a proxy does not carry.',
  },
];

const FAR_NAMES: readonly Explanation[] = [
  {
    media: FAR,
    difference: /^mechanism none, not (?:ip|dns)\.[\w.]+$/,
    why: 'The proxy looks names up: a connection that fails may fail at the name or at the address.',
  },
  {
    media: FAR,
    difference: /^mechanism dns, not dns\.[\w.]+$/,
    why: 'That the name is at fault shows in another resolver; what the proxy was told stays hidden.',
  },
  {
    media: FAR,
    difference: /^mechanism tls\.certificate, not (?:dns\.injection\.other|tls\.mitm\.\w+)$/,
    why: 'An impostor on the way and one behind a false address look alike while the address is not known.',
  },
  {
    media: FAR,
    difference: /^mechanism http\.blockpage, not dns\.injection\.blockpage$/,
    why: 'A page put in place on the way and one behind a false address look alike while the address is not known.',
  },
  {
    media: FAR,
    ids: ['A47'],
    difference: /^mechanism tls, not dns\.injection\.other$/,
    why: 'The handshake is cut off at the false address; that it is false cannot be seen.',
  },
  {
    media: FAR,
    ids: ['C8'],
    difference: /^mechanism tls, not ip\.drop$/,
    why: 'Where connecting fails no mechanism is named, so the handshakes that are cut off give the one of the service.',
  },
  {
    media: FAR,
    difference: /^tampering \[\], not \[(?:dns\.injection\.other|tls\.mitm\.\w+)\]$/,
    why: 'That the resolver lies shows in the addresses that it gives, which the proxy keeps to itself.',
  },
  {
    media: FAR,
    ids: ['R9'],
    difference: /^not udp_untrusted$/,
    why: 'That queries are answered on the way shows in views over UDP, which a proxy does not carry.',
  },
  {
    media: FAR,
    difference: /^not (?:public_resolver_noted|reachable_if_resolved)$/,
    why: 'Who looked the name up is the business of the proxy.',
  },
];

const EXPLANATIONS: readonly Explanation[] = [...VERDICTS, ...MECHANISMS, ...FAR_NAMES];

/** Lists every difference between what was concluded through a medium and what is concluded directly. */
export function listMediumDifferences(
  medium: Medium,
  results: readonly ScenarioResult[],
): readonly MediumDifference[] {
  return results.flatMap(({ id, name, differences }) =>
    differences.map((difference) => {
      const found = EXPLANATIONS.find(
        (one) =>
          one.media.includes(medium) &&
          (one.ids?.includes(id) ?? true) &&
          one.difference.test(difference),
      );
      return { id, name, difference, ...(found ? { why: found.why } : {}) };
    }),
  );
}

/** Ids of the scenarios whose verdict may differ through a medium. */
export function listExcusedVerdicts(medium: Medium): readonly string[] {
  return VERDICTS.filter(({ media }) => media.includes(medium)).flatMap(({ ids = [] }) => ids);
}
