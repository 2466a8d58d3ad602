/** Which times are told of a restriction: one, or in part since the first and blocked since the second. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Episode, Incident, Level } from '../../db/incident-types.ts';
import { listIncidentSince, listSince } from './since.ts';

const HOUR_MS = 3_600_000;
const at = (hour: number) => ({ afterMs: (hour - 1) * HOUR_MS, byMs: hour * HOUR_MS });

suite('since when', () => {
  /** name, restricted since, blocked since, what is told */
  const rows = [
    ['nothing', undefined, undefined, []],
    ['never a full block', at(1), undefined, ['restricted 1']],
    ['blocked from the beginning on', at(1), at(1), ['blocked 1']],
    ['in part, then blocked', at(1), at(5), ['partly 1', 'blocked 5']],
  ] as const;
  for (const [name, since, blockedSince, expected] of rows)
    test(name, () => {
      const told = listSince({
        ...(since ? { since } : {}),
        ...(blockedSince ? { blockedSince } : {}),
      });
      assert.deepEqual(
        told.map(({ kind, interval }) => `${kind} ${interval.byMs / HOUR_MS}`),
        expected,
      );
    });
});

function makeEpisode(levels: readonly [Level['kind'], number][], change: Partial<Episode> = {}) {
  return {
    function: 'service',
    kind: 'blocked',
    levels: levels.map(([kind, hour]) => ({
      kind,
      since: at(hour),
      evidence: { firstId: `x.${hour}` },
    })),
    ...change,
  } as Episode;
}

suite('of an incident', () => {
  const gradual = [
    ['impaired', 1],
    ['blocked', 5],
  ] as const satisfies [Level['kind'], number][];
  /** name, restrictions, what is told */
  const rows: readonly [string, readonly Episode[], readonly string[]][] = [
    [
      'blocked since the first network that is',
      [makeEpisode([...gradual]), makeEpisode([['blocked', 3]])],
      ['partly 1', 'blocked 3'],
    ],
    [
      'a network where it has ended tells nothing',
      [makeEpisode([...gradual]), makeEpisode([['blocked', 3]], { end: at(4) })],
      ['partly 1', 'blocked 5'],
    ],
    [
      'a part that is blocked is no full block',
      [makeEpisode([['blocked', 3]], { function: 'calls' })],
      ['restricted 1'],
    ],
    [
      'less than blocked now',
      [
        makeEpisode([
          ['blocked', 1],
          ['impaired', 4],
        ]),
      ],
      ['restricted 1'],
    ],
    ['stored before levels were kept', [makeEpisode([])], ['restricted 1']],
  ];
  for (const [name, episodes, expected] of rows)
    test(name, () => {
      const told = listIncidentSince({ onset: at(1), episodes } as unknown as Incident);
      assert.deepEqual(
        told.map(({ kind, interval }) => `${kind} ${interval.byMs / HOUR_MS}`),
        expected,
      );
    });
});
