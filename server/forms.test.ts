/** Who sent a form, as far as it may count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { createRateLimit } from './alerts/rate-limit.ts';
import { readClient } from './forms.ts';

const ROWS = [
  ['198.51.100.7', undefined, '198.51.100.7'],
  ['::ffff:198.51.100.7', undefined, '198.51.100.7'],
  // A stranger cannot make itself another.
  ['198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['::ffff:127.0.0.1', '10.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['127.0.0.1', 'nonsense', '127.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2'],
  ['2001:db8::1', undefined, '2001:db8:0:0'],
  ['fe80::1%eth0', undefined, 'fe80:0:0:0'],
  ['::1', '2001:0db8:0001:0002:ffff::', '2001:db8:1:2'],
] as const;

for (const [remoteAddress, forwarded, client] of ROWS)
  test(`${remoteAddress} forwarding ${forwarded ?? 'nobody'} is ${client}`, async () => {
    const app = new Hono().get('/', (c) => c.text(readClient(c)));
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const env = { incoming: { socket: { remoteAddress } } };
    assert.equal(await (await app.request('/', { headers }, env)).text(), client);
  });

test('a bucket empties, fills with time up to its size, and is forgotten at midnight', () => {
  let nowMs = Date.UTC(2022, 2, 4);
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const take = createRateLimit({ clock, size: 2, refillMs: 1_000 });
  assert.deepEqual([take('a'), take('a'), take('a'), take('b')], [true, true, false, true]);
  nowMs += 999;
  assert.equal(take('a'), false);
  nowMs += 2;
  assert.equal(take('a'), true);
  nowMs += 60_000;
  assert.deepEqual([take('a'), take('a'), take('a')], [true, true, false]);
  nowMs = Date.UTC(2022, 2, 5);
  assert.equal(take('a'), true);
});
