/**
 * Failure strings of measurements that others made → failures in our words. Current names are OONI's df-007 and ours
 * alike; the table holds what older versions, test helpers and the Android resolver wrote in their place.
 */
import { FAILURE_CODES, type FailureCode } from '../../failure.ts';
import { scrubAddresses } from '../../scrub.ts';
import type { Attribution, Failure, Operation } from '../../types.ts';

/** Older or wider names, each with the code that says the same. What is not sure to say the same is not here. */
const OLDER_NAMES: Readonly<Record<string, FailureCode>> = {
  address_family_not_supported_error: 'address_family_not_supported',
  // The system resolver of Android hides what happened; NXDOMAIN is what it hides most often.
  android_dns_cache_no_data: 'dns_nxdomain_error',
  connection_already_closed: 'eof_error',
  connection_done: 'eof_error',
  connection_lost_error: 'connection_reset',
  connection_refused_error: 'connection_refused',
  deferred_timeout_error: 'generic_timeout_error',
  dns_name_error: 'dns_nxdomain_error',
  dns_server_failure: 'dns_servfail_error',
  response_never_received: 'eof_error',
  ssl_error: 'ssl_failed_handshake',
  task_timed_out: 'generic_timeout_error',
  tcp_timed_out_error: 'generic_timeout_error',
  timed_out: 'generic_timeout_error',
};

/** Free text behind `unknown_failure: ` that is known to mean one thing. */
const KNOWN_TEXTS: readonly {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly raw: string;
}[] = [
  {
    pattern: /first record does not look like a TLS handshake/,
    code: 'ssl_failed_handshake',
    raw: 'ERR_SSL_WRONG_VERSION_NUMBER',
  },
  {
    pattern: /remote error: tls: (handshake failure|access denied)/,
    code: 'ssl_failed_handshake',
    raw: 'remote_tls_alert',
  },
  {
    pattern: /stopped after (too many|10) redirects/,
    code: 'unknown_failure',
    raw: 'too_many_redirects',
  },
];

/** What arises on the measuring machine and says nothing of what it measured. */
const OWN_CODES: ReadonlySet<string> = new Set([
  'address_family_not_supported',
  'address_in_use',
  'address_not_available',
  'already_connected',
  'bad_address',
  'bad_file_descriptor',
  'connection_aborted',
  'connection_already_in_progress',
  'destination_address_required',
  'interrupted',
  'invalid_argument',
  'message_size',
  'network_down',
  'network_unreachable',
  'no_buffer_space',
  'no_protocol_option',
  'not_a_socket',
  'not_connected',
  'operation_would_block',
  'permission_denied',
  'protocol_not_supported',
  'wrong_protocol_type',
]);
const MAX_RAW_CHARS = 64;

/** Turns a failure string into a failure. Never throws; what is not understood is never held against the other end. */
export function readFailure(text: string, operation: Operation): Failure {
  const name = text.trim();
  const known = KNOWN_TEXTS.find(({ pattern }) => pattern.test(name));
  if (known) return describe(known.code, operation, known.raw, 'remote');
  if (Object.hasOwn(FAILURE_CODES, name)) return describe(name as FailureCode, operation);
  const code = Object.hasOwn(OLDER_NAMES, name) ? OLDER_NAMES[name] : undefined;
  if (code !== undefined) return describe(code, operation, name);
  return describe('unknown_failure', operation, name.replace(/^unknown_failure: */, ''));
}

function describe(
  code: FailureCode,
  operation: Operation,
  raw?: string,
  given?: Attribution,
): Failure {
  const isOwn = OWN_CODES.has(code) || code === 'unknown_failure';
  const otherEnd = operation === 'dns' ? 'resolver' : 'remote';
  const attribution = given ?? (isOwn ? 'vantage' : otherEnd);
  const kept = raw ? scrubAddresses(raw.toWellFormed()).slice(0, MAX_RAW_CHARS) : undefined;
  return { operation, code, attribution, ...(kept ? { raw: kept } : {}) };
}
