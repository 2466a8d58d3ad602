/** Reads the block of JSON that the page holds for its script. */
import { createSay, type Say } from '../i18n/say.ts';
import { PAGE_DATA_ID, type TimelinePageData } from '../timeline-data.ts';

/** The block of this page; undefined when there is none that can be read. */
export function readPageData(): TimelinePageData | undefined {
  const text = document.getElementById(PAGE_DATA_ID)?.textContent ?? '';
  if (text === '') return undefined;
  const json: unknown = JSON.parse(text);
  // Made by the server of the same version: its presence is all that has to be checked.
  return typeof json === 'object' && json !== null && 'messages' in json
    ? (json as TimelinePageData)
    : undefined;
}

/** The voice of the page. */
export function createPageSay({ locale, messages }: TimelinePageData, timeZone: string): Say {
  return createSay(locale, timeZone, messages);
}
