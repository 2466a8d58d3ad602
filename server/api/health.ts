/** GET /healthz and /api/v1/health: whether pages can be served. */
import type { Handler, HandlerDeps } from '../contract.ts';
import { prepare, reply } from '../reply.ts';
import { toIso } from './iso.ts';

function describeHealth(deps: HandlerDeps) {
  const { measurements, lastMeasuredMs, databaseBytes, schemaVersion } = deps.store.health();
  return {
    status: 'ok',
    isSimulated: deps.info.isSimulated,
    version: deps.info.version,
    startedAt: toIso(deps.info.startedAtMs),
    measurements,
    lastMeasuredMs: lastMeasuredMs ?? null,
    lastMeasuredAt: lastMeasuredMs === undefined ? null : toIso(lastMeasuredMs),
    databaseBytes,
    schemaVersion,
  };
}

/** Answers with 200 as soon as pages can be served; a store that cannot be read answers 500. */
export const answerHealth: Handler = ({ request }, deps) => {
  const text = `${JSON.stringify(describeHealth(deps))}\n`;
  return reply(request, prepare(text, 'application/json'), 200, {
    'cache-control': 'no-store',
  });
};
