/** Batches come out as they went in; whatever else comes as a batch is refused and costs little. */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { type Batch, decodeBatch, encodeBatch } from './batch.ts';

const SHA = 'ab'.repeat(32);

const measurement: fc.Arbitrary<Batch['measurements'][number]> = fc.record({
  service: fc.constantFrom('facebook', 'instagram', 'whatsapp'),
  slotMs: fc.nat(),
  seq: fc.nat({ max: 100 }),
  intervalMs: fc.integer({ min: 1000, max: 86_400_000 }),
  startedAtMs: fc.nat(),
  elapsedMs: fc.nat({ max: 86_400_000 }),
  loopDelayMs: fc.nat({ max: 1000 }),
  marks: fc.subarray(['simulated', 'sleep', 'local_stall'] as const),
  provenance: fc.constant({
    softwareVersion: '0.1.0',
    probeVersion: '1',
    schemaVersion: 0,
    configHash: SHA,
  }),
  evidence: fc.uint8Array({ maxLength: 400 }),
});

test('property: a batch comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.array(measurement, { minLength: 1, maxLength: 20 }),
      fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 200 }), {
        maxLength: 5,
        selector: (bytes) => hash('sha256', bytes),
      }),
      (measurements, ders) => {
        const certificates = new Map(ders.map((der) => [hash('sha256', der), der] as const));
        const decoded = decodeBatch(encodeBatch({ dictionary: SHA, measurements, certificates }));
        assert.equal(decoded.dictionary, SHA);
        assert.deepEqual(
          decoded.measurements.map((one) => ({ ...one, evidence: Buffer.from(one.evidence) })),
          measurements.map((one) => ({ ...one, evidence: Buffer.from(one.evidence) })),
        );
        assert.deepEqual([...decoded.certificates.keys()], [...certificates.keys()]);
      },
    ),
  );
});

test('property: no bytes hang it or come through', () => {
  const good = encodeBatch({
    dictionary: SHA,
    measurements: fc.sample(measurement, { numRuns: 5, seed: 7 }),
    certificates: new Map(),
  });
  const startedMs = performance.now();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(), (noise, cut) => {
      assert.throws(() => decodeBatch(noise));
      assert.throws(() => decodeBatch(zstdCompressSync(noise)));
      assert.throws(() => decodeBatch(good.subarray(0, cut % good.length)));
    }),
    { numRuns: 500 },
  );
  assert.ok(performance.now() - startedMs < 5_000);
});

const one = fc.sample(measurement, { numRuns: 1, seed: 1 })[0];
const { evidence: _evidence, ...head } = one ?? assert.fail('no sample');
const pack = (line: unknown, rest: Uint8Array = new Uint8Array()) =>
  zstdCompressSync(Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), rest]));
const line = (more: object, evidenceBytes = 0) => ({
  dictionary: SHA,
  measurements: [{ ...head, evidenceBytes, ...more }],
  certificateBytes: [],
});

const hostile: readonly (readonly [name: string, body: () => Uint8Array])[] = [
  ['a bomb', () => zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))],
  ['no measurements', () => pack({ dictionary: SHA, measurements: [], certificateBytes: [] })],
  ['more evidence than there is', () => pack(line({}, 10))],
  ['bytes that belong to nothing', () => pack(line({}), Buffer.from('x'))],
  ['a negative length', () => pack(line({}, -1))],
  ['a key that is not known', () => pack(line({ verdict: 'ok' }))],
  ['a prototype', () => pack(JSON.parse('{"__proto__":{"dictionary":""}}'))],
  ['a mark that does not exist', () => pack(line({ marks: ['fine'] }))],
  ['a slot that is no number', () => pack(line({ slotMs: '1' }))],
  [
    '201 measurements',
    () => pack({ ...line({}), measurements: Array(201).fill({ ...head, evidenceBytes: 0 }) }),
  ],
  ['noise of a megabyte', () => randomBytes(1024 * 1024)],
  ['deep nesting', () => zstdCompressSync(Buffer.from(`${'['.repeat(200_000)}\n`))],
];
suite('refused', () => {
  for (const [name, body] of hostile)
    test(name, () => {
      const bytes = body();
      const startedMs = performance.now();
      assert.throws(() => decodeBatch(bytes));
      assert.ok(performance.now() - startedMs < 500);
    });
  test('what is as it should be is not', () => assert.ok(decodeBatch(pack(line({})))));
});
