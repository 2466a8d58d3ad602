/**
 * All texts: one file per area and language, so that two people who work on two pages never write in the same one. A new
 * area is a file in each language and its lines here; catalogue.test.ts fails on a key that a language lacks.
 */

import enAnnouncements from './en/announcements.json' with { type: 'json' };
import enAnswer from './en/answer.json' with { type: 'json' };
import enApi from './en/api.json' with { type: 'json' };
import enCountry from './en/country.json' with { type: 'json' };
import enData from './en/data.json' with { type: 'json' };
import enEffect from './en/effect.json' with { type: 'json' };
import enFrame from './en/frame.json' with { type: 'json' };
import enIncident from './en/incident.json' with { type: 'json' };
import enLedger from './en/ledger.json' with { type: 'json' };
import enMeasurement from './en/measurement.json' with { type: 'json' };
import enMethod from './en/method.json' with { type: 'json' };
import enPlace from './en/place.json' with { type: 'json' };
import enProblem from './en/problem.json' with { type: 'json' };
import enReasons from './en/reasons.json' with { type: 'json' };
import enRules from './en/rules.json' with { type: 'json' };
import enTime from './en/time.json' with { type: 'json' };
import enTurning from './en/turning.json' with { type: 'json' };
import enVantages from './en/vantages.json' with { type: 'json' };
import enVolunteers from './en/volunteers.json' with { type: 'json' };
import enWords from './en/words.json' with { type: 'json' };
import type { Locale } from './locale.ts';
import ruAnnouncements from './ru/announcements.json' with { type: 'json' };
import ruAnswer from './ru/answer.json' with { type: 'json' };
import ruApi from './ru/api.json' with { type: 'json' };
import ruCountry from './ru/country.json' with { type: 'json' };
import ruData from './ru/data.json' with { type: 'json' };
import ruEffect from './ru/effect.json' with { type: 'json' };
import ruFrame from './ru/frame.json' with { type: 'json' };
import ruIncident from './ru/incident.json' with { type: 'json' };
import ruLedger from './ru/ledger.json' with { type: 'json' };
import ruMeasurement from './ru/measurement.json' with { type: 'json' };
import ruMethod from './ru/method.json' with { type: 'json' };
import ruPlace from './ru/place.json' with { type: 'json' };
import ruProblem from './ru/problem.json' with { type: 'json' };
import ruReasons from './ru/reasons.json' with { type: 'json' };
import ruRules from './ru/rules.json' with { type: 'json' };
import ruTime from './ru/time.json' with { type: 'json' };
import ruTurning from './ru/turning.json' with { type: 'json' };
import ruVantages from './ru/vantages.json' with { type: 'json' };
import ruVolunteers from './ru/volunteers.json' with { type: 'json' };
import ruWords from './ru/words.json' with { type: 'json' };
import ukAnnouncements from './uk/announcements.json' with { type: 'json' };
import ukAnswer from './uk/answer.json' with { type: 'json' };
import ukApi from './uk/api.json' with { type: 'json' };
import ukCountry from './uk/country.json' with { type: 'json' };
import ukData from './uk/data.json' with { type: 'json' };
import ukEffect from './uk/effect.json' with { type: 'json' };
import ukFrame from './uk/frame.json' with { type: 'json' };
import ukIncident from './uk/incident.json' with { type: 'json' };
import ukLedger from './uk/ledger.json' with { type: 'json' };
import ukMeasurement from './uk/measurement.json' with { type: 'json' };
import ukMethod from './uk/method.json' with { type: 'json' };
import ukPlace from './uk/place.json' with { type: 'json' };
import ukProblem from './uk/problem.json' with { type: 'json' };
import ukReasons from './uk/reasons.json' with { type: 'json' };
import ukRules from './uk/rules.json' with { type: 'json' };
import ukTime from './uk/time.json' with { type: 'json' };
import ukTurning from './uk/turning.json' with { type: 'json' };
import ukVantages from './uk/vantages.json' with { type: 'json' };
import ukVolunteers from './uk/volunteers.json' with { type: 'json' };
import ukWords from './uk/words.json' with { type: 'json' };

/** Texts by area and language. */
export const AREAS = {
  answer: { en: enAnswer, ru: ruAnswer, uk: ukAnswer },
  country: { en: enCountry, ru: ruCountry, uk: ukCountry },
  effect: { en: enEffect, ru: ruEffect, uk: ukEffect },
  incident: { en: enIncident, ru: ruIncident, uk: ukIncident },
  api: { en: enApi, ru: ruApi, uk: ukApi },
  data: { en: enData, ru: ruData, uk: ukData },
  place: { en: enPlace, ru: ruPlace, uk: ukPlace },
  announcements: { en: enAnnouncements, ru: ruAnnouncements, uk: ukAnnouncements },
  frame: { en: enFrame, ru: ruFrame, uk: ukFrame },
  ledger: { en: enLedger, ru: ruLedger, uk: ukLedger },
  measurement: { en: enMeasurement, ru: ruMeasurement, uk: ukMeasurement },
  method: { en: enMethod, ru: ruMethod, uk: ukMethod },
  problem: { en: enProblem, ru: ruProblem, uk: ukProblem },
  reasons: { en: enReasons, ru: ruReasons, uk: ukReasons },
  rules: { en: enRules, ru: ruRules, uk: ukRules },
  time: { en: enTime, ru: ruTime, uk: ukTime },
  turning: { en: enTurning, ru: ruTurning, uk: ukTurning },
  vantages: { en: enVantages, ru: ruVantages, uk: ukVantages },
  volunteers: { en: enVolunteers, ru: ruVolunteers, uk: ukVolunteers },
  words: { en: enWords, ru: ruWords, uk: ukWords },
} satisfies Readonly<Record<string, Readonly<Record<Locale, Readonly<Record<string, string>>>>>>;

/** An area, which is the first part of its keys. */
export type Area = keyof typeof AREAS;

/** Key of a text, e.g. `frame.skip`: whatever the English file of the area has. */
export type MessageKey = {
  [One in Area]: `${One}.${keyof (typeof AREAS)[One]['en'] & string}`;
}[Area];

function isArea(name: string): name is Area {
  return Object.hasOwn(AREAS, name);
}

/** True when there is a text of this key, for keys that are made of codes from outside, e.g. `rules.dns.bogon`. */
export function isMessageKey(key: string): key is MessageKey {
  const [area = '', ...rest] = key.split('.');
  return isArea(area) && Object.hasOwn(AREAS[area].en, rest.join('.'));
}
