/**
 * The story of the demo against its ledger: every lag that a simulated network was given lies inside the interval that
 * the ledger reports, and nothing is reported where nothing was imposed.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import type { LedgerGroup } from '../../db/ledger-types.ts';
import { buildLedger } from './ledger.ts';
import { LEDGER_RULES } from './ledger-input.ts';
import { listStoryEpisodes } from './testing/story-episodes.ts';

const config = loadConfig({
  file: new URL('../../config/reachline.yaml', import.meta.url).pathname,
});
const input = {
  ...listStoryEpisodes(config.services),
  announcements: config.announcements,
  services: config.services,
  rules: LEDGER_RULES,
};
const ledger = buildLedger(input);

function findGroup(id: string, service: string, phase: LedgerGroup['phase'] = 'restriction') {
  const group = ledger.groups.find(
    (one) => one.announcementId === id && one.service === service && one.phase === phase,
  );
  assert.ok(group, `${id} ${service}`);
  return group;
}

const FACEBOOK = 'ru-rkn-2022-03-04-facebook-block';
const PARTIAL = 'ru-rkn-2022-02-25-facebook-partial-restriction';
const INSTAGRAM = 'ru-rkn-2022-03-11-instagram-block';
const CALLS = 'ru-rkn-2025-08-13-calls-restricted';
const REMOVAL = 'ru-rkn-2026-02-11-national-dns-removal';
const VOLGA = 'ru-volga-fixed';
const NEVA = 'ru-neva-fixed';
const URAL = 'ru-ural-mobile';
const SIBERIA = 'ru-siberia-mobile';

/** announcement, service, network, when the network began in truth (probes/lab/story.ts), outcome */
const imposed = [
  [PARTIAL, 'facebook', VOLGA, '2022-02-25T14:20', 'on_time'],
  [PARTIAL, 'facebook', URAL, '2022-02-26T07:40', 'on_time'],
  [FACEBOOK, 'facebook', VOLGA, '2022-03-04T16:40', 'on_time'],
  [FACEBOOK, 'facebook', NEVA, '2022-03-04T19:15', 'on_time'],
  [FACEBOOK, 'facebook', URAL, '2022-03-04T21:25', 'on_time'],
  [FACEBOOK, 'facebook', SIBERIA, '2022-03-05T13:10', 'on_time'],
  [INSTAGRAM, 'instagram', URAL, '2022-03-13T17:00', 'on_time'],
  [INSTAGRAM, 'instagram', VOLGA, '2022-03-13T22:30', 'on_time'],
  [INSTAGRAM, 'instagram', NEVA, '2022-03-14T06:30', 'on_time'],
  [INSTAGRAM, 'instagram', SIBERIA, '2022-03-15T03:50', 'late'],
  [CALLS, 'whatsapp', VOLGA, '2025-08-13T08:30', 'on_time'],
  [CALLS, 'whatsapp', NEVA, '2025-08-13T15:20', 'on_time'],
  [CALLS, 'whatsapp', URAL, '2025-08-14T05:40', 'on_time'],
  [CALLS, 'whatsapp', SIBERIA, '2025-08-15T18:10', 'late'],
  [REMOVAL, 'whatsapp', VOLGA, '2026-02-11T07:40', 'time_uncertain'],
  [REMOVAL, 'whatsapp', NEVA, '2026-02-11T07:40', 'time_uncertain'],
  [REMOVAL, 'whatsapp', SIBERIA, '2026-02-11T16:30', 'time_uncertain'],
  [REMOVAL, 'whatsapp', URAL, '2026-02-12T06:50', 'time_uncertain'],
] as const;

suite('imposed and reported', () => {
  for (const [id, service, vantageId, trueOnset, outcome] of imposed)
    test(`${id} on ${vantageId}: ${service} from ${trueOnset}, ${outcome}`, () => {
      const group = findGroup(id, service);
      const row = group.rows.find((one) => one.vantageIds.includes(vantageId));
      assert.ok(row);
      assert.equal(row.outcome, outcome);
      const onsetMs = Date.parse(`${trueOnset}:00Z`);
      for (const [stated, lag] of [
        [group.announced, row.sinceAnnounced],
        [group.effective, row.sinceEffective],
      ] as const) {
        assert.equal(stated === undefined, lag === undefined);
        if (stated === undefined || lag === undefined) continue;
        // Whichever instant of the stated time is the true one, the lag lies inside.
        for (const atMs of [stated.earliestMs, stated.latestMs]) {
          assert.ok(onsetMs - atMs <= lag.mostMs);
          assert.ok(lag.leastMs !== undefined && onsetMs - atMs >= lag.leastMs);
        }
      }
    });

  test('every onset that is placed in time is one that was imposed', () => {
    const known = imposed
      .filter(([, , , , outcome]) => outcome !== 'time_uncertain')
      .map(([id, service, vantageId]) => `${id} ${service} ${vantageId}`);
    const reported = ledger.groups.flatMap(({ announcementId, service, rows }) =>
      rows
        .filter(({ outcome }) => ['before_announcement', 'on_time', 'late'].includes(outcome))
        .map(({ vantageIds }) => `${announcementId} ${service} ${vantageIds.join(' ')}`),
    );
    assert.deepEqual(reported.toSorted(), known.toSorted());
  });

  test('Instagram ahead of its time on one network: negative against effect, positive against the announcement', () => {
    const row = findGroup(INSTAGRAM, 'instagram').rows.find(({ vantageIds }) =>
      vantageIds.includes(URAL),
    );
    // Four hours early, in slots of two hours: between five and three.
    assert.deepEqual(row?.sinceEffective, { leastMs: -5 * 3_600_000, mostMs: -3 * 3_600_000 });
    assert.ok((row.sinceAnnounced?.leastMs ?? 0) > 0);
  });
});

