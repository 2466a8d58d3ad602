/**
 * The one place where errors of the runtime become failure codes. It reads fields only (`code`, `errno`, `syscall`,
 * `library`, `name`), never the text of a message, because texts change with versions and languages.
 * Codes are those of OONI: https://github.com/ooni/spec/blob/master/data-formats/df-007-errors.md
 */
import { scrubAddresses } from './scrub.ts';
import type { Attribution, Failure, Operation } from './types.ts';

/** Every failure code that an operation can give, each with what it says. */
export const FAILURE_CODES = {
  address_family_not_supported: 'This machine does not speak the family of the address.',
  address_in_use: 'The local address and port were already taken.',
  address_not_available: 'This machine has no usable local address for the destination.',
  already_connected: 'The socket was connected already.',
  bad_address: 'The system was handed memory that it could not read.',
  bad_file_descriptor: 'The socket had already been closed on this machine.',
  connection_aborted: 'This machine gave the connection up.',
  connection_already_in_progress: 'The socket was connecting already.',
  connection_refused: 'The other end answered that nothing listens there.',
  connection_reset: 'A reset came instead of an answer.',
  destination_address_required: 'The datagram had no destination.',
  dns_bogon_error: 'The address cannot belong to a public service, so it was not dialled.',
  dns_no_answer: 'The resolver answered without any address of the wanted kind.',
  dns_non_recoverable_failure: 'The system resolver failed and says that trying again is useless.',
  dns_nxdomain_error: 'The resolver says that the name does not exist.',
  dns_refused_error: 'The resolver refuses to answer.',
  dns_reply_with_wrong_query_id: 'Only replies to another question came.',
  dns_servfail_error: 'The resolver says that it failed.',
  dns_server_misbehaving: 'The resolver sent something that is no usable answer.',
  dns_temporary_failure: 'The system resolver failed and says that it may work later.',
  eof_error: 'The connection was closed in an orderly way before the answer was complete.',
  generic_timeout_error: 'Nothing decisive came within the time allowed.',
  host_unreachable: 'A router answered that the host cannot be reached.',
  http_invalid_redirect_location_host: 'A redirect leads to something that is no address.',
  interrupted: 'The measurement was stopped on purpose.',
  invalid_argument: 'The system did not accept the request.',
  message_size: 'The datagram was too large to be sent.',
  network_down: 'The network of this machine is down.',
  network_reset: 'The network dropped the connection.',
  network_unreachable: 'This machine has no route to the address.',
  no_buffer_space: 'This machine had no memory left for the network.',
  no_protocol_option: 'The protocol has no such option.',
  not_a_socket: 'The handle was no socket.',
  not_connected: 'The socket was not connected.',
  operation_would_block: 'The system could not complete the call at once.',
  permission_denied: 'This machine does not allow the connection.',
  protocol_not_supported: 'This machine does not speak the protocol.',
  // Not a code of OONI, whose probes go through no proxy: anything else would read as a fault of the target.
  proxy_failed: 'The proxy of this vantage could not be reached, refused us or failed by itself.',
  ssl_failed_handshake: 'The TLS handshake broke off, by an alert or by bytes that are no TLS.',
  ssl_invalid_certificate: 'The certificate is not valid now or not for this use.',
  ssl_invalid_hostname: 'The certificate, or the other end, does not know the name.',
  ssl_unknown_authority: 'The certificate does not lead to an authority that is trusted.',
  unknown_failure: 'Something that has no code of its own; the raw code is kept.',
  wrong_protocol_type: 'The socket was of another protocol.',
} as const satisfies Readonly<Record<string, string>>;

/** One of the codes of this file. */
export type FailureCode = keyof typeof FAILURE_CODES;

/** Codes that this project's own checks put on the errors they make. */
export const OWN_CODES = {
  /** The network refuses to dial an address that cannot be public. */
  bogon: 'REACHLINE_BOGON',
  /** The network carries no datagrams. */
  noDatagrams: 'REACHLINE_NO_DATAGRAMS',
  tooManyRedirects: 'REACHLINE_TOO_MANY_REDIRECTS',
} as const;

/**
 * Beginnings of the codes that our ways through proxies put on their errors. After `PROXY_` comes what failed between
 * us and the proxy, e.g. `PROXY_ECONNREFUSED`; the other two end with the number that the proxy answered.
 */
export const PROXY_CODES = {
  proxy: 'PROXY_',
  socks5Reply: 'SOCKS5_REPLY_',
  connectStatus: 'CONNECT_STATUS_',
} as const;

