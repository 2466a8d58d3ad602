/** What is read of mail that comes back, and that whatever comes ends in time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_REPORT_BYTES, readBounce } from './bounce-report.ts';
import { makeReport, type ReportParts } from './testing/bounce-mails.ts';

const TAG = '0123456789abcdef0123456789abcdef';
const TO = `bounces+${TAG}@example.org`;
const group = (action: string, status: string): string =>
  `Final-Recipient: rfc822; r@example.net\nAction: ${action}\nStatus: ${status}`;

const rows: readonly (readonly [what: string, parts: ReportParts, status: string | undefined])[] = [
  ['an unknown address', {}, '5.1.1'],
  ['a delay', { action: 'delayed', status: '4.4.1' }, '4.4.1'],
  ['a comment behind the status', { status: '5.2.2 (mailbox full)' }, '5.2.2'],
  ['capitals', { fields: 'ACTION: Failed\nSTATUS: 5.7.1' }, '5.7.1'],
  ['a folded field', { fields: 'Action:\n failed\nStatus:\n\t5.1.10' }, '5.1.10'],
  ['addresses that are not ASCII', { partType: 'message/global-delivery-status' }, '5.1.1'],
  [
    'several recipients, the worst of whom counts',
    { fields: `${group('delayed', '4.2.2')}\n\n${group('failed', '5.1.1')}` },
    '5.1.1',
  ],
  ['a message that was delivered', { action: 'delivered', status: '2.0.0' }, undefined],
  ['a failure that says success', { status: '2.0.0' }, undefined],
  ['no status', { fields: 'Action: failed' }, undefined],
  ['a status that is none', { status: '5.1' }, undefined],
  ['a status of figures without end', { status: `5.1.${'1'.repeat(50_000)}` }, undefined],
  ['another kind of part', { partType: 'text/plain' }, undefined],
  ['nobody whom it was for', { to: 'bounces@example.org' }, undefined],
  ['a tag that is none', { to: `bounces+${TAG.slice(1)}@example.org` }, undefined],
];
for (const [what, parts, status] of rows)
  test(`a report with ${what}: ${status ?? 'none'}`, async () => {
    const report = await readBounce(Buffer.from(makeReport({ to: TO, ...parts })));
    assert.deepEqual(report, status === undefined ? undefined : { status, tags: [TAG] });
  });

const plain = Buffer.from(makeReport());
for (const [what, recipient] of [
  ['as an address', TO],
  ['in brackets and capitals', `<BOUNCES+${TAG.toUpperCase()}@EXAMPLE.ORG>`],
  ['as what stands behind the plus', TAG],
] as const)
  test(`whom it was for, said by the mail server ${what}`, async () => {
    assert.deepEqual(await readBounce(plain, [recipient]), { status: '5.1.1', tags: [TAG] });
  });

const hostile: readonly (readonly [what: string, raw: string | Uint8Array])[] = [
  ['nothing', ''],
  ['zeros', new Uint8Array(MAX_REPORT_BYTES)],
  ['one line without end', 'To: '.padEnd(2 * MAX_REPORT_BYTES, 'a')],
  ['headers without end', 'X: y\r\n'.repeat(100_000)],
  ['brackets without end', makeReport({ status: '('.repeat(200_000), to: TO })],
  ['spaces without end', makeReport({ fields: `Action: failed\n${' \n'.repeat(60_000)}`, to: TO })],
  [
    'parts in parts in parts',
    Array.from(
      { length: 2_000 },
      (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
    ).join(''),
  ],
  ['a report that is cut off before its status', makeReport({ to: TO }).slice(0, 900)],
  ['many tags', makeReport({ to: `${TO}, `.repeat(5_000), action: 'relayed' })],
];
for (const [what, raw] of hostile)
  test(`${what}: no report, and soon`, async () => {
    const startMs = performance.now();
    assert.equal(await readBounce(Buffer.from(raw)), undefined);
    // Some ms as a rule, about a second at worst; a quadratic step would take minutes.
    assert.ok(performance.now() - startMs < 10_000);
  });

test('of a large report the beginning is enough', async () => {
  const raw = `${makeReport({ to: TO })}${'x'.repeat(2 * MAX_REPORT_BYTES)}`;
  assert.equal((await readBounce(Buffer.from(raw)))?.status, '5.1.1');
});

test('whatever is changed in a report, reading it ends without an error', async () => {
  const report = Buffer.from(makeReport({ to: TO }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(report.length - 1), fc.nat(255)), { maxLength: 40 }),
      fc.nat(report.length),
      async (changes, length) => {
        const raw = Buffer.from(report.subarray(0, length));
        for (const [at, byte] of changes) if (at < raw.length) raw[at] = byte;
        const read = await readBounce(raw);
        assert.ok(read === undefined || /^[45]\.\d{1,3}\.\d{1,3}$/.test(read.status));
      },
    ),
    { numRuns: 300 },
  );
});
