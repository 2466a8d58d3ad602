/**
 * Any view as a picture: a reader of the view's address gives a function that draws it, and `makeForms` makes the two
 * forms of a route of it. What all pictures take: `theme`, `width` and `scale`.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Say } from '../../dashboard/i18n/say.ts';
import { formatDay, formatTime } from '../../dashboard/i18n/times.ts';
import type { Theme } from '../../dashboard/palette.ts';
import { MAX_WIDTH_PX, type Picture } from '../../dashboard/pictures/sheet.ts';
import type { Lane } from '../../db/lanes.ts';
import type { Handler, HandlerDeps, HandlerRequest } from '../contract.ts';
import { replyProblem } from '../problem.ts';
import { DAY_MS, oneOf, parseQuery, wholeNumber } from '../query.ts';
import { isNotModified, prepare, reply, SECURITY_HEADERS } from '../reply.ts';
import { BusyError, RasterError } from './rasteriser.ts';

/** How a reader wants a picture. */
export type PictureWish = { readonly theme: Theme; readonly widthPx: number };

/** Reads what the address asks for and draws it. @throws RequestProblem for what cannot be shown. */
export type DrawPicture = (
  handled: HandlerRequest,
  deps: HandlerDeps,
  wish: PictureWish,
) => Picture;

const DEFAULT_WIDTH_PX = 1_200;
const MIN_WIDTH_PX = 480;
/** A picture of now changes with the minute. */
const MAX_AGE_SECONDS = 60;
const RETRY_AFTER_SECONDS = 2;

const wishQuery = z.object({
  theme: oneOf(['light', 'dark'], 'theme').optional(),
  width: wholeNumber(MIN_WIDTH_PX, MAX_WIDTH_PX).optional(),
  scale: wholeNumber(1, 2).optional(),
});

/** Pictures may be shown by other sites, unlike pages. */
const PICTURE_HEADERS = {
  ...SECURITY_HEADERS,
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
} as const;

function varyOf({ base, path }: HandlerRequest): string {
  // An address without a language answers each reader in their own.
  const isPlain = base !== '' || /^\/(?:badge|card|embed)\//.test(path);
  return isPlain ? 'accept-encoding' : 'accept-encoding, accept-language';
}

function toTag(picture: Picture, form: string): string {
  const hash = createHash('sha256').update(`${form}\0${picture.svg}`).digest('base64url');
  return `"${hash.slice(0, 22)}"`;
}

/** Sends a picture as SVG. */
export function replySvg(
  handled: HandlerRequest,
  picture: Picture,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const type = 'image/svg+xml; charset=utf-8';
  return reply(handled.request, prepare(picture.svg, type, toTag(picture, 'svg')), 200, {
    ...PICTURE_HEADERS,
    vary: varyOf(handled),
    ...headers,
  });
}

/** Sends a picture as PNG, or 429 while too many are drawn. */
export async function replyPng(
  handled: HandlerRequest,
  deps: HandlerDeps,
  picture: Picture,
  scale: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { request } = handled;
  const widthPx = Math.min(MAX_WIDTH_PX, Math.round(picture.widthPx * scale));
  const etag = toTag(picture, `png ${widthPx}`);
  const shared = { ...PICTURE_HEADERS, vary: varyOf(handled), etag, ...headers };
  if (isNotModified(request, etag)) return new Response(null, { status: 304, headers: shared });
  try {
    const png = await deps.rasterise(picture.svg, widthPx);
    return new Response(png, { headers: { ...shared, 'content-type': 'image/png' } });
  } catch (error) {
    if (error instanceof BusyError)
      return replyProblem(
        request,
        {
          kind: 'busy',
          detail: 'Ask again in a moment, or take the same address with .svg.',
        },
        { 'retry-after': String(RETRY_AFTER_SECONDS) },
      );
    if (!(error instanceof RasterError)) throw error;
    return replyProblem(request, {
      kind: 'no-rasteriser',
      detail: `The same address with .svg has the picture (${error.message}).`,
    });
  }
}

/** Makes the forms `.svg` and `.png` of a route. */
export function makeForms(draw: DrawPicture): { readonly svg: Handler; readonly png: Handler } {
  const read = (handled: HandlerRequest, deps: HandlerDeps) => {
    const { theme = 'light', width, scale = 1 } = parseQuery(wishQuery, handled.url);
    const widthPx = width ?? DEFAULT_WIDTH_PX;
    return { picture: draw(handled, deps, { theme, widthPx }), scale };
  };
  return {
    svg: (handled, deps) => replySvg(handled, read(handled, deps).picture),
    png: (handled, deps) => {
      const { picture, scale } = read(handled, deps);
      return replyPng(handled, deps, picture, scale);
    },
  };
}

/** A range in words: to the day when it is long, to the minute when it is short or must be exact. */
export function formatRange(fromMs: number, toMs: number, say: Say, isExact = false): string {
  const isLong = toMs - fromMs >= 3 * DAY_MS;
  const format = isExact || !isLong ? formatTime : formatDay;
  return `${format(fromMs, say)} – ${format(toMs, say)}`;
}

/**
 * Names what a picture rests on, so that it can be compared with the page later: the rules in force, and a sum over every
 * span that is drawn.
 */
export function toRevision(deps: HandlerDeps, lanes: readonly Lane[]): string {
  const hash = createHash('sha256');
  for (const { service, vantageId, function: part, spans } of lanes) {
    hash.update(`${service}\0${vantageId}\0${part}\0`);
    for (const { fromMs, untilMs, state, count } of spans)
      hash.update(`${fromMs} ${untilMs} ${state} ${count};`);
  }
  return `${deps.config.rules.rulesetVersion}-${hash.digest('hex').slice(0, 8)}`;
}
