/**
 * Routes of the board, the timeline and the records. Like all pages they are loaded with the first request for one: a
 * server that only measures does without their code. What is loaded later stands in compile.mjs too.
 */
import { answerAnnouncement, answerAnnouncements } from './api/announcements.ts';
import { answerMeasurement } from './api/measurements.ts';
import { answerVantage, answerVantages } from './api/vantages.ts';
import { later } from './later.ts';
import { PICTURES } from './pictures/routes.ts';

const answers = () => import('./answer-page.ts');
const board = () => import('./board-page.ts');
const timeline = () => import('./timeline-page.ts');
const pages = () => import('./pages.ts');
const vantages = () => import('./vantage-pages.ts');
const ledger = () => import('./ledger-page.ts');
const announcementForms = () => import('./announcement-forms.ts');
const changes = () => import('./changes-page.ts');
const feeds = () => import('./feeds-page.ts');

/** Rows for the table of routes in app.ts. */
export const PAGE_ROUTES = [
  {
    path: '/',
    policy: 'public',
    handle: later(async () => (await board()).showBoard),
    // As a table and as a picture it is the answer for each service and country.
    forms: {
      csv: later(async () => (await answers()).answerAnswerIndexCsv),
      json: later(async () => (await board()).answerBoard),
      ...PICTURES.board,
    },
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
    forms: {
      csv: later(async () => (await pages()).answerMeasurementCsv),
      json: answerMeasurement,
      ...PICTURES.measurement,
    },
  },
  {
    path: '/a/:id',
    policy: 'public',
    handle: later(async () => (await pages()).showAnnouncement),
    forms: {
      csv: later(async () => (await announcementForms()).answerAnnouncementCsv),
      json: answerAnnouncement,
      ...PICTURES.announcement,
    },
  },
  {
    path: '/v',
    policy: 'public',
    handle: later(async () => (await vantages()).showVantages),
    forms: {
      csv: later(async () => (await vantages()).answerVantagesCsv),
      json: answerVantages,
      ...PICTURES.vantages,
    },
  },
  {
    path: '/v/:id',
    policy: 'public',
    handle: later(async () => (await vantages()).showVantage),
    forms: {
      csv: later(async () => (await vantages()).answerVantageCsv),
      json: answerVantage,
      ...PICTURES.vantage,
    },
  },
  {
    path: '/volunteers',
    policy: 'public',
    handle: later(async () => (await vantages()).showVolunteers),
  },
  { path: '/method', policy: 'public', handle: later(async () => (await pages()).showMethod) },
  {
    path: '/changes',
    policy: 'public',
    handle: later(async () => (await changes()).showChanges),
    forms: {
      csv: later(async () => (await changes()).answerChangesCsv),
      json: later(async () => (await changes()).answerChanges),
    },
  },
  {
    path: '/announcements',
    policy: 'public',
    handle: later(async () => (await pages()).showAnnouncements),
    forms: {
      csv: later(async () => (await announcementForms()).answerAnnouncementsCsv),
      json: answerAnnouncements,
      ...PICTURES.announcements,
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
  {
    path: '/api',
    policy: 'public',
    handle: later(async () => (await import('./api-page.ts')).showApiReference),
  },
  {
    path: '/openapi.json',
    policy: 'public',
    handle: later(async () => (await import('./api/openapi.ts')).answerOpenApi),
  },
  {
    path: '/data',
    policy: 'public',
    handle: later(async () => (await import('./data-page.ts')).showData),
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
