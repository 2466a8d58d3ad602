/** What a page of the timeline hands to its script, as one block of JSON: the texts of one language, and what it knows. */
import type { Locale } from './i18n/locale.ts';
import type { Messages } from './i18n/say.ts';
import type { LagLine } from './lag-lines.ts';
import type { TimelineChoice } from './timeline-choice.ts';

/** Everything ever measured of the chosen lanes, small enough to lie under the chart. */
export type Overview = {
  readonly fromMs: number;
  readonly toMs: number;
  /** One digit per slice: index into STATES of what most of it says. */
  readonly dominant: string;
  /** One digit per slice: index into STATES of the worst in it. */
  readonly severest: string;
};

/** The block. */
export type TimelinePageData = {
  readonly locale: Locale;
  readonly messages: Messages;
  /** What the address says, without its time zone unless that is not the page's default. */
  readonly choice: TimelineChoice;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** Where lanes from outside come from that the filter of the page leaves out. */
  readonly controlsUrl?: string;
  /** After this long without a measurement a lane has a hole. */
  readonly intervalMs: number;
  readonly lags: readonly LagLine[];
  readonly overview?: Overview;
};

/** Id of the element that holds the block. */
export const PAGE_DATA_ID = 'timeline-data';
