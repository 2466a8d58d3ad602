/**
 * GET /api/v1/stream: what becomes known, as it becomes known, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * A client that comes back with `Last-Event-ID` goes on where it was, or is told by `reset` to read anew.
 */
import { z } from 'zod';
import type { DataDeps, Handler } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { countries, functions, listOf, parseQuery } from '../query.ts';
import { SECURITY_HEADERS } from '../reply.ts';

const HEADERS = {
  ...SECURITY_HEADERS,
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx would gather events until its buffer is full.
  'x-accel-buffering': 'no',
} as const;

/** Every parameter that this address takes. */
export function streamQuery({ config }: Pick<DataDeps, 'config'>) {
  return z.strictObject({
    service: listOf(
      config.services.map(({ id }) => id),
      'service',
    ).optional(),
    country: countries.optional(),
    function: functions.optional(),
  });
}

/** Answers with a stream that ends when the client leaves or the server stops. */
export const answerStream: Handler = ({ request, url, cut, clientNetwork }, deps) => {
  const query = parseQuery(streamQuery(deps), url);
  if (request.method === 'HEAD') return new Response(null, { headers: HEADERS });
  const lastId = request.headers.get('last-event-id');
  const stream = deps.live.open({
    ...(query.service === undefined ? {} : { services: query.service }),
    ...(query.country === undefined ? {} : { countryCodes: query.country }),
    ...(query.function === undefined ? {} : { functions: query.function }),
    ...(lastId === null ? {} : { lastId }),
    ...(cut === undefined ? {} : { cut }),
    ...(clientNetwork === undefined ? {} : { network: clientNetwork }),
  });
  if (stream !== undefined) return new Response(stream, { headers: HEADERS });
  throw new RequestProblem({
    kind: 'crowded',
    detail:
      'As many readers follow the stream as this server can serve. Ask again later, or read /api/v1/measurements with If-None-Match once a minute.',
  });
};
