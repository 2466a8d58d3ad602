/**
 * Restrictions of one lane, from its rounds alone: opened with hysteresis, closed with another, and held in between.
 * Whatever is concluded of a round depends on that round and earlier ones only, so that late rounds change nothing
 * before them. Rounds without a say (`no_data`, `insufficient`, `down`) neither open nor close.
 */
import type { Detector } from '../../config/schema.ts';
import { FlapWatch } from './flaps.ts';
import type { FoundEpisode } from './found-episode.ts';
import { idOf, isConfirmed } from './levels.ts';
import { type Looked, OpenEpisode, type Placed } from './open-episode.ts';
import { tellingOf } from './telling.ts';
import type { LaneRun, Round, RunLane } from './types.ts';

/** Rounds of each run that must be known exactly for these rules. */
export function headRoundsFor(rules: Detector): number {
  return Math.max(rules.openWindow, rules.closeSuccesses, rules.mechanismRounds);
}

/** Takes the runs of one lane in order of time, and knows its restrictions so far. */
export class LaneWatch {
  readonly #lane: Omit<RunLane, 'runs'>;
  readonly #rules: Detector;
  #found: FoundEpisode[] = [];
  #window: Looked[] = [];
  #lastGood: Round | undefined;
  #lastTelling: { slotMs: number; stepMs: number; isBad: boolean } | undefined;
  #lastRun: { slotMs: number; stepMs: number } | undefined;
  #ordinal = 0;
  #missing = 0;
  #flaps: FlapWatch;
  #open: OpenEpisode | undefined;

  constructor(lane: Omit<RunLane, 'runs'>, rules: Detector) {
    this.#lane = lane;
    this.#rules = rules;
    this.#flaps = new FlapWatch(rules);
  }

  take(run: LaneRun): void {
    this.#countMissed(run);
    const telling = tellingOf(run.state);
    if (telling) {
      const isBad = telling === 'bad';
      for (const round of run.head) this.#look(round, round.intervalMs ?? run.intervalMs, isBad, 1);
      const rest = run.count - run.head.length;
      if (rest > 0) this.#look(run.last, run.intervalMs, isBad, rest);
    } else {
      this.#ordinal += run.count;
      if (run.state === 'no_data') this.#missing += run.count;
    }
    this.#lastRun = { slotMs: run.last.slotMs, stepMs: run.intervalMs };
  }

  /** By onset; the last may be open. */
  list(): FoundEpisode[] {
    return this.#open
      ? [...this.#found, this.#open.describe(this.#flaps.isUnstable)]
      : [...this.#found];
  }

  /** One that goes its own way from here. */
  clone(): LaneWatch {
    const copy = new LaneWatch(this.#lane, this.#rules);
    copy.#found = [...this.#found];
    copy.#window = [...this.#window];
    copy.#lastGood = this.#lastGood;
    copy.#lastTelling = this.#lastTelling;
    copy.#lastRun = this.#lastRun;
    copy.#ordinal = this.#ordinal;
    copy.#missing = this.#missing;
    copy.#flaps = this.#flaps.clone();
    copy.#open = this.#open?.clone();
    return copy;
  }

  /** Rounds that were due between two runs. */
  #countMissed(run: LaneRun): void {
    const before = this.#lastRun;
    const first = run.head[0] ?? run.last;
    if (!before) return;
    const missed = Math.max(0, Math.round((first.slotMs - before.slotMs) / before.stepMs) - 1);
    this.#ordinal += missed;
    this.#missing += missed;
  }

  /** Takes a round that says something; it stands for `times` equal ones, of which it is the last. */
  #look(round: Round, stepMs: number, isBad: boolean, times: number): void {
    const settledAtMs = this.#flaps.settle(round.slotMs);
    if (settledAtMs !== undefined) this.#open?.updateUnstable({ untilMs: settledAtMs });
    if (times === 1) this.#dropOld(round.slotMs);
    if (this.#lastTelling && this.#lastTelling.isBad !== isBad) this.#flip(round);
    this.#ordinal += times;
    const placed = { round, ordinal: this.#ordinal, missingBefore: this.#missing, stepMs };
    for (let count = Math.min(times, this.#rules.openWindow); count > 0; count -= 1)
      this.#window.push({ ...placed, isBad, lastGood: this.#lastGood });
    this.#window = this.#window.slice(-this.#rules.openWindow);
    this.#lastTelling = { slotMs: round.slotMs, stepMs, isBad };
    if (isBad) this.#takeBad(placed, times);
    else this.#takeGood(round, times);
  }

  /** Failures before a long hole are not counted together with those after it. */
  #dropOld(slotMs: number): void {
    const last = this.#lastTelling;
    if (!last || this.#open) return;
    if (slotMs - last.slotMs > (this.#rules.gapRounds + 1) * last.stepMs) this.#window = [];
  }

  #flip(round: Round): void {
    const flipped = this.#flaps.flip(round.slotMs);
    const { changes } = this.#flaps;
    if (flipped === 'began') this.#open?.addUnstable(round, changes);
    else if (flipped === 'further') this.#open?.updateUnstable({ changes, lastId: idOf(round) });
  }

  #takeBad(placed: Placed, times: number): void {
    this.#open ??= this.#tryOpen(placed.round);
    this.#open?.takeBad(placed, times, this.#flaps);
  }

  #tryOpen(round: Round): OpenEpisode | undefined {
    const bad = this.#window.filter((one) => one.isBad);
    const confirmed = bad.filter((one) => isConfirmed(one.round));
    const isOpening =
      bad.length >= this.#rules.openFailures || confirmed.length >= this.#rules.confirmedFailures;
    const [first, ...others] = this.#window.slice(this.#window.findIndex((one) => one.isBad));
    if (!first || !isOpening) return undefined;
    const open = new OpenEpisode(this.#lane, this.#rules, [first, ...others], round);
    if (this.#flaps.isUnstable) open.addUnstable(round, this.#flaps.changes);
    return open;
  }

  #takeGood(round: Round, times: number): void {
    this.#lastGood = round;
    const over = this.#open?.takeGood(round, times, this.#flaps);
    if (!over) return;
    this.#found.push(over);
    this.#open = undefined;
    this.#window = this.#window.filter((one) => !one.isBad);
  }
}
