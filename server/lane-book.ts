/**
 * Everything known of the lanes of all vantages, kept between looks so that a new round costs a new round. Late data
 * takes the lanes of its vantage back to a mark from before it, or to their beginning. Reads in pages, and lets other
 * events through between them.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Detector } from '../config/schema.ts';
import type { LaneName, RunCursor } from '../db/lane-runs.ts';
import type { Store } from '../db/store.ts';
import type { Vantage } from '../probes/types.ts';
import { headRoundsFor } from './analysis/episodes.ts';
import { LaneMemory } from './analysis/lane-memory.ts';

export type LaneSource = Pick<Store, 'listVantages' | 'listRunLanes' | 'readLaneRuns'>;

export type LaneBookOptions = {
  readonly source: LaneSource;
  readonly rules: Detector;
  readonly nowMs: () => number;
  /** Ends a reading after the page in hand; what it gives then is not all. */
  readonly signal?: AbortSignal;
  /** Spans read at once; some milliseconds of work unless told. */
  readonly pageSpans?: number;
  /** Age of the data up to which late data costs little; a day unless told. */
  readonly markMs?: number;
};

const PAGE_SPANS = 24;
/** What comes later than this after its slot is rare enough to read a lane from its beginning. */
const MARK_MS = 86_400_000;

/** A lane and how far it was read. */
type Reading = { readonly name: LaneName; readonly memory: LaneMemory; after?: RunCursor };
/** The lanes of a service at a vantage at one time. */
type Readings = ReadonlyMap<LaneName['function'], Reading>;

type Group = {
  readonly vantage: Vantage;
  readings: Readings;
  /** Earlier states, the newest last. */
  marks: Readings[];
  /** True when there may be more to read. */
  hasNews: boolean;
};

/** Slot of the newest round that was read. */
function upToMs(readings: Readings): number {
  return Math.max(-1, ...[...readings.values()].map(({ after }) => after?.upToMs ?? -1));
}

function copy(readings: Readings): Readings {
  return new Map(
    [...readings].map(([part, one]) => [part, { ...one, memory: one.memory.clone() }]),
  );
}

export class LaneBook {
  readonly #options: Required<Omit<LaneBookOptions, 'signal'>> & Pick<LaneBookOptions, 'signal'>;
  readonly #groups = new Map<string, Group>();

  constructor(options: LaneBookOptions) {
    this.#options = { pageSpans: PAGE_SPANS, markMs: MARK_MS, ...options };
  }

  /** Remembers that a run was stored or judged again. Cheap. */
  note({
    service,
    vantageId,
    slotMs,
  }: {
    service: string;
    vantageId: string;
    slotMs: number;
  }): void {
    const group = this.#groups.get(`${service} ${vantageId}`);
    if (!group) return;
    group.hasNews = true;
    if (slotMs > upToMs(group.readings)) return;
    group.marks = group.marks.filter((mark) => upToMs(mark) < slotMs);
    group.readings = copy(group.marks.at(-1) ?? new Map());
  }

  /** Forgets everything. */
  forget(): void {
    this.#groups.clear();
  }

  /** Brings the lanes of a service up to date and gives them, by vantage and function. */
  async read(service: string): Promise<LaneMemory[]> {
    const vantages = this.#options.source.listVantages();
    const ids = new Set(vantages.map(({ id }) => `${service} ${id}`));
    for (const key of this.#groups.keys())
      if (key.startsWith(`${service} `) && !ids.has(key)) this.#groups.delete(key);
    const groups = vantages
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map((vantage) => this.#openGroup(service, vantage));
    for (const group of groups) await this.#readGroup(service, group);
    return groups.flatMap(({ readings }) => [...readings.values()].map(({ memory }) => memory));
  }

  /** A vantage that is described otherwise, e.g. on another network, is read anew. */
  #openGroup(service: string, vantage: Vantage): Group {
    const key = `${service} ${vantage.id}`;
    const known = this.#groups.get(key);
    if (known && isDeepStrictEqual(describe(known.vantage), describe(vantage))) return known;
    const group: Group = { vantage, readings: new Map(), marks: [], hasNews: true };
    this.#groups.set(key, group);
    return group;
  }

  async #readGroup(service: string, group: Group): Promise<void> {
    while (group.hasNews && !this.#isEnding()) {
      group.hasNews = false;
      const untilMs = this.#options.nowMs() - this.#options.markMs;
      // The first time in two parts, so that there is a mark to come back to.
      if (group.marks.length === 0) {
        await this.#readUntil(service, group, untilMs);
        if (group.hasNews || this.#isEnding()) continue;
        group.marks = [copy(group.readings)];
      }
      await this.#readUntil(service, group);
      if (!group.hasNews) this.#setMark(group);
    }
  }

  /** Reads all lanes of a group, until it has news from before. */
  async #readUntil(service: string, group: Group, untilMs?: number): Promise<void> {
    const { source } = this.#options;
    const names = source.listRunLanes(service).filter((one) => one.vantageId === group.vantage.id);
    for (const name of names)
      for (let isEnd = false; !isEnd; ) {
        isEnd = this.#readPage(name, group, untilMs);
        await yieldToEvents();
        if (group.hasNews || this.#isEnding()) return;
      }
  }

  #isEnding(): boolean {
    return this.#options.signal?.aborted === true;
  }

  #readPage(name: LaneName, group: Group, untilMs?: number): boolean {
    const { source, rules } = this.#options;
    const known = group.readings.get(name.function);
    const lane = { service: name.service, function: name.function, vantage: group.vantage };
    const reading: Reading = known ?? { name, memory: new LaneMemory(lane, rules) };
    if (!known) group.readings = new Map([...group.readings, [name.function, reading] as const]);
    const page = source.readLaneRuns({
      ...name,
      ...(reading.after ? { after: reading.after } : {}),
      ...(untilMs === undefined ? {} : { untilMs }),
      limit: this.#options.pageSpans,
      headRounds: headRoundsFor(rules),
      closingRounds: rules.closeSuccesses,
    });
    for (const run of page.runs) reading.memory.take(run);
    if (page.after) reading.after = page.after;
    return page.isEnd;
  }

  /** Keeps two marks, so that one of them is at least a day old. */
  #setMark(group: Group): void {
    const newest = group.marks.at(-1);
    if (newest && upToMs(group.readings) - upToMs(newest) < this.#options.markMs) return;
    group.marks = [...group.marks.slice(-1), copy(group.readings)];
  }
}

/** What of a vantage its restrictions name. */
function describe({ id, countryCode, asn, networkName, role }: Vantage): Partial<Vantage> {
  return { id, countryCode, asn, networkName, role };
}
