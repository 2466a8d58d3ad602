/**
 * What draws is loaded with the first request for it: pictures, map, frames and tables cost 2 MB that an idle server does
 * not hold. compile.mjs names these modules too, so that loading them later needs no tool that strips types.
 */
import type { Handler } from '../contract.ts';
import { later } from '../later.ts';
import type { DrawPicture } from './forms.ts';
import type { Rasterise, Rasteriser } from './rasteriser.ts';

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
  board: pictureForms(async () => (await import('./lists.ts')).drawBoard),
  incidents: pictureForms(async () => (await import('./lists.ts')).drawIncidents),
  announcements: pictureForms(async () => (await import('./lists.ts')).drawAnnouncements),
  vantages: pictureForms(async () => (await import('./lists.ts')).drawVantages),
  vantage: pictureForms(async () => (await import('./records.ts')).drawVantage),
  measurement: pictureForms(async () => (await import('./records.ts')).drawMeasurement),
  map: pictureForms(async () => (await import('../map-page.ts')).drawMap),
} as const;

const map = () => import('../map-page.ts');
const lite = () => import('../lite-page.ts');
const embed = () => import('../embed.ts');
const answers = () => import('./answers.ts');
const embedTimeline = later(async () => (await embed()).embedTimeline);

/** Rows for the table of routes in app.ts: what publishers, mirrors and readers on bad lines take. */
export const PUBLISHING_ROUTES = [
  {
    path: '/map',
    policy: 'public',
    handle: later(async () => (await map()).showMap),
    forms: {
      csv: later(async () => (await map()).answerMapCsv),
      json: later(async () => (await map()).answerMap),
      ...PICTURES.map,
    },
  },
  { path: '/lite', policy: 'public', handle: later(async () => (await lite()).showLite) },
  {
    path: '/snapshot.html',
    policy: 'public',
    handle: later(async () => (await lite()).sendSnapshot),
  },
  {
    path: '/card/is/:service/in/:cc',
    policy: 'public',
    handle: later(async () => (await answers()).sendCard),
  },
  {
    path: '/badge/:service/:cc',
    policy: 'public',
    handle: later(async () => (await answers()).sendBadge),
  },
  {
    path: '/embed/is/:service/in/:cc',
    policy: 'public',
    handle: later(async () => (await embed()).embedAnswer),
  },
  { path: '/embed/t', policy: 'public', handle: embedTimeline },
  { path: '/embed/:view{t\\.(?:svg|png)}', policy: 'public', handle: embedTimeline },
] as const;

/** A rasteriser of which nothing exists before the first PNG. */
export function rasteriseLater(): Rasterise {
  let opened: Promise<Rasteriser> | undefined;
  return async (svg, widthPx) => {
    opened ??= import('./rasteriser.ts').then((module) => new module.Rasteriser());
    return (await opened).rasterise(svg, widthPx);
  };
}
