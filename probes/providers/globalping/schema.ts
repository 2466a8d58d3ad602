/**
 * What the API of Globalping answers, as far as it is used here; everything else is dropped unread.
 * Follows its public description, version 1 (https://globalping.io/docs/api.globalping.io); `failureSource` was added to
 * it in July 2026 and is missing from older probes. What comes is hostile until it has passed through here.
 */
import { z } from 'zod';

/** Most probes that one measurement of ours runs on; an answer with more is not ours. */
const MAX_RESULTS = 50;
const MAX_TEXT_CHARS = 65_536;
const MAX_TAGS = 100;

const shortText = z.string().max(500);
const longText = z.string().max(MAX_TEXT_CHARS);
const ms = z.number().min(0).max(600_000).nullish().catch(null);

/** The name of a measurement; it becomes part of a path, so nothing but letters and digits is let through. */
const MeasurementId = z.string().regex(/^[\w-]{1,100}$/);

/** The answer to a measurement that was accepted. */
export const Created = z.object({
  id: MeasurementId,
  probesCount: z.int().min(0).max(MAX_RESULTS),
});
export type Created = z.infer<typeof Created>;

/** A machine of the platform. City, coordinates and resolvers are dropped here: they say too much of whoever runs it. */
export const Probe = z.object({
  country: z.string().regex(/^[A-Z]{2}$/),
  asn: z.int().min(0).max(4_294_967_295),
  network: shortText,
  tags: z.array(shortText).max(MAX_TAGS).catch([]),
});
export type Probe = z.infer<typeof Probe>;

const status = z.enum(['in-progress', 'finished', 'failed', 'offline']);

/** What a test says of itself when it did not succeed. */
const failing = {
  status,
  rawOutput: longText.nullish().catch(null),
  failureSource: z.enum(['target', 'resolver', 'internal']).nullish().catch(null),
};

const Tls = z.object({
  authorized: z.boolean(),
  error: shortText.nullish().catch(null),
  protocol: shortText.nullish().catch(null),
  cipherName: shortText.nullish().catch(null),
  subject: z.object({ CN: shortText.nullish(), alt: longText.nullish() }).nullish().catch(null),
  fingerprint256: shortText.nullish().catch(null),
});
export type Tls = z.infer<typeof Tls>;

/** The result of a test of type `http`. */
export const HttpResult = z.object({
  ...failing,
  resolvedAddress: shortText.nullish().catch(null),
  statusCode: z.int().min(100).max(999).nullish().catch(null),
  headers: z.record(z.string(), z.union([longText, z.array(longText).max(100)])).catch({}),
  rawBody: longText.nullish().catch(null),
  truncated: z.boolean().catch(false),
  timings: z
    .object({ total: ms, dns: ms, tcp: ms, tls: ms, firstByte: ms, download: ms })
    .nullish()
    .catch(null),
  tls: Tls.nullish(),
});
export type HttpResult = z.infer<typeof HttpResult>;

/** The result of a test of type `dns` without a trace. */
export const DnsResult = z.object({
  ...failing,
  statusCodeName: z
    .string()
    .regex(/^[A-Z]{2,16}$/)
    .nullish()
    .catch(null),
  answers: z
    .array(z.object({ type: shortText, value: shortText }))
    .max(100)
    .catch([]),
  timings: z.object({ total: ms }).nullish().catch(null),
});
export type DnsResult = z.infer<typeof DnsResult>;

/** One probe with its result, which is read by the type of the test. */
const Item = z.object({ probe: Probe, result: z.unknown() });

/** A measurement in progress or done. Items that cannot be read are kept as gaps: their place is their probe's name. */
export const Answer = z.object({
  id: MeasurementId,
  /** Anything but `in-progress` is final. */
  status: z.string().max(40),
  results: z.array(z.union([Item, z.unknown().transform(() => undefined)])).max(MAX_RESULTS),
});
export type Answer = z.infer<typeof Answer>;

/** How many tests are left, as the platform counts them. */
export const Limits = z.object({
  rateLimit: z.object({
    measurements: z.object({
      create: z.object({
        limit: z.int().min(0),
        remaining: z.int().min(0),
        reset: z.int().min(0).max(86_400),
      }),
    }),
  }),
});
