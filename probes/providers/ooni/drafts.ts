/** What the parts that make observations of facts share. */
import { createFailure } from '../../failure.ts';
import type { Observation, Purpose } from '../../types.ts';
import type { HttpFact, TcpFact, Timed, TlsFact } from './facts.ts';

/** An observation that has no number yet. */
export type Draft = Observation extends infer O
  ? O extends Observation
    ? Omit<O, 'id'>
    : never
  : never;

/** What all observations of a visit share. */
export type Subject = Pick<Draft, 'targetId' | 'role' | 'attempt'> & {
  readonly hop?: number;
  readonly purpose?: Purpose;
};

/** One host on the way: the first request, or where a redirect led. */
export type Hop = {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Absent where nothing is fetched. */
  readonly request?: HttpFact;
  /** True where a redirect led on and nothing is told of it: the page before was not the end. */
  readonly isUnfollowed?: true;
};

/** How a client treats certificates when its file has no list of handshakes. */
export type Verification = 'verifies' | 'unknown';

/** The operations on one connection. */
export type Chain = { readonly address: string; readonly tcp?: TcpFact; readonly tls?: TlsFact };

/** Of a handshake of which nothing is told. */
export const NO_FACTS = {
  protocol: '',
  cipher: '',
  alpn: '',
  chain: [],
  isSelfSigned: false,
} as const;
/** These files count no bytes. */
export const NO_BYTES = { wireBytesIn: 0, wireBytesOut: 0 } as const;

/** When it was, and what it belongs to. */
export function toCommon({ startedMs, elapsedMs }: Timed, subject: Subject) {
  return { ...subject, startedMs, elapsedMs };
}

/** A connection whose certificate nobody looked at proves nothing, and is no failure of the other end either. */
export const UNCHECKED = {
  kind: 'failed',
  failure: createFailure('tls', 'unknown_failure', {
    attribution: 'vantage',
    raw: 'certificate_not_checked',
  }),
} as const;
