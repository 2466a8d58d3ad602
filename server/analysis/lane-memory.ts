/**
 * What is known of one lane, run by run: its restrictions, when it had data, and when it was good. Whatever is known at
 * an instant follows from the runs up to it alone, so it can be kept and gone on from.
 */
import type { Detector } from '../../config/schema.ts';
import { LaneWatch } from './episodes.ts';
import type { FoundEpisode } from './found-episode.ts';
import { addStretch, type Stretch } from './stretches.ts';
import type { LaneRun, RunLane } from './types.ts';

export class LaneMemory {
  readonly lane: Omit<RunLane, 'runs'>;
  readonly #rules: Detector;
  #watch: LaneWatch;
  #data: Stretch[] = [];
  #good: Stretch[] = [];

  constructor(lane: Omit<RunLane, 'runs'>, rules: Detector) {
    this.lane = lane;
    this.#rules = rules;
    this.#watch = new LaneWatch(lane, rules);
  }

  /** Takes the next run. */
  take(run: LaneRun): void {
    this.#watch.take(run);
    const { slotMs } = run.last;
    if (run.state !== 'no_data' && run.state !== 'insufficient')
      addStretch(this.#data, run, slotMs + (this.#rules.gapRounds + 1) * run.intervalMs);
    if (run.state === 'ok') addStretch(this.#good, run, slotMs);
  }

  /** By onset. */
  get episodes(): FoundEpisode[] {
    return this.#watch.list();
  }

  get data(): readonly Stretch[] {
    return this.#data;
  }

  get good(): readonly Stretch[] {
    return this.#good;
  }

  get vantageId(): string {
    return this.lane.vantage.id;
  }

  get function(): RunLane['function'] {
    return this.lane.function;
  }

  /** One that goes its own way from here. */
  clone(): LaneMemory {
    const copy = new LaneMemory(this.lane, this.#rules);
    copy.#watch = this.#watch.clone();
    copy.#data = [...this.#data];
    copy.#good = [...this.#good];
    return copy;
  }
}
