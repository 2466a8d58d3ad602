/** A question about the past: an address of the API with `rev`, answered by the same handler over the store of then. */
import type { LaneScope } from '../../db/past-store.ts';
import { FUNCTIONS } from '../../probes/types.ts';
import { listVantageIds } from '../api/fields.ts';
import { JsonCache } from '../api/json-cache.ts';
import { API_ROUTES } from '../api/routes.ts';
import type { ServerInfo } from '../contract.ts';
import { formatRevision } from '../exports/revision.ts';
import { parseQuery } from '../query.ts';
import { openPast, type Past, type PastConfig } from './open-past.ts';

/** What a thread is asked. */
export type Question = {
  /** Names the route. */
  readonly operation: string;
  readonly url: string;
  /** The `:id` of the route; empty when it has none. */
  readonly parameter: string;
  readonly revisionMs: number;
  readonly info: ServerInfo;
};

/** Parameters that choose lanes, as every list reads them. */
type Chosen = Parameters<typeof listVantageIds>[0] & {
  readonly function?: LaneScope['functions'];
  readonly by?: readonly string[];
};

const ALL_PARTS = ['service', ...FUNCTIONS] as const;

/** The lanes that an answer is made of. */
function toLaneScope(chosen: Chosen, past: Past): LaneScope {
  const { service, function: functions, by } = chosen;
  const isByPart = by?.includes('function') === true;
  return {
    ...(service === undefined ? {} : { services: service }),
    vantageIds: listVantageIds(chosen, past),
    functions: functions ?? (isByPart ? ALL_PARTS : ['service']),
  };
}

/**
 * Answers a question.
 * @throws RequestProblem as the handler does
 */
export async function answerQuestion(
  { operation, url: address, parameter, revisionMs, info }: Question,
  { storeFile, config }: { readonly storeFile: string; readonly config: PastConfig },
): Promise<Response> {
  const route = API_ROUTES.find((one) => one.operation === operation);
  if (route?.derives === undefined) throw new Error(`${operation} has no revisions`);
  using past = openPast({ storeFile, config }, revisionMs);
  const { store, clock } = past;
  const cache = new JsonCache(
    () => 0,
    info.version,
    clock.nowMs,
    () => formatRevision(revisionMs),
  );
  const deps = { store, clock, info, cache, config };
  const url = new URL(address);
  const chosen: Chosen = parseQuery(route.query(deps), url);
  if (route.derives.includes('incidents')) await past.deriveIncidents(chosen.service);
  // What one incident is compared with are all parts of its service.
  if (operation === 'getIncident') past.focus({ services: listServices(past, parameter) });
  else if (route.derives.includes('lanes')) past.focus(toLaneScope(chosen, past));
  return await route.handle({ request: new Request(address), url, parameter }, deps);
}

function listServices({ store }: Past, id: string): string[] {
  const incident = store.getIncident(id);
  return incident === undefined ? [] : [incident.service];
}
