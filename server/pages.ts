/** The pages: what each one reads from the store and hands to its template. */

import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Config, Rules } from '../config/schema.ts';
import { toCountryZone } from '../dashboard/country-zones.ts';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { createAnnouncementPage } from '../dashboard/pages/announcement.ts';
import {
  isReviewed,
  sortAnnouncements,
  toAnnouncementZone,
} from '../dashboard/pages/announcement-scope.ts';
import { createAnnouncementsPage } from '../dashboard/pages/announcements.ts';
import { toDelayMs } from '../dashboard/pages/board-state.ts';
import type { Frame, Page } from '../dashboard/pages/frame.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import { createMeasurementPage, type ReadCertificate } from '../dashboard/pages/measurement.ts';
import { createMethodPage, type MethodData } from '../dashboard/pages/method.ts';
import { createProblemPage } from '../dashboard/pages/problem.ts';
import { RULES } from '../probes/judge/judge.ts';
import { toMeasurementJson } from './api/measurements.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toObservationsCsv } from './exports/view-csv.ts';
import { findEffect } from './newest-ledger.ts';
import { PROBLEMS, type Problem, RequestProblem, toRetryHeaders } from './problem.ts';
import { parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';

const zoneQuery = z.object({ tz: zone.optional() });

/** Makes the frame of a page; parameters that the page does not know are ignored, since other sites add theirs to links. */
export function createFrame(
  { url, path, locale, base }: HandlerRequest,
  deps: HandlerDeps,
  timeZone: string,
  kept: readonly string[] = [],
  defaultZone = 'UTC',
): Frame {
  const newest = deps.store.latestMeasurements().toSorted((a, b) => b.slotMs - a.slotMs)[0];
  // The newest run's own interval: stored data may have been made on another schedule.
  const intervalMs = newest?.intervalMs ?? deps.config.schedule.intervalSeconds * 1_000;
  const vantage = deps.store.listVantages().find(({ id }) => id === newest?.vantageId);
  return {
    version: deps.info.version,
    isSimulated: deps.info.isSimulated,
    hasMailbox: deps.mailbox !== undefined,
    nowMs: deps.clock.nowMs(),
    // Data are late after two of these: where all are published with a delay, that is part of it.
    intervalMs: intervalMs + toDelayMs(vantage ?? {}, intervalMs) / 2,
    say: speak(locale, timeZone),
    timeZone,
    defaultZone,
    base,
    path,
    query: [...url.searchParams].filter(([name]) => kept.includes(name)),
    assets: deps.assets.urls,
    ...(newest === undefined ? {} : { lastMeasuredMs: newest.startedAtMs }),
  };
}

async function send(handled: HandlerRequest, frame: Frame, page: Page): Promise<Response> {
  return replyHtml(handled, await renderPage(frame, page));
}

/** Makes the frame of a page that takes no parameter but the time zone. */
export function openFrame(handled: HandlerRequest, deps: HandlerDeps, defaultZone = 'UTC'): Frame {
  const { tz = defaultZone } = parseQuery(zoneQuery, handled.url);
  return createFrame(handled, deps, tz, [], defaultZone);
}

/** Reads what a certificate says; bytes that are none are told as such, for a middlebox may send anything. */
function readCertificate(sha256: string, der: Uint8Array): ReadCertificate {
  try {
    const { subject, issuer, validFromDate, validToDate, subjectAltName } = new X509Certificate(
      der,
    );
    const flatten = (name: string) => name.replaceAll('\n', ', ');
    const names = (subjectAltName ?? '').replaceAll('DNS:', '');
    return {
      sha256,
      subject: flatten(subject),
      issuer: flatten(issuer),
      validFromMs: validFromDate.getTime(),
      validToMs: validToDate.getTime(),
      names,
    };
  } catch {
    // OpenSSL refuses it; its bytes are still in the JSON.
    return { sha256, issuer: '', names: '' };
  }
}

/** One measurement. @throws RequestProblem when there is none of this name. */
export function findMeasurement(id: string, { store }: HandlerDeps) {
  const stored = store.getMeasurement(id);
  if (stored !== undefined) return stored;
  throw new RequestProblem({
    kind: 'not-found',
    detail:
      'There is no measurement of this name. It may be mistyped, or made by another Reachline.',
  });
}

/** GET /m/:id: one measurement. */
export const showMeasurement: Handler = (handled, deps) => {
  const stored = findMeasurement(handled.parameter, deps);
  const { measurement } = stored;
  const service = deps.config.services.find(({ id }) => id === measurement.service);
  const vantages = new Map(deps.store.listVantages().map((one) => [one.id, one]));
  const vantage = vantages.get(measurement.vantageId);
  const ownZone = vantage === undefined ? 'UTC' : toCountryZone(vantage.countryCode);
  // A zone that was chosen stays in the links, also where it is the page's own: the next page may have another.
  const isChosen = handled.url.searchParams.has('tz');
  const frame = openFrame(handled, deps, isChosen ? '' : ownZone);
  const { controlWindowSeconds, confirmGapSeconds } = deps.config.rules;
  const controls = deps.store.findControls(measurement, controlWindowSeconds * 1_000);
  const { certificates: _der, ...json } = toMeasurementJson(stored, deps.info.isSimulated);
  const page = createMeasurementPage(
    {
      stored,
      serviceName: service?.name ?? measurement.service,
      certificates: [...measurement.certificates].map(([sha256, der]) =>
        readCertificate(sha256, der),
      ),
      comparison: {
        numbers: { controlWindowSeconds, confirmGapSeconds },
        controls: controls.map((control) => ({
          id: control.id,
          measurement: control.measurement,
          networkName:
            vantages.get(control.measurement.vantageId)?.networkName ??
            control.measurement.vantageId,
        })),
      },
      rawJson: JSON.stringify(json, undefined, 2),
      ...(vantage === undefined ? {} : { vantage }),
    },
    frame,
  );
  return send(handled, frame, page);
};

/** GET /m/:id.csv: what was observed, one line per observation. */
export const answerMeasurementCsv: Handler = (handled, deps) => {
  const { safe } = parseQuery(z.strictObject(SAFE_FIELD), handled.url);
  const { id, judgement, measurement } = findMeasurement(handled.parameter, deps);
  const { service, vantageId, startedAtMs, observations } = measurement;
  const of = { id, service, vantageId, startedAtMs, judgement, observations };
  return replyCsv(handled, deps, `measurement-${id}`, safe, (wish) => toObservationsCsv(of, wish));
};

/** Every number of the rules by its keys joined with dots, in the order of the file's schema. */
export function listNumbers(rules: Rules): MethodData['numbers'] {
  const walk = (value: unknown, path: string): (readonly [string, number])[] => {
    if (typeof value === 'number') return [[path, value]];
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      walk(inner, path === '' ? key : `${path}.${key}`),
    );
  };
  return walk(rules, '');
}

