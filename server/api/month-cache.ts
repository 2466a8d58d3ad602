/**
 * Months of lanes as bytes, made once and kept while nothing touches them. Each carries a revision, the digest of its
 * bytes: whatever changes what a month shows changes its revision, and nothing else does, over restarts too.
 */
import { createHash } from 'node:crypto';
import { encodeMonth } from '../../dashboard/encode-month.ts';
import { encodeHours } from '../../dashboard/lane-hours.ts';
import type { Resolution } from '../../dashboard/lane-parcel.ts';
import type { FoundLane } from '../../db/lanes.ts';
import type { MonthPart } from '../../db/month-runs.ts';
import type { ReadStore } from '../contract.ts';

/** One month of one lane. */
export type Month = {
  /** Empty when nothing was measured. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly revision: string;
  /** Codes of the mechanisms in it. */
  readonly mechanisms: readonly number[];
};

type Kept = Month & { readonly version: string };

/** What is kept in all, estimated; a year of 300 lanes takes less than half of it. */
const MAX_KEPT_BYTES = 6_000_000;
/** What a month weighs beside its bytes: key, object and buffer. */
const OVERHEAD_BYTES = 400;
/** Characters of a revision: 132 bits. */
const REVISION_CHARACTERS = 22;

/** The digest that names this content. */
export function toRevision(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, REVISION_CHARACTERS);
}

const NOTHING: Month = { bytes: new Uint8Array(), revision: toRevision(''), mechanisms: [] };

/** Makes months and keeps them, those asked for longest ago going first. */
export class MonthCache {
  readonly #store: ReadStore;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(store: ReadStore) {
    this.#store = store;
  }

  /** The month as it is now. */
  get(lane: FoundLane, part: MonthPart, resolution: Resolution): Month {
    const key = `${resolution} ${lane.laneId} ${part.fromMs}`;
    const version = this.#store.getMonthVersion(lane, part);
    const kept = this.#kept.get(key);
    if (kept) {
      this.#kept.delete(key);
      if (kept.version === version) {
        this.#kept.set(key, kept);
        return kept;
      }
      this.#bytes -= kept.bytes.length + OVERHEAD_BYTES;
    }
    const made = { ...this.#make(lane, part, resolution), version };
    this.#kept.set(key, made);
    this.#bytes += made.bytes.length + OVERHEAD_BYTES;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length + OVERHEAD_BYTES;
    }
    return made;
  }

  #make(lane: FoundLane, part: MonthPart, resolution: Resolution): Month {
    if (resolution === 'hour') {
      const hours = this.#store.listLaneHours(lane, part);
      return hours.length === 0 ? NOTHING : toMonth(encodeHours(hours, part));
    }
    const month = this.#store.getLaneMonth(lane, part);
    const mechanisms = new Set(month.runs.map(({ mechanism }) => mechanism));
    return month.runs.length === 0 ? NOTHING : toMonth(encodeMonth(month, part), [...mechanisms]);
  }
}

function toMonth(bytes: Uint8Array<ArrayBuffer>, mechanisms: readonly number[] = []): Month {
  return { bytes, revision: toRevision(bytes), mechanisms };
}
