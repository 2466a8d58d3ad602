/** What lines of OONI's files come to: a row per version, quirk and way of failing, judged by the rules that are shipped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFailure } from './failure-strings.ts';
import { readLine } from './read-line.ts';
import {
  CONTEXT,
  type FixtureLine,
  judgeImported,
  readFixtures,
  sumUp,
} from './testing/judged-lines.ts';

const WWW = 'facebook.web.www';

/** Line by line what must come of it. */
const ROWS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // OONI says `blocking`/`accessible`; where we differ from it is told beside the row.
  'classic.jsonl': {
    'tls answered, control failed': 'ok',
    'tls answered, control ok': 'ok',
    'tls answered, no control': 'ok',
    'cleartext same page, control ok': 'ok',
    // The address is none that the control's resolver gave, hence the false address and not only a false page.
    'cleartext other page, control ok': 'likely_blocked dns.injection.blockpage',
    // OONI: http-diff, for its test asks whether the control's page exists, not whether it came.
    'cleartext page, control failed': 'insufficient',
    'cleartext page, no control': 'insufficient',
    'request failed, control failed': 'down http.reset',
    'request failed, control ok': 'likely_blocked http.reset',
    'request failed, no control': 'insufficient',
    'handshake failed, control failed': 'down tls.reset',
    // OONI: http-failure; it has no word for TLS.
    'handshake failed, control ok': 'likely_blocked tls.reset',
    'handshake failed, no control': 'insufficient',
    'connect failed, control failed': 'down ip.drop',
    'connect failed, control ok': 'likely_blocked ip.drop',
    'connect failed, no control': 'insufficient',
    'lookup failed, control failed': 'down dns.nxdomain',
    'lookup failed, control ok': 'likely_blocked dns.nxdomain',
    // OONI: accessible, by an old quirk.
    'lookup failed, no control': 'insufficient',
    'handshake failed behind a redirect to the same host, control ok': 'likely_blocked tls.reset',
    // OONI: http-failure in both, and dns; no control has looked at the host behind the redirect.
    'handshake failed behind a redirect to another host, control ok': 'insufficient tls.reset',
    'connect failed behind a redirect to another host, control failed': 'insufficient ip.drop',
    'lookup failed behind a redirect to another host, control ok': 'insufficient dns.nxdomain',
    // OONI: accessible.
    'lookup failed behind a redirect, no control': 'insufficient',
    'only loopback, control too': 'down dns.injection.bogon',
    'only loopback, control has real addresses': 'likely_blocked dns.injection.bogon',
    'false address that refuses, control ok': 'likely_blocked dns.injection.other',
    // OONI: dns; for us the page was proven, over an address that another resolver gave.
    'page over another resolver’s address, control ok': 'ok',
  },
  'versions.jsonl': {
    '0.5 several addresses, one of version 6 unreachable': 'ok',
    '0.5 late second reply over udp': 'likely_blocked dns.nxdomain',
    '0.4 without transactions, failure repeated by the request': 'likely_blocked tls.reset',
    '0.1 without handshakes, reset while fetching over tls': 'likely_blocked tls.reset',
    '0.1 without handshakes, page over tls': 'ok',
    '0.0.1 in Python, certificates not looked at': 'insufficient',
    '0.0.1 with failure strings of its time': 'likely_blocked ip.drop',
    '0.0.1 with a request through Tor beside': 'likely_blocked tls.reset',
  },
  'quirks.jsonl': {
    'headers as lists': 'ok',
    'headers in base64': 'ok',
    'headers as pairs only': 'ok',
    'body in base64 that is none': 'ok',
    'body in base64': 'ok',
    'certificates in bad base64': 'ok',
    'certificates that are none': 'ok',
    'local time two hours ahead': 'ok',
    'submitted two days later': 'ok',
    'own address everywhere': 'ok',
    'numbers as text': 'ok',
    'everything null': 'skipped nothing_seen',
    'lists of the wrong kind': 'skipped nothing_seen',
    'names of prototypes': 'ok',
    'plain text in place of tls': 'likely_blocked http.blockpage',
    'page without www': 'ok',
    'interrupted lookup': 'insufficient',
    'unknown country and network': 'ok',
    'a service of nobody here': 'skipped no_service',
    telegram: 'skipped no_service',
    signal: 'skipped no_service',
    ndt: 'skipped other_test',
    'no test keys': 'skipped nothing_seen',
    'no test name': 'bad it has no test_name',
    'no time': 'bad it has no measurement_start_time',
    'a time that is none': 'bad it has no measurement_start_time',
    'a time in the future': 'bad its measurement_start_time is before 2012 or in the future',
    'line 28': 'bad it is no JSON',
    'line 29': 'bad it is no JSON object',
    'line 30': 'bad it is no JSON object',
    'nested twenty thousand deep': 'skipped nothing_seen',
  },
};

