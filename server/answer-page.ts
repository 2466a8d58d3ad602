/** GET /is/:service/in/:cc and its forms: the answer for one service in one country; and GET /is, the index of them. */
import { z } from 'zod';
import { toCountryZone } from '../dashboard/country-zones.ts';
import { type AnswerData, createAnswerPage } from '../dashboard/pages/answer.ts';
import {
  createAnswerIndexPage,
  createUnknownPage,
  type Unknown,
} from '../dashboard/pages/answer-list.ts';
import { toAnswerPath } from '../dashboard/pages/answer-path.ts';
import { renderPage } from '../dashboard/pages/frame.ts';
import type { Availability } from '../db/availability-types.ts';
import { findBlindness, findSureness, listNetworkViews } from './answer-data.ts';
import { toAnswerJson, toGroupJson } from './api/answers.ts';
import { toMinuteKey } from './api/json-cache.ts';
import { findCountry, findService, takeFound } from './asked.ts';
import { readNews } from './board-page.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toEmbedAddresses } from './embed-addresses.ts';
import { toAnswersCsv } from './exports/answer-csv.ts';
import { findGroups, readNewestLedger } from './newest-ledger.ts';
import { toOrigin } from './origin.ts';
import { createFrame, openFrame } from './pages.ts';
import { parseQuery, zone } from './query.ts';
import { replyHtml } from './reply.ts';
import { replyCsv, SAFE_FIELD } from './reply-csv.ts';

/** Incidents that an answer tells of. */
const MAX_INCIDENTS = 5;

const zoneQuery = z.object({ tz: zone.optional() });
const csvQuery = z.strictObject(SAFE_FIELD);

/** Sends the page for what is not there, in the reader's language, with a list of what is. */
export async function replyUnknown(
  handled: HandlerRequest,
  deps: HandlerDeps,
  unknown: Unknown,
): Promise<Response> {
  const frame = openFrame(handled, deps);
  const data = { services: deps.config.services, answers: deps.availability.list() };
  return replyHtml(handled, await renderPage(frame, createUnknownPage(unknown, data, frame)), 404);
}

function gather(
  availability: Availability,
  service: AnswerData['service'],
  deps: HandlerDeps,
): Omit<AnswerData, 'url'> {
  const { countryCode } = availability;
  const ledger = readNewestLedger(deps.store);
  const all = deps.availability.list();
  return {
    availability,
    service,
    networks: listNetworkViews(availability, deps),
    sureness: findSureness(availability, deps),
    blindness: findBlindness(availability, deps),
    ...(ledger === undefined
      ? {}
      : {
          ledger: {
            revision: ledger.revision,
            groups: findGroups(ledger, service.id, countryCode),
          },
        }),
    unannounced: (ledger?.content.unannounced ?? []).flatMap((one) =>
      one.service === service.id && one.countryCode === countryCode && !one.end
        ? [one.networkName]
        : [],
    ),
    incidents: deps.store.listIncidents({
      services: [service.id],
      countryCodes: [countryCode],
      limit: MAX_INCIDENTS,
    }),
    rulesetVersion: deps.config.rules.rulesetVersion,
    elsewhere: all.filter((one) => one.service === service.id && one.countryCode !== countryCode),
    here: all.filter((one) => one.service !== service.id && one.countryCode === countryCode),
    nameOf: new Map(deps.config.services.map(({ id, name }) => [id, name])),
    mark: readNews(deps, deps.clock.nowMs()).mark,
  };
}

/** GET /is/:service/in/:cc: the page. */
export const showAnswer: Handler = async (handled, deps) => {
  const { service: serviceId = '', cc = '' } = handled.parameters;
  const service = findService(serviceId, deps);
  if (service.kind === 'unknown') return replyUnknown(handled, deps, service.unknown);
  const country = findCountry(cc);
  if (country.kind === 'unknown') return replyUnknown(handled, deps, country.unknown);
  const defaultZone = toCountryZone(country.value);
  const { tz = defaultZone } = parseQuery(zoneQuery, handled.url);
  const frame = createFrame(handled, deps, tz, [], defaultZone);
  const availability = deps.availability.find(service.value.id, country.value);
  const origin = toOrigin(handled, deps.info);
  const url = `${origin === '' ? handled.url.origin : origin}${toAnswerPath(availability)}`;
  const named = { service: service.value, countryCode: country.value, say: frame.say };
  const embed = toEmbedAddresses(handled, deps, named);
  const data = { ...gather(availability, service.value, deps), url };
  const page = createAnswerPage(embed === undefined ? data : { ...data, embed }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};

function findAnswer({ parameters }: HandlerRequest, deps: HandlerDeps): Availability {
  const { service = '', cc = '' } = parameters;
  const { id } = takeFound(findService(service, deps));
  return deps.availability.find(id, takeFound(findCountry(cc)));
}

/** The same as JSON, with the groups of the ledger and the incidents about it. */
export const answerAnswer: Handler = (handled, deps) => {
  parseQuery(z.strictObject({}), handled.url);
  const availability = findAnswer(handled, deps);
  const { service, countryCode } = availability;
  return deps.cache.answer(
    handled.request,
    toMinuteKey(`answer ${service} ${countryCode}`, deps),
    () => {
      const ledger = readNewestLedger(deps.store);
      const incidents = deps.store.listIncidents({
        services: [service],
        countryCodes: [countryCode],
      });
      return {
        isSimulated: deps.info.isSimulated,
        rulesetVersion: deps.config.rules.rulesetVersion,
        ...toAnswerJson(availability),
        incidents: incidents.map(({ id, state }) => ({ id, state })),
        ledger:
          ledger === undefined
            ? null
            : {
                revision: ledger.revision,
                groups: findGroups(ledger, service, countryCode).map(toGroupJson),
              },
      };
    },
  );
};

/** Sends answers as a file. */
export function replyAnswersCsv(
  handled: HandlerRequest,
  deps: HandlerDeps,
  answers: readonly Availability[],
  name: string,
): Promise<Response> {
  const { safe } = parseQuery(csvQuery, handled.url);
  return replyCsv(handled, deps, name, safe, (wish) => toAnswersCsv(answers, wish));
}

/** The same as CSV. */
export const answerAnswerCsv: Handler = (handled, deps) => {
  const found = findAnswer(handled, deps);
  return replyAnswersCsv(handled, deps, [found], `${found.service}-in-${found.countryCode}`);
};

/** GET /is: every answer. */
export const showAnswerIndex: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const data = {
    services: deps.config.services,
    answers: deps.availability.list(),
    mark: readNews(deps, frame.nowMs).mark,
  };
  return replyHtml(handled, await renderPage(frame, createAnswerIndexPage(data, frame)));
};

/** Every answer as JSON. */
export const answerAnswerIndex: Handler = ({ request, url }, deps) => {
  parseQuery(z.strictObject({}), url);
  return deps.cache.answer(request, toMinuteKey('answers', deps), () => ({
    isSimulated: deps.info.isSimulated,
    rulesetVersion: deps.config.rules.rulesetVersion,
    answers: deps.availability.list().map(toAnswerJson),
  }));
};

/** Every answer as CSV. */
export const answerAnswerIndexCsv: Handler = (handled, deps) =>
  replyAnswersCsv(handled, deps, deps.availability.list(), 'answers');
