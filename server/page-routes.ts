/**
 * Routes of the board, the timeline and the records. Like all pages they are loaded with the first request for one: a
 * server that only measures does without their code. What is loaded later stands in compile.mjs too.
 */
import { answerAnnouncements } from './api/announcements.ts';
import { later } from './later.ts';
import { PICTURES } from './pictures/routes.ts';

const board = () => import('./board-page.ts');
const timeline = () => import('./timeline-page.ts');
const pages = () => import('./pages.ts');
const vantages = () => import('./vantage-pages.ts');
const ledger = () => import('./ledger-page.ts');
const announcementForms = () => import('./announcement-forms.ts');
const feeds = () => import('./feeds-page.ts');

/** Rows for the table of routes in app.ts. */
export const PAGE_ROUTES = [
  {
    path: '/',
    policy: 'public',
    handle: later(async () => (await board()).showBoard),
    forms: { json: later(async () => (await board()).answerBoard) },
  },
  {
    path: '/t',
    policy: 'public',
    handle: later(async () => (await timeline()).showTimeline),
    forms: {
      csv: later(async () => (await timeline()).answerTimelineCsv),
      json: later(async () => (await timeline()).answerTimelineJson),
      ...PICTURES.timeline,
    },
  },
  {
    path: '/m/:id',
    policy: 'public',
    handle: later(async () => (await pages()).showMeasurement),
  },
  {
    path: '/a/:id',
    policy: 'public',
    handle: later(async () => (await pages()).showAnnouncement),
    forms: PICTURES.announcement,
  },
  { path: '/v', policy: 'public', handle: later(async () => (await vantages()).showVantages) },
  { path: '/v/:id', policy: 'public', handle: later(async () => (await vantages()).showVantage) },
  {
    path: '/volunteers',
    policy: 'public',
    handle: later(async () => (await vantages()).showVolunteers),
  },
  { path: '/method', policy: 'public', handle: later(async () => (await pages()).showMethod) },
  {
    path: '/announcements',
    policy: 'public',
    handle: later(async () => (await pages()).showAnnouncements),
    forms: {
      csv: later(async () => (await announcementForms()).answerAnnouncementsCsv),
      json: answerAnnouncements,
    },
  },
  {
    path: '/ledger',
    policy: 'public',
    handle: later(async () => (await ledger()).showLedger),
    forms: {
      csv: later(async () => (await ledger()).answerLedgerCsv),
      json: later(async () => (await ledger()).answerLedger),
      ...PICTURES.ledger,
    },
  },
  { path: '/feeds', policy: 'public', handle: later(async () => (await feeds()).showFeeds) },
  {
    path: '/feeds/:id',
    policy: 'public',
    handle: later(async () => (await feeds()).refuseFormlessFeed),
    forms: {
      atom: later(async () => (await feeds()).answerAtom),
      json: later(async () => (await feeds()).answerJsonFeed),
    },
  },
] as const;
