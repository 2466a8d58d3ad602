/**
 * /embed/is/:service/in/:cc and /embed/t: what other sites may show in a frame. Language and zone stand in the query;
 * with `from` and `to` the range is fixed, with `range` it slides. Only here may a frame be around us.
 */
import { z } from 'zod';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { LOCALES } from '../dashboard/i18n/locale.ts';
import { formatInstant } from '../dashboard/i18n/times.ts';
import { sayQuestion } from '../dashboard/pages/answer.ts';
import { renderEmbed, toEmbedStyle } from '../dashboard/pages/embed.ts';
import type { Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { toAnswerUrl } from './embed-addresses.ts';
import { toOrigin } from './origin.ts';
import { drawAnswerLanes, listDetails, readAsked, toAnswerHeading } from './pictures/answers.ts';
import { formatRange, makeForms } from './pictures/forms.ts';
import { drawLanesOf, readChoiceIn } from './pictures/lanes.ts';
import { oneOf, parseQuery, zone } from './query.ts';
import { prepare, reply, SECURITY_HEADERS, toStyleSource } from './reply.ts';

/** Width that a frame mostly has, px: letters in the picture are then as large as those around it. */
const PICTURE_WIDTH_PX = 760;

const STYLE_SOURCES = (['light', 'dark'] as const).map((theme) =>
  toStyleSource(toEmbedStyle(theme)),
);

const EMBED_HEADERS = {
  'content-security-policy': `default-src 'none'; img-src 'self'; object-src 'self'; frame-src 'self'; style-src ${STYLE_SOURCES.join(' ')}; base-uri 'none'; form-action 'none'; frame-ancestors *`,
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'public, max-age=60',
} as const;

const lookQuery = z.object({
  lang: oneOf(LOCALES, 'language').optional(),
  tz: zone.optional(),
  theme: oneOf(['light', 'dark'], 'theme').optional(),
});

/** The same answer without what keeps pages out of frames. */
function openToFrames(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(EMBED_HEADERS)) headers.set(name, value);
  headers.delete('x-frame-options');
  headers.delete('cross-origin-opener-policy');
  return new Response(response.body, { status: response.status, headers });
}

/** Handlers of pictures speak the language of the request; a frame's stands in its query. */
function inOwnLanguage(handled: HandlerRequest): HandlerRequest {
  const { lang = 'en' } = parseQuery(lookQuery, handled.url);
  const path = handled.path.replace(/^\/embed/, '').replace(/\.(?:svg|png)$/, '');
  return { ...handled, locale: lang, base: `/${lang}`, path };
}

function toPicture(handled: HandlerRequest, form: 'svg' | 'png'): string {
  const query = new URLSearchParams(handled.url.search);
  query.set('width', String(PICTURE_WIDTH_PX));
  return `${handled.path}.${form}?${query.toString()}`;
}

async function send(handled: HandlerRequest, page: string): Promise<Response> {
  const prepared = prepare(page, 'text/html; charset=utf-8');
  return openToFrames(await reply(handled.request, prepared, 200, SECURITY_HEADERS));
}

type Embedded = {
  readonly title: string;
  /** What the answer is now. */
  readonly sentence?: string;
  readonly details: readonly string[];
  readonly asOfMs: number;
  readonly pageUrl: string;
  readonly timeZone: string;
};

async function showEmbed(
  handled: HandlerRequest,
  deps: HandlerDeps,
  { title, sentence, details, asOfMs, pageUrl, timeZone }: Embedded,
): Promise<Response> {
  const { lang = 'en', theme = 'light' } = parseQuery(lookQuery, handled.url);
  const say = speak(lang, timeZone);
  const { fromMs, toMs } = readChoiceIn(handled.url, deps, timeZone).choice;
  const isFixed = ['from', 'to'].every((name) => handled.url.searchParams.has(name));
  const kind = isFixed
    ? say.text('embed.fixed', { range: formatRange(fromMs, toMs, say) })
    : say.text('embed.sliding');
  const page = await renderEmbed(
    {
      title,
      ...(sentence === undefined ? {} : { sentence }),
      details,
      svgUrl: toPicture(handled, 'svg'),
      pngUrl: toPicture(handled, 'png'),
      pageUrl,
      kind,
      asOf: say.text('picture.as_of', { time: formatInstant(asOfMs, say) }),
      isSimulated: deps.info.isSimulated,
      theme,
    },
    say,
  );
  return send(handled, page);
}

/** The form behind the path of a frame: none is the frame itself. */
function readForm(handled: HandlerRequest): 'svg' | 'png' | undefined {
  const form = /\.(svg|png)$/.exec(handled.path)?.[1];
  return form === 'svg' || form === 'png' ? form : undefined;
}

const answerPicture = makeForms((handled, deps, wish) => {
  const { timeZone } = readAsked(handled, deps).say;
  return drawAnswerLanes(inOwnLanguage(handled), deps, wish, timeZone);
});

/** GET /embed/is/:service/in/:cc: an answer in a frame; with .svg or .png its picture alone. */
export const embedAnswer: Handler = async (handled, deps) => {
  const form = readForm(handled);
  if (form !== undefined) return openToFrames(await answerPicture[form](handled, deps));
  const asked = readAsked(handled, deps);
  const { service, countryCode, answer, say } = asked;
  const { toMs } = readChoiceIn(handled.url, deps, say.timeZone).choice;
  const { title: sentence } = toAnswerHeading(asked, toMs, deps.clock.nowMs());
  return showEmbed(handled, deps, {
    title: sayQuestion(service.name, countryCode, say),
    ...(sentence === undefined ? {} : { sentence }),
    details: sentence === undefined ? [] : listDetails(asked),
    asOfMs: answer.lastCheckedMs ?? deps.clock.nowMs(),
    pageUrl: toAnswerUrl(handled, deps, asked),
    timeZone: say.timeZone,
  });
};

const timelinePicture = makeForms((handled, deps, wish) =>
  drawLanesOf(() => ({}))(inOwnLanguage(handled), deps, wish),
);

/** GET /embed/t: lanes in a frame; with .svg or .png their picture alone. */
export const embedTimeline: Handler = async (handled, deps) => {
  const form = readForm(handled);
  if (form !== undefined) return openToFrames(await timelinePicture[form](handled, deps));
  const { lang = 'en', tz = 'UTC' } = parseQuery(lookQuery, handled.url);
  const query = new URLSearchParams(handled.url.search);
  for (const name of ['lang', 'theme', 'width', 'scale']) query.delete(name);
  return showEmbed(handled, deps, {
    title: speak(lang, tz).text('embed.lanes'),
    details: [],
    asOfMs: deps.clock.nowMs(),
    pageUrl: `${toOrigin(handled, deps.info)}/${lang}/t?${query.toString()}`,
    timeZone: tz,
  });
};
