/** The JSON API: queries that cannot be used, ranges, paging, entity tags. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openSampleApp, type SampleApp } from '../testing/sample-app.ts';

type ProblemBody = {
  type: string;
  status: number;
  detail: string;
  errors: { parameter: string; detail: string; remedy: string }[];
};

/** path, parameter named by the problem, part of its remedy */
const REFUSED: readonly (readonly [path: string, parameter: string, remedy: RegExp])[] = [
  ['/api/v1/lanes?service=myspace', 'service', /facebook, instagram, whatsapp/],
  ['/api/v1/lanes?vantage=nowhere', 'vantage', /ru-volga-fixed/],
  ['/api/v1/lanes?country=Russia', 'country', /ISO 3166/],
  ['/api/v1/lanes?asn=volga', 'asn', /AS64512/],
  ['/api/v1/lanes?asn=4294967296', 'asn', /AS64512/],
  ['/api/v1/lanes?function=everything', 'function', /registration/],
  ['/api/v1/lanes?from=yesterday', 'from', /2022-03-04T12:00:00Z/],
  ['/api/v1/lanes?from=2022-02-31', 'from', /2022-03-04/],
  ['/api/v1/lanes?to=1999-01-01', 'to', /2004/],
  ['/api/v1/lanes?from=2022-03-05&to=2022-03-05', 'to', /later `to`/],
  ['/api/v1/lanes?from=2022-03-05&from=2022-03-06', 'from', /2022-03-04/],
  ['/api/v1/lanes?sevice=facebook', 'sevice', /known are: service/],
  ['/api/v1/lanes?__proto__=1', '__proto__', /known are/],
  ['/api/v1/lanes?tz=UTC', 'tz', /known are/],
  ['/api/v1/measurements?service=facebook,myspace', 'service', /one or more of/],
  ['/api/v1/measurements?country=RU,Ukraine', 'country', /two letters/],
  ['/api/v1/measurements?verdict=fine', 'verdict', /likely_blocked/],
  ['/api/v1/measurements?limit=0', 'limit', /1 to 1000/],
  ['/api/v1/measurements?limit=1e3', 'limit', /1 to 1000/],
  ['/api/v1/measurements?limit=1001', 'limit', /1 to 1000/],
  [`/api/v1/measurements?cursor=${'x'.repeat(201)}`, 'cursor', /next/],
  ['/api/v1/measurements?cursor=not-ours', 'cursor', /next/],
  ['/api/v1/measurements/facebook.ru-volga-fixed.20220305T120000Z?full=1', 'full', /known are/],
  ['/api/v1/announcements?service=telegram', 'service', /facebook/],
  ['/api/v1/announcements?country=R', 'country', /two letters/],
  ['/api/v1/announcements?from=2022', 'from', /2022-03-04/],
  ['/api/v1/announcements?unreviewed=true', 'unreviewed', /known are/],
  ['/api/v1?x=1', 'x', /takes no parameters/],
];

