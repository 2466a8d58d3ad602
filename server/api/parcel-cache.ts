/**
 * Answers of many months, kept with their compressed form. An answer is looked through again whenever the data changed
 * at all, which costs a look at each month, and packed and compressed again only when it shows something else.
 */
import { PARCEL_TYPE } from '../../dashboard/lane-parcel.ts';
import { type Prepared, prepare } from '../reply.ts';

/** An answer that is known by its revision before it is packed. */
export type Parcel = { readonly revision: string; readonly pack: () => Uint8Array<ArrayBuffer> };

type Kept = { readonly version: number; readonly prepared: Prepared; readonly bytes: number };

/** What is kept in all, before compression; a year of 36 lanes is a twentieth of it. */
const MAX_KEPT_BYTES = 3_000_000;

/** Keeps answers by query, those asked for longest ago going first. */
export class ParcelCache {
  readonly #dataVersion: () => number;
  readonly #kept = new Map<string, Kept>();
  /** Answers that are being made, so that many who ask at once cause one piece of work. */
  readonly #running = new Map<string, Promise<Prepared>>();
  #bytes = 0;

  constructor(dataVersion: () => number) {
    this.#dataVersion = dataVersion;
  }

  /** The answer to a query as the data are now. */
  async get(key: string, make: () => Promise<Parcel>): Promise<Prepared> {
    const version = this.#dataVersion();
    const kept = this.#kept.get(key);
    if (kept?.version === version) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.prepared;
    }
    const runningKey = `${version} ${key}`;
    const running = this.#running.get(runningKey) ?? this.#renew(key, version, make);
    this.#running.set(runningKey, running);
    try {
      return await running;
    } finally {
      this.#running.delete(runningKey);
    }
  }

  async #renew(key: string, version: number, make: () => Promise<Parcel>): Promise<Prepared> {
    const { revision, pack } = await make();
    const tag = `"${revision}"`;
    const before = this.#kept.get(key);
    const isSame = before?.prepared.etag === tag;
    const prepared = before && isSame ? before.prepared : prepare(pack(), PARCEL_TYPE, tag);
    this.#keep(key, { version, prepared, bytes: prepared.body.length });
    return prepared;
  }

  #keep(key: string, kept: Kept): void {
    this.#bytes += kept.bytes - (this.#kept.get(key)?.bytes ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}
