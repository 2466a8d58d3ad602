/** A measurement as small as one can be, for tests of the spool that want many of them. */
import { hash } from 'node:crypto';
import type { Measurement } from '../../probes/types.ts';

/** DER of nothing in particular, known by its sum. */
export function makeCertificate(name: string): readonly [sha256: string, der: Uint8Array] {
  const der = Buffer.from(`certificate ${name}`);
  return [hash('sha256', der), der];
}

/** One measurement with one observation, of the vantage `ru-volga-fixed`. */
export function makeSpoolRun(
  slotMs: number,
  { service = 'facebook', seq = 0, certificates = [] as readonly string[], filler = '' } = {},
): Measurement {
  return {
    service,
    vantageId: 'ru-volga-fixed',
    slotMs,
    seq,
    intervalMs: 300_000,
    startedAtMs: slotMs + 1_000,
    elapsedMs: 1_234,
    loopDelayMs: 0.5,
    marks: ['simulated'],
    observations: [
      {
        id: 0,
        targetId: `${service}.web.www${filler}`,
        operation: 'tcp',
        role: 'target',
        attempt: 1,
        startedMs: 1,
        elapsedMs: 2,
        input: { address: '157.240.1.35', port: 443 },
        outcome: { kind: 'ok', value: {} },
      },
    ],
    certificates: new Map(certificates.map(makeCertificate)),
    provenance: {
      softwareVersion: '0.1.0',
      probeVersion: '1',
      schemaVersion: 0,
      configHash: 'ab'.repeat(32),
    },
  };
}
