/** The answer for a service in a country as a picture of its lanes, as a card for messages, and as a badge. */

import { z } from 'zod';
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { LOCALES } from '../../dashboard/i18n/locale.ts';
import type { Say } from '../../dashboard/i18n/say.ts';
import { formatCountry, formatDay, formatInstant } from '../../dashboard/i18n/times.ts';
import { sayQuestion } from '../../dashboard/pages/answer.ts';
import { toFigures } from '../../dashboard/pages/answer-path.ts';
import { listSince } from '../../dashboard/pages/since.ts';
import { sayWholeAnswer, toAnswerState } from '../../dashboard/pictures/answer-state.ts';
import { drawBadge } from '../../dashboard/pictures/badge.ts';
import { CARD_WIDTH_PX, drawCard } from '../../dashboard/pictures/card.ts';
import type { Picture } from '../../dashboard/pictures/sheet.ts';
import type { Availability } from '../../db/availability-types.ts';
import { findCountry, findService, takeFound } from '../asked.ts';
import type { Handler, HandlerDeps, HandlerRequest } from '../contract.ts';
import { toAnswerUrl } from '../embed-addresses.ts';
import { RequestProblem } from '../problem.ts';
import { DAY_MS, MINUTE_MS, oneOf, parseQuery, wholeNumber, zone } from '../query.ts';
import { showDrawnNames } from './drawn-names.ts';
import { type DrawPicture, type PictureWish, replyPng, replySvg } from './forms.ts';
import { drawLanes, type LanesHeading, readChoiceIn } from './lanes.ts';

/** Lanes on a card go so far back. */
const CARD_DAYS = 90;
/** Badges and cards are fetched again by whoever shows them; a minute is how often an answer can change. */
const SHORT_CACHE = { 'cache-control': 'public, max-age=60' };

/** What addresses outside the languages of the site take. */
const plainQuery = z.object({
  lang: oneOf(LOCALES, 'language').optional(),
  tz: zone.optional(),
  theme: oneOf(['light', 'dark'], 'theme').optional(),
  scale: wholeNumber(1, 2).optional(),
});

/** The answer that an address names, and how it is to be told. */
export type AskedAnswer = {
  readonly service: { readonly id: string; readonly name: string };
  readonly countryCode: string;
  readonly answer: Availability;
  readonly say: Say;
  readonly theme: 'light' | 'dark';
  readonly scale: number | undefined;
};

function readPath({ parameters }: HandlerRequest, deps: HandlerDeps) {
  const { service = '', cc = '' } = parameters;
  return {
    service: takeFound(findService(service, deps)),
    // Outside the languages of the site the form is still behind the code.
    countryCode: takeFound(findCountry(cc.replace(/\.(?:png|svg)$/, ''))),
  };
}

/** Reads an address such as `/card/is/:service/in/:cc`; language and zone stand in its query. */
export function readAsked(handled: HandlerRequest, deps: HandlerDeps): AskedAnswer {
  const { service, countryCode } = readPath(handled, deps);
  const {
    lang = 'en',
    tz = toCountryZone(countryCode),
    theme = 'light',
    scale,
  } = parseQuery(plainQuery, handled.url);
  return {
    service,
    countryCode,
    answer: deps.availability.find(service.id, countryCode),
    say: speak(lang, tz),
    theme,
    scale,
  };
}

/** What stands under the sentence of an answer, in a few words each. */
export function listDetails({ answer, say }: AskedAnswer): string[] {
  return listSince(answer).map(({ kind, interval }) =>
    say.text(`picture.since.${kind}`, { time: formatDay(interval.byMs, say) }),
  );
}

/** The form behind a path whose languages and forms the router leaves alone. */
function endsWith(handled: HandlerRequest, ...endings: readonly string[]): string {
  const ending = /\.(\w+)$/.exec(handled.path)?.[1] ?? '';
  if (endings.includes(ending)) return ending;
  throw new RequestProblem({
    kind: 'not-found',
    detail: `This address ends in .${endings.join(' or .')}.`,
  });
}

