/** A restriction that is open: how far it reaches, by what means, and when it is over. */
import type { Detector } from '../../config/schema.ts';
import type { Mechanism } from '../../probes/types.ts';
import type { FoundEpisode, Unstable } from './found-episode.ts';
import { idOf, isConfirmed, LevelWatch, type Stability } from './levels.ts';
import type { Episode, Round, RunLane } from './types.ts';

const MINUTE_MS = 60_000;

/** A round with its place on the dense grid. */
export type Placed = {
  readonly round: Round;
  readonly ordinal: number;
  readonly missingBefore: number;
  readonly stepMs: number;
};

/** A round that says something, with the last good one before it. */
export type Looked = Placed & { readonly isBad: boolean; readonly lastGood: Round | undefined };

/** What made it over, and when. */
type Closing = { readonly closedAtMs: number; readonly closedById: string };

/** Its means as they went. */
type Means = {
  readonly mechanism: Mechanism;
  readonly fromMs: number;
  readonly knownAtMs: number;
  readonly measurementId: string;
};

/** Takes the rounds after the one that opened it. */
export class OpenEpisode {
  readonly #lane: Omit<RunLane, 'runs'>;
  readonly #rules: Detector;
  readonly #first: Looked;
  readonly #openedBy: Round;
  #lastBad: Placed;
  #firstGood: Round | undefined;
  #goods = 0;
  #enoughGoods: Round | undefined;
  #levels: LevelWatch;
  #candidate: { mechanism: Mechanism; rounds: number; fromMs: number } | undefined;
  #mechanisms: readonly Means[];
  #unstable: readonly Unstable[] = [];

  /** @param seen rounds that say something, from the first bad one to `round`, which opened it */
  constructor(
    lane: Omit<RunLane, 'runs'>,
    rules: Detector,
    seen: readonly [Looked, ...Looked[]],
    round: Round,
  ) {
    const [first, ...others] = seen;
    this.#lane = lane;
    this.#rules = rules;
    this.#first = first;
    this.#openedBy = round;
    this.#lastBad = first;
    const { mechanism } = round.mechanism
      ? round
      : (seen.findLast((one) => one.isBad && one.round.mechanism)?.round ?? round);
    const known = { fromMs: first.round.slotMs, knownAtMs: round.slotMs };
    this.#mechanisms =
      mechanism === undefined ? [] : [{ mechanism, ...known, measurementId: idOf(round) }];
    this.#levels = new LevelWatch(rules);
    this.#levels.begin([first.round, ...others.map((one) => one.round)], first.lastGood);
  }

