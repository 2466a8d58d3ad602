/**
 * How an agent and the server speak: addresses, limits, tokens, and requests signed with Ed25519 (RFC 8032).
 * A signature covers everything that says what a request is and for whom, so that none can be used for another
 * server, another agent or another body. Kept by both sides.
 */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** Version of the protocol, part of every signature. */
export const PROTOCOL_VERSION = 1;

/** Where the server takes requests of agents. */
export const AGENT_PATHS = {
  /** POST JSON `Enrolment` with a one-time token; answers `Enrolled`. The only request without a signature. */
  enrol: '/agent/v1/enrol',
  /** GET, signed with sequence 0; answers `Plan` (plan.ts). */
  plan: '/agent/v1/plan',
  /** POST a batch (batch.ts), signed; answers `BatchReceipt`. */
  batches: '/agent/v1/batches',
} as const;

export const AGENT_LIMITS = {
  /** Longest body of a request, compressed. */
  maxBodyBytes: 1024 * 1024,
  /** Longest batch after decompression. */
  maxBatchBytes: 4 * 1024 * 1024,
  /** Measurements in one batch. */
  maxMeasurements: 200,
  /** Clocks that differ by more make the measurements of the batch `clock_skewed`. */
  maxClockOffsetMs: 5 * 60_000,
  /** What is older is refused: an agent keeps 30 days, and a day goes by on the way. */
  maxAgeMs: 31 * 86_400_000,
  /** How long a token may be used. */
  tokenLifeMs: 24 * 3_600_000,
} as const;

/** Why the server does not take a request; the `reason` of the RFC 9457 problem that it answers with. */
export const REFUSALS = [
  'unknown_agent',
  'disabled',
  'bad_signature',
  'wrong_instance',
  'wrong_version',
  'sequence_reused',
  'malformed',
  'too_large',
  'too_busy',
  'token_unknown',
  'token_used',
  'token_expired',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Header of each part of a signed request. */
export const HEADERS = {
  version: 'reachline-version',
  instance: 'reachline-instance',
  agent: 'reachline-agent',
  sequence: 'reachline-sequence',
  sentAtMs: 'reachline-sent-at-ms',
  /** Hex. With it a signature can be verified, and a stranger turned away, before the body is read. */
  bodySha256: 'reachline-body-sha256',
  signature: 'reachline-signature',
} as const;

/** Everything that a signature covers. */
export type SignedParts = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Id of the server's data, made at its first start: a request for one server is none for another. */
  readonly instance: string;
  /** Id of the vantage. */
  readonly agent: string;
  /** Of a batch: from 1, never used twice. 0 for requests that change nothing. */
  readonly sequence: number;
  /** By the clock of the agent. */
  readonly sentAtMs: number;
  /** `zstd`, or empty without a body. */
  readonly encoding: string;
  readonly body: Uint8Array;
};

/** The same with the sum of the body in its place. */
export type SummedParts = Omit<SignedParts, 'body'> & { readonly bodySha256: string };

function sum({ body, ...rest }: SignedParts): SummedParts {
  return { ...rest, bodySha256: hash('sha256', body) };
}

function toSignedText(parts: SummedParts): Buffer {
  const { method, path, instance, agent, sequence, sentAtMs, encoding, bodySha256 } = parts;
  // None of the parts can hold a line break: they come from headers and the request line.
  const lines = ['reachline-agent', PROTOCOL_VERSION, method, path, instance, agent];
  return Buffer.from([...lines, sequence, sentAtMs, encoding, bodySha256].join('\n'));
}

/** Headers of a request with its signature. */
export function signRequest(parts: SignedParts, privateKey: KeyObject): Record<string, string> {
  const summed = sum(parts);
  return {
    [HEADERS.version]: String(PROTOCOL_VERSION),
    [HEADERS.instance]: parts.instance,
    [HEADERS.agent]: parts.agent,
    [HEADERS.sequence]: String(parts.sequence),
    [HEADERS.sentAtMs]: String(parts.sentAtMs),
    [HEADERS.bodySha256]: summed.bodySha256,
    [HEADERS.signature]: sign(undefined, toSignedText(summed), privateKey).toString('base64'),
    ...(parts.encoding === '' ? {} : { 'content-encoding': parts.encoding }),
  };
}

/** True when the signature is that of the key over exactly these parts; the body still has to be compared with its sum. */
export function verifySummed(
  parts: SummedParts,
  signatureBase64: string,
  publicKey: KeyObject,
): boolean {
  const signature = Buffer.from(signatureBase64, 'base64');
  return signature.length === 64 && verify(undefined, toSignedText(parts), publicKey, signature);
}

/** True when the signature is that of the key over exactly these parts and this body. */
export function verifyRequest(
  parts: SignedParts,
  signatureBase64: string,
  publicKey: KeyObject,
): boolean {
  return verifySummed(sum(parts), signatureBase64, publicKey);
}

/** A public key as it travels: the 32 bytes of RFC 8032 in base64url. */
export function exportPublicKey(key: KeyObject): string {
  return z.object({ x: z.string() }).parse(key.export({ format: 'jwk' })).x;
}

/** @throws when the text is no Ed25519 key. */
export function importPublicKey(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** What an agent says once, with the token that it was given. */
export const Enrolment = z.strictObject({
  secret: z.string().min(20).max(200),
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  softwareVersion: z.string().min(1).max(64),
});
export type Enrolment = z.infer<typeof Enrolment>;

/** What the server answers to an enrolment. */
export const Enrolled = z.object({ instance: z.string(), vantageId: z.string() });
export type Enrolled = z.infer<typeof Enrolled>;

/** What the server answers to a batch, after its commit. A batch that was stored before gets the same answer. */
export const BatchReceipt = z.object({
  sequence: z.int(),
  /** Stored now. */
  inserted: z.int(),
  /** Stored before, perhaps with another batch. */
  duplicates: z.int(),
  /** Never to be sent again: by index in the batch, and why. */
  refused: z.array(z.object({ index: z.int(), reason: z.string() })),
  /** Of the server, for the offset of the agent's clock. */
  serverNowMs: z.int(),
  /** Changes when the plan should be fetched again. */
  configHash: z.string(),
});
export type BatchReceipt = z.infer<typeof BatchReceipt>;

const TOKEN_PREFIX = 'rl1-';
const Token = z.strictObject({ url: z.url(), secret: z.string() });
/** What a token holds: where to enrol, and the secret that may do so once. */
export type Token = z.infer<typeof Token>;

/** A token as one word that can be copied. */
export function formatToken(token: Token): string {
  return TOKEN_PREFIX + Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Reads a token; undefined when it is none. */
export function parseToken(text: string): Token | undefined {
  if (!text.startsWith(TOKEN_PREFIX)) return undefined;
  try {
    const json = Buffer.from(text.slice(TOKEN_PREFIX.length), 'base64url').toString();
    return Token.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // no JSON: cut off while it was copied
  }
}
