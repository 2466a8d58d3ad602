/** What an agent measured arrives once, in order, whatever the server and the line do. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { count, START_MS, startDelivery } from './testing/delivery.ts';
import type { Mood } from './testing/protocol-server.ts';

suite('delivered once and in order', () => {
  const rows: readonly (readonly [name: string, moods: readonly Mood[]])[] = [
    ['a server that takes everything', []],
    ['a server that is down at first', ['down', 'down', 'down']],
    ['a server that is busy', ['busy', 'busy']],
    ['a server that breaks', ['broken', 'take', 'broken']],
    ['a portal on the way', ['portal', 'portal']],
    [
      'an answer that is lost after the commit',
      ['lose_answer', 'lose_answer', 'take', 'lose_answer'],
    ],
    ['a number that was used before', ['sequence_reused', 'take']],
    [
      'everything in turn',
      ['down', 'lose_answer', 'busy', 'broken', 'sequence_reused', 'lose_answer'],
    ],
  ];
  for (const [name, moods] of rows)
    test(name, async (t) => {
      const { server, add, run, added, events } = await startDelivery(t);
      add(450);
      server.script(moods);
      await run();
      assert.deepEqual(server.stored, added);
      for (const [sequence, sums] of server.bodiesOf)
        assert.equal(sums.size, 1, `number ${sequence} stood for one body only`);
      assert.equal(server.forged(), 0);
      assert.ok(
        count(events, 'offline') <= 3 && count(events, 'offline') === count(events, 'online'),
      );
    });
});

test('Retry-After is honoured, and waits for a server that is down grow to a quarter of an hour', async (t) => {
  const { server, add, run, sleeps } = await startDelivery(t);
  add(1);
  server.script(['busy', ...Array<Mood>(12).fill('down')]);
  await run();
  assert.equal(sleeps[0], 77_500);
  assert.ok(sleeps.every((ms) => ms <= 15 * 60_000));
  assert.equal(
    Math.max(...sleeps.slice(1)),
    450_000,
    'half of a quarter of an hour, since chance says half',
  );
  assert.deepEqual(
    sleeps.slice(1),
    sleeps.slice(1).toSorted((a, b) => a - b),
  );
});

test('one measurement that the server cannot read is found and dropped; the others arrive in order', async (t) => {
  const { server, add, run, added, events } = await startDelivery(t);
  add(60);
  const [bad] = added.splice(23, 1);
  server.setReader((key) => (key === bad ? 'malformed' : undefined));
  await run();
  assert.deepEqual(server.stored, added);
  assert.equal(count(events, 'set_aside'), 1);
  assert.equal(count(events, 'refused'), 1);
});

test('a server that can read nothing costs nothing: all of it waits and arrives later', async (t) => {
  const { server, add, run, added, events, spool } = await startDelivery(t);
  add(8);
  server.setMood('malformed');
  await run(() => count(events, 'not_accepted') > 0);
  assert.equal(spool.outbox.countPending(), 8);
  assert.deepEqual(server.stored, []);
  assert.equal(
    spool.outbox.takeNext({ maxMeasurements: 9, maxBytes: 1e6, maxCertificates: 9 })?.rowIds.length,
    8,
  );
  assert.equal(added.length, 8);
});

test('a line that is too slow for large batches gets smaller ones', async (t) => {
  const { server, add, run, added, events } = await startDelivery(t);
  add(450, 500);
  server.setLine(36 * 1024);
  await run();
  assert.deepEqual(server.stored, added);
  assert.ok(count(events, 'smaller_batches') >= 1);
});

test('a refused measurement is dropped with its reason, and not sent again', async (t) => {
  const { server, add, run, added, events } = await startDelivery(t);
  add(5);
  const [bad] = added.splice(2, 1);
  server.setReader((key) => (key === bad ? 'too_old' : undefined));
  await run();
  assert.deepEqual(server.stored, added);
  assert.ok(events.some((one) => one.startsWith('refused ') && one.includes('too_old')));
});

for (const reason of ['disabled', 'unknown_agent'] as const)
  test(`${reason}: told once, nothing is lost, asked again every hour`, async (t) => {
    const { server, add, run, added, events, sleeps, told, spool } = await startDelivery(t);
    add(3);
    server.script(Array<Mood>(4).fill(reason));
    await run();
    assert.deepEqual(server.stored, added);
    assert.equal(count(events, 'not_accepted'), 1);
    assert.equal(told.disabled, reason === 'disabled' ? 1 : 0);
    assert.equal(sleeps.filter((ms) => ms === 3_600_000).length, 4);
    assert.equal(spool.outbox.countPending(), 0);
  });

test('a clock that differs by more than five minutes is told once', async (t) => {
  const { server, add, run, events } = await startDelivery(t);
  add(450);
  server.setClock(() => START_MS - 3_600_000);
  await run();
  assert.equal(count(events, 'clock_differs'), 1);
});
