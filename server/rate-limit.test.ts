/** How often one client may ask: tokens, who counts as one client, and what a client is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findClient, RateLimit, toClientNetwork } from './rate-limit.ts';

test('tokens run out and come back steadily', () => {
  let nowMs = 0;
  const limit = new RateLimit(3, { nowMs: () => nowMs });
  for (const left of [2, 1, 0]) {
    const { isAllowed, headers } = limit.take('192.0.2.1');
    assert.ok(isAllowed);
    assert.equal(headers['ratelimit-policy'], '"default";q=3;w=60');
    assert.match(headers['ratelimit'] ?? '', new RegExp(`^"default";r=${left};t=\\d+$`));
  }
  const refused = limit.take('192.0.2.1');
  assert.equal(refused.isAllowed, false);
  assert.equal(refused.headers['retry-after'], '20');
  assert.ok(limit.take('192.0.2.2').isAllowed, 'another client has its own');
  nowMs = 19_999;
  assert.equal(limit.take('192.0.2.1').isAllowed, false);
  nowMs = 20_000;
  assert.equal(limit.take('192.0.2.1').isAllowed, true);
  nowMs = 10_000;
  assert.equal(limit.take('192.0.2.1').isAllowed, false, 'a clock that goes back gives nothing');
});

test('memory is bounded however many ask', () => {
  const limit = new RateLimit(1, { nowMs: () => 0 });
  for (let client = 0; client < 10_500; client += 1)
    limit.take(`10.0.${client >> 8}.${client & 255}`);
  assert.equal(limit.size, 10_000);
});

test('a day later nobody is remembered', () => {
  let nowMs = 0;
  const limit = new RateLimit(1, { nowMs: () => nowMs });
  limit.take('192.0.2.1');
  nowMs = 86_400_000;
  limit.take('192.0.2.2');
  assert.equal(limit.size, 1);
});

const NETWORKS = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
] as const;
for (const [address, network] of NETWORKS)
  test(`${address} is one client with ${network}`, () =>
    assert.equal(toClientNetwork(address), network));

const CLIENTS = [
  [undefined, null, undefined],
  ['127.0.0.1', null, undefined],
  ['::1', null, undefined],
  ['::ffff:127.0.0.1', '198.51.100.9', '198.51.100.9'],
  ['127.0.0.1', '203.0.113.1, 198.51.100.9', '198.51.100.9'],
  ['127.0.0.1', '127.0.0.1', undefined],
  ['127.0.0.1', '', undefined],
  // Whoever comes from outside may write what it likes.
  ['198.51.100.9', '127.0.0.1', '198.51.100.9'],
] as const;
for (const [peer, forwarded, client] of CLIENTS)
  test(`peer ${peer ?? 'unknown'} with X-Forwarded-For ${forwarded ?? 'absent'} → ${client ?? 'not limited'}`, () =>
    assert.equal(findClient(peer, forwarded), client));
