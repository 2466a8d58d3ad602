/**
 * All texts: one file per area and language, so that two people who work on two pages never write in the same one. A new
 * area is a file in each language and its lines here; catalogue.test.ts fails on a key that a language lacks.
 */
import enFrame from './en/frame.json' with { type: 'json' };
import enTime from './en/time.json' with { type: 'json' };
import enTimeline from './en/timeline.json' with { type: 'json' };
import enWords from './en/words.json' with { type: 'json' };
import type { Locale } from './locale.ts';
import ruFrame from './ru/frame.json' with { type: 'json' };
import ruTime from './ru/time.json' with { type: 'json' };
import ruTimeline from './ru/timeline.json' with { type: 'json' };
import ruWords from './ru/words.json' with { type: 'json' };
import ukFrame from './uk/frame.json' with { type: 'json' };
import ukTime from './uk/time.json' with { type: 'json' };
import ukTimeline from './uk/timeline.json' with { type: 'json' };
import ukWords from './uk/words.json' with { type: 'json' };

/** Texts by area and language. */
export const AREAS = {
  frame: { en: enFrame, ru: ruFrame, uk: ukFrame },
  time: { en: enTime, ru: ruTime, uk: ukTime },
  timeline: { en: enTimeline, ru: ruTimeline, uk: ukTimeline },
  words: { en: enWords, ru: ruWords, uk: ukWords },
} satisfies Readonly<Record<string, Readonly<Record<Locale, Readonly<Record<string, string>>>>>>;

/** An area, which is the first part of its keys. */
export type Area = keyof typeof AREAS;

/** Key of a text, e.g. `frame.skip`: whatever the English file of the area has. */
export type MessageKey = {
  [One in Area]: `${One}.${keyof (typeof AREAS)[One]['en'] & string}`;
}[Area];
