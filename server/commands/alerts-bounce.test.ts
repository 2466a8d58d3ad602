/** Reports that a mail server pipes in or lays into a folder: what becomes of addresses, and what a mail server is told. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { StoreError } from '../../db/store-error.ts';
import { openSubscribers, subscriberFiles } from '../../db/subscribers/open.ts';
import { subscribe, TEST_KEY } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { makeFolder } from '../../db/testing/fixtures.ts';
import { systemClock } from '../../probes/clock.ts';
import { makeReport } from '../alerts/testing/bounce-mails.ts';
import { runBounce } from './alerts-bounce.ts';

/** A reader who was sent a message, and the address that reports on it come to. */
function openData(t: TestContext) {
  const dataFolder = makeFolder(t);
  const { file } = subscriberFiles(dataFolder);
  const open = () =>
    openSubscribers({ file, key: TEST_KEY, clock: systemClock, isExclusive: false });
  using subscribers = open();
  const id = subscribe(subscribers, 'reader@example.net', { channel: 'email' });
  subscribers.disable(id, 'smtp_550');
  subscribers.enable(id);
  const [claimed] = subscribers.claim('email', 1);
  assert.ok(claimed);
  subscribers.settle([{ attempt: claimed.attempt, end: { kind: 'ok' } }], () => 0);
  const to = `bounces+${subscribers.bounceTag(claimed.messageId)}@example.org`;
  const stateOf = () => {
    using again = open();
    return again.get(id)?.state;
  };
  return { dataFolder, open, to, stateOf };
}

async function run(
  open: Parameters<typeof runBounce>[1],
  flags: Parameters<typeof runBounce>[2],
  input: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  let text = '';
  const code = await runBounce(
    {
      print: (more) => {
        text += more;
      },
      environment,
      signal: new AbortController().signal,
    },
    open,
    flags,
    Readable.from(input),
  );
  return { code, text };
}

const rows = [
  ['of an address that is gone', (to: string) => makeReport({ to }), /switched off/, 'disabled'],
  ['of a full box', (to: string) => makeReport({ to, status: '5.2.2' }), /Noted/, 'active'],
  [
    'that was forged',
    (to: string) =>
      makeReport({ to: to.replace(/[0-9a-f]@/, (one) => (one === '0@' ? '1@' : '0@')) }),
    /No message of ours/,
    'active',
  ],
  ['that is none', () => 'Buy now\r\n\r\ncheap', /no report/, 'active'],
] as const;
for (const [what, write, said, state] of rows)
  test(`a report ${what}, piped in, ends with 0`, async (t) => {
    const { open, to, stateOf } = openData(t);
    const raw = write(to);
    const { code, text } = await run(open, {}, [raw.slice(0, 700), raw.slice(700)]);
    assert.equal(code, 0);
    assert.match(text, said);
    assert.ok(!text.includes('@'), 'an address was printed');
    assert.equal(stateOf(), state);
  });

test('whom it was for may come from the mail server beside the report', async (t) => {
  const { open, to, stateOf } = openData(t);
  await run(open, {}, [makeReport()], { ORIGINAL_RECIPIENT: 'someone@example.org' });
  assert.equal(stateOf(), 'active');
  await run(open, {}, [makeReport()], { ORIGINAL_RECIPIENT: to });
  assert.equal(stateOf(), 'disabled');
  const flag = openData(t);
  await run(flag.open, { to: flag.to }, [makeReport()]);
  assert.equal(flag.stateOf(), 'disabled');
});

test('of what is endless the beginning is kept and the rest read', async (t) => {
  const { open, to, stateOf } = openData(t);
  const chunk = 'x'.repeat(1 << 20);
  const { code } = await run(open, {}, [makeReport({ to }), ...Array<string>(40).fill(chunk)]);
  assert.deepEqual([code, stateOf()], [0, 'disabled']);
});

test('a database that cannot be used: later', async () => {
  const { code, text } = await run(
    () => {
      throw new StoreError('unwritable', 'x', 'It cannot be used.', 'Wait.');
    },
    {},
    [makeReport()],
  );
  assert.equal(code, 75);
  assert.match(text, /It cannot be used/);
});

test('a folder is read once, whatever lies in it, and nothing outside of it', async (t) => {
  const { dataFolder, open, to, stateOf } = openData(t);
  const maildir = join(dataFolder, 'Maildir');
  assert.equal((await run(open, { maildir })).code, 64);
  mkdirSync(join(maildir, 'new', 'folder'), { recursive: true });
  const lay = (name: string, text: string) => writeFileSync(join(maildir, 'new', name), text);
  lay('1.a.host', makeReport({ to }));
  lay('2.b.host', makeReport({ to }));
  lay('3.c.host', 'nonsense');
  lay('.hidden', makeReport({ to }));
  writeFileSync(join(dataFolder, 'elsewhere'), 'untouched');
  symlinkSync(join(dataFolder, 'elsewhere'), join(maildir, 'new', '4.link'));
  const { code, text } = await run(open, { maildir });
  assert.equal(code, 0);
  assert.match(
    text,
    /switched off: 1; noted: 0; known before: 1; no report on a message of ours: 1/,
  );
  assert.equal(stateOf(), 'disabled');
  assert.deepEqual(readdirSync(join(maildir, 'new')).sort(), ['.hidden', '4.link', 'folder']);
  assert.deepEqual(readdirSync(join(maildir, 'cur')).sort(), [
    '1.a.host:2,S',
    '2.b.host:2,S',
    '3.c.host:2,S',
  ]);
  assert.equal(readFileSync(join(dataFolder, 'elsewhere'), 'utf8'), 'untouched');
  assert.match((await run(open, { maildir })).text, /switched off: 0; noted: 0/);
});
