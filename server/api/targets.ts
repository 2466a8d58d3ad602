/** GET /api/v1/targets: what each target gave in each run, newest run first; the table `targets` has the same as files. */
import { z } from 'zod';
import type { DataDeps, DataHandler } from '../contract.ts';
import { checkRange, functions, listOf, parseQuery } from '../query.ts';
import { createTargetReader, type ReadTargets, type TargetRow } from '../target-results.ts';
import { remember, revField, scopeFields } from './fields.ts';
import { toIso } from './iso.ts';
import { toMeasurementFilter } from './measurements.ts';
import { cursorOf, DEFAULT_LIMIT, limit, toCursor, toNext } from './paging.ts';

/** Measurements that are looked at together, and the most for one page; a page that has looked at enough ends. */
const MEASUREMENTS_AT_ONCE = 16;
const MAX_MEASUREMENTS = 320;

/** A cursor of measurements, or nothing for the beginning of the list. */
const MEASUREMENT_CURSOR = /^(?:\d{1,15}-\d{1,15})?$/;

/** Every parameter that the list takes. */
export function targetsQuery(deps: DataDeps) {
  return z.strictObject({
    ...scopeFields(deps),
    function: functions
      .meta({ description: 'Only targets of these parts of a service; all when left out.' })
      .optional(),
    target: listOf(
      deps.config.services.flatMap(({ targets }) => targets.map(({ id }) => id)),
      'target',
    ).optional(),
    ...revField,
    limit: limit.optional(),
    // Where a part of the list begins, and in it the measurement that was given last with how many of its rows.
    cursor: cursorOf(
      z.tuple([z.string().regex(MEASUREMENT_CURSOR), z.string().max(200), z.int().min(0)]),
    ).optional(),
  });
}
type Query = z.infer<ReturnType<typeof targetsQuery>>;

function toRowJson(row: TargetRow) {
  return {
    id: row.measurement_id,
    target: row.target_id,
    service: row.service,
    vantage: row.vantage_id,
    countryCode: row.country,
    asn: row.asn,
    function: row.function,
    slot: toIso(row.scheduled_at),
    startedAt: toIso(row.started_at),
    attempts: row.attempts,
    host: row.host,
    ipVersion: row.ip_version,
    resolverKind: row.resolver_kind,
    isReached: row.is_reached,
    stepFailed: row.step_failed,
    failureCode: row.failure_code,
    failureAttribution: row.failure_attribution,
    httpStatus: row.http_status,
    dnsAnswersHash: row.dns_answers_hash,
    remotePrefix: row.remote_prefix,
    tlsCertSha256: row.tls_cert_sha256,
    dnsMs: row.dns_ms,
    tcpMs: row.tcp_ms,
    tlsMs: row.tls_ms,
    httpMs: row.http_ms,
    durationMs: row.duration_ms,
    verdict: row.verdict,
    mechanism: row.mechanism,
    confidence: row.confidence,
    ruleId: row.rule_id,
    controlOk: row.control_ok,
    rulesetVersion: row.ruleset_version,
    provider: row.provider,
    licence: row.licence,
    softwareVersion: row.software_version,
    probeVersion: row.probe_version,
    configHash: row.config_hash,
    url: `/m/${row.measurement_id}`,
  };
}

/** Reads the rows of one measurement that the query lets pass. */
function createRowReader({ store, config }: DataDeps, query: Query): (id: string) => TargetRow[] {
  const read: ReadTargets = createTargetReader(config.services);
  const vantages = new Map(store.listVantages().map((one) => [one.id, one]));
  return (id) => {
    const stored = store.getMeasurement(id);
    const vantage = stored && vantages.get(stored.measurement.vantageId);
    if (stored === undefined || vantage === undefined) return [];
    const { measurement, judgement } = stored;
    const isBlurred = (vantage.publishDelayMinutes ?? 0) > 0;
    return read({ id, vantage, measurement, judgement }, isBlurred).filter(
      (row) =>
        (query.target === undefined || query.target.some((one) => one === row.target_id)) &&
        (query.function === undefined || query.function.some((one) => one === row.function)),
    );
  };
}

function takePage(query: Query, deps: DataDeps) {
  const most = query.limit ?? DEFAULT_LIMIT;
  const readRows = createRowReader(deps, query);
  let [before, lastId, taken] = query.cursor ?? ['', '', 0];
  const rows: TargetRow[] = [];
  for (let looked = 0; looked < MAX_MEASUREMENTS; looked += MEASUREMENTS_AT_ONCE) {
    const page = deps.store.listMeasurements({
      ...toMeasurementFilter(query),
      limit: MEASUREMENTS_AT_ONCE,
      ...(before === '' ? {} : { before }),
    });
    for (const { id } of page.rows) {
      // What was measured since the page before comes first; a walk through pages leaves it out.
      if (lastId !== '' && id !== lastId) continue;
      const found = readRows(id).slice(taken);
      const fitting = found.slice(0, most - rows.length);
      rows.push(...fitting);
      if (fitting.length < found.length)
        return { rows, nextCursor: toCursor([before, id, taken + fitting.length]) };
      [lastId, taken] = ['', 0];
    }
    if (page.nextCursor === undefined) return { rows, nextCursor: null };
    [before, lastId, taken] = [page.nextCursor, '', 0];
  }
  return { rows, nextCursor: toCursor([before, '', 0]) };
}

/** Answers with results, newest run first; a page that has looked at enough ends, so it may be short and yet lead on. */
export const answerTargets: DataHandler = ({ request, url }, deps) => {
  const query = parseQuery(remember(deps, targetsQuery), url);
  const { from, to } = query;
  if (from !== undefined && to !== undefined) checkRange(from, to);
  return deps.cache.answer(request, `targets ${url.search}`, () => {
    const { rows, nextCursor } = takePage(query, deps);
    return {
      isSimulated: deps.info.isSimulated,
      targets: rows.map(toRowJson),
      ...toNext(url, nextCursor),
    };
  });
};
