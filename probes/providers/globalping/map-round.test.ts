/** What becomes of results: which observations, what the judge says of them, and what is not kept. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fingerprint } from '../../../config/schema.ts';
import { judge } from '../../judge/judge.ts';
import { TEST_RULES } from '../../testing/observations.ts';
import type { Measurement, Observation, Service, Vantage } from '../../types.ts';
import { describeVantage, mapRun, type RoundMapOptions } from './map-round.ts';
import type { NameTest, ProbeRun, Round } from './round.ts';
import { DnsResult, HttpResult, type Probe } from './schema.ts';
import { failedHttp, finishedDns, finishedHttp, verifiedTls } from './testing/results.ts';

const HOST = 'www.facebook.com';
const ADDRESS = '157.240.20.35';
const READER = '203.0.113.77';

const FINGERPRINTS: readonly Fingerprint[] = [
  {
    id: 'location-a',
    kind: 'location',
    pattern: 'http://warning.example',
    match: 'prefix',
    countryCodes: ['RU'],
    scope: 'operator',
    sourceUrl: 'https://example.org',
    retrievedAt: '2026-11-20',
    note: '',
  },
];

const SERVICE: Service = {
  id: 'facebook',
  name: 'Facebook',
  requiredFunctions: ['web'],
  targets: [
    { id: 'facebook.web.www', function: 'web', kind: 'https', host: HOST, port: 443, path: '/' },
  ],
};

const OPTIONS: RoundMapOptions = {
  services: [SERVICE],
  baseline: { id: 'baseline.example', host: 'example.com', port: 443, path: '/' },
  intervalMs: 1_080_000,
  provenance: { softwareVersion: '0', probeVersion: '1', schemaVersion: 3, configHash: '' },
  apiUrl: 'https://api.globalping.io',
  nextSeq: () => 0,
  knownAddresses: new Set(['95.167.13.50']),
  bodyHeadBytes: 4_096,
};

const PROBE: Probe = {
  country: 'RU',
  asn: 12389,
  network: 'Rostelecom',
  tags: ['eyeball-network'],
};

function name(resolver: NameTest['resolver'], result: unknown): NameTest {
  return { resolver, startedMs: 20_000, elapsedMs: 900, result: DnsResult.parse(result) };
}

/** A measurement of a probe whose neutral host answered, unless it is told otherwise. */
function mapOne(
  result: unknown,
  {
    names = [],
    baseline = finishedHttp('example.com'),
  }: { names?: readonly NameTest[]; baseline?: unknown } = {},
): Measurement {
  const shared = { measurementId: 'm1', startedMs: 100, elapsedMs: 2_000 };
  const run: ProbeRun = {
    index: 1,
    probe: PROBE,
    baseline: {
      ...shared,
      targetId: 'baseline.example',
      startedMs: 0,
      result: HttpResult.parse(baseline),
      names: [],
    },
    tests: [{ ...shared, targetId: 'facebook.web.www', result: HttpResult.parse(result), names }],
  };
  const round: Round = {
    startedAtMs: Date.UTC(2026, 10, 20, 12, 5),
    elapsedMs: 9_000,
    runs: [run],
  };
  const [measurement] = mapRun(run, round, 'gp-ru-as12389', OPTIONS);
  assert.ok(measurement);
  return measurement;
}

const CONTROL = mapOne(finishedHttp(HOST));

function judgeIt(measurement: Measurement, controls: readonly Measurement[]) {
  return judge({
    measurement,
    service: SERVICE,
    controls,
    countryCode: 'RU',
    baselines: [{ id: 'baseline.example', scope: 'foreign' }],
    rules: TEST_RULES,
    fingerprints: FINGERPRINTS,
  }).service;
}

function listStages(measurement: Measurement): string[] {
  return measurement.observations
    .filter(({ role }) => role === 'target')
    .map(({ operation, purpose, outcome }) =>
      [
        ...(purpose ? [purpose] : []),
        operation,
        outcome.kind === 'ok' ? 'ok' : outcome.failure.code,
      ].join(' '),
    );
}

type Row = {
  readonly name: string;
  readonly result: unknown;
  readonly names?: readonly NameTest[];
  readonly baseline?: unknown;
  readonly stages: readonly string[];
  /** Verdict without a control, and with one that reached the service. */
  readonly alone: string;
  readonly beside: string;
};