for (const [file, rows] of Object.entries(ROWS)) {
  const lines = readFixtures(file);
  test(`${file}: every line has a row`, () => {
    assert.deepEqual(
      lines.map(({ name }) => name),
      Object.keys(rows),
    );
  });
  for (const { name, text } of lines)
    test(`${file}: ${name} → ${rows[name]}`, () => assert.equal(sumUp(text, WWW), rows[name]));
}

/** Line by line the verdicts of some targets. */
const MESSENGER_ROWS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    'whatsapp, all well',
    {
      service: 'ok',
      'whatsapp.web.web': 'ok',
      'whatsapp.messages.e1-443': 'ok',
      'whatsapp.media.mmg': 'insufficient',
    },
  ],
  // Nothing outside looked at the same time, so no failure alone says that somebody stopped it.
  [
    'whatsapp, web and registration reset',
    { 'whatsapp.web.web': 'insufficient', 'whatsapp.messages.e1-443': 'ok' },
  ],
  [
    'whatsapp, no endpoint connects',
    {
      service: 'insufficient',
      'whatsapp.messages.e11-5222': 'insufficient',
      'whatsapp.web.web': 'ok',
    },
  ],
  ['whatsapp, names denied', { 'whatsapp.messages.e6-443': 'insufficient' }],
  [
    'whatsapp, old file without lookups of endpoints',
    { service: 'ok', 'whatsapp.messages.e6-5222': 'ok' },
  ],
  // A bare connection is proof for an endpoint that has nothing more, not for a page.
  [
    'messenger, all well',
    { 'facebook.app.edge-mqtt': 'ok', 'facebook.app.b-graph': 'insufficient' },
  ],
  [
    'messenger, nothing connects',
    { 'facebook.app.edge-mqtt': 'insufficient', service: 'insufficient' },
  ],
];
for (const [name, expected] of MESSENGER_ROWS)
  test(`${name} → ${JSON.stringify(expected)}`, () => {
    const { measurement } = read('messengers.jsonl', name);
    const { service, targets } = judgeImported(measurement);
    const all: Readonly<Record<string, { verdict: string }>> = { ...targets, service };
    const verdicts = Object.keys(expected).map((id) => [id, all[id]?.verdict]);
    assert.deepEqual(Object.fromEntries(verdicts), expected);
  });

function find(file: string, name: string): FixtureLine {
  const line = readFixtures(file).find((one) => one.name === name);
  assert.ok(line, `${file} has no ${name}`);
  return line;
}

function read(file: string, name: string) {
  const result = readLine(find(file, name).text, CONTEXT);
  assert.ok(result.kind === 'read', `${name}: ${JSON.stringify(result)}`);
  return result;
}

test('what the original concluded is kept beside ours, with licence, name and page', () => {
  const { measurement, vantage } = read('classic.jsonl', 'handshake failed, control ok');
  const { origin, provenance } = measurement;
  assert.ok(origin);
  assert.equal(origin.provider, 'ooni');
  assert.equal(origin.licence, 'CC-BY-NC-SA-4.0');
  assert.match(origin.url ?? '', /^https:\/\/explorer\.ooni\.org\/m\/20240304120009/);
  assert.equal(origin.original?.['blocking'], 'http-failure');
  assert.equal(origin.original?.['accessible'], false);
  assert.equal(provenance.softwareVersion, 'ooni:ooniprobe-android 3.8.8');
  assert.deepEqual(
    [vantage.id, vantage.kind, vantage.role, vantage.networkName],
    ['ooni-ru-as12389', 'import', 'vantage', 'Example Telecom'],
  );
  assert.equal(measurement.slotMs % 300_000, 0);
});

