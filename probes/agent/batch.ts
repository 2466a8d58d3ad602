/**
 * A batch of measurements as it travels: one line of JSON, then evidence and certificates as they are stored, one
 * after the other, and zstd (RFC 8878) around all of it. Evidence is already packed with the dictionary that both
 * sides have, so that the server stores it without packing it again.
 */
import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { MARKS } from '../types.ts';
import { AGENT_LIMITS } from './protocol.ts';

const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A measurement without its observations, which are in the evidence. The vantage is that of the agent. */
export const BatchMeasurement = z.strictObject({
  service: z.string().min(1).max(64),
  slotMs: count,
  seq: count.max(100),
  intervalMs: count.min(1_000).max(86_400_000),
  startedAtMs: count,
  elapsedMs: z.number().min(0).max(86_400_000),
  loopDelayMs: z.number().min(0).max(86_400_000),
  marks: z.array(z.enum(MARKS)).max(MARKS.length).readonly(),
  provenance: z
    .strictObject({
      softwareVersion: z.string().max(64),
      probeVersion: z.string().max(64),
      schemaVersion: count,
      configHash: sha256,
    })
    .readonly(),
  /** Length of its evidence in the batch. */
  evidenceBytes: count,
});
export type BatchMeasurement = z.infer<typeof BatchMeasurement>;

const BatchHead = z.strictObject({
  /** SHA-256 of the dictionary that the evidence is packed with, hex. */
  dictionary: sha256,
  measurements: z.array(BatchMeasurement).min(1).max(AGENT_LIMITS.maxMeasurements),
  /** Lengths of the certificates that follow the evidence. */
  certificateBytes: z.array(count).max(10_000),
});

/** What is sent at once. */
export type Batch = {
  readonly dictionary: string;
  readonly measurements: readonly (Omit<BatchMeasurement, 'evidenceBytes'> & {
    /** Compressed JSON, as in the column `evidence.content`. */
    readonly evidence: Uint8Array;
  })[];
  /** DER of the certificates that the measurements name and the server may not have, by SHA-256 hex. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
};

/** Packs a batch into the body of a request. */
export function encodeBatch(batch: Batch): Buffer {
  const certificates = [...batch.certificates.values()];
  const head: z.input<typeof BatchHead> = {
    dictionary: batch.dictionary,
    measurements: batch.measurements.map(({ evidence, ...rest }) => ({
      ...rest,
      evidenceBytes: evidence.length,
    })),
    certificateBytes: certificates.map((der) => der.length),
  };
  const line = Buffer.from(`${JSON.stringify(head)}\n`);
  const evidence = batch.measurements.map((one) => one.evidence);
  return zstdCompressSync(Buffer.concat([line, ...evidence, ...certificates]));
}

/** Room for a usual batch, so that it is unpacked in one piece. */
const CHUNK_BYTES = 128 * 1024;

/** Unpacks the body of a request. @throws when it is no batch, or a larger one than is allowed. */
export function decodeBatch(body: Uint8Array): Batch {
  const bytes = zstdDecompressSync(body, {
    maxOutputLength: AGENT_LIMITS.maxBatchBytes,
    chunkSize: CHUNK_BYTES,
  });
  const end = bytes.indexOf(0x0a);
  if (end < 0) throw new RangeError('a batch without its first line');
  const head = BatchHead.parse(JSON.parse(bytes.subarray(0, end).toString()));
  let offset = end + 1;
  const take = (length: number): Buffer => {
    if (offset + length > bytes.length) throw new RangeError('a batch that is cut off');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const measurements = head.measurements.map(({ evidenceBytes, ...rest }) => ({
    ...rest,
    evidence: take(evidenceBytes),
  }));
  const certificates = new Map(
    head.certificateBytes.map((length) => {
      const der = take(length);
      return [hash('sha256', der), der] as const;
    }),
  );
  if (offset !== bytes.length) throw new RangeError('a batch with bytes that belong to nothing');
  return { dictionary: head.dictionary, measurements, certificates };
}
