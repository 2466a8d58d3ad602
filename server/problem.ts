/**
 * What goes wrong with a request, as problem details of RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457):
 * each names the field, what is wrong with it and what to write instead.
 */
import { prepare, reply } from './reply.ts';

/** One thing wrong with one parameter. */
export type FieldError = {
  /** Name of the query parameter or path segment, e.g. `from`. */
  readonly parameter: string;
  /** What is wrong. */
  readonly detail: string;
  /** What to write instead. */
  readonly remedy: string;
};

/** The kinds of problem, with status and title. The answer names the kind as a URN. */
export const PROBLEMS = {
  'invalid-query': { status: 422, title: 'The query has parameters that cannot be used' },
  'too-much-data': { status: 422, title: 'The answer would be too large' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'range-not-satisfiable': { status: 416, title: 'The file has no such bytes' },
  'revision-lost': { status: 410, title: 'This revision cannot be derived any more' },
  'method-not-allowed': { status: 405, title: 'This address can only be read' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'foreign-form': { status: 403, title: 'The form was sent from another site' },
  'form-too-long': { status: 413, title: 'The form is too long' },
  'no-form': { status: 415, title: 'This address takes forms only' },
  'not-switched-on': { status: 503, title: 'This is not switched on here' },
  'too-many-requests': { status: 429, title: 'Too many requests in a short time' },
  'too-many-exports': { status: 429, title: 'As many exports are running as may' },
  busy: { status: 429, title: 'The server has too much to draw just now' },
  'no-rasteriser': { status: 503, title: 'This server cannot draw PNG files' },
  crowded: { status: 503, title: 'The server serves as many readers as it can' },
  internal: { status: 500, title: 'The server failed to answer' },
} as const;
export type ProblemKind = keyof typeof PROBLEMS;

/** A request that cannot be answered, as data. */
export type Problem = {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  /** After so long the same request may be answered. */
  readonly retryAfterSeconds?: number;
};

/** Thrown by request handlers; the app turns it into problem details or a page. */
export class RequestProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'RequestProblem';
    this.problem = problem;
  }
}

/** What a client is told of when to come back. */
export function toRetryHeaders({
  retryAfterSeconds,
}: Pick<Problem, 'retryAfterSeconds'>): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}

/** Writes a problem as `application/problem+json`. */
export function replyProblem(
  request: Request,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { status, title } = PROBLEMS[problem.kind];
  const body = {
    type: `urn:reachline:problem:${problem.kind}`,
    title,
    status,
    detail: problem.detail,
    instance: new URL(request.url).pathname,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
  const text = `${JSON.stringify(body, undefined, 2)}\n`;
  return reply(request, prepare(text, 'application/problem+json'), status, {
    'cache-control': 'no-store',
    ...toRetryHeaders(problem),
    ...headers,
  });
}

/** Refuses what can be done with other methods alone. */
export function refuseMethod(request: Request, allowed: readonly string[]): Promise<Response> {
  const detail = `${request.method} is not possible here; use ${allowed.join(' or ')}.`;
  return replyProblem(
    request,
    { kind: 'method-not-allowed', detail },
    { allow: allowed.join(', ') },
  );
}
