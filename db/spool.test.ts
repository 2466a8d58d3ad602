/** The spool gives everything out once, in order, under numbers that keep their bytes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decompressJson, readShippedDictionary } from './evidence.ts';
import { openSpool, readSpoolStatus, type SpoolLimits } from './spool.ts';
import { StoreError } from './store-error.ts';
import { createHandClock, makeFolder, NOON_MS } from './testing/fixtures.ts';
import { makeCertificate, makeSpoolRun } from './testing/spool-run.ts';

const SLOT_MS = 300_000;
const BOUNDS = { maxMeasurements: 200, maxBytes: 850_000, maxCertificates: 150 };
const OWNER = { instance: 'server-1', vantageId: 'ru-volga-fixed' };

function make(t: TestContext, limits?: SpoolLimits) {
  const file = join(makeFolder(t), 'spool.db');
  const clock = createHandClock();
  const open = () => openSpool({ file, clock, ...(limits ? { limits } : {}) });
  const spool = open();
  spool.claim(OWNER);
  return { file, clock, open, spool };
}

test('what was added is given out in order, with its evidence, and gone once it is acknowledged', (t) => {
  const { spool } = make(t);
  const runs = [0, 1, 2].map((slot) => makeSpoolRun(NOON_MS + slot * SLOT_MS));
  for (const run of runs) assert.deepEqual(spool.add(run), { expired: 0 });
  const next = spool.outbox.takeNext(BOUNDS);
  assert.deepEqual(
    next?.batch.measurements.map(({ slotMs }) => slotMs),
    runs.map(({ slotMs }) => slotMs),
  );
  const { content } = readShippedDictionary();
  assert.deepEqual(
    JSON.parse(decompressJson(next.batch.measurements[0]?.evidence ?? Buffer.alloc(0), content)),
    { observations: runs[0]?.observations, certificates: [] },
  );
  const { sequence } = spool.outbox.seal(next.rowIds, Buffer.from('body'));
  assert.equal(
    spool.outbox.takeNext(BOUNDS),
    undefined,
    'what is on its way is not given out again',
  );
  assert.equal(spool.outbox.countPending(), 3);
  const refused = [{ index: 1, reason: 'too_old' }];
  const told = { sequence, refused, atMs: NOON_MS, clockOffsetMs: -7 };
  const dropped = spool.outbox.acknowledge(told);
  assert.deepEqual(dropped, [
    { service: 'facebook', slotMs: runs[1]?.slotMs, seq: 0, reason: 'too_old' },
  ]);
  const { pending, lastDeliveryMs, clockOffsetMs } = spool.readStatus();
  assert.deepEqual([pending, lastDeliveryMs, clockOffsetMs], [0, NOON_MS, -7]);
  spool.close();
});

test('a sealed batch keeps number and bytes over a restart; numbers are never used twice', (t) => {
  const { spool, open } = make(t);
  spool.add(makeSpoolRun(NOON_MS));
  spool.outbox.seal(spool.outbox.takeNext(BOUNDS)?.rowIds ?? [], Buffer.from('first'));
  spool.close();
  const again = open();
  again.claim(OWNER);
  const sealed = again.outbox.getSealed();
  assert.deepEqual([sealed?.sequence, String(sealed?.body), sealed?.count], [1, 'first', 1]);
  again.outbox.dissolve(1, 40);
  const next = again.outbox.takeNext(BOUNDS);
  assert.equal(again.outbox.seal(next?.rowIds ?? [], Buffer.from('second')).sequence, 40);
  again.outbox.dissolve(40);
  assert.equal(again.outbox.seal(next?.rowIds ?? [], Buffer.from('third')).sequence, 41);
  assert.deepEqual(again.getLastSlot(), { slotMs: NOON_MS, seq: 0 });
  again.close();
});

test('a certificate goes along until a measurement with it was taken, and again when the server lost it', (t) => {
  const { spool } = make(t);
  const [name] = makeCertificate('leaf');
  const send = (refused: { index: number; reason: string }[] = []) => {
    const next = spool.outbox.takeNext(BOUNDS);
    assert.ok(next);
    const { sequence } = spool.outbox.seal(next.rowIds, Buffer.from('x'));
    const dropped = spool.outbox.acknowledge({ sequence, refused, atMs: 0, clockOffsetMs: 0 });
    return { sent: [...next.batch.certificates.keys()], dropped: dropped.length };
  };
  const add = (slot: number) =>
    spool.add(makeSpoolRun(NOON_MS + slot * SLOT_MS, { certificates: ['leaf'] }));
  const reason = 'missing_certificate: it is neither in the batch nor stored';
  add(0);
  assert.deepEqual(send([{ index: 0, reason: 'too_old' }]), { sent: [name], dropped: 1 });
  add(1);
  assert.deepEqual(send(), { sent: [name], dropped: 0 }, 'the refused one did not bring it');
  add(2);
  assert.deepEqual(send([{ index: 0, reason }]), { sent: [], dropped: 0 }, 'believed to be known');
  assert.equal(spool.outbox.countPending(), 1, 'it goes once more');
  assert.deepEqual(send([{ index: 0, reason }]), { sent: [name], dropped: 1 }, 'and then no more');
  spool.close();
});

test('batches are bounded by count, bytes and certificates, but never empty', (t) => {
  const { spool } = make(t);
  for (let slot = 0; slot < 10; slot += 1) {
    const filler = randomBytes(500).toString('hex');
    const certificates = [`a${slot}`, `b${slot}`];
    spool.add(makeSpoolRun(NOON_MS + slot * SLOT_MS, { filler, certificates }));
  }
  const count = (bounds: Partial<typeof BOUNDS>) =>
    spool.outbox.takeNext({ ...BOUNDS, ...bounds })?.rowIds.length;
  assert.equal(count({}), 10);
  assert.equal(count({ maxMeasurements: 3 }), 3);
  assert.equal(count({ maxCertificates: 5 }), 2);
  assert.equal(count({ maxBytes: 2_000 }), 2);
  assert.equal(count({ maxBytes: 1 }), 1, 'one always goes');
  spool.close();
});

test('after 30 days, and when there is no room, the oldest go first and are counted', (t) => {
  const maxBytes = 300_000;
  const { spool, clock } = make(t, { maxAgeMs: 30 * 86_400_000, maxBytes });
  spool.add(makeSpoolRun(NOON_MS));
  clock.set(NOON_MS + 31 * 86_400_000);
  assert.deepEqual(spool.add(makeSpoolRun(clock.nowMs())), { expired: 1 });
  let expired = 0;
  for (let slot = 1; slot <= 400; slot += 1) {
    const filler = randomBytes(1_000).toString('hex');
    expired += spool.add(makeSpoolRun(clock.nowMs() + slot * SLOT_MS, { filler })).expired;
  }
  const { pending, bytes } = spool.readStatus();
  assert.equal(pending, 401 - expired);
  assert.ok(expired > 100 && bytes <= maxBytes + 100_000, `${expired} ${bytes}`);
  const first = spool.outbox.takeNext(BOUNDS)?.batch.measurements[0];
  assert.equal(first?.slotMs, clock.nowMs() + expired * SLOT_MS, 'the newest are kept');
  spool.close();
});

test('a clock that jumps ahead costs a few of the oldest, not the spool', (t) => {
  const { spool, clock } = make(t);
  for (let slot = 0; slot < 100; slot += 1) spool.add(makeSpoolRun(NOON_MS + slot * SLOT_MS));
  clock.set(NOON_MS + 10 * 365 * 86_400_000);
  assert.deepEqual(spool.add(makeSpoolRun(clock.nowMs())), { expired: 10 });
  assert.equal(spool.outbox.countPending(), 91);
  spool.close();
});

test('what is set aside stays out until it is dropped or restored', (t) => {
  const { spool, open } = make(t);
  const put = (slot: number) => {
    spool.add(makeSpoolRun(NOON_MS + slot * SLOT_MS));
    const next = spool.outbox.takeNext(BOUNDS);
    spool.outbox.setAside(spool.outbox.seal(next?.rowIds ?? [], Buffer.from('x')).sequence);
  };
  put(0);
  assert.equal(spool.outbox.takeNext(BOUNDS), undefined);
  spool.close();
  const again = open();
  assert.equal(again.outbox.takeNext(BOUNDS)?.rowIds.length, 1, 'a restart asks anew');
  again.close();
});

test('a second agent on the same folder is told so; its state can still be read', (t) => {
  const { spool, open, file, clock } = make(t);
  assert.throws(open, (error) => error instanceof StoreError && error.kind === 'locked');
  assert.equal(readSpoolStatus(file, clock)?.pending, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  spool.close();
  open().close();
});

test('another vantage does not get what waits; another server gets it under new numbers', (t) => {
  const { spool } = make(t);
  spool.add(makeSpoolRun(NOON_MS));
  spool.outbox.seal(spool.outbox.takeNext(BOUNDS)?.rowIds ?? [], Buffer.from('x'));
  assert.throws(() => spool.claim({ ...OWNER, vantageId: 'ru-ural-fixed' }), /not delivered yet/);
  spool.claim({ ...OWNER, instance: 'server-2' });
  assert.equal(spool.outbox.getSealed(), undefined);
  const next = spool.outbox.takeNext(BOUNDS);
  assert.equal(spool.outbox.seal(next?.rowIds ?? [], Buffer.from('y')).sequence, 1);
  spool.close();
});

test('a damaged file is told with what to do', (t) => {
  const file = join(makeFolder(t), 'spool.db');
  writeFileSync(file, randomBytes(8_192));
  assert.throws(() => openSpool({ file, clock: createHandClock() }), /Move it away/);
});