type Row = readonly [code: FailureCode, attribution: Attribution];

/** Errors of system calls, named by the errno they carry. */
const SYSTEM_ERRORS: Readonly<Record<string, Row>> = {
  ECONNREFUSED: ['connection_refused', 'remote'],
  ECONNRESET: ['connection_reset', 'remote'],
  EPIPE: ['connection_reset', 'remote'],
  ETIMEDOUT: ['generic_timeout_error', 'remote'],
  EHOSTUNREACH: ['host_unreachable', 'remote'],
  ENETRESET: ['network_reset', 'remote'],
  ENETUNREACH: ['network_unreachable', 'vantage'],
  ENETDOWN: ['network_down', 'vantage'],
  ECONNABORTED: ['connection_aborted', 'vantage'],
  EADDRNOTAVAIL: ['address_not_available', 'vantage'],
  EADDRINUSE: ['address_in_use', 'vantage'],
  EAFNOSUPPORT: ['address_family_not_supported', 'vantage'],
  EINVAL: ['invalid_argument', 'vantage'],
  EACCES: ['permission_denied', 'vantage'],
  EPERM: ['permission_denied', 'vantage'],
  EMFILE: ['unknown_failure', 'vantage'],
  ENFILE: ['unknown_failure', 'vantage'],
  EISCONN: ['already_connected', 'vantage'],
  EFAULT: ['bad_address', 'vantage'],
  EBADF: ['bad_file_descriptor', 'vantage'],
  EALREADY: ['connection_already_in_progress', 'vantage'],
  EDESTADDRREQ: ['destination_address_required', 'vantage'],
  EMSGSIZE: ['message_size', 'vantage'],
  ENOBUFS: ['no_buffer_space', 'vantage'],
  ENOMEM: ['no_buffer_space', 'vantage'],
  ENOPROTOOPT: ['no_protocol_option', 'vantage'],
  ENOTSOCK: ['not_a_socket', 'vantage'],
  ENOTCONN: ['not_connected', 'vantage'],
  EAGAIN: ['operation_would_block', 'vantage'],
  EWOULDBLOCK: ['operation_would_block', 'vantage'],
  EPROTONOSUPPORT: ['protocol_not_supported', 'vantage'],
  EPROTOTYPE: ['wrong_protocol_type', 'vantage'],
};

/** What the system resolver and c-ares say. Our own client does not use them; imported and fallback lookups may. */
const RESOLVER_ERRORS: Readonly<Record<string, Row>> = {
  ENOTFOUND: ['dns_nxdomain_error', 'resolver'],
  ENODATA: ['dns_no_answer', 'resolver'],
  ESERVFAIL: ['dns_servfail_error', 'resolver'],
  EREFUSED: ['dns_refused_error', 'resolver'],
  ETIMEOUT: ['generic_timeout_error', 'resolver'],
  EFORMERR: ['dns_server_misbehaving', 'resolver'],
  ENOTIMP: ['dns_server_misbehaving', 'resolver'],
  EBADRESP: ['dns_server_misbehaving', 'resolver'],
  EAI_AGAIN: ['dns_temporary_failure', 'resolver'],
  EAI_FAIL: ['dns_non_recoverable_failure', 'resolver'],
};

