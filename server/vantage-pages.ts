/** The pages on vantages: what they read from the store and from the configuration. */
import { z } from 'zod';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createVantagePage } from '../dashboard/pages/vantage.ts';
import { createVantagesPage } from '../dashboard/pages/vantages.ts';
import { createVolunteersPage, type VolunteersData } from '../dashboard/pages/volunteers.ts';
import { chooseVantages, toDaysJson, toVantageJson, vantagesQuery } from './api/vantages.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { toVantageDaysCsv, toVantagesCsv } from './exports/vantages-csv.ts';
import { openFrame } from './pages.ts';
import { parseQuery } from './query.ts';
import { replyHtml } from './reply.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';
import { findVantage, listVantageViews } from './vantage-views.ts';

/** Countries that Globalping shall measure and none of whose probes has reported yet. */
function listAwaited({ config, store, info }: HandlerDeps): string[] {
  // The demo asks nobody outside.
  if (config.globalping?.enabled !== true || info.isSimulated) return [];
  const seen = store.listVantages().map(({ id }) => id);
  return config.vantages
    .filter(({ kind, enabled }) => kind === 'globalping' && enabled)
    .filter(({ id }) => !seen.some((one) => one.startsWith(`${id}-as`)))
    .map(({ countryCode }) => countryCode);
}

/** GET /v: all vantages. */
export const showVantages: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const page = createVantagesPage(
    {
      services: deps.config.services,
      vantages: listVantageViews(deps),
      awaited: listAwaited(deps),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};

/** GET /v/:id: one vantage. */
export const showVantage: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const found = findVantage(handled.parameter, deps);
  const page = createVantagePage({ ...found, services: deps.config.services }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};

const { limit: _limit, cursor: _cursor, ...listFields } = vantagesQuery.shape;
const listQuery = z.strictObject({ ...listFields, ...SAFE_FIELD });

/** GET /v.csv: all vantages, one line each. */
export const answerVantagesCsv: Handler = (handled, deps) => {
  const { safe, ...query } = parseQuery(listQuery, handled.url);
  const rows = chooseVantages(query, deps).map(toVantageJson);
  return replyCsv(handled, deps, 'vantages', safe, (wish) => toVantagesCsv(rows, wish));
};

/** GET /v/:id.csv: the days of one vantage. */
export const answerVantageCsv: Handler = (handled, deps) => {
  const { safe } = parseQuery(z.strictObject(SAFE_FIELD), handled.url);
  const { vantage, days } = findVantage(handled.parameter, deps).view;
  return replyCsv(handled, deps, `vantage-${vantage.id}`, safe, (wish) =>
    toVantageDaysCsv(vantage.id, toDaysJson(days), wish),
  );
};

/** The numbers that volunteers are told. */
function describeForVolunteers({ config }: HandlerDeps): VolunteersData {
  return {
    services: config.services.map(({ name, targets }) => ({
      name,
      targets: targets.length,
      hosts: [...new Set(targets.map(({ host }) => host))],
    })),
    baselineHosts: [...new Set(config.baselines.map(({ host }) => host))],
    intervalMs: config.schedule.intervalSeconds * 1_000,
    jitterMs: config.schedule.jitterSeconds * 1_000,
    maxBodyBytes: config.budgets.maxBodyBytes,
    bodyHeadBytes: config.budgets.bodyHeadBytes,
    goodputBytes: config.deep.goodputBytes,
  };
}

/** GET /volunteers: what running an agent means. */
export const showVolunteers: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const page = createVolunteersPage(describeForVolunteers(deps), frame);
  return replyHtml(handled, await renderPage(frame, page));
};
