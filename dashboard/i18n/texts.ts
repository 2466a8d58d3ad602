/**
 * All texts: one file per area and language, so that two people who work on two pages never write in the same one. A new
 * area is a file in each language and its lines here; catalogue.test.ts fails on a key that a language lacks.
 */

import enAnswer from './en/answer.json' with { type: 'json' };
import enCountry from './en/country.json' with { type: 'json' };
import enEffect from './en/effect.json' with { type: 'json' };
import enEmbed from './en/embed.json' with { type: 'json' };
import enFrame from './en/frame.json' with { type: 'json' };
import enIncident from './en/incident.json' with { type: 'json' };
import enLite from './en/lite.json' with { type: 'json' };
import enMap from './en/map.json' with { type: 'json' };
import enPicture from './en/picture.json' with { type: 'json' };
import enPlace from './en/place.json' with { type: 'json' };
import enSnapshot from './en/snapshot.json' with { type: 'json' };
import enTime from './en/time.json' with { type: 'json' };
import enWords from './en/words.json' with { type: 'json' };
import type { Locale } from './locale.ts';
import ruAnswer from './ru/answer.json' with { type: 'json' };
import ruCountry from './ru/country.json' with { type: 'json' };
import ruEffect from './ru/effect.json' with { type: 'json' };
import ruEmbed from './ru/embed.json' with { type: 'json' };
import ruFrame from './ru/frame.json' with { type: 'json' };
import ruIncident from './ru/incident.json' with { type: 'json' };
import ruLite from './ru/lite.json' with { type: 'json' };
import ruMap from './ru/map.json' with { type: 'json' };
import ruPicture from './ru/picture.json' with { type: 'json' };
import ruPlace from './ru/place.json' with { type: 'json' };
import ruSnapshot from './ru/snapshot.json' with { type: 'json' };
import ruTime from './ru/time.json' with { type: 'json' };
import ruWords from './ru/words.json' with { type: 'json' };
import ukAnswer from './uk/answer.json' with { type: 'json' };
import ukCountry from './uk/country.json' with { type: 'json' };
import ukEffect from './uk/effect.json' with { type: 'json' };
import ukEmbed from './uk/embed.json' with { type: 'json' };
import ukFrame from './uk/frame.json' with { type: 'json' };
import ukIncident from './uk/incident.json' with { type: 'json' };
import ukLite from './uk/lite.json' with { type: 'json' };
import ukMap from './uk/map.json' with { type: 'json' };
import ukPicture from './uk/picture.json' with { type: 'json' };
import ukPlace from './uk/place.json' with { type: 'json' };
import ukSnapshot from './uk/snapshot.json' with { type: 'json' };
import ukTime from './uk/time.json' with { type: 'json' };
import ukWords from './uk/words.json' with { type: 'json' };

/** Texts by area and language. */
export const AREAS = {
  answer: { en: enAnswer, ru: ruAnswer, uk: ukAnswer },
  country: { en: enCountry, ru: ruCountry, uk: ukCountry },
  effect: { en: enEffect, ru: ruEffect, uk: ukEffect },
  incident: { en: enIncident, ru: ruIncident, uk: ukIncident },
  place: { en: enPlace, ru: ruPlace, uk: ukPlace },
  frame: { en: enFrame, ru: ruFrame, uk: ukFrame },
  time: { en: enTime, ru: ruTime, uk: ukTime },
  words: { en: enWords, ru: ruWords, uk: ukWords },
  picture: { en: enPicture, ru: ruPicture, uk: ukPicture },
  map: { en: enMap, ru: ruMap, uk: ukMap },
  embed: { en: enEmbed, ru: ruEmbed, uk: ukEmbed },
  lite: { en: enLite, ru: ruLite, uk: ukLite },
  snapshot: { en: enSnapshot, ru: ruSnapshot, uk: ukSnapshot },
} satisfies Readonly<Record<string, Readonly<Record<Locale, Readonly<Record<string, string>>>>>>;

/** An area, which is the first part of its keys. */
export type Area = keyof typeof AREAS;

/** Key of a text, e.g. `frame.skip`: whatever the English file of the area has. */
export type MessageKey = {
  [One in Area]: `${One}.${keyof (typeof AREAS)[One]['en'] & string}`;
}[Area];