suite('api', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());
  const get = async <T>(path: string): Promise<T> =>
    (await sample.app.request(path)).json() as Promise<T>;

  for (const [path, parameter, remedy] of REFUSED)
    test(`${path.slice(0, 90)} → names ${parameter} and the fix`, async () => {
      const response = await sample.app.request(path);
      const problem = (await response.json()) as ProblemBody;
      assert.equal(response.status, 422);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.equal(problem.status, 422);
      assert.match(problem.type, /^urn:reachline:problem:invalid-query$/);
      assert.equal(problem.errors[0]?.parameter, parameter);
      assert.match(problem.errors[0]?.remedy ?? '', remedy);
      assert.ok(problem.detail.includes(`\`${parameter}\``));
    });

  test('every wrong parameter is named at once', async () => {
    const problem = await get<ProblemBody>('/api/v1/lanes?service=x&asn=y&more=z');
    assert.deepEqual(problem.errors.map(({ parameter }) => parameter).toSorted(), [
      'asn',
      'more',
      'service',
    ]);
  });

  type LanesBody = {
    from: string;
    to: string;
    asOf: string;
    lanes: {
      service: string;
      function: string;
      vantage: { id: string; countryCode: string };
      spans: {
        from: string;
        until: string;
        state: string;
        count: number;
        firstMeasurementId?: string;
      }[];
    }[];
  };

  test('lanes: spans are adjacent and cover the half-open range exactly', async () => {
    const body = await get<LanesBody>(
      '/api/v1/lanes?service=facebook&country=ru&from=2022-03-04&to=2022-03-06T00:00:00%2B00:00',
    );
    assert.equal(body.from, '2022-03-04T00:00:00Z');
    assert.equal(body.to, '2022-03-06T00:00:00Z');
    assert.deepEqual(body.lanes.map(({ vantage }) => vantage.id).toSorted(), [
      'ru-taiga-mobile',
      'ru-volga-fixed',
    ]);
    for (const { spans } of body.lanes) {
      assert.equal(spans[0]?.from, body.from);
      assert.equal(spans.at(-1)?.until, body.to);
      spans.slice(1).forEach((span, index) => assert.equal(span.from, spans[index]?.until));
      assert.deepEqual(
        spans.map(({ state }) => state),
        ['ok', 'blocked'],
      );
      assert.match(spans[1]?.firstMeasurementId ?? '', /20220305T000000Z$/);
    }
  });

  test('lanes: a silent vantage is no_data, never its last state', async () => {
    const body = await get<LanesBody>(
      '/api/v1/lanes?vantage=pl-wisla-fixed&service=facebook&from=2022-03-04&to=2022-03-06',
    );
    assert.deepEqual(
      body.lanes[0]?.spans.map(({ state }) => state),
      ['ok', 'no_data'],
    );
  });

  test('lanes: an empty list of a filter is no filter', async () => {
    const all = await get<LanesBody>('/api/v1/lanes?from=2022-03-04&to=2022-03-06');
    const empty = await get<LanesBody>(
      '/api/v1/lanes?service=&country=&from=2022-03-04&to=2022-03-06',
    );
    assert.equal(all.lanes.length, 15);
    assert.equal(empty.lanes.length, 15);
  });

  test('measurements: pages follow on each other without a gap or a repeat', async () => {
    type Body = {
      measurements: { id: string; slot: string; verdict: string }[];
      next: string | null;
    };
    const seen: string[] = [];
    let path: string | null = '/api/v1/measurements?service=facebook&country=RU&limit=20';
    while (path !== null) {
      const body: Body = await get<Body>(path);
      seen.push(...body.measurements.map(({ id }) => id));
      path = body.next;
    }
    assert.equal(seen.length, 2 * 48);
    assert.equal(new Set(seen).size, seen.length);
  });

  test('measurements: filters narrow the list', async () => {
    const body = await get<{ measurements: { verdict: string; vantage: string }[] }>(
      '/api/v1/measurements?verdict=blocked&from=2022-03-05T10:00:00Z&to=2022-03-05T11:00:00Z',
    );
    assert.deepEqual(body.measurements.map(({ vantage }) => vantage).toSorted(), [
      'ru-taiga-mobile',
      'ru-volga-fixed',
    ]);
  });

  test('a measurement comes with all its evidence', async () => {
    const body = await get<{
      observations: unknown[];
      certificates: Record<string, string>;
      judgement: { service: { verdict: string } };
      startedAt: string;
    }>('/api/v1/measurements/facebook.ru-volga-fixed.20220305T120000Z');
    assert.equal(body.observations.length, 4);
    assert.deepEqual(Object.values(body.certificates), ['AQID']);
    assert.equal(body.judgement.service.verdict, 'blocked');
    assert.equal(body.startedAt, '2022-03-05T12:00:04.210Z');
  });

  test('announcements: a range takes those with a mark in it, in their own zone', async () => {
    type Body = { announcements: { announcement: { id: string } }[] };
    const ids = async (query: string) =>
      (await get<Body>(`/api/v1/announcements?${query}`)).announcements.map(
        ({ announcement }) => announcement.id,
      );
    // 4 March in Moscow began on 3 March at 21:00 UTC.
    assert.ok(
      (await ids('from=2022-03-03T21:00:00Z&to=2022-03-03T22:00:00Z')).includes(
        'ru-rkn-2022-03-04-facebook-block',
      ),
    );
    assert.ok(
      !(await ids('from=2022-03-03T19:00:00Z&to=2022-03-03T21:00:00Z')).includes(
        'ru-rkn-2022-03-04-facebook-block',
      ),
    );
    assert.ok(
      (await ids('service=instagram&from=2022-03-13&to=2022-03-14')).includes(
        'ru-rkn-2022-03-11-instagram-block',
      ),
    );
  });

  test('an answer that has not changed is 304; a write changes the tags of the answers that it changes', async (t) => {
    const { app, store, config, close } = openSampleApp({ slots: 2 });
    t.after(close);
    const path = '/api/v1/lanes?from=2022-03-04&to=2022-03-05';
    const first = await app.request(path);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[^"]+"$/);
    for (const held of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await app.request(path, { headers: { 'if-none-match': held } });
      assert.equal(again.status, 304);
      assert.equal(await again.text(), '');
    }
    const other = await app.request('/api/v1/lanes?from=2022-03-04&to=2022-03-06');
    assert.notEqual(other.headers.get('etag'), etag);
    const announcements = await app.request('/api/v1/announcements');
    store.syncAnnouncements(
      config.announcements
        .slice(0, 1)
        .map((announcement) => ({ ...announcement, title: 'Changed' })),
    );
    const same = await app.request(path, { headers: { 'if-none-match': etag } });
    assert.equal(same.status, 304);
    const before = announcements.headers.get('etag') ?? '';
    const after = await app.request('/api/v1/announcements', {
      headers: { 'if-none-match': before },
    });
    assert.equal(after.status, 200);
    assert.notEqual(after.headers.get('etag'), before);
  });

  for (const [accepted, encoding] of [
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
  ] as const)
    test(`accept-encoding ${accepted} → ${encoding ?? 'plain'}`, async () => {
      const response = await sample.app.request('/api/v1/measurements', {
        headers: { 'accept-encoding': accepted },
      });
      assert.equal(response.headers.get('content-encoding'), encoding);
      assert.equal(response.headers.get('vary'), 'accept-encoding');
    });
});
