/**
 * What our exports carry beside OONI's fields: the keys that begin with `x_` and hold what those formats have no place
 * for. One description for the writer and the reader; the facts themselves stand in OONI's own fields.
 */
import { z } from 'zod';
import {
  BLIND_SPOTS,
  type BlindSpot,
  MARKS,
  type Mark,
  PURPOSES,
  type Purpose,
} from '../../types.ts';

/** The name under which our measurements are exported. */
export const OWN_TEST_NAME = 'reachline';
/** Grows when a field changes its meaning. */
export const OWN_TEST_VERSION = '0.1.0';

const milliseconds = z.number().min(0).max(86_400_000);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const sha256 = z.string().regex(/^[0-9a-f]{0,64}$/);
const targetId = z
  .string()
  .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/)
  .max(120);

/** What every entry of a list carries under `x_observation`. */
export const OwnObservation = z.object({
  id: z.int().min(0).max(100_000),
  target: targetId,
  role: z.enum(['target', 'baseline', 'control']),
  attempt: z.int().min(1).max(1_000),
  hop: z.int().min(1).max(20).exactOptional(),
  purpose: z.enum(PURPOSES as readonly [Purpose, ...Purpose[]]).exactOptional(),
  attribution: z.enum(['remote', 'resolver', 'vantage']).exactOptional(),
  raw: z.string().max(64).exactOptional(),
});
export type OwnObservation = z.infer<typeof OwnObservation>;

const address = z.string().max(64);
const reply = z.object({
  atMs: milliseconds,
  rcode: z.string().max(32),
  addresses: z.array(address).max(256),
  bytes: count,
  isMatching: z.boolean(),
});

/** `x_dns` of a query. */
export const OwnDns = z.object({
  resolver: z.enum(['network', 'public']),
  replies: z.array(reply).max(64).exactOptional(),
});

/** `x_tls` of a handshake; what was not seen is absent. */
export const OwnTls = z.object({
  hello: z.enum(['default', 'small']),
  isVerified: z.boolean().exactOptional(),
  isSelfSigned: z.boolean().exactOptional(),
  chain: z.array(sha256).max(16).exactOptional(),
  wireBytesIn: count.exactOptional(),
  wireBytesOut: count.exactOptional(),
});

/** `x_http` of a request; what was not seen is absent. */
export const OwnHttp = z.object({
  bodyBytes: count.exactOptional(),
  isBodyTruncated: z.boolean().exactOptional(),
  bodySha256: sha256.exactOptional(),
  title: z.string().max(400).exactOptional(),
  wireBytesIn: count.exactOptional(),
  goodputBytesPerSecond: z.number().min(0).exactOptional(),
  longestSilenceMs: z.number().min(0).exactOptional(),
});

/** Entry of `x_stun` and `x_quic`: operations for which OONI has no list. */
export const OwnDatagram = z.object({
  address,
  port: z.int().min(1).max(65_535),
  failure: z.string().max(512).nullable(),
  hello: z.enum(['negotiation', 'v1']).exactOptional(),
  serverName: z.string().max(255).exactOptional(),
  answer: z.enum(['negotiation', 'v1']).exactOptional(),
});

/** `x_measurement` in `test_keys`. */
export const OwnMeasurement = z.object({
  service: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(64),
  vantage: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(64),
  access: z.enum(['fixed', 'mobile', 'datacentre', 'unknown']),
  startedAtMs: count,
  loopDelayMs: z.number().min(0),
  marks: z.array(z.enum(MARKS as readonly [Mark, ...Mark[]])).max(MARKS.length),
  blindSpots: z
    .array(z.enum(BLIND_SPOTS as readonly [BlindSpot, ...BlindSpot[]]))
    .max(BLIND_SPOTS.length)
    .exactOptional(),
});

/** What was concluded, as it is written beside a measurement; never read back. */
export type OwnVerdict = {
  readonly verdict: string;
  readonly mechanism: string | null;
  readonly confidence: string;
  readonly rule: string;
};
