/** Redirects over real sockets: followed hop by hop, and never to where no page can be. Cleartext pages beside them. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { PageBehaviour } from './lab/page-behaviour.ts';
import { MAX_HOPS } from './redirects.ts';
import {
  ADDRESS,
  type Conditions,
  type DeepWorld,
  HOST,
  NEUTRAL_ADDRESS,
  startDeepWorld,
  TARGET,
} from './testing/deep-world.ts';
import type { Measurement, ServiceTarget } from './types.ts';

const LOGIN = 'login.example';
const PRIVATE = 'inside.example';
const redirect = (location: string): PageBehaviour => ({ kind: 'redirect', location });

/** The first visit, an operation per line: `1 http https://login.example/ ok`. */
function tell({ observations }: Measurement): string[] {
  return observations
    .filter((one) => one.targetId === TARGET.id && one.attempt === 1)
    .map((one) => {
      const what = one.operation === 'http' ? ` ${one.input.url}` : '';
      const { outcome } = one;
      const end = outcome.kind === 'ok' ? 'ok' : (outcome.failure.raw ?? outcome.failure.code);
      return `${one.hop ?? 0} ${one.operation}${what} ${end}`;
    });
}

const FIRST = ['0 dns ok', '0 tcp ok', '0 tls ok', `0 http https://${HOST}/ ok`];
const INVALID = 'http_invalid_redirect_location_host';

const ROWS: readonly {
  readonly name: string;
  readonly conditions: Conditions;
  readonly target?: Partial<ServiceTarget>;
  /** What follows the first hop, or all of it when the target is another. */
  readonly expect: readonly string[];
}[] = [
  {
    name: 'to a path of the same host',
    conditions: {
      page: (path) => (path === '/' ? redirect('/home') : { kind: 'page', title: '' }),
    },
    expect: ['1 dns ok', '1 tcp ok', '1 tls ok', `1 http https://${HOST}/home ok`],
  },
  {
    name: 'to another host, and from there to a path',
    conditions: {
      page: (path) => {
        if (path === '/') return redirect(`https://${LOGIN}/a`);
        return path === '/a' ? redirect('b?c=d') : { kind: 'page', title: '' };
      },
    },
    expect: [
      '1 dns ok',
      '1 tcp ok',
      '1 tls ok',
      `1 http https://${LOGIN}/a ok`,
      '2 dns ok',
      '2 tcp ok',
      '2 tls ok',
      `2 http https://${LOGIN}/b?c=d ok`,
    ],
  },
  {
    name: 'to a host whose name is reset for',
    conditions: {
      page: () => redirect(`https://${LOGIN}/`),
      box: (name) => ({ kind: name === LOGIN ? 'reset' : 'pass' }),
    },
    expect: ['1 dns ok', '1 tcp ok', '1 tls ECONNRESET'],
  },
  {
    name: 'from cleartext to TLS',
    conditions: {
      plain: () => redirect(`https://${HOST}/secure`),
    },
    target: { kind: 'http', port: 80 },
    expect: [
      '0 dns ok',
      '0 tcp ok',
      `0 http http://${HOST}/ ok`,
      '1 dns ok',
      '1 tcp ok',
      '1 tls ok',
      `1 http https://${HOST}/secure ok`,
    ],
  },
  {
    name: 'to a public address without a name',
    conditions: {
      page: () => redirect(`http://${NEUTRAL_ADDRESS}/`),
      plain: () => ({ kind: 'page', title: '' }),
    },
    expect: ['1 tcp ok', `1 http http://${NEUTRAL_ADDRESS}/ ok`],
  },
  {
    name: 'to a name with a private address',
    conditions: { page: () => redirect(`https://${PRIVATE}/`) },
    expect: ['1 dns ok'],
  },
  {
    name: 'not asked to follow',
    conditions: { page: () => redirect('/home') },
    target: { isFollowingRedirects: false },
    expect: FIRST,
  },
];

const UNFOLLOWED = [
  'http://',
  'https://',
  'http:///path',
  '///path',
  'http:/path',
  'http:path',
  'http://?query',
  'http://:80/',
  'http://[',
  'file:///etc/passwd',
  'ftp://login.example/',
  'javascript:alert(1)',
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://192.168.1.1:8080/login',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[fe80::1]/',
  'http://localhost/',
  'https://localhost:9/',
  'http://sub.localhost./',
];

suite('redirects', () => {
  let world: DeepWorld;
  before(async () => {
    world = await startDeepWorld();
  });
  after(() => world.close());
  const measure = (conditions: Conditions, target: Partial<ServiceTarget> = {}) =>
    world.measure(
      {
        ...conditions,
        names: { [PRIVATE]: { kind: 'addresses', addresses: ['10.10.34.35', '127.0.0.1'] } },
      },
      { target: { isFollowingRedirects: true, ...target }, deadlineMs: 900 },
    );

  for (const { name, conditions, target, expect } of ROWS) {
    test(name, async () => {
      const told = tell(await measure(conditions, target));
      assert.deepEqual(told, target ? expect : [...FIRST, ...expect]);
    });
  }

  for (const location of UNFOLLOWED) {
    test(`${location} is not followed`, async () => {
      const told = tell(await measure({ page: () => redirect(location) }));
      assert.deepEqual(told, [...FIRST, `1 http ${location} ${INVALID}`]);
    });
  }

  for (const [name, page] of [
    ['a loop', () => redirect('/')],
    ['an endless chain', (path: string) => redirect(`${path}x`)],
  ] as const) {
    test(`${name} ends after ${MAX_HOPS} hops`, async () => {
      const told = tell(await measure({ page }));
      assert.match(told.at(-1) ?? '', /^11 http \S+ too_many_redirects$/);
      assert.equal(told.filter((line) => / http /.test(line)).length, MAX_HOPS + 2);
    });
  }

  test('the whole of a long Location is followed, and no more of it kept than is stored of any', async () => {
    const long = `/${'a'.repeat(2000)}`;
    const page = (path: string): PageBehaviour =>
      path === '/' ? redirect(long) : { kind: 'status', statusCode: path === long ? 200 : 404 };
    const { observations } = await measure({ page });
    const last = observations.findLast((one) => one.operation === 'http' && one.hop === 1);
    assert.ok(last?.operation === 'http' && last.outcome.kind === 'ok');
    assert.equal(last.outcome.value.statusCode, 200);
  });

  test('over a false certificate nothing is followed', async () => {
    const page = () => redirect(`https://${LOGIN}/`);
    const { observations } = await measure({ page }, { host: 'other.example' });
    assert.ok(observations.every((one) => one.hop === undefined));
  });

  test('a page in cleartext: connected and fetched, its bytes counted on the wire', async () => {
    const measurement = await measure({}, { kind: 'http', port: 80 });
    assert.deepEqual(tell(measurement), ['0 dns ok', '0 tcp ok', `0 http http://${HOST}/ ok`]);
    const page = measurement.observations.findLast((one) => one.operation === 'http');
    assert.ok(page?.operation === 'http' && page.outcome.kind === 'ok');
    assert.equal(page.input.address, ADDRESS);
    assert.ok(page.outcome.value.wireBytesIn > page.outcome.value.bodyBytes);
  });
});
