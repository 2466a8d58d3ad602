/** What the timeline shows and in which rows: lanes, lags and announcements, chosen and laid out before any is drawn. */
import { ACTOR_BANDS, type ActorBand } from '../actor-bands.ts';
import { type LagLine, touchesRange } from '../lag-lines.ts';
import { arrangeRows, type RowGroup, takePage } from '../lane-rows.ts';
import { type DisplayChoice, ROWS_PER_PAGE } from '../timeline-choice.ts';
import type { ChartContent } from './chart.ts';
import {
  type LoadedLanes,
  listRelevant,
  type TimelineAnnouncement,
  type TimelineLane,
} from './data.ts';
import { type Layout, layOut } from './layout.ts';
import type { PackedBand } from './marks.ts';
import { countMaxRows, countRows, pack } from './packing.ts';
import type { View } from './view.ts';

/** What stays the same for as long as the page is open. */
export type ArrangementContext = {
  readonly serviceIds: readonly string[];
  readonly compared?: string;
  readonly lags: readonly LagLine[];
  readonly announcements: readonly TimelineAnnouncement[];
};

/** Holds what is loaded and how it is to be shown, and what follows from both. */
export class Arrangement {
  readonly #context: ArrangementContext;
  readonly #announcements: readonly TimelineAnnouncement[];
  #loaded: LoadedLanes;
  #display: DisplayChoice;
  #taken: { groups: readonly RowGroup<TimelineLane>[]; page: number; pages: number };
  #layout: Layout;
  /** Those in the range on screen. */
  #lags: readonly LagLine[] = [];
  /** Grows with what came into sight and never shrinks, so that lanes do not jump under the pointer. */
  readonly #bandRows = new Map<ActorBand, number>();

  constructor(
    loaded: LoadedLanes,
    display: DisplayChoice,
    context: ArrangementContext,
    isNarrow: boolean,
    view: View,
  ) {
    const { announcements } = context;
    this.#context = context;
    // Before the first measurement there is no lane to be relevant to, and announcements are all there is to see.
    this.#announcements =
      loaded.lanes.length === 0 ? announcements : listRelevant(announcements, loaded.lanes);
    this.#loaded = loaded;
    this.#display = display;
    this.#taken = this.#take();
    this.#layout = this.layOut(isNarrow, view);
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** The page of rows that is shown, from 1, and how many there are. */
  get pages(): { readonly page: number; readonly pages: number } {
    return this.#taken;
  }

  /** End of what is known. */
  get loadedToMs(): number {
    return this.#loaded.toMs;
  }

  /** What there is to draw in the present layout. */
  get content(): ChartContent {
    return {
      layout: this.#layout,
      announcements: this.#has('announcements') ? this.#announcements : [],
      aggregate: this.#display.agg,
      loadedFromMs: this.#loaded.fromMs,
      loadedToMs: this.#loaded.toMs,
    };
  }

  /** Takes other lanes, or another way to show them; the layout is to be made anew then. */
  set({
    loaded = this.#loaded,
    display = this.#display,
  }: {
    readonly loaded?: LoadedLanes;
    readonly display?: DisplayChoice;
  }): void {
    this.#loaded = loaded;
    this.#display = display;
    this.#taken = this.#take();
  }

  /** Gives rows, lags and bands their places. */
  layOut(isNarrow: boolean, view: View): Layout {
    this.#lags = this.#has('lag') ? this.#lagsIn(view) : [];
    this.#layout = layOut({
      groups: this.#taken.groups,
      lags: this.#lags,
      bandRows: this.#has('announcements') ? Object.fromEntries(this.#bandRows) : {},
      hasCoverage: this.#has('coverage'),
      isNarrow,
    });
    return this.#layout;
  }

  /** Whether the lags in the range are others than those that have a row. */
  hasOtherLags(view: View): boolean {
    if (!this.#has('lag')) return false;
    const lags = this.#lagsIn(view);
    return lags.length !== this.#lags.length || lags.some((line) => !this.#lags.includes(line));
  }

  /** Packs the announcements; undefined when they need more room than the layout has for them. */
  packMarks(toPx: (atMs: number) => number, widthPx: number): readonly PackedBand[] | undefined {
    if (!this.#has('announcements')) return [];
    let hasGrown = false;
    const packed = ACTOR_BANDS.flatMap((band) => {
      const own = this.#announcements.filter((one) => one.band === band);
      const packing = pack(own, toPx, widthPx, countMaxRows(band, this.#layout.isNarrow));
      const rows = countRows(packing);
      if (rows > (this.#bandRows.get(band) ?? 0)) {
        this.#bandRows.set(band, rows);
        hasGrown = true;
      }
      const placed = this.#layout.bands.find((one) => one.band === band);
      return placed ? [{ topPx: placed.topPx, packing }] : [];
    });
    return hasGrown ? undefined : packed;
  }

  #has(lane: DisplayChoice['lanes'][number]): boolean {
    return this.#display.lanes.includes(lane);
  }

  #lagsIn({ fromMs, toMs }: View): readonly LagLine[] {
    return this.#context.lags.filter((line) => touchesRange(line, fromMs, toMs));
  }

  /** Makes the rows of the present page; costs a pass over all spans, so only when lanes or display change. */
  #take(): { groups: readonly RowGroup<TimelineLane>[]; page: number; pages: number } {
    const { sort, by, page } = this.#display;
    const { serviceIds, compared } = this.#context;
    const arranged = arrangeRows(this.#loaded.lanes, {
      by,
      sort,
      serviceIds,
      hasControls: this.#has('control'),
      ...(compared === undefined ? {} : { compared }),
    });
    return takePage(arranged, page, ROWS_PER_PAGE);
  }
}