/** Verdicts of certificate verification (OpenSSL's X509_V_ERR_* as Node spells them) and alerts with a meaning. */
const TLS_ERRORS: Readonly<Record<string, Row>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: ['ssl_invalid_hostname', 'remote'],
  ERR_TLS_CERT_ALTNAME_FORMAT: ['ssl_invalid_hostname', 'remote'],
  HOSTNAME_MISMATCH: ['ssl_invalid_hostname', 'remote'],
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: ['ssl_invalid_hostname', 'remote'],
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: ['ssl_invalid_hostname', 'remote'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['ssl_unknown_authority', 'remote'],
  SELF_SIGNED_CERT_IN_CHAIN: ['ssl_unknown_authority', 'remote'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['ssl_unknown_authority', 'remote'],
  UNABLE_TO_GET_ISSUER_CERT: ['ssl_unknown_authority', 'remote'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['ssl_unknown_authority', 'remote'],
  CERT_UNTRUSTED: ['ssl_unknown_authority', 'remote'],
  CERT_HAS_EXPIRED: ['ssl_invalid_certificate', 'remote'],
  CERT_NOT_YET_VALID: ['ssl_invalid_certificate', 'remote'],
  CERT_REVOKED: ['ssl_invalid_certificate', 'remote'],
  CERT_REJECTED: ['ssl_invalid_certificate', 'remote'],
  CERT_SIGNATURE_FAILURE: ['ssl_invalid_certificate', 'remote'],
  CERT_CHAIN_TOO_LONG: ['ssl_invalid_certificate', 'remote'],
  ERROR_IN_CERT_NOT_BEFORE_FIELD: ['ssl_invalid_certificate', 'remote'],
  ERROR_IN_CERT_NOT_AFTER_FIELD: ['ssl_invalid_certificate', 'remote'],
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: ['ssl_invalid_certificate', 'remote'],
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: ['ssl_invalid_certificate', 'remote'],
  INVALID_CA: ['ssl_invalid_certificate', 'remote'],
  INVALID_PURPOSE: ['ssl_invalid_certificate', 'remote'],
  PATH_LENGTH_EXCEEDED: ['ssl_invalid_certificate', 'remote'],
  UNSPECIFIED: ['ssl_invalid_certificate', 'remote'],
};

/** Codes and names that Node's streams, undici and DOM exceptions carry. */
const LIBRARY_ERRORS: Readonly<Record<string, Row>> = {
  UND_ERR_SOCKET: ['eof_error', 'remote'],
  ERR_STREAM_PREMATURE_CLOSE: ['eof_error', 'remote'],
  UND_ERR_CONNECT_TIMEOUT: ['generic_timeout_error', 'remote'],
  UND_ERR_HEADERS_TIMEOUT: ['generic_timeout_error', 'remote'],
  UND_ERR_BODY_TIMEOUT: ['generic_timeout_error', 'remote'],
  TimeoutError: ['generic_timeout_error', 'remote'],
  UND_ERR_ABORTED: ['interrupted', 'vantage'],
  ABORT_ERR: ['interrupted', 'vantage'],
  AbortError: ['interrupted', 'vantage'],
  ERR_INVALID_URL: ['http_invalid_redirect_location_host', 'remote'],
  // What came back was not HTTP: the other end's doing, though no published code names it.
  HTTPParserError: ['unknown_failure', 'remote'],
  UND_ERR_HEADERS_OVERFLOW: ['unknown_failure', 'remote'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['unknown_failure', 'remote'],
  [OWN_CODES.bogon]: ['dns_bogon_error', 'vantage'],
  [OWN_CODES.noDatagrams]: ['protocol_not_supported', 'vantage'],
  [OWN_CODES.tooManyRedirects]: ['unknown_failure', 'remote'],
};

/**
 * What a proxy says of the way behind it: replies of RFC 1928 §6, and the statuses by which gateways blame the other
 * end (RFC 9110 §15.6). Every other number is the proxy's own trouble or its refusal to serve us.
 * A general failure is the other end's doing as far as anybody knows, and has no published code.
 */
const PROXY_ERRORS: Readonly<Record<string, Row>> = {
  SOCKS5_REPLY_1: ['unknown_failure', 'remote'],
  SOCKS5_REPLY_2: ['permission_denied', 'vantage'],
  SOCKS5_REPLY_3: ['network_unreachable', 'vantage'],
  SOCKS5_REPLY_4: ['host_unreachable', 'remote'],
  SOCKS5_REPLY_5: ['connection_refused', 'remote'],
  SOCKS5_REPLY_6: ['generic_timeout_error', 'remote'],
  SOCKS5_REPLY_7: ['protocol_not_supported', 'vantage'],
  SOCKS5_REPLY_8: ['address_family_not_supported', 'vantage'],
  CONNECT_STATUS_403: ['permission_denied', 'vantage'],
  CONNECT_STATUS_502: ['unknown_failure', 'remote'],
  CONNECT_STATUS_503: ['unknown_failure', 'remote'],
  CONNECT_STATUS_504: ['generic_timeout_error', 'remote'],
};

const TABLE = new Map<string, Row>(
  [SYSTEM_ERRORS, RESOLVER_ERRORS, TLS_ERRORS, LIBRARY_ERRORS, PROXY_ERRORS].flatMap(
    Object.entries,
  ),
);

/** RFC 1035 §4.1.1 response codes as dns-packet names them. */
const RCODE_FAILURES: Readonly<Record<string, FailureCode>> = {
  NOERROR: 'dns_no_answer',
  NXDOMAIN: 'dns_nxdomain_error',
  SERVFAIL: 'dns_servfail_error',
  REFUSED: 'dns_refused_error',
};

const PROXY_PREFIXES: readonly string[] = Object.values(PROXY_CODES);

/** How deep wrapped errors are opened: `fetch` wraps once, nothing we know wraps more than twice. */
const MAX_CAUSES = 3;

/** Longest raw code that is kept, in characters. */
const MAX_RAW_CHARS = 64;

/** Turns whatever an operation caught into a failure. Never throws. */
export function toFailure(error: unknown, operation: Operation): Failure {
  return classify(error, operation, MAX_CAUSES);
}

/** Makes a failure from a code of ours; the attribution follows the operation unless it is given. */
export function createFailure(
  operation: Operation,
  code: FailureCode,
  extra: { readonly attribution?: Attribution; readonly raw?: string } = {},
): Failure {
  const attribution = attribute(extra.attribution ?? 'remote', operation);
  const raw = extra.raw === undefined ? {} : { raw: toRaw(extra.raw) };
  return { operation, code, attribution, ...raw };
}

/** The failure that a DNS reply without usable addresses stands for. */
export function toRcodeFailure(rcode: string): Failure {
  const known = Object.hasOwn(RCODE_FAILURES, rcode) ? RCODE_FAILURES[rcode] : undefined;
  const code = known ?? 'dns_server_misbehaving';
  return createFailure('dns', code, { attribution: 'resolver', raw: rcode });
}

/** An error that carries a code for this file's table, with the text meant for logs only. */
export function createCodedError(code: string, message: string): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code });
}

