/** Results per target, their files and their schema, and what holds of rows of others on every list. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { z } from 'zod';
import { RESOURCE_NAMES } from '../../db/dictionary/dictionary.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { toPrefix } from '../target-results.ts';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from '../testing/sample-app.ts';

type Row = Readonly<Record<string, unknown>>;
const BORROWED = 'ooni-ru-as64599';
const LICENCE = 'CC-BY-NC-SA-4.0';

const prefixes = [
  ['157.240.1.35', '157.240.1.0/24'],
  ['2a03:2880:f10e:83:face:b00c:0:25de', '2a03:2880:f10e::/48'],
  ['2001:DB8:0:0:1::1', '2001:db8::/48'],
  ['::1', '::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['www.facebook.com', null],
] as const;
for (const [address, prefix] of prefixes)
  test(`${address} lies in ${prefix}`, () => assert.equal(toPrefix(address), prefix));

suite('results per target', () => {
  let sample: SampleApp;
  before(async () => {
    let nowMs = SAMPLE_START_MS + 48 * SAMPLE_INTERVAL_MS;
    sample = openSampleApp({ clock: { ...createFixedClock(0), nowMs: () => nowMs } });
    const { store, config } = sample;
    const clock = createFixedClock(nowMs);
    const books = createBookkeeping({ store, config, clock, log: () => {}, graceMs: 0 });
    await books.rebuild('at the start');
    await books.stop();
    store.syncVantages([
      {
        id: BORROWED,
        kind: 'import',
        countryCode: 'RU',
        asn: 64_599,
        networkName: 'Others',
        access: 'unknown',
        role: 'vantage',
        note: '',
      },
    ]);
    for (const slot of [0, 1, 30]) {
      const { measurement, judgement } = createSample({
        service: 'facebook',
        vantageId: BORROWED,
        slotMs: SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS,
        verdict: 'ok',
      });
      const origin = { provider: 'ooni', licence: LICENCE, reference: `r${slot}` } as const;
      store.insertImports([{ measurement: { ...measurement, origin }, judgement }]);
    }
    // What was stored just now is in no revision yet.
    nowMs += 60_000;
  });
  after(() => sample.close());

  const getJson = async (address: string): Promise<Record<string, unknown>> => {
    const response = await sample.app.request(address);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const listTargets = async (query: string) =>
    (await getJson(`/api/v1/targets?${query}`))['targets'] as Row[];
  const readLines = async (address: string): Promise<Row[]> => {
    const response = await sample.app.request(address);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  };

  test('a reset handshake says where and how it failed, and that a control passed', async () => {
    const [row] = await listTargets(
      'service=facebook&vantage=ru-volga-fixed&from=2022-03-05T12:00Z&to=2022-03-05T13:00Z',
    );
    const expected = {
      id: 'facebook.ru-volga-fixed.20220305T120000Z',
      target: 'facebook.web.www',
      function: 'web',
      countryCode: 'RU',
      isReached: false,
      stepFailed: 'tls',
      failureCode: 'connection_reset',
      failureAttribution: 'remote',
      httpStatus: null,
      ipVersion: 4,
      resolverKind: 'network',
      remotePrefix: '157.240.1.0/24',
      dnsAnswersHash: hash('sha256', '157.240.1.35'),
      dnsMs: 12.4,
      httpMs: null,
      durationMs: 88.9,
      verdict: 'blocked',
      controlOk: true,
      licence: 'CC-BY-4.0',
    };
    assert.deepEqual({ ...row, ...expected }, row);
  });

  test('a visit that answered has status, certificate and all lengths', async () => {
    const [row] = await listTargets('service=facebook&vantage=de-control&limit=1');
    assert.ok(row);
    const { isReached, stepFailed, failureCode, httpStatus, controlOk, tlsCertSha256 } = row;
    assert.deepEqual(
      { isReached, stepFailed, failureCode, httpStatus, controlOk },
      { isReached: true, stepFailed: null, failureCode: null, httpStatus: 200, controlOk: null },
    );
    assert.match(String(tlsCertSha256), /^[0-9a-f]{64}$/);
    assert.ok(['dnsMs', 'tcpMs', 'tlsMs', 'httpMs'].every((name) => Number(row[name]) > 0));
  });

  for (const limit of [1, 3, 64])
    test(`pages of ${limit} give every row once, also while rows come in`, async () => {
      const query = 'service=facebook,instagram&country=RU&from=2022-03-05T06:00Z';
      const whole = await listTargets(`${query}&limit=1000`);
      const rows: Row[] = [];
      let next: unknown = `/api/v1/targets?${query}&limit=${limit}`;
      for (let page = 0; typeof next === 'string' && page < 1_000; page += 1) {
        const body = await getJson(next);
        rows.push(...(body['targets'] as Row[]));
        next = body['next'];
        if (page !== 0) continue;
        const late = createSample({
          service: 'facebook',
          vantageId: 'ru-volga-fixed',
          slotMs: SAMPLE_START_MS + (100 + limit) * SAMPLE_INTERVAL_MS,
          verdict: 'ok',
        });
        sample.store.insertMeasurement(late.measurement, late.judgement);
      }
      assert.ok(rows.length > 10);
      assert.deepEqual(rows, whole);
    });

  test('the file has the rows of the list, by the columns of the table', async () => {
    const query = 'service=facebook&vantage=ru-volga-fixed&to=2022-03-06';
    const list = await listTargets(`${query}&limit=1000`);
    const lines = await readLines(`/api/v1/exports/targets.jsonl?${query}`);
    const pick = (rows: readonly Row[], id: string, code: string, hashed: string) =>
      rows.map((row) => [row[id], row[code], row[hashed]].join(' ')).toSorted();
    assert.ok(lines.length > 40);
    assert.deepEqual(
      pick(lines, 'measurement_id', 'failure_code', 'dns_answers_hash'),
      pick(list, 'id', 'failureCode', 'dnsAnswersHash'),
    );
  });

  test('filters by part and target leave the others out', async () => {
    const all = await listTargets('service=facebook&limit=20');
    assert.deepEqual(await listTargets('service=facebook&function=web&limit=20'), all);
    assert.deepEqual(await listTargets('service=facebook&function=calls&limit=20'), []);
    assert.deepEqual(await listTargets('target=facebook.web.www&limit=20'), all);
  });

  for (const name of RESOURCE_NAMES)
    test(`rows of ${name} have the form of the schema`, async () => {
      const schema = z.fromJSONSchema(
        (await getJson(`/api/v1/schema/${name}`)) as Parameters<typeof z.fromJSONSchema>[0],
      );
      const all = await getJson('/api/v1/schema');
      assert.ok(Object.hasOwn(all['$defs'] as object, name));
      const rows = await readLines(`/api/v1/exports/${name}.jsonl`);
      assert.ok(rows.length > 0 || name === 'unannounced');
      for (const row of rows.slice(0, 200)) {
        const { error } = schema.safeParse(row);
        assert.equal(error, undefined, `${JSON.stringify(row)}: ${error?.message}`);
      }
      assert.ok(!schema.safeParse({ ...rows[0], unknown: 1 }).success);
    });

  const LISTS = [
    { address: '/api/v1/measurements?limit=1000', rows: 'measurements' },
    { address: '/api/v1/targets?service=facebook&limit=1000', rows: 'targets' },
    { address: '/api/v1/lanes?from=2022-03-04&to=2022-03-06', rows: 'lanes' },
    { address: '/api/v1/timeline?from=2022-03-04&to=2022-03-06', rows: 'lanes' },
    {
      address: '/api/v1/availability?by=vantage&from=2022-03-04&to=2022-03-06',
      rows: 'availability',
    },
  ] as const;
  for (const { address, rows } of LISTS)
    test(`${address}: rows of others say their licence, and own=1 leaves them out`, async () => {
      const list = (await getJson(address))[rows] as Row[];
      const licencesOf = (row: Row) => [row['licence'] ?? row['licences']].flat();
      const isOthers = (row: Row) => JSON.stringify(row).includes(BORROWED);
      assert.ok(list.some(isOthers) && !list.every(isOthers));
      for (const row of list)
        assert.deepEqual(licencesOf(row), [isOthers(row) ? LICENCE : 'CC-BY-4.0']);
      const own = (await getJson(`${address}&own=1`))[rows] as Row[];
      assert.deepEqual(
        own,
        list.filter((row) => !isOthers(row)),
      );
    });

  for (const file of ['measurements', 'targets', 'lanes', 'availability'])
    test(`${file}: so do files`, async () => {
      const address = `/api/v1/exports/${file}.jsonl?service=facebook&to=2022-03-06`;
      const lines = await readLines(address);
      const isOthers = (row: Row) => row['vantage_id'] === BORROWED;
      assert.ok(lines.some(isOthers));
      for (const row of lines) assert.equal(row['licence'], isOthers(row) ? LICENCE : 'CC-BY-4.0');
      assert.deepEqual(
        await readLines(`${address}&own=1`),
        lines.filter((row) => !isOthers(row)),
      );
    });

  test('OONI lines come over HTTP as the command writes them, and of the past as they were', async () => {
    const address = '/api/v1/measurements.ooni.jsonl?service=facebook&country=RU&to=2022-03-05';
    const response = await sample.app.request(address);
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
    assert.match(response.headers.get('content-disposition') ?? '', /ooni\.jsonl"$/);
    const revision = response.headers.get('reachline-revision') ?? '';
    const text = await response.text();
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    assert.equal(lines.length, 2 * 24 + 2);
    assert.ok(lines.every(({ test_name: name }) => name === lines[0]?.['test_name']));
    assert.equal((await readLines(`${address}&own=1`)).length, 2 * 24);
    const { judgement } = createSample({
      service: 'facebook',
      vantageId: 'ru-volga-fixed',
      slotMs: SAMPLE_START_MS,
      verdict: 'impaired',
    });
    sample.store.addJudgement('facebook.ru-volga-fixed.20220304T000000Z', judgement);
    const then = await (await sample.app.request(`${address}&rev=${revision}`)).text();
    assert.ok(then === text);
  });
});
