/** Our end of answers about the past: each is made by a thread, since deriving may take seconds, and kept for the next reader. */
import { createHash } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import type { HandlerDeps } from '../contract.ts';
import type { Exporter } from '../exports/export-thread.ts';
import { replyNoPlace } from '../exports/no-place.ts';
import { findRevisionMs, formatRevision } from '../exports/revision.ts';
import { parseQuery } from '../query.ts';
import { type Prepared, prepare, reply } from '../reply.ts';
import { checkRevision } from '../revision-field.ts';

/** Answers of the past never change; so many are kept, when they are not longer than this. */
const MAX_KEPT = 32;
const MAX_KEPT_CHARACTERS = 256 * 1_024;

/** What a thread needs of the configuration. */
export function toPastConfig({ services, schedule, rules }: Config) {
  return { services, schedule, rules };
}

/** The address of the next page, as the header that names it. */
function toLink(text: string): Readonly<Record<string, string>> {
  const { next } = JSON.parse(text) as { next?: unknown };
  return typeof next === 'string' && next.startsWith('/') ? { link: `<${next}>; rel="next"` } : {};
}

/** Makes it; threads are shared with exports. */
export function createAnswerPast(exporter: Exporter): HandlerDeps['answerPast'] {
  const kept = new Map<string, Prepared>();
  return async (route, { request, url, parameter }, deps) => {
    const { rev } = parseQuery(route.query(deps), url) as { rev?: number };
    const newestMs = findRevisionMs(deps.store, deps.clock.nowMs());
    const revisionMs = rev ?? newestMs;
    checkRevision('rev', revisionMs, newestMs);
    const key = `${url.pathname}${url.search}`;
    const known = kept.get(key);
    if (known !== undefined) return reply(request, known);
    const stream = exporter.open({
      storeFile: deps.store.file,
      config: toPastConfig(deps.config),
      coding: 'identity',
      work: {
        kind: 'answer',
        question: {
          operation: route.operation,
          url: url.href,
          parameter,
          revisionMs,
          info: deps.info,
        },
      },
    });
    if (stream === undefined) return replyNoPlace(request);
    const text = await new Response(stream).text();
    const tag = createHash('sha256').update(`${key}\0${text}`).digest('base64url').slice(0, 22);
    const prepared = prepare(text, 'application/json', `"${tag}"`, {
      'reachline-revision': formatRevision(revisionMs),
      ...toLink(text),
    });
    if (text.length <= MAX_KEPT_CHARACTERS) kept.set(key, prepared);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return reply(request, prepared);
  };
}
