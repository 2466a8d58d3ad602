import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import {
  createCodedError,
  createFailure,
  FAILURE_CODES,
  type FailureCode,
  OWN_CODES,
  toFailure,
  toRcodeFailure,
} from './failure.ts';
import type { Attribution, Operation } from './types.ts';

type Row = readonly [
  operation: Operation,
  fields: object,
  code: FailureCode,
  attribution: Attribution,
];

const reset = { code: 'ECONNRESET', errno: -104, syscall: 'read' };

// Shapes as Node 26 makes them; the ones that a loopback socket can produce are produced in operations/*.test.ts too.
const rows: readonly Row[] = [
  [
    'tcp',
    { code: 'ECONNREFUSED', errno: -111, syscall: 'connect' },
    'connection_refused',
    'remote',
  ],
  ['tcp', { code: 'ECONNRESET', errno: -104, syscall: 'connect' }, 'connection_reset', 'remote'],
  ['tcp', { code: 'ETIMEDOUT', syscall: 'connect' }, 'generic_timeout_error', 'remote'],
  ['tcp', { code: 'EHOSTUNREACH', syscall: 'connect' }, 'host_unreachable', 'remote'],
  ['tcp', { code: 'ENETUNREACH', syscall: 'connect' }, 'network_unreachable', 'vantage'],
  ['tcp', { code: 'ENETDOWN', syscall: 'connect' }, 'network_down', 'vantage'],
  ['tcp', { code: 'ENETRESET', syscall: 'connect' }, 'network_reset', 'remote'],
  ['tcp', { code: 'ECONNABORTED', syscall: 'connect' }, 'connection_aborted', 'vantage'],
  ['tcp', { code: 'EADDRNOTAVAIL', syscall: 'connect' }, 'address_not_available', 'vantage'],
  ['tcp', { code: 'EADDRINUSE', syscall: 'bind' }, 'address_in_use', 'vantage'],
  ['tcp', { code: 'EAFNOSUPPORT', syscall: 'connect' }, 'address_family_not_supported', 'vantage'],
  ['tcp', { code: 'EINVAL', syscall: 'connect' }, 'invalid_argument', 'vantage'],
  ['tcp', { code: 'EACCES', syscall: 'connect' }, 'permission_denied', 'vantage'],
  ['tcp', { code: 'EPERM', syscall: 'connect' }, 'permission_denied', 'vantage'],
  ['tcp', { code: 'EMFILE', syscall: 'connect' }, 'unknown_failure', 'vantage'],
  ['tcp', { code: 'PROXY_ECONNREFUSED' }, 'proxy_failed', 'vantage'],
  ['dns', { code: 'PROXY_LOGIN_REFUSED' }, 'proxy_failed', 'vantage'],
  ['tcp', { code: 'SOCKS5_REPLY_1' }, 'unknown_failure', 'remote'],
  ['tcp', { code: 'SOCKS5_REPLY_2' }, 'permission_denied', 'vantage'],
  ['tcp', { code: 'SOCKS5_REPLY_3' }, 'network_unreachable', 'vantage'],
  ['tcp', { code: 'SOCKS5_REPLY_4' }, 'host_unreachable', 'remote'],
  ['tcp', { code: 'SOCKS5_REPLY_5' }, 'connection_refused', 'remote'],
  ['tcp', { code: 'SOCKS5_REPLY_6' }, 'generic_timeout_error', 'remote'],
  ['tcp', { code: 'SOCKS5_REPLY_7' }, 'protocol_not_supported', 'vantage'],
  ['tcp', { code: 'SOCKS5_REPLY_8' }, 'address_family_not_supported', 'vantage'],
  ['tcp', { code: 'SOCKS5_REPLY_91' }, 'proxy_failed', 'vantage'],
  ['tcp', { code: 'CONNECT_STATUS_403' }, 'permission_denied', 'vantage'],
  ['tcp', { code: 'CONNECT_STATUS_407' }, 'proxy_failed', 'vantage'],
  ['tcp', { code: 'CONNECT_STATUS_500' }, 'proxy_failed', 'vantage'],
  ['tcp', { code: 'CONNECT_STATUS_502' }, 'unknown_failure', 'remote'],
  ['tcp', { code: 'CONNECT_STATUS_504' }, 'generic_timeout_error', 'remote'],
  ['stun', { code: 'REACHLINE_NO_DATAGRAMS' }, 'protocol_not_supported', 'vantage'],
  ['tcp', { code: 'ENFILE', syscall: 'connect' }, 'unknown_failure', 'vantage'],
  ['tcp', { code: 'EISCONN' }, 'already_connected', 'vantage'],
  ['tcp', { code: 'EFAULT' }, 'bad_address', 'vantage'],
  ['tcp', { code: 'EBADF' }, 'bad_file_descriptor', 'vantage'],
  ['tcp', { code: 'EALREADY' }, 'connection_already_in_progress', 'vantage'],
  ['stun', { code: 'EDESTADDRREQ' }, 'destination_address_required', 'vantage'],
  ['stun', { code: 'EMSGSIZE' }, 'message_size', 'vantage'],
  ['tcp', { code: 'ENOBUFS' }, 'no_buffer_space', 'vantage'],
  ['tcp', { code: 'ENOMEM' }, 'no_buffer_space', 'vantage'],
  ['tcp', { code: 'ENOPROTOOPT' }, 'no_protocol_option', 'vantage'],
  ['tcp', { code: 'ENOTSOCK' }, 'not_a_socket', 'vantage'],
  ['tcp', { code: 'ENOTCONN' }, 'not_connected', 'vantage'],
  ['tcp', { code: 'EAGAIN' }, 'operation_would_block', 'vantage'],
  ['tcp', { code: 'EPROTONOSUPPORT' }, 'protocol_not_supported', 'vantage'],
  ['tcp', { code: 'EPROTOTYPE' }, 'wrong_protocol_type', 'vantage'],
  [
    'tcp',
    { name: 'AggregateError', code: 'ECONNREFUSED', errors: [] },
    'unknown_failure',
    'vantage',
  ],
  ['tcp', { code: OWN_CODES.bogon }, 'dns_bogon_error', 'vantage'],
  ['tls', reset, 'connection_reset', 'remote'],
  ['tls', { code: 'ECONNRESET', host: undefined, port: undefined }, 'eof_error', 'remote'],
  ['tls', { code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME' }, 'ssl_invalid_hostname', 'remote'],
  ['tls', { code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { library: 'SSL routines', reason: 'new reason' }, 'ssl_failed_handshake', 'remote'],
  ['tls', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'ssl_invalid_hostname', 'remote'],
  ['tls', { code: 'HOSTNAME_MISMATCH' }, 'ssl_invalid_hostname', 'remote'],
  ['tls', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'ssl_unknown_authority', 'remote'],
  ['tls', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'ssl_unknown_authority', 'remote'],
  ['tls', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'ssl_unknown_authority', 'remote'],
  ['tls', { code: 'UNABLE_TO_GET_ISSUER_CERT' }, 'ssl_unknown_authority', 'remote'],
  ['tls', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, 'ssl_unknown_authority', 'remote'],
  ['tls', { code: 'CERT_HAS_EXPIRED' }, 'ssl_invalid_certificate', 'remote'],
  ['tls', { code: 'CERT_NOT_YET_VALID' }, 'ssl_invalid_certificate', 'remote'],
  ['tls', { code: 'CERT_REVOKED' }, 'ssl_invalid_certificate', 'remote'],
  ['tls', { code: 'INVALID_PURPOSE' }, 'ssl_invalid_certificate', 'remote'],
  ['http', reset, 'connection_reset', 'remote'],
  ['http', { code: 'EPIPE', errno: -32, syscall: 'write' }, 'connection_reset', 'remote'],
  ['http', { name: 'SocketError', code: 'UND_ERR_SOCKET' }, 'eof_error', 'remote'],
  ['http', { code: 'ECONNRESET' }, 'eof_error', 'remote'],
  ['http', { code: 'ERR_STREAM_PREMATURE_CLOSE' }, 'eof_error', 'remote'],
  ['http', { code: 'ETIMEDOUT', syscall: 'read' }, 'generic_timeout_error', 'remote'],
  ['http', { name: 'TimeoutError', code: 23 }, 'generic_timeout_error', 'remote'],
  ['http', { code: 'UND_ERR_CONNECT_TIMEOUT' }, 'generic_timeout_error', 'remote'],
  ['http', { code: 'UND_ERR_HEADERS_TIMEOUT' }, 'generic_timeout_error', 'remote'],
  ['http', { code: 'UND_ERR_BODY_TIMEOUT' }, 'generic_timeout_error', 'remote'],
  ['http', { name: 'AbortError', code: 20 }, 'interrupted', 'vantage'],
  ['http', { code: 'ABORT_ERR' }, 'interrupted', 'vantage'],
  ['http', { code: 'UND_ERR_ABORTED' }, 'interrupted', 'vantage'],
  ['http', { name: 'HTTPParserError' }, 'unknown_failure', 'remote'],
  ['http', { name: 'HTTPParserError', code: 'HPE_INVALID_CONSTANT' }, 'unknown_failure', 'remote'],
  ['http', { code: 'UND_ERR_HEADERS_OVERFLOW' }, 'unknown_failure', 'remote'],
  ['http', { code: 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' }, 'unknown_failure', 'remote'],
  ['http', { code: 'ERR_INVALID_URL' }, 'http_invalid_redirect_location_host', 'remote'],
  ['http', { code: OWN_CODES.tooManyRedirects }, 'unknown_failure', 'remote'],
  ['http', { name: 'TypeError', cause: reset }, 'connection_reset', 'remote'],
  ['http', { cause: { cause: { code: 'ECONNREFUSED' } } }, 'connection_refused', 'remote'],
  ['dns', { code: 'ENOTFOUND', errno: -3008 }, 'dns_nxdomain_error', 'resolver'],
  ['dns', { code: 'EAI_AGAIN' }, 'dns_temporary_failure', 'resolver'],
  ['dns', { code: 'EAI_FAIL' }, 'dns_non_recoverable_failure', 'resolver'],
  ['dns', { code: 'ENODATA' }, 'dns_no_answer', 'resolver'],
  ['dns', { code: 'ESERVFAIL' }, 'dns_servfail_error', 'resolver'],
  ['dns', { code: 'EREFUSED' }, 'dns_refused_error', 'resolver'],
  ['dns', { code: 'ETIMEOUT' }, 'generic_timeout_error', 'resolver'],
  ['dns', { code: 'EFORMERR' }, 'dns_server_misbehaving', 'resolver'],
  ['dns', { code: 'ENOTIMP' }, 'dns_server_misbehaving', 'resolver'],
  ['dns', { code: 'EBADRESP' }, 'dns_server_misbehaving', 'resolver'],
  ['dns', { code: 'ECONNREFUSED', syscall: 'recvmsg' }, 'connection_refused', 'resolver'],
  ['dns', reset, 'connection_reset', 'resolver'],
  ['dns', { code: 'ENETUNREACH' }, 'network_unreachable', 'vantage'],
  ['tcp', { code: 'ESOMETHINGNEW' }, 'unknown_failure', 'vantage'],
  ['tcp', { name: 'TypeError' }, 'unknown_failure', 'vantage'],
];

suite('toFailure', () => {
  for (const [operation, fields, code, attribution] of rows) {
    test(`${operation}: ${JSON.stringify(fields)} → ${code} of the ${attribution}`, () => {
      // The text contradicts every row: it must not be read.
      const error = Object.assign(new Error('read ECONNRESET ECONNREFUSED timeout'), fields);
      const failure = toFailure(error, operation);
      assert.equal(failure.code, code);
      assert.equal(failure.attribution, attribution);
      assert.equal(failure.operation, operation);
    });
  }

  for (const thrown of [undefined, null, 7, 'text', Symbol('x'), {}, []]) {
    test(`thrown ${inspect(thrown)} → unknown_failure of the vantage`, () => {
      const failure = toFailure(thrown, 'http');
      assert.equal(failure.code, 'unknown_failure');
      assert.equal(failure.attribution, 'vantage');
    });
  }

  test('a chain of causes without end → ends', () => {
    const error: { cause?: unknown } = {};
    error.cause = error;
    assert.equal(toFailure(error, 'tcp').code, 'unknown_failure');
  });

  test('the raw code is kept, cut, and free of addresses', () => {
    assert.equal(toFailure({ code: 'ECONNREFUSED' }, 'tcp').raw, 'ECONNREFUSED');
    const odd = toFailure({ code: `EODD 93.184.216.34 2a02:6b8::feed ${'x'.repeat(200)}` }, 'tcp');
    assert.match(odd.raw ?? '', /^EODD \[scrubbed\] \[scrubbed\] x+$/);
    assert.ok((odd.raw?.length ?? 0) <= 64);
  });

  test('own errors carry their code', () => {
    const error = createCodedError(OWN_CODES.bogon, 'not public');
    assert.ok(error instanceof Error);
    assert.equal(toFailure(error, 'tcp').code, 'dns_bogon_error');
  });
});

const rcodes = [
  ['NOERROR', 'dns_no_answer'],
  ['NXDOMAIN', 'dns_nxdomain_error'],
  ['SERVFAIL', 'dns_servfail_error'],
  ['REFUSED', 'dns_refused_error'],
  ['FORMERR', 'dns_server_misbehaving'],
  ['NOTIMP', 'dns_server_misbehaving'],
  ['RCODE_13', 'dns_server_misbehaving'],
] as const;
for (const [rcode, code] of rcodes) {
  test(`toRcodeFailure: ${rcode} → ${code}`, () => {
    const expected = { operation: 'dns', code, attribution: 'resolver', raw: rcode };
    assert.deepEqual(toRcodeFailure(rcode), expected);
  });
}

test('createFailure: in a lookup the other end is the resolver', () => {
  assert.equal(createFailure('dns', 'eof_error').attribution, 'resolver');
  assert.equal(createFailure('tls', 'eof_error').attribution, 'remote');
});

test('every code says in a sentence what it means', () => {
  for (const [code, sentence] of Object.entries(FAILURE_CODES)) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.match(sentence, /^[A-Z].+\.$/, code);
  }
});