const OK = ['dns ok', 'tcp ok', 'tls ok', 'http ok'];
const OWN = name('network', finishedDns('NOERROR', [ADDRESS]));
const ROWS: readonly Row[] = [
  { name: 'success', result: finishedHttp(HOST), stages: OK, alone: 'ok', beside: 'ok' },
  {
    name: 'success, cut at 10 kB',
    result: finishedHttp(HOST, { rawBody: 'x'.repeat(10_000), truncated: true }),
    stages: OK,
    alone: 'ok',
    beside: 'ok',
  },
  {
    name: 'reset',
    result: failedHttp('read ECONNRESET'),
    names: [OWN],
    stages: ['dns ok', 'tls connection_reset'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'refused',
    result: failedHttp(`connect ECONNREFUSED ${ADDRESS}:443`),
    names: [OWN],
    stages: ['dns ok', 'tcp connection_refused'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'out of time',
    result: failedHttp('Request timeout.', { failureSource: 'target' }),
    names: [OWN],
    stages: ['dns ok', 'http generic_timeout_error'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'NXDOMAIN as the fetch tells it',
    result: failedHttp(`queryA ENOTFOUND ${HOST}`),
    names: [name('network', finishedDns('NXDOMAIN'))],
    stages: ['dns dns_nxdomain_error', 'dns_view dns dns_nxdomain_error'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'a name that the resolver denies, while the fetch says nothing',
    result: failedHttp('Something went wrong.'),
    names: [name('network', finishedDns('NXDOMAIN'))],
    stages: ['dns dns_nxdomain_error'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'a private address, which probes do not dial',
    result: failedHttp('Private IP ranges are not allowed.', { failureSource: 'resolver' }),
    names: [name('network', finishedDns('NOERROR', ['10.10.34.35']))],
    stages: ['dns ok'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'a resolver that failed for the fetch and answers a moment later',
    result: failedHttp('Something went wrong.', { failureSource: 'resolver' }),
    names: [OWN, name('public', finishedDns('NOERROR', [ADDRESS]))],
    stages: ['dns unknown_failure', 'dns_view dns ok', 'dns_view dns ok'],
    alone: 'insufficient',
    beside: 'insufficient',
  },
  {
    name: 'a foreign certificate',
    result: finishedHttp(HOST, {
      tls: verifiedTls(HOST, { authorized: false, error: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    }),
    stages: ['dns ok', 'tcp ok', 'tls ssl_unknown_authority', 'http ok'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'a certificate for another name that is called trusted',
    result: finishedHttp(HOST, { tls: verifiedTls('blockpage.example') }),
    stages: ['dns ok', 'tcp ok', 'tls ssl_invalid_hostname', 'http ok'],
    alone: 'insufficient',
    beside: 'likely_blocked',
  },
  {
    name: 'a redirect to a known block page',
    result: finishedHttp(HOST, {
      statusCode: 302,
      headers: { location: `http://warning.example/?ip=${READER}&u=1` },
      tls: verifiedTls(HOST, { authorized: false, error: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    }),
    stages: ['dns ok', 'tcp ok', 'tls ssl_unknown_authority', 'http ok'],
    alone: 'blocked',
    beside: 'blocked',
  },
  {
    name: 'something that nobody knows',
    result: failedHttp('Test failed. Please try again.', { failureSource: 'target' }),
    names: [OWN],
    stages: ['dns ok', 'http unknown_failure'],
    alone: 'insufficient',
    beside: 'insufficient',
  },
  {
    name: 'trouble of the platform',
    result: failedHttp('read ECONNRESET', { failureSource: 'internal' }),
    names: [OWN],
    stages: ['dns ok', 'http unknown_failure'],
    alone: 'insufficient',
    beside: 'insufficient',
  },
  {
    name: 'no network at the probe',
    result: failedHttp('Request timeout.'),
    baseline: failedHttp('Request timeout.'),
    stages: ['http generic_timeout_error'],
    alone: 'insufficient',
    beside: 'insufficient',
  },
  {
    name: 'an answer without what the description promises',
    result: finishedHttp(HOST, { tls: null, resolvedAddress: 'nonsense' }),
    stages: ['http unknown_failure'],
    alone: 'insufficient',
    beside: 'insufficient',
  },
];

suite('results of Globalping', () => {
  for (const row of ROWS) {
    test(`${row.name} → alone ${row.alone}, beside a control ${row.beside}`, () => {
      const { names = [], baseline = finishedHttp('example.com') } = row;
      const measurement = mapOne(row.result, { names, baseline });
      assert.deepEqual(listStages(measurement), row.stages);
      const alone = judgeIt(measurement, []);
      const beside = judgeIt(measurement, [{ ...CONTROL, vantageId: 'gp-de-as24940' }]);
      assert.equal(alone.verdict, row.alone);
      assert.equal(beside.verdict, row.beside);
      if (row.beside === 'likely_blocked') assert.equal(beside.confidence, 'low');
    });
  }

  test('times follow each other, and the fetch of a proven page keeps nothing of it but its title', () => {
    const [dns, tcp, tls, http] = CONTROL.observations.filter(({ role }) => role === 'target');
    const times = [dns, tcp, tls, http].map((one) => [one?.startedMs, one?.elapsedMs]);
    assert.deepEqual(times, [
      [100, 10],
      [110, 20],
      [130, 30],
      [160, 30],
    ]);
    assert.ok(http?.operation === 'http' && http.outcome.kind === 'ok');
    assert.deepEqual([http.outcome.value.bodyHead, http.outcome.value.title], ['', 'Welcome']);
    assert.deepEqual(http.outcome.value.headers, {
      'content-type': 'text/html',
      server: 'proxygen',
    });
    assert.ok(tls?.operation === 'tls' && tls.outcome.kind === 'ok');
    assert.deepEqual(tls.outcome.value.chain, ['ab'.repeat(32)]);
  });

  test('what it is, where it comes from and what it cannot show go with it', () => {
    assert.equal(CONTROL.slotMs, Date.UTC(2026, 10, 20, 12));
    assert.equal(CONTROL.observations[0]?.role, 'baseline');
    assert.deepEqual(
      CONTROL.observations.map(({ id }: Observation) => id),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    assert.deepEqual(CONTROL.origin, {
      provider: 'globalping',
      licence: 'Globalping terms of use',
      reference: 'm1/1',
      url: 'https://globalping.io/?measurement=m1',
    });
    for (const blind of ['udp', 'close', 'body', 'chain', 'repeat', 'deep'] as const)
      assert.ok(CONTROL.blindSpots?.includes(blind));
  });

  test('a page that may be a block page is kept without what looks like the address of its reader', () => {
    const spellings = [
      READER,
      READER.replaceAll('.', '-'),
      READER.replaceAll('.', '%2E'),
      READER.split('.').toReversed().join('.'),
      '2001:db8:77::1',
      '2001%3Adb8%3A77%3A%3A1',
    ];
    const page = `<title>Denied for ${READER}</title>${spellings.join(' ')} 95.167.13.50 ${ADDRESS}`;
    const measurement = mapOne(
      finishedHttp(HOST, {
        rawBody: page,
        headers: {
          'content-type': 'text/html',
          location: `http://a.example/${READER}/x?from=${READER}#${READER}`,
        },
        tls: verifiedTls(HOST, { authorized: false, error: 'CERT_HAS_EXPIRED' }),
      }),
    );
    const http = measurement.observations.findLast(({ operation }) => operation === 'http');
    assert.ok(http?.operation === 'http' && http.outcome.kind === 'ok');
    const { bodyHead, title, headers } = http.outcome.value;
    const kept = JSON.stringify({ bodyHead, title, headers });
    for (const spelling of spellings) assert.ok(!kept.includes(spelling), spelling);
    assert.match(bodyHead, /95\.167\.13\.50 157\.240\.20\.35$/);
    assert.equal(headers['location'], 'http://a.example/[scrubbed]/x');
  });

  test('hostile results give no error and no text of theirs', () => {
    const hostile = [
      finishedHttp(HOST, { headers: { ['__proto__']: 'x', constructor: ['a'] }, statusCode: 9e9 }),
      finishedHttp(HOST, {
        tls: verifiedTls(HOST, { subject: { CN: 5, alt: '\0' }, fingerprint256: {} }),
      }),
      finishedHttp(HOST, { tls: verifiedTls('*', { subject: { CN: '*', alt: 'DNS:*' } }) }),
      finishedHttp(HOST, { timings: { total: -1, dns: 'x' }, rawBody: '<title>'.repeat(9_000) }),
      finishedHttp(HOST, { tls: verifiedTls(HOST, { subject: { alt: 'DNS:"x' } }) }),
      failedHttp('ECONNRESET'.repeat(5_000)),
    ];
    for (const result of hostile) {
      const { verdict } = judgeIt(mapOne(result), [{ ...CONTROL, vantageId: 'gp-de-as24940' }]);
      assert.notEqual(verdict, 'blocked');
    }
  });

  test('a vantage is named by its network, and nothing finer', () => {
    const row: Vantage = {
      id: 'gp-ru',
      kind: 'globalping',
      countryCode: 'RU',
      asn: 0,
      networkName: 'Globalping in Russia',
      access: 'fixed',
      role: 'vantage',
      note: '',
      publishDelayMinutes: 60,
    };
    const vantage = describeVantage(row, {
      ...PROBE,
      asn: 4_200_000_001,
      network: 'Ivan\u0000 <b>’s Net',
    });
    assert.deepEqual(
      { ...vantage, note: '' },
      {
        id: 'gp-ru-as4200000001',
        kind: 'globalping',
        countryCode: 'RU',
        asn: 4_200_000_001,
        networkName: 'Ivan b s Net',
        access: 'fixed',
        role: 'vantage',
        note: '',
        publishDelayMinutes: 60,
      },
    );
    const hosted = { ...PROBE, tags: ['datacenter-network'] };
    assert.equal(describeVantage(row, hosted).access, 'datacentre');
    assert.equal(describeVantage({ ...row, access: 'mobile' }, PROBE).access, 'mobile');
    assert.equal(describeVantage({ ...row, access: 'datacentre' }, PROBE).access, 'unknown');
  });
});