  /** One that goes its own way from here. */
  clone(): OpenEpisode {
    const copy = new OpenEpisode(this.#lane, this.#rules, [this.#first], this.#openedBy);
    copy.#lastBad = this.#lastBad;
    copy.#firstGood = this.#firstGood;
    copy.#goods = this.#goods;
    copy.#enoughGoods = this.#enoughGoods;
    copy.#levels = this.#levels.clone();
    copy.#candidate = this.#candidate && { ...this.#candidate };
    copy.#mechanisms = this.#mechanisms;
    copy.#unstable = this.#unstable;
    return copy;
  }

  /** Takes the beginning of an unstable time, or that it was unstable as it opened. */
  addUnstable(round: Round, changes: number): void {
    const id = idOf(round);
    this.#unstable = [...this.#unstable, { fromMs: round.slotMs, fromId: id, lastId: id, changes }];
  }

  /** Takes what is further known of the newest unstable time. */
  updateUnstable(more: Partial<Unstable>): void {
    const newest = this.#unstable.at(-1);
    if (newest) this.#unstable = [...this.#unstable.slice(0, -1), { ...newest, ...more }];
  }

  /** Takes a bad round that stands for `times` equal ones, of which it is the last. */
  takeBad(placed: Placed, times: number, stability: Stability): void {
    this.#lastBad = placed;
    this.#firstGood = undefined;
    this.#enoughGoods = undefined;
    this.#goods = 0;
    // What opened it has counted its window.
    if (this.#openedBy === placed.round) return;
    this.#levels.take(placed.round, times, true, stability);
    this.#followMechanism(placed.round, times);
  }

  /** Takes a good round, as above; gives the restriction when it is over with it, which it is not before `settledAtMs`. */
  takeGood(round: Round, times: number, stability: Stability): FoundEpisode | undefined {
    this.#levels.take(round, times, false, stability);
    this.#firstGood ??= round;
    this.#goods += times;
    if (this.#goods >= this.#rules.closeSuccesses) this.#enoughGoods ??= round;
    if (!this.#enoughGoods || stability.isUnstable) return undefined;
    const closedAtMs = Math.max(
      this.#enoughGoods.slotMs,
      this.#openedBy.slotMs + this.#rules.holdMinutes * MINUTE_MS,
      stability.settledAtMs,
    );
    if (round.slotMs < closedAtMs) return undefined;
    return this.describe(false, { closedAtMs, closedById: idOf(this.#enoughGoods) });
  }

  /** A mechanism counts as changed when it lasts; the same one told in less depth is no change. */
  #followMechanism(round: Round, times: number): void {
    const { mechanism } = round;
    const current = this.#mechanisms.at(-1)?.mechanism;
    if (mechanism === undefined) return;
    if (mechanism === current || current?.startsWith(`${mechanism}.`)) {
      this.#candidate = undefined;
      return;
    }
    const { slotMs } = round;
    if (this.#candidate?.mechanism === mechanism) this.#candidate.rounds += times;
    else this.#candidate = { mechanism, rounds: times, fromMs: slotMs };
    if (this.#candidate.rounds < this.#rules.mechanismRounds && !isConfirmed(round)) return;
    const { fromMs } = this.#candidate;
    const means = { mechanism, fromMs, knownAtMs: slotMs, measurementId: idOf(round) };
    this.#mechanisms = [...this.#mechanisms, means];
    this.#candidate = undefined;
  }

  /** What is known of it. */
  describe(isUnstable: boolean, closing?: Closing): FoundEpisode {
    return {
      episode: this.#toEpisode(isUnstable, closing !== undefined),
      stepMs: this.#first.stepMs,
      openedAtMs: this.#openedBy.slotMs,
      openedById: idOf(this.#openedBy),
      levels: this.#levels.levels,
      mechanisms: this.#mechanisms,
      unstable: this.#unstable,
      ...closing,
    };
  }

  #toEpisode(isUnstable: boolean, isClosed: boolean): Episode {
    const { service, vantage } = this.#lane;
    const [first, lastBad] = [this.#first, this.#lastBad];
    const { levels } = this.#levels;
    const goodBefore = first.lastGood;
    const goodAfter = isClosed ? this.#firstGood : undefined;
    return {
      service,
      vantageId: vantage.id,
      countryCode: vantage.countryCode,
      asn: vantage.asn,
      networkName: vantage.networkName,
      function: this.#lane.function,
      kind: levels.some(({ kind }) => kind === 'blocked') ? 'blocked' : 'impaired',
      levels: levels.map(({ kind, since, evidence }) => ({ kind, since, evidence })),
      onset: {
        ...(goodBefore ? { afterMs: goodBefore.slotMs } : {}),
        byMs: first.round.slotMs,
      },
      ...(goodAfter ? { end: { afterMs: lastBad.round.slotMs, byMs: goodAfter.slotMs } } : {}),
      mechanisms: this.#mechanisms.map(({ mechanism, fromMs }) => ({ mechanism, fromMs })),
      evidence: {
        ...(goodBefore ? { lastGoodId: idOf(goodBefore) } : {}),
        firstBadId: idOf(first.round),
        lastBadId: idOf(lastBad.round),
        ...(goodAfter ? { firstGoodId: idOf(goodAfter) } : {}),
      },
      rounds: lastBad.ordinal - first.ordinal + 1,
      missing: lastBad.missingBefore - first.missingBefore,
      isUnstable,
    };
  }
}
