/** When a page has to say that some of what it counts is older than its newest check. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NetworkState } from '../../db/availability-types.ts';
import { findOldestTold } from './answer-path.ts';

const MINUTE_MS = 60_000;

function makeNetwork(state: NetworkState['state'], lastToldMs?: number): NetworkState {
  return {
    asn: 64_500,
    networkName: 'Example',
    vantageIds: ['a'],
    state,
    isUnsettled: false,
    parts: [],
    isOnlySlowed: false,
    ...(lastToldMs === undefined ? {} : { lastToldMs }),
  };
}

const lastCheckedMs = 1_000 * MINUTE_MS;
const agoMs = (minutes: number): number => lastCheckedMs - minutes * MINUTE_MS;
const rows = [
  {
    name: 'one network fell silent',
    networks: [makeNetwork('blocked', agoMs(0)), makeNetwork('blocked', agoMs(31))],
    expected: agoMs(31),
  },
  {
    name: 'all are of half an hour at most',
    networks: [makeNetwork('blocked', agoMs(30)), makeNetwork('reachable', agoMs(0))],
    expected: undefined,
  },
  {
    name: 'the silent one is not counted any more',
    networks: [makeNetwork('blocked', agoMs(0)), makeNetwork('cannot_tell', agoMs(400))],
    expected: undefined,
  },
  { name: 'nothing was ever told', networks: [makeNetwork('cannot_tell')], expected: undefined },
] as const;

suite('the oldest round that an answer counts', () => {
  for (const { name, networks, expected } of rows)
    test(name, () => assert.equal(findOldestTold({ networks, lastCheckedMs }), expected));
});
