/**
 * Routes of answers, places and incidents. Their pages are loaded with the first request for one: a server that only
 * measures does without their code. What is loaded later stands in compile.mjs too.
 */
import { answerIncident, answerIncidents } from './api/incidents.ts';
import { later } from './later.ts';
import { PICTURES } from './pictures/routes.ts';

const answers = () => import('./answer-page.ts');
const places = () => import('./place-pages.ts');
const incidents = () => import('./incident-pages.ts');

function laterPlace(
  name: 'SERVICE_PAGE' | 'COUNTRY_PAGE' | 'NETWORK_PAGE',
  pictures: (typeof PICTURES)[keyof typeof PICTURES],
) {
  return {
    handle: later(async () => (await places())[name].handle),
    forms: {
      csv: later(async () => (await places())[name].forms.csv),
      json: later(async () => (await places())[name].forms.json),
      ...pictures,
    },
  };
}

/** Rows for the table of routes in app.ts. */
export const ANSWER_ROUTES = [
  {
    path: '/is',
    policy: 'public',
    handle: later(async () => (await answers()).showAnswerIndex),
    forms: {
      csv: later(async () => (await answers()).answerAnswerIndexCsv),
      json: later(async () => (await answers()).answerAnswerIndex),
      ...PICTURES.board,
    },
  },
  {
    path: '/is/:service/in/:cc',
    policy: 'public',
    handle: later(async () => (await answers()).showAnswer),
    forms: {
      csv: later(async () => (await answers()).answerAnswerCsv),
      json: later(async () => (await answers()).answerAnswer),
      ...PICTURES.answer,
    },
  },
  // The question with its country left out: the same as the page of the service.
  { path: '/is/:service', policy: 'public', ...laterPlace('SERVICE_PAGE', PICTURES.service) },
  { path: '/s/:service', policy: 'public', ...laterPlace('SERVICE_PAGE', PICTURES.service) },
  { path: '/c/:cc', policy: 'public', ...laterPlace('COUNTRY_PAGE', PICTURES.country) },
  { path: '/as/:asn', policy: 'public', ...laterPlace('NETWORK_PAGE', PICTURES.network) },
  {
    path: '/incidents',
    policy: 'public',
    handle: later(async () => (await incidents()).showIncidents),
    forms: {
      csv: later(async () => (await incidents()).answerIncidentsCsv),
      json: answerIncidents,
      ...PICTURES.incidents,
    },
  },
  {
    path: '/i/:id',
    policy: 'public',
    handle: later(async () => (await incidents()).showIncident),
    forms: {
      csv: later(async () => (await incidents()).answerIncidentCsv),
      json: answerIncident,
      ...PICTURES.incident,
    },
  },
] as const;
