/**
 * Why a test of Globalping failed. The platform says it in a text that is made for people, and since July 2026 in one
 * field, `failureSource`. Reading a text is the exception here, and only this far: a code of the runtime that stands in
 * it as a whole word, with the name of the system call before it, and the one sentence by which the probe ends a test
 * after ten seconds. Anything else is an unknown failure, from which nothing is ever concluded.
 */
import { createFailure, toFailure } from '../../failure.ts';
import type { Failure, Operation } from '../../types.ts';
import type { HttpResult } from './schema.ts';

/** What a test says of its failure. */
export type FailedTest = Pick<HttpResult, 'rawOutput' | 'failureSource' | 'timings'>;

/** The system call before a code tells the stage; after `connect` comes nothing but the handshake and what it protects. */
const STAGE_OF_CALL: Readonly<Record<string, Operation>> = {
  queryA: 'dns',
  queryAaaa: 'dns',
  getaddrinfo: 'dns',
  connect: 'tcp',
  read: 'tls',
  write: 'tls',
};

/** Codes of the runtime that may stand in the text, with the stage at which they arise when no call is named. */
const STAGE_OF_CODE: Readonly<Record<string, Operation>> = {
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  ESERVFAIL: 'dns',
  EREFUSED: 'dns',
  ETIMEOUT: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ECONNREFUSED: 'tcp',
  EHOSTUNREACH: 'tcp',
  ENETUNREACH: 'tcp',
  ECONNRESET: 'tls',
  EPIPE: 'tls',
  EPROTO: 'tls',
  // The whole fetch: an older probe writes this when its ten seconds are over.
  ETIMEDOUT: 'http',
};

/** How a probe ends a test of type `http` that takes longer than ten seconds; it does not say what it waited for. */
const OUT_OF_TIME = /^\s*Request timeout\.?\s*$/;
/** Codes stand in the first line; what follows may be anything. */
const MAX_READ_CHARS = 500;
const WORD = /[A-Za-z0-9_]+/g;

/**
 * The failure of a fetch over https.
 * Its operation is the stage as far as it is known; `http` without a `tls` before it stands for the fetch as a whole.
 */
export function readFailure({ rawOutput, failureSource, timings }: FailedTest): Failure {
  if (failureSource === 'internal')
    return createFailure('http', 'unknown_failure', { attribution: 'vantage', raw: 'internal' });
  const text = (rawOutput ?? '').slice(0, MAX_READ_CHARS);
  const known = findStage(timings) ?? (failureSource === 'resolver' ? 'dns' : undefined);
  if (OUT_OF_TIME.test(text)) return createFailure(known ?? 'http', 'generic_timeout_error');
  const words = text.match(WORD) ?? [];
  const at = words.findIndex((word) => Object.hasOwn(STAGE_OF_CODE, word));
  const code = words[at];
  if (code !== undefined) {
    const call = words[at - 1] ?? '';
    const stage = Object.hasOwn(STAGE_OF_CALL, call) ? STAGE_OF_CALL[call] : undefined;
    const usual = STAGE_OF_CODE[code] ?? 'http';
    // What only a resolver says arose there, whatever call the text names.
    return toStageFailure(code, usual === 'dns' ? usual : (stage ?? known ?? usual));
  }
  return createFailure(known ?? 'http', 'unknown_failure', {
    attribution: failureSource === 'target' ? 'remote' : 'vantage',
    raw: failureSource ?? 'failed',
  });
}

/** A code of the runtime as a failure: the same table as for our own probes. */
function toStageFailure(code: string, stage: Operation): Failure {
  // OpenSSL ended the handshake; which alert it was stands in prose only.
  if (code === 'EPROTO') return createFailure('tls', 'ssl_failed_handshake', { raw: code });
  // A system call failed, as its name before the code says; the number of the error is not told, but there was one.
  return toFailure({ code, syscall: 'read' }, stage);
}

/** The stage that a failed test was in, when it tells how long those before it took. */
function findStage(timings: FailedTest['timings']): Operation | undefined {
  if (timings?.tls != null) return 'http';
  if (timings?.tcp != null) return 'tls';
  if (timings?.dns != null) return 'tcp';
  return undefined;
}