/** What the page on the method is made of. */
function describeMethod({ rules, fingerprints }: Config): MethodData {
  return {
    rulesetVersion: rules.rulesetVersion,
    rules: RULES,
    numbers: listNumbers(rules),
    fingerprintCount: fingerprints.filter(({ scope }) => scope !== 'false_positive').length,
  };
}

/** GET /method: how verdicts are made. */
export const showMethod: Handler = (handled, deps) => {
  const frame = openFrame(handled, deps);
  return send(handled, frame, createMethodPage(describeMethod(deps.config), frame));
};

/** GET /announcements: all reviewed announcements. */
export const showAnnouncements: Handler = (handled, deps) => {
  const frame = openFrame(handled, deps);
  return send(
    handled,
    frame,
    createAnnouncementsPage(sortAnnouncements(deps.store.listAnnouncements()), frame),
  );
};

/** GET /a/:id: one announcement. */
export const showAnnouncement: Handler = (handled, deps) => {
  const stored = deps.store.getAnnouncement(handled.parameter);
  if (stored === undefined || !isReviewed(stored.announcement))
    throw new RequestProblem({
      kind: 'not-found',
      detail: 'There is no reviewed announcement of this name. The list has all of them.',
    });
  const frame = openFrame(handled, deps, toAnnouncementZone(stored.announcement));
  const named = [...stored.announcement.links, ...stored.linkedFrom].map(({ id }) => id);
  const titleOf = new Map<string, string>();
  for (const id of named) {
    const other = deps.store.getAnnouncement(id);
    if (other !== undefined && isReviewed(other.announcement))
      titleOf.set(id, other.announcement.title);
  }
  const measuredServices = deps.config.services.map(({ id }) => id);
  return send(
    handled,
    frame,
    createAnnouncementPage(
      { stored, titleOf, measuredServices, effect: findEffect(stored.announcement.id, deps) },
      frame,
    ),
  );
};

/** Sends the page for a problem. Uses UTC, since the zone itself may be what is wrong. */
export async function replyProblemPage(
  handled: HandlerRequest,
  deps: HandlerDeps,
  problem: Problem,
): Promise<Response> {
  const { status, title } = PROBLEMS[problem.kind];
  const { kind, detail, errors = [], retryAfterSeconds } = problem;
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const view = { status, kind, title, detail, errors, ...retry };
  const frame = createProblemFrame(handled, deps);
  const page = await renderPage(frame, createProblemPage(view, frame));
  return replyHtml(handled, page, status, toRetryHeaders(problem));
}

/** A frame that asks nothing of the store, which may be what failed. */
function createProblemFrame({ path, locale, base }: HandlerRequest, deps: HandlerDeps): Frame {
  return {
    version: deps.info.version,
    isSimulated: deps.info.isSimulated,
    nowMs: deps.clock.nowMs(),
    intervalMs: deps.config.schedule.intervalSeconds * 1_000,
    say: speak(locale, 'UTC'),
    timeZone: 'UTC',
    defaultZone: 'UTC',
    base,
    path,
    query: [],
    assets: deps.assets.urls,
  };
}