/** GET /card/is/:service/in/:cc.png: what is shown where a link to the answer is shared. */
export const sendCard: Handler = (handled, deps) => {
  const form = endsWith(handled, 'png', 'svg');
  const asked = readAsked(handled, deps);
  const { service, countryCode, answer, say, theme } = asked;
  const nowMs = Math.floor(deps.clock.nowMs() / MINUTE_MS) * MINUTE_MS;
  const range = { fromMs: nowMs - CARD_DAYS * DAY_MS, toMs: nowMs };
  const lanes = deps.store.listLanes({
    services: [service.id],
    countryCodes: [countryCode],
    ...range,
  });
  const picture = drawCard(
    {
      state: toAnswerState(answer),
      question: sayQuestion(service.name, countryCode, say),
      sentence: sayWholeAnswer(answer, service.name, nowMs, say),
      details: listDetails(asked),
      asOf: say.text('picture.as_of', {
        time: formatInstant(answer.lastCheckedMs ?? nowMs, say),
      }),
      url: toAnswerUrl(handled, deps, asked),
      lanes: lanes
        .filter(({ vantage }) => vantage.role === 'vantage')
        .map((lane) => ({ ...lane, vantage: showDrawnNames(lane.vantage, deps) })),
      ...range,
      ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
    },
    say,
    theme,
  );
  return form === 'svg'
    ? replySvg(handled, picture, SHORT_CACHE)
    : // Services that show cards take this size and no other.
      replyPng(handled, deps, picture, CARD_WIDTH_PX / picture.widthPx, SHORT_CACHE);
};

/** GET /badge/:service/:cc.svg and .png: the answer in a line, for the pages of others. */
export const sendBadge: Handler = (handled, deps) => {
  const form = endsWith(handled, 'svg', 'png');
  const { service, countryCode, answer, say, theme, scale = 2 } = readAsked(handled, deps);
  const picture = drawBadge(
    {
      label: `${service.name} · ${formatCountry(countryCode, say)}`,
      state: toAnswerState(answer),
      figures: toFigures(answer),
      isSimulated: deps.info.isSimulated,
    },
    say,
    theme,
  );
  return form === 'svg'
    ? replySvg(handled, picture, SHORT_CACHE)
    : replyPng(handled, deps, picture, scale, SHORT_CACHE);
};

/** Title and subtitle of the lanes of an answer: the answer is about now, so a range that ended earlier goes without it. */
export function toAnswerHeading(
  { service, countryCode, answer, say }: Omit<AskedAnswer, 'theme' | 'scale'>,
  toMs: number,
  nowMs: number,
): LanesHeading {
  if (toMs < nowMs - DAY_MS) return {};
  return {
    title: sayWholeAnswer(answer, service.name, nowMs, say),
    lead: sayQuestion(service.name, countryCode, say),
  };
}

/** Draws the lanes of an answer under its sentence. */
export function drawAnswerLanes(
  handled: HandlerRequest,
  deps: HandlerDeps,
  wish: PictureWish,
  timeZone: string,
): Picture {
  const { service, countryCode } = readPath(handled, deps);
  const say = speak(handled.locale, timeZone);
  const answer = deps.availability.find(service.id, countryCode);
  const read = readChoiceIn(handled.url, deps, timeZone);
  const choice = { ...read.choice, services: [service.id], countries: [countryCode] };
  const asked = { service, countryCode, answer, say };
  const heading = toAnswerHeading(asked, choice.toMs, deps.clock.nowMs());
  return drawLanes(handled, deps, wish, choice, timeZone, heading);
}

/** /is/:service/in/:cc as a picture, in the zone of the country. */
export const drawAnswer: DrawPicture = (handled, deps, wish) => {
  const { countryCode } = readPath(handled, deps);
  const { tz = toCountryZone(countryCode) } = parseQuery(
    z.object({ tz: zone.optional() }),
    handled.url,
  );
  return drawAnswerLanes(handled, deps, wish, tz);
};
