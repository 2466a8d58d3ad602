/** GET /s/:service, /c/:cc and /as/:asn with their forms: what is known of one service, country or network. */
import { z } from 'zod';
import { toCountryZone } from '../dashboard/country-zones.ts';
import {
  concernsServices,
  isReviewed,
  namesCountry,
  sortAnnouncements,
} from '../dashboard/pages/announcement-scope.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import {
  createPlacePage,
  type PlaceData,
  type PlaceLine,
  type Subject,
} from '../dashboard/pages/place.ts';
import { addBuckets, toStripRange } from '../dashboard/pages/year-strip.ts';
import type { Availability } from '../db/availability-types.ts';
import type { Incident } from '../db/incident-types.ts';
import { replyAnswersCsv, replyUnknown } from './answer-page.ts';
import { toAnswerJson } from './api/answers.ts';
import { toMinuteKey } from './api/json-cache.ts';
import { type Found, findCountry, findNetwork, findService, takeFound } from './asked.ts';
import { readNews } from './board-page.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { createFrame } from './pages.ts';
import { parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';

const MAX_INCIDENTS = 10;
const MAX_ANNOUNCEMENTS = 10;

const zoneQuery = z.object({ tz: zone.optional() });

/** The subject of a page by the parameters of its address. */
type FindSubject = (handled: HandlerRequest, deps: HandlerDeps) => Found<Subject>;

function findServiceSubject({ parameters }: HandlerRequest, deps: HandlerDeps): Found<Subject> {
  const found = findService(parameters['service'] ?? '', deps);
  if (found.kind === 'unknown') return found;
  const { id, name } = found.value;
  return { kind: 'found', value: { kind: 'service', id, name } };
}

function findCountrySubject({ parameters }: HandlerRequest): Found<Subject> {
  const found = findCountry(parameters['cc'] ?? '');
  if (found.kind === 'unknown') return found;
  return { kind: 'found', value: { kind: 'country', code: found.value } };
}

function findNetworkSubject({ parameters }: HandlerRequest, deps: HandlerDeps): Found<Subject> {
  const found = findNetwork(parameters['asn'] ?? '', deps);
  if (found.kind === 'unknown') return found;
  const asn = found.value;
  const vantages = deps.store.listVantages().filter((one) => one.asn === asn);
  return {
    kind: 'found',
    value: {
      kind: 'network',
      asn,
      name: vantages[0]?.networkName ?? `AS${asn}`,
      countryCodes: [...new Set(vantages.map(({ countryCode }) => countryCode))],
      vantages,
    },
  };
}

/** Answers that concern the subject; of a network the answers of its countries with that network in them. */
function listAnswers(subject: Subject, { availability }: HandlerDeps): Availability[] {
  return availability.list().filter((one) => {
    if (subject.kind === 'service') return one.service === subject.id;
    if (subject.kind === 'country') return one.countryCode === subject.code;
    return one.networks.some(({ asn }) => asn === subject.asn);
  });
}

function listLines(subject: Subject, deps: HandlerDeps): PlaceLine[] {
  const answers = listAnswers(subject, deps);
  const range = toStripRange(deps.clock.nowMs());
  const lanes = deps.store.listBuckets({
    services: [...new Set(answers.map(({ service }) => service))],
    vantageIds: [...new Set(answers.flatMap((one) => one.networks.flatMap((of) => of.vantageIds)))],
    ...range,
    resolution: 'day',
  });
  return answers.map((availability) => {
    const network =
      subject.kind === 'network'
        ? availability.networks.find(({ asn }) => asn === subject.asn)
        : undefined;
    const networks = network === undefined ? availability.networks : [network];
    const ids = new Set(networks.flatMap(({ vantageIds }) => vantageIds));
    const own = lanes.filter(
      (lane) => lane.service === availability.service && ids.has(lane.vantageId),
    );
    return {
      availability,
      ...(network === undefined ? {} : { network }),
      buckets: addBuckets(own.map(({ buckets }) => buckets)),
    };
  });
}

function listIncidents(subject: Subject, { store }: HandlerDeps): Incident[] {
  if (subject.kind === 'service')
    return store.listIncidents({ services: [subject.id], limit: MAX_INCIDENTS });
  if (subject.kind === 'country')
    return store.listIncidents({ countryCodes: [subject.code], limit: MAX_INCIDENTS });
  return store
    .listIncidents({ countryCodes: subject.countryCodes })
    .filter(({ episodes }) => episodes.some(({ asn }) => asn === subject.asn))
    .slice(0, MAX_INCIDENTS);
}

function listAnnouncements(subject: Subject, { store }: HandlerDeps): PlaceData['announcements'] {
  return sortAnnouncements(store.listAnnouncements())
    .filter(({ announcement }) => isReviewed(announcement))
    .filter(({ announcement }) => {
      if (subject.kind === 'service') return concernsServices(announcement, [subject.id]);
      const codes = subject.kind === 'country' ? [subject.code] : subject.countryCodes;
      return announcement.regions.codes.length > 0 && namesCountry(announcement, codes);
    })
    .slice(0, MAX_ANNOUNCEMENTS);
}

function toZone(subject: Subject): string {
  if (subject.kind === 'country') return toCountryZone(subject.code);
  const [code] = subject.kind === 'network' ? subject.countryCodes : [];
  return code === undefined ? 'UTC' : toCountryZone(code);
}

function showPlace(find: FindSubject): Handler {
  return async (handled, deps) => {
    const found = find(handled, deps);
    if (found.kind === 'unknown') return replyUnknown(handled, deps, found.unknown);
    const subject = found.value;
    const defaultZone = toZone(subject);
    const { tz = defaultZone } = parseQuery(zoneQuery, handled.url);
    const frame = createFrame(handled, deps, tz, [], defaultZone);
    const page = createPlacePage(
      {
        subject,
        lines: listLines(subject, deps),
        incidents: listIncidents(subject, deps),
        announcements: listAnnouncements(subject, deps),
        nameOf: new Map(deps.config.services.map(({ id, name }) => [id, name])),
        mark: readNews(deps, frame.nowMs).mark,
      },
      frame,
    );
    return replyHtml(handled, await renderPage(frame, page));
  };
}

/** Of the page of a network only that network. */
function narrow(subject: Subject, answers: readonly Availability[]): Availability[] {
  return answers.map((one) =>
    subject.kind === 'network'
      ? { ...one, networks: one.networks.filter(({ asn }) => asn === subject.asn) }
      : one,
  );
}

function answerPlace(find: FindSubject): Handler {
  return (handled, deps) => {
    parseQuery(z.strictObject({}), handled.url);
    const subject = takeFound(find(handled, deps));
    return deps.cache.answer(
      handled.request,
      toMinuteKey(`place ${JSON.stringify(subject)}`, deps),
      () => ({
        isSimulated: deps.info.isSimulated,
        rulesetVersion: deps.config.rules.rulesetVersion,
        answers: narrow(subject, listAnswers(subject, deps)).map(toAnswerJson),
        incidents: listIncidents(subject, deps).map(({ id, state }) => ({ id, state })),
        announcements: listAnnouncements(subject, deps).map(({ announcement }) => announcement.id),
      }),
    );
  };
}

function answerPlaceCsv(find: FindSubject): Handler {
  return (handled, deps) => {
    const subject = takeFound(find(handled, deps));
    const name =
      subject.kind === 'service'
        ? subject.id
        : subject.kind === 'country'
          ? subject.code
          : `as${subject.asn}`;
    return replyAnswersCsv(handled, deps, narrow(subject, listAnswers(subject, deps)), name);
  };
}

/** A page with its forms. */
function makeHandlers(find: FindSubject) {
  return {
    handle: showPlace(find),
    forms: { csv: answerPlaceCsv(find), json: answerPlace(find) },
  };
}

/** GET /s/:service */
export const SERVICE_PAGE = makeHandlers(findServiceSubject);
/** GET /c/:cc */
export const COUNTRY_PAGE = makeHandlers(findCountrySubject);
/** GET /as/:asn */
export const NETWORK_PAGE = makeHandlers(findNetworkSubject);