test('a start after the collector had the measurement is a local time; one long before is not', () => {
  const { measurement: ahead } = read('quirks.jsonl', 'local time two hours ahead');
  assert.equal(ahead.startedAtMs, Date.UTC(2024, 2, 4, 12, 0, 9));
  const { measurement: late } = read('quirks.jsonl', 'submitted two days later');
  assert.equal(late.startedAtMs, Date.UTC(2024, 2, 2, 12, 0, 1));
});

test('the address of who measured is nowhere in what is kept', () => {
  const { measurement } = read('quirks.jsonl', 'own address everywhere');
  const kept = JSON.stringify(measurement);
  assert.ok(find('quirks.jsonl', 'own address everywhere').text.includes('198.51.100.77'));
  assert.ok(!kept.includes('198.51.100.77'));
  assert.ok(kept.includes('[scrubbed]'));
  assert.ok(!kept.includes('203.0.113.9'), 'no resolver address either');
});

test('blind spots follow what the file has', () => {
  const { measurement } = read(
    'versions.jsonl',
    '0.5 several addresses, one of version 6 unreachable',
  );
  assert.deepEqual(measurement.blindSpots, ['udp', 'late_replies', 'repeat', 'deep']);
  assert.equal(measurement.certificates.size, 1);
  const { measurement: bare } = read('messengers.jsonl', 'whatsapp, all well');
  assert.deepEqual(bare.blindSpots, [
    'udp',
    'late_replies',
    'chain',
    'baselines',
    'repeat',
    'deep',
  ]);
});

test('a late second reply is kept with the lookup that it answers', () => {
  const { measurement } = read('versions.jsonl', '0.5 late second reply over udp');
  const [view] = measurement.observations.filter(({ purpose }) => purpose === 'dns_view');
  assert.ok(view?.operation === 'dns' && view.outcome.kind === 'failed');
  const { replies = [] } = view.outcome.seen ?? {};
  assert.deepEqual(
    replies.map(({ rcode, addresses }) => [rcode, ...addresses]),
    [['NXDOMAIN'], ['NOERROR', '157.240.205.35']],
  );
  assert.ok((replies[1]?.atMs ?? 0) > (replies[0]?.atMs ?? 0));
});

test('a measurement without a name of its own gets the same one every time', () => {
  const { text } = find('versions.jsonl', '0.0.1 in Python, certificates not looked at');
  const references = [text, text].map((line) => {
    const result = readLine(line, CONTEXT);
    assert.ok(result.kind === 'read');
    return result.measurement.origin?.reference;
  });
  assert.match(references[0] ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.equal(references[0], references[1]);
});

const FAILURES: readonly (readonly [string, Parameters<typeof readFailure>[1], string, string])[] =
  [
    ['connection_reset', 'tls', 'connection_reset', 'remote'],
    ['generic_timeout_error', 'dns', 'generic_timeout_error', 'resolver'],
    ['dns_name_error', 'dns', 'dns_nxdomain_error', 'resolver'],
    ['dns_lookup_error', 'dns', 'unknown_failure', 'vantage'],
    ['deferred_timeout_error', 'http', 'generic_timeout_error', 'remote'],
    ['response_never_received', 'http', 'eof_error', 'remote'],
    ['connection_refused_error', 'tcp', 'connection_refused', 'remote'],
    ['socks_host_unreachable', 'tcp', 'unknown_failure', 'vantage'],
    ['network_unreachable', 'tcp', 'network_unreachable', 'vantage'],
    ['interrupted', 'http', 'interrupted', 'vantage'],
    ['unknown_failure: stopped after too many redirects', 'http', 'unknown_failure', 'remote'],
    ['constructor', 'tls', 'unknown_failure', 'vantage'],
  ];
for (const [said, operation, code, attribution] of FAILURES)
  test(`${said} of ${operation} → ${code}, ${attribution}`, () => {
    const failure = readFailure(said, operation);
    assert.deepEqual([failure.code, failure.attribution], [code, attribution]);
  });

test('addresses are taken out of unknown failures', () => {
  const { raw } = readFailure('unknown_failure: dial tcp 198.51.100.7:443: oops', 'tcp');
  assert.ok(raw?.includes('[scrubbed]') && !raw.includes('198.51'));
});
