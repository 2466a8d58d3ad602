/**
 * All texts: one file per area and language, so that two people who work on two pages never write in the same one. A new
 * area is a file in each language and its line here; catalogue.test.ts fails on a key that a language lacks. A file is
 * read when it is first needed: as modules all of them cost 6 MB of every process, spoken or not.
 */
import { readFileSync } from 'node:fs';
import type { Locale } from './locale.ts';
import type { Messages } from './say.ts';

/** The English files, which say what keys there are. */
type English = {
  readonly alert: typeof import('./en/alert.json', { with: { type: 'json' }});
  readonly alerts: typeof import('./en/alerts.json', { with: { type: 'json' }});
  readonly announcements: typeof import('./en/announcements.json', { with: { type: 'json' }});
  readonly answer: typeof import('./en/answer.json', { with: { type: 'json' }});
  readonly api: typeof import('./en/api.json', { with: { type: 'json' }});
  readonly board: typeof import('./en/board.json', { with: { type: 'json' }});
  readonly changes: typeof import('./en/changes.json', { with: { type: 'json' }});
  readonly country: typeof import('./en/country.json', { with: { type: 'json' }});
  readonly data: typeof import('./en/data.json', { with: { type: 'json' }});
  readonly effect: typeof import('./en/effect.json', { with: { type: 'json' }});
  readonly embed: typeof import('./en/embed.json', { with: { type: 'json' }});
  readonly feeds: typeof import('./en/feeds.json', { with: { type: 'json' }});
  readonly frame: typeof import('./en/frame.json', { with: { type: 'json' }});
  readonly incident: typeof import('./en/incident.json', { with: { type: 'json' }});
  readonly ledger: typeof import('./en/ledger.json', { with: { type: 'json' }});
  readonly lite: typeof import('./en/lite.json', { with: { type: 'json' }});
  readonly live: typeof import('./en/live.json', { with: { type: 'json' }});
  readonly mailbox: typeof import('./en/mailbox.json', { with: { type: 'json' }});
  readonly map: typeof import('./en/map.json', { with: { type: 'json' }});
  readonly measurement: typeof import('./en/measurement.json', { with: { type: 'json' }});
  readonly method: typeof import('./en/method.json', { with: { type: 'json' }});
  readonly picture: typeof import('./en/picture.json', { with: { type: 'json' }});
  readonly place: typeof import('./en/place.json', { with: { type: 'json' }});
  readonly problem: typeof import('./en/problem.json', { with: { type: 'json' }});
  readonly reasons: typeof import('./en/reasons.json', { with: { type: 'json' }});
  readonly rules: typeof import('./en/rules.json', { with: { type: 'json' }});
  readonly snapshot: typeof import('./en/snapshot.json', { with: { type: 'json' }});
  readonly status: typeof import('./en/status.json', { with: { type: 'json' }});
  readonly time: typeof import('./en/time.json', { with: { type: 'json' }});
  readonly timeline: typeof import('./en/timeline.json', { with: { type: 'json' }});
  readonly turning: typeof import('./en/turning.json', { with: { type: 'json' }});
  readonly vantages: typeof import('./en/vantages.json', { with: { type: 'json' }});
  readonly volunteers: typeof import('./en/volunteers.json', { with: { type: 'json' }});
  readonly words: typeof import('./en/words.json', { with: { type: 'json' }});
};

/** An area, which is the first part of its keys. */
export type Area = keyof English;

/** Key of a text, e.g. `frame.skip`: whatever the English file of the area has. */
export type MessageKey = { [One in Area]: `${One}.${keyof English[One] & string}` }[Area];

/** Every area, so that all can be listed; the type makes it complete. */
const LISTED: Readonly<Record<Area, true>> = {
  alert: true,
  alerts: true,
  announcements: true,
  answer: true,
  api: true,
  board: true,
  changes: true,
  country: true,
  data: true,
  effect: true,
  embed: true,
  feeds: true,
  frame: true,
  incident: true,
  ledger: true,
  live: true,
  lite: true,
  mailbox: true,
  map: true,
  measurement: true,
  method: true,
  picture: true,
  place: true,
  problem: true,
  reasons: true,
  rules: true,
  snapshot: true,
  status: true,
  time: true,
  timeline: true,
  turning: true,
  vantages: true,
  volunteers: true,
  words: true,
};

function isArea(name: string): name is Area {
  return Object.hasOwn(LISTED, name);
}

/** The areas by name. */
export const AREAS: readonly Area[] = Object.keys(LISTED).filter(isArea);

const read = new Map<string, Messages>();

/** The texts of an area in a language, by their keys without the area. */
export function readArea(area: Area, locale: Locale): Messages {
  const file = `./${locale}/${area}.json`;
  const known = read.get(file);
  if (known !== undefined) return known;
  // Ours, and held against its schema by catalogue.test.ts.
  const texts = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as Messages;
  read.set(file, texts);
  return texts;
}

/** True when there is a text of this key, for keys that are made of codes from outside, e.g. `rules.dns.bogon`. */
export function isMessageKey(key: string): key is MessageKey {
  const [area = '', ...rest] = key.split('.');
  return isArea(area) && Object.hasOwn(readArea(area, 'en'), rest.join('.'));
}