suite('stages', () => {
  test('two networks never restricted media before the block: announced, not measured', () => {
    assert.deepEqual(findGroup(PARTIAL, 'facebook').summary.outcomes, {
      announced_not_measured: 2,
      on_time: 2,
    });
  });

  test('the window of the partial restriction ends where the block is announced', () => {
    assert.equal(
      findGroup(PARTIAL, 'facebook').window.untilMs,
      findGroup(FACEBOOK, 'facebook').announced?.earliestMs,
    );
  });

  test('the ruling of 21 March found Instagram restricted under the order before', () => {
    const { rows } = findGroup('ru-court-2022-03-21-meta-ban', 'instagram');
    assert.equal(rows.length, 4);
    for (const row of rows) {
      assert.equal(row.outcome, 'already_restricted');
      assert.equal(row.underId, INSTAGRAM);
    }
  });

  test('Facebook came back on one network at the hour of the ruling, and cannot be said to be before or after it', () => {
    const row = findGroup('ru-court-2022-03-21-meta-ban', 'facebook').rows.find((one) =>
      one.vantageIds.includes(NEVA),
    );
    assert.equal(row?.outcome, 'time_uncertain');
  });

  test('an appeal in a time without measurements has no data, though the restriction is known on both sides', () => {
    assert.deepEqual(findGroup('ru-court-2022-06-20-meta-appeal', 'instagram').summary.outcomes, {
      no_data: 4,
    });
  });

  test('removal from the DNS of what was blocked already: no new restriction, another means', () => {
    const { rows } = findGroup(REMOVAL, 'facebook');
    assert.deepEqual([...new Set(rows.map(({ outcome }) => outcome))], ['already_restricted']);
    const volga = rows.find(({ vantageIds }) => vantageIds.includes(VOLGA));
    assert.equal(volga?.changed?.mechanism, 'dns.nxdomain');
    assert.equal(volga.changed.function, 'web');
  });

  test('WhatsApp exempt in March 2022: held on all networks until calls were restricted', () => {
    const group = findGroup('ru-2022-03-11-whatsapp-not-blocked', 'whatsapp', 'exemption');
    assert.deepEqual(group.summary.outcomes, { exemption_held: 4 });
    assert.equal(group.window.untilMs, findGroup(CALLS, 'whatsapp').announced?.earliestMs);
  });
});

suite('measured, never announced', () => {
  test('registration in October and media in December 2025, with what was said around', () => {
    const found = ledger.unannounced.map(
      (one) => `${one.service} ${one.function} ${one.vantageId}`,
    );
    assert.deepEqual(found.toSorted(), [
      `whatsapp media ${NEVA}`,
      `whatsapp media ${URAL}`,
      `whatsapp media ${VOLGA}`,
      `whatsapp registration ${URAL}`,
      `whatsapp registration ${VOLGA}`,
    ]);
    for (const one of ledger.unannounced)
      if (one.function === 'media')
        assert.ok(one.nearIds.includes('ru-rkn-2025-12-22-whatsapp-gradual'));
  });

  test('without any announcement everything that was imposed is in the list', () => {
    const bare = buildLedger({ ...input, announcements: [] });
    assert.equal(bare.groups.length, 0);
    assert.ok(bare.unannounced.length > 40);
    assert.ok(bare.unannounced.every(({ countryCode }) => countryCode === 'RU'));
  });
});

test('the order of the input does not matter', () => {
  const turned = buildLedger({
    ...input,
    announcements: input.announcements.toReversed(),
    episodes: input.episodes.toReversed(),
    measured: input.measured.toReversed(),
  });
  assert.deepEqual(turned, ledger);
});
