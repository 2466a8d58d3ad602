/** GET /healthz, /api/v1/health and /api/v1: whether pages can be served, and what can be asked. */
import { z } from 'zod';
import type { Handler, HandlerDeps } from '../contract.ts';
import { parseQuery } from '../query.ts';
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

const RESOURCES = [
  {
    url: '/api/v1/lanes',
    about: 'verdicts over time as spans',
    parameters: ['service', 'vantage', 'country', 'asn', 'function', 'from', 'to'],
  },
  {
    url: '/api/v1/lanes.rl',
    about:
      'the same in whole months as runs of a few bytes, for charts; the form is in dashboard/lane-runs.ts',
    parameters: ['service', 'vantage', 'country', 'asn', 'function', 'from', 'to'],
  },
  {
    url: '/api/v1/lane-months',
    about: 'the months of lanes one by one, each under an address that names its content',
    parameters: ['service', 'vantage', 'country', 'asn', 'function', 'from', 'to'],
  },
  {
    url: '/api/v1/measurements',
    about: 'measurements, newest first',
    parameters: ['service', 'vantage', 'country', 'verdict', 'from', 'to', 'limit', 'before'],
  },
  {
    url: '/api/v1/measurements/{id}',
    about: 'one measurement with all its evidence',
    parameters: [],
  },
  {
    url: '/api/v1/vantages',
    about: 'places and networks that are measured from, with their coverage',
    parameters: [],
  },
  {
    url: '/api/v1/vantages/{id}',
    about: 'one vantage with its silences, revisions and days',
    parameters: [],
  },
  {
    url: '/api/v1/announcements',
    about: 'curated announcements',
    parameters: ['service', 'country', 'from', 'to'],
  },
  {
    url: '/api/v1/announcements/{id}',
    about: 'one announcement with its revisions',
    parameters: [],
  },
  {
    url: '/api/v1/stream',
    about:
      'what becomes known, as it does: Server-Sent Events `lane`, `change`, `incident`, `reset`',
    parameters: ['service', 'country', 'function'],
  },
  {
    url: '/api/v1/incidents',
    about: 'restrictions that were concluded, newest first',
    parameters: ['service', 'country', 'state', 'severity', 'from', 'to', 'limit'],
  },
  {
    url: '/api/v1/incidents/{id}',
    about: 'one incident with its restrictions, its log and what a second detector says',
    parameters: [],
  },
  {
    url: '/is/{service}/in/{country}.json',
    about: 'whether a service is blocked in a country now; /is.json has all answers',
    parameters: [],
  },
  { url: '/api/v1/health', about: 'state of this server', parameters: [] },
] as const;

/** Answers with the list of resources. */
export const answerIndex: Handler = ({ request, url }, deps) => {
  parseQuery(z.strictObject({}), url);
  return deps.cache.answer(request, 'index', () => ({
    isSimulated: deps.info.isSimulated,
    version: deps.info.version,
    times:
      'RFC 3339 in UTC; ranges take in `from` and leave out `to`; lists are separated by commas',
    resources: RESOURCES,
  }));
};
