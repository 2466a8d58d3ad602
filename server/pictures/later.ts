/**
 * What draws is loaded with the first request for it: pictures, map, frames and tables cost 2 MB that an idle server does
 * not hold. compile.mjs names these modules too, so that loading them later needs no tool that strips types.
 */
import type { Handler } from '../contract.ts';
import type { DrawPicture } from './forms.ts';
import type { Rasterise, Rasteriser } from './rasteriser.ts';

/** A handler that is loaded when it is asked for. */
export function later(load: () => Promise<Handler>): Handler {
  return async (handled, deps) => (await load())(handled, deps);
}

/** The forms `.svg` and `.png` of a route. */
function pictureForms(load: () => Promise<DrawPicture>): { svg: Handler; png: Handler } {
  const open = async () => {
    const [{ makeForms }, draw] = await Promise.all([import('./forms.ts'), load()]);
    return makeForms(draw);
  };
  return {
    svg: later(async () => (await open()).svg),
    png: later(async () => (await open()).png),
  };
}

/** Every view that can be had as a picture. */
export const PICTURES = {
  timeline: pictureForms(async () => (await import('./lanes.ts')).drawTimeline),
  service: pictureForms(async () => (await import('./lanes.ts')).drawService),
  country: pictureForms(async () => (await import('./lanes.ts')).drawCountry),
  network: pictureForms(async () => (await import('./lanes.ts')).drawNetwork),
  answer: pictureForms(async () => (await import('./answers.ts')).drawAnswer),
  incident: pictureForms(async () => (await import('./events.ts')).drawIncident),
  announcement: pictureForms(async () => (await import('./events.ts')).drawAnnouncement),
  ledger: pictureForms(async () => (await import('./events.ts')).drawLedger),
  map: pictureForms(async () => (await import('../map-page.ts')).drawMap),
} as const;

/** Pages and files for publishers and mirrors. */
export const PUBLISHING = {
  map: later(async () => (await import('../map-page.ts')).showMap),
  lite: later(async () => (await import('../lite-page.ts')).showLite),
  snapshot: later(async () => (await import('../lite-page.ts')).sendSnapshot),
  card: later(async () => (await import('./answers.ts')).sendCard),
  badge: later(async () => (await import('./answers.ts')).sendBadge),
  embedAnswer: later(async () => (await import('../embed.ts')).embedAnswer),
  embedTimeline: later(async () => (await import('../embed.ts')).embedTimeline),
} as const;

/** A rasteriser of which nothing exists before the first PNG. */
export function rasteriseLater(): Rasterise {
  let opened: Promise<Rasteriser> | undefined;
  return async (svg, widthPx) => {
    opened ??= import('./rasteriser.ts').then((module) => new module.Rasteriser());
    return (await opened).rasterise(svg, widthPx);
  };
}