function classify(error: unknown, operation: Operation, depth: number): Failure {
  const { code, name, syscall, errno, library, cause } = readFields(error);
  // Several addresses failed in several ways: one code for them would be a guess.
  if (name === 'AggregateError') return unknown(operation, name);
  // A peer's FIN during a handshake is reported as ECONNRESET too, but no system call failed.
  if (code === 'ECONNRESET' && syscall === undefined && errno === undefined) {
    return createFailure(operation, 'eof_error', { raw: code });
  }
  const row = TABLE.get(code ?? '') ?? TABLE.get(name ?? '');
  if (row) {
    return createFailure(operation, row[0], { attribution: row[1], raw: code ?? name ?? '' });
  }
  if (code !== undefined && PROXY_PREFIXES.some((prefix) => code.startsWith(prefix))) {
    return createFailure(operation, 'proxy_failed', { attribution: 'vantage', raw: code });
  }
  if (code?.startsWith('ERR_SSL_') || library === 'SSL routines') {
    return createFailure(operation, 'ssl_failed_handshake', { raw: code ?? 'ERR_SSL' });
  }
  if (cause !== undefined && depth > 0) return classify(cause, operation, depth - 1);
  return unknown(operation, code ?? name ?? typeof error);
}

/** What we do not understand is never held against the remote side. */
function unknown(operation: Operation, raw: string): Failure {
  return createFailure(operation, 'unknown_failure', { attribution: 'vantage', raw });
}

/** In a lookup the other end is the resolver, not the target. */
function attribute(attribution: Attribution, operation: Operation): Attribution {
  return operation === 'dns' && attribution === 'remote' ? 'resolver' : attribution;
}

function toRaw(raw: string): string {
  return scrubAddresses(raw).slice(0, MAX_RAW_CHARS);
}

type Fields = {
  readonly code?: string;
  readonly name?: string;
  readonly syscall?: string;
  readonly errno?: number;
  readonly library?: string;
  readonly cause?: unknown;
};

function readFields(error: unknown): Fields {
  if (typeof error !== 'object' || error === null) return {};
  try {
    return readFieldsOf(error);
  } catch {
    // A field that throws when it is read tells nothing; without fields the failure is unknown, and ours.
    return {};
  }
}

function readFieldsOf(error: object): Fields {
  const fields: { -readonly [K in keyof Fields]: Fields[K] } = {};
  // DOM exceptions carry a number as `code`; their name says more.
  if ('code' in error && typeof error.code === 'string') fields.code = error.code;
  if ('name' in error && typeof error.name === 'string') fields.name = error.name;
  if ('syscall' in error && typeof error.syscall === 'string') fields.syscall = error.syscall;
  if ('errno' in error && typeof error.errno === 'number') fields.errno = error.errno;
  if ('library' in error && typeof error.library === 'string') fields.library = error.library;
  if ('cause' in error && error.cause !== undefined) fields.cause = error.cause;
  return fields;
}
