/** What is made of the texts in which the platform says why a test failed. Texts as its probes write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../types.ts';
import { readFailure } from './failure-words.ts';
import { HttpResult } from './schema.ts';
import { failedHttp } from './testing/results.ts';

type Row = readonly [
  text: string,
  changes: Readonly<Record<string, unknown>>,
  operation: Operation,
  code: string,
  attribution: string,
];

const NO_TIMES = { total: null, dns: null, tcp: null, tls: null, firstByte: null, download: null };
const PAST_TCP = { timings: { ...NO_TIMES, dns: 5, tcp: 20 } };
const PAST_TLS = { timings: { ...NO_TIMES, dns: 5, tcp: 20, tls: 30 } };
const TARGET = { failureSource: 'target' };

const ROWS: readonly Row[] = [
  ['read ECONNRESET', {}, 'tls', 'connection_reset', 'remote'],
  ['read ECONNRESET', PAST_TLS, 'tls', 'connection_reset', 'remote'],
  ['connect ECONNRESET 157.240.20.35:443', {}, 'tcp', 'connection_reset', 'remote'],
  ['connect ECONNREFUSED 157.240.20.35:443', {}, 'tcp', 'connection_refused', 'remote'],
  ['connect ETIMEDOUT 157.240.20.35:443', {}, 'tcp', 'generic_timeout_error', 'remote'],
  ['connect EHOSTUNREACH 157.240.20.35:443', {}, 'tcp', 'host_unreachable', 'remote'],
  ['connect ENETUNREACH 2a03:2880::1:443', {}, 'tcp', 'network_unreachable', 'vantage'],
  ['queryA ENOTFOUND www.facebook.com', {}, 'dns', 'dns_nxdomain_error', 'resolver'],
  ['connect ENOTFOUND www.facebook.com', {}, 'dns', 'dns_nxdomain_error', 'resolver'],
  ['queryA ETIMEOUT www.facebook.com', {}, 'dns', 'generic_timeout_error', 'resolver'],
  ['queryA ECONNREFUSED www.facebook.com', {}, 'dns', 'connection_refused', 'resolver'],
  ['queryA EREFUSED www.facebook.com', {}, 'dns', 'dns_refused_error', 'resolver'],
  ['write EPROTO 00A7:error:0A00010B:SSL routines', {}, 'tls', 'ssl_failed_handshake', 'remote'],
  [
    "Timeout awaiting 'request' for 10000ms - ETIMEDOUT",
    {},
    'http',
    'generic_timeout_error',
    'remote',
  ],
  ['Request timeout.', {}, 'http', 'generic_timeout_error', 'remote'],
  ['Request timeout.', PAST_TCP, 'tls', 'generic_timeout_error', 'remote'],
  ['Request timeout.', { failureSource: 'resolver' }, 'dns', 'generic_timeout_error', 'resolver'],
  ['Request timeout.', { failureSource: 'internal' }, 'http', 'unknown_failure', 'vantage'],
  // What only prose says is not known.
  ['other side closed', {}, 'http', 'unknown_failure', 'vantage'],
  ['other side closed', TARGET, 'http', 'unknown_failure', 'remote'],
  [
    'Client network socket disconnected before secure TLS connection was established',
    TARGET,
    'http',
    'unknown_failure',
    'remote',
  ],
  ['The page says Request timeout. and more', {}, 'http', 'unknown_failure', 'vantage'],
  ['xECONNRESET ECONNRESETx', {}, 'http', 'unknown_failure', 'vantage'],
  ['constructor __proto__ toString', {}, 'http', 'unknown_failure', 'vantage'],
  [`${'x '.repeat(400)} read ECONNRESET`, {}, 'http', 'unknown_failure', 'vantage'],
  ['', {}, 'http', 'unknown_failure', 'vantage'],
];

for (const [text, changes, operation, code, attribution] of ROWS) {
  const extra = Object.keys(changes).length > 0 ? ` ${JSON.stringify(changes).slice(0, 60)}` : '';
  test(`"${text.slice(0, 50)}"${extra} → ${operation} ${code}`, () => {
    const failure = readFailure(HttpResult.parse(failedHttp(text, changes)));
    assert.deepEqual(
      { operation: failure.operation, code: failure.code, attribution: failure.attribution },
      { operation, code, attribution },
    );
    assert.doesNotMatch(failure.raw ?? '', /\d+\.\d+/);
  });
}
