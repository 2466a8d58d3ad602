/**
 * The newest events of the stream, written once and read by every client from its own place: a client costs a number,
 * not a copy. What is older than the ring is gone, and whoever was there is told so.
 */
import type { LaneFunction } from '../../db/codes.ts';

/** An event as it goes over the wire, with what filters look at. */
export type RingEvent = {
  readonly service: string;
  readonly countryCode: string;
  /** `undefined` for what concerns a service as a whole, whatever lanes are asked for. */
  readonly function?: LaneFunction;
  /** Lines of Server-Sent Events without the id, e.g. `event: lane\ndata: {…}\n`. ASCII. */
  readonly text: string;
};

/** Tells which events a client wants. */
export type Matches = (event: RingEvent) => boolean;

/** Some hours of a small installation, a quarter of an hour of one with 36 vantages and all their parts: 0.8 MB at most. */
const MAX_EVENTS = 2_048;

type Kept = RingEvent & {
  readonly sequence: number;
  /** Bytes of all events up to this one. */
  readonly endBytes: number;
};

/** A bounded list of events, numbered from 1. */
export class EventRing {
  readonly #epoch: string;
  readonly #maxEvents: number;
  #events: Kept[] = [];
  #head = 0;
  #bytes = 0;

  /** @param epoch tells the numbers of one run of the server from those of the next; letters and digits. */
  constructor(epoch: string, maxEvents = MAX_EVENTS) {
    this.#epoch = epoch;
    this.#maxEvents = maxEvents;
  }

  /** Number of the newest event; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** The id of a place, e.g. `l2k9x-41`. */
  toId(sequence: number): string {
    return `${this.#epoch}-${sequence}`;
  }

  /** The place of an id; undefined when it is of another run, made up, or too old to go on from. */
  findPlace(id: string): number | undefined {
    const [, epoch, digits] = /^([a-z0-9]+)-(\d{1,15})$/.exec(id) ?? [];
    const sequence = Number(digits);
    return epoch === this.#epoch && this.isReachable(sequence) ? sequence : undefined;
  }

  /** True when nothing after this place has been lost. */
  isReachable(sequence: number): boolean {
    return sequence >= this.#first - 1 && sequence <= this.#head;
  }

  push(event: RingEvent): void {
    this.#head += 1;
    this.#bytes += event.text.length;
    this.#events.push({ ...event, sequence: this.#head, endBytes: this.#bytes });
    // Cut in one go now and then: shifting one by one moves the whole list each time.
    if (this.#events.length >= this.#maxEvents * 2)
      this.#events = this.#events.slice(-this.#maxEvents);
  }

  /** Forgets everything, so that every client reads its page anew: something is missing that nobody can be told. */
  clear(): void {
    this.#events = [];
    this.#head += 1;
  }

  /** Bytes that were written after a place, whoever wants them; without end where some of them are lost. */
  bytesAfter(sequence: number): number {
    if (!this.isReachable(sequence)) return Number.POSITIVE_INFINITY;
    const next = this.#events[sequence + 1 - this.#first];
    return next === undefined ? 0 : this.#bytes - next.endBytes + next.text.length;
  }

  /** The next events that match, up to about `maxBytes`, and the place behind them. */
  read(
    after: number,
    matches: Matches,
    maxBytes: number,
  ): { readonly text: string; readonly place: number } {
    let text = '';
    let place = after;
    for (
      let index = Math.max(0, after + 1 - this.#first);
      index < this.#events.length;
      index += 1
    ) {
      const event = this.#events[index];
      if (event === undefined || text.length >= maxBytes) break;
      place = event.sequence;
      if (matches(event)) text += `id: ${this.toId(event.sequence)}\n${event.text}\n`;
    }
    return { text, place };
  }

  /** Number of the oldest event that is kept. */
  get #first(): number {
    return this.#events[0]?.sequence ?? this.#head + 1;
  }
}
