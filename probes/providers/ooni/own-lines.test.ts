/** Lines of our own format that others wrote or changed: whole values or none, cleaned like what was measured here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measurementOf } from '../../testing/observations.ts';
import type { Observation } from '../../types.ts';
import { readLine } from './read-line.ts';
import { CONFIG, CONTEXT, judgeImported } from './testing/judged-lines.ts';
import { judgeWith, VANTAGE } from './testing/pass-through.ts';
import { toOoniMeasurement } from './write-line.ts';

type Row = Record<string, unknown>;
type Keys = Record<string, Row[]> & { x_control: Record<string, Row[]> };

/** Makes a line with a control, changes what stands in it, and reads it. */
function readChanged(change: (keys: Keys) => void) {
  const made = measurementOf([{ targetId: 'facebook.web.www' }]);
  const measurement = {
    ...made,
    observations: made.observations.map((one) =>
      one.operation === 'http'
        ? { ...one, input: { ...one.input, url: 'http://www.facebook.com/' } }
        : one,
    ),
  };
  const [service] = CONFIG.services;
  assert.ok(service);
  const pair = { measurement, controls: [{ ...measurement, vantageId: 'de-control' }] };
  const judgement = judgeWith(pair, service);
  const line = JSON.parse(
    JSON.stringify(toOoniMeasurement({ id: 'x', ...pair, judgement, vantage: VANTAGE })),
  );
  change(line.test_keys);
  return readLine(JSON.stringify(line), CONTEXT);
}

function readObservations(change: (keys: Keys) => void): readonly Observation[] {
  const result = readChanged(change);
  assert.ok(result.kind === 'read', JSON.stringify(result));
  judgeImported(result.measurement);
  return result.measurement.observations;
}

const everyRow = (keys: Keys, list: string): Row[] => [
  ...(keys[list] ?? []),
  ...(keys.x_control[list] ?? []),
];

/** What a value of each operation must have. */
const REQUIRED = {
  dns: ['addresses', 'rcode', 'replies'],
  tcp: [],
  tls: [
    'isVerified',
    'protocol',
    'cipher',
    'alpn',
    'chain',
    'isSelfSigned',
    'wireBytesIn',
    'wireBytesOut',
  ],
  http: [
    'statusCode',
    'headers',
    'bodyBytes',
    'isBodyTruncated',
    'bodySha256',
    'title',
    'bodyHead',
    'wireBytesIn',
  ],
  stun: [],
  quic: ['answer'],
} as const;

const THINNED: readonly (readonly [string, (keys: Keys) => void])[] = [
  ['nothing taken out', () => {}],
  ['requests without what x_http says', (keys) => setAll(keys, 'requests', 'x_http', {})],
  [
    'requests with a bare status',
    (keys) => {
      setAll(keys, 'requests', 'x_http', {});
      setAll(keys, 'requests', 'response', { code: 200 });
    },
  ],
  [
    'queries without rcode',
    (keys) => everyRow(keys, 'queries').forEach((row) => delete row['rcode']),
  ],
  ['queries without replies', (keys) => setAll(keys, 'queries', 'x_dns', { resolver: 'network' })],
  ['queries without answers', (keys) => setAll(keys, 'queries', 'answers', null)],
  [
    'handshakes with the least that x_tls may say',
    (keys) =>
      setAll(keys, 'tls_handshakes', 'x_tls', { hello: 'default', isVerified: true, chain: [] }),
  ],
];

function setAll(keys: Keys, list: string, key: string, value: unknown): void {
  for (const row of everyRow(keys, list)) row[key] = value;
}

for (const [name, change] of THINNED)
  test(`${name}: every value is whole and can be judged`, () => {
    const observations = readObservations(change);
    assert.ok(observations.some(({ role }) => role === 'control'));
    for (const { operation, outcome } of observations) {
      assert.equal(outcome.kind, 'ok');
      const value: Readonly<Record<string, unknown>> = outcome.kind === 'ok' ? outcome.value : {};
      const missing = REQUIRED[operation].filter((key) => value[key] === undefined);
      assert.deepEqual(missing, [], operation);
    }
  });

const BAD: readonly (readonly [string, (keys: Keys) => void, RegExp])[] = [
  [
    'a request without response',
    (keys) => setAll(keys, 'requests', 'response', null),
    /has no response/,
  ],
  [
    'a request with a status that is none',
    (keys) => setAll(keys, 'requests', 'response', { code: 1e9 }),
    /has no response/,
  ],
  [
    'a handshake that nobody verified',
    (keys) => setAll(keys, 'tls_handshakes', 'x_tls', { hello: 'default' }),
    /not said to be verified/,
  ],
  [
    'an answer over QUIC that is none',
    (keys) => {
      const x_observation = { ...(keys['tcp_connect']?.[0]?.['x_observation'] as object), id: 90 };
      keys['x_quic'] = [{ x_observation, address: '192.0.2.1', port: 443, failure: null }];
    },
    /answer of x_quic/,
  ],
];
for (const [name, change, reason] of BAD)
  test(`${name} without failure is a bad line`, () => {
    const result = readChanged(change);
    assert.ok(result.kind === 'bad', result.kind);
    assert.match(result.reason, reason);
  });

test('headers, text and title of a line are kept as they would be of an answer to us', () => {
  const { bodyHeadBytes } = CONFIG.budgets;
  const pairs = [
    ['Content-Type', 'text/html; charset=utf-16'],
    ['Set-Cookie', 'session=1'],
    ['X-Client-IP', '198.51.100.7'],
    ['__proto__', 'x'],
    ['Server', 's'.repeat(2_000)],
    ['X-FB-Debug', 'an id'],
  ];
  const body = 'п\u0001'.repeat(bodyHeadBytes);
  const observations = readObservations((keys) => {
    for (const row of everyRow(keys, 'requests')) {
      row['response'] = { code: 200, headers_list: pairs, headers: {}, body };
      row['x_http'] = { title: 't'.repeat(400) };
    }
  });
  const seen = observations.flatMap(({ operation, outcome }) =>
    operation === 'http' && outcome.kind === 'ok' ? [outcome.value] : [],
  );
  assert.ok(seen.length >= 2);
  for (const { headers, bodyHead, title } of seen) {
    assert.deepEqual(Object.entries(headers), [
      ['content-type', 'text/html; charset=utf-16'],
      ['server', 's'.repeat(512)],
      ['x-fb-debug', 'present'],
    ]);
    assert.equal(Object.getPrototypeOf(headers), Object.prototype);
    assert.equal(bodyHead, 'п '.repeat(bodyHeadBytes / 2));
    assert.equal(title, 't'.repeat(200));
  }
});
