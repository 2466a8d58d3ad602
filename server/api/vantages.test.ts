/** The vantages as JSON: the same facts as on the pages. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openSampleApp, type SampleApp } from '../testing/sample-app.ts';

type VantageJson = {
  readonly id: string;
  readonly status: string;
  readonly lastMeasuredAt: string | null;
  readonly coverageRatio: number | null;
  readonly latest: readonly { readonly url: string }[];
};

suite('vantages', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());
  const get = async (path: string) => {
    const response = await sample.app.request(path);
    assert.equal(response.status, 200, path);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };

  test('all of them, with who is silent since when', async () => {
    const { vantages } = (await get('/api/v1/vantages')) as unknown as {
      readonly vantages: readonly VantageJson[];
    };
    assert.deepEqual(
      vantages.map(({ id, status }) => [id, status]),
      [
        ['de-control', 'reporting'],
        ['pl-wisla-fixed', 'silent'],
        ['ru-taiga-mobile', 'reporting'],
        ['ru-volga-fixed', 'reporting'],
        ['ua-dnipro-fixed', 'reporting'],
      ],
    );
    const silent = vantages[1];
    assert.equal(silent?.lastMeasuredAt, '2022-03-04T16:00:00Z');
    // 17 of the 48 hours that were due.
    assert.ok(Math.abs((silent?.coverageRatio ?? 0) - 17 / 48) < 1e-5, `${silent?.coverageRatio}`);
    assert.equal(vantages[0]?.coverageRatio, 1);
    assert.match(silent?.latest[0]?.url ?? '', /^\/m\/facebook\.pl-wisla-fixed\./);
  });

  test('one of them, with its days, silences and revisions', async () => {
    const one = await get('/api/v1/vantages/pl-wisla-fixed');
    assert.deepEqual(one['silences'], [{ from: '2022-03-04T17:00:00Z', until: null }]);
    const days = one['days'] as readonly { readonly day: string; readonly measured: number }[];
    assert.equal(days.length, 90);
    assert.deepEqual(
      days.filter(({ measured }) => measured > 0),
      [{ day: '2022-03-04', measured: 51, expected: 72 }],
    );
    assert.deepEqual(one['blindSpots'], []);
    assert.equal((one['revisions'] as readonly unknown[]).length, 1);
    assert.equal(one['clock'], null);
  });

  test('a parameter that is none is refused', async () => {
    const response = await sample.app.request('/api/v1/vantages?state=RU');
    assert.equal(response.status, 422);
  });
});
