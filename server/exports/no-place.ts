/** What a client is told when as many threads are writing as may. */
import { replyProblem } from '../problem.ts';

/** Seconds after which a place may be free. */
const RETRY_AFTER_SECONDS = 15;

/** Refuses for now, and says when to come again. */
export function replyNoPlace(request: Request): Promise<Response> {
  const detail = `Two exports or answers about the past are being made, which is as many as may. Try again in ${RETRY_AFTER_SECONDS} seconds.`;
  return replyProblem(
    request,
    { kind: 'too-many-exports', detail },
    { 'retry-after': String(RETRY_AFTER_SECONDS) },
  );
}
