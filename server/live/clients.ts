/** Those who listen: each reads the ring from its own place, as fast as its connection takes it. */
import type { LaneFunction } from '../../db/codes.ts';
import type { EventRing, Matches, RingEvent } from './event-ring.ts';
import { writeEvent } from './live-event.ts';

/** What a client asks for. */
export type ClientOptions = {
  /** All unless told. */
  readonly services?: readonly string[];
  readonly countryCodes?: readonly string[];
  /** The service as a whole unless told. */
  readonly functions?: readonly LaneFunction[];
  /** Id of the last event that it has; it goes on from there, or is told to read anew. */
  readonly lastId?: string;
  /** Network that it comes from; without it the client is not counted among others of its network. */
  readonly network?: string;
  /** Cuts the connection of a client that does not read; without it the stream only ends. */
  readonly cut?: () => void;
};

type Client = {
  readonly matches: Matches;
  readonly network: string | undefined;
  readonly cut: () => void;
  place: number;
  /** Must be told to read anew before anything else. */
  isLost: boolean;
  /** A beat waits to be taken. */
  isBeatDue: boolean;
  /** Set while it has everything and waits for more. */
  wake: (() => void) | undefined;
  controller: ReadableStreamDefaultController<Uint8Array> | undefined;
};

/** How often a silent stream says that it lives; proxies close what is silent for a minute, our own server after 30 s. */
const BEAT_MS = 15_000;
/** More would cost memory that measuring needs: 20 KB each. */
const MAX_CLIENTS = 512;
/** Of one network: nobody may take every place. A browser needs one, and many readers may share an address. */
const MAX_PER_NETWORK = 32;
/** Written at a time, so that what waits in a slow connection stays small. */
const CHUNK_BYTES = 8 * 1024;
/** A client that has not taken this much since the last beat is let go; it may come back and read anew. */
const MAX_UNREAD_BYTES = 64 * 1024;
/** Waiting time before browsers come back, in the words of the protocol. */
const GREETING = ': reachline\nretry: 5000\n\n';

const encoder = new TextEncoder();

function toMatches({ services, countryCodes, functions = ['service'] }: ClientOptions): Matches {
  return (event: RingEvent) =>
    (services === undefined || services.includes(event.service)) &&
    (countryCodes === undefined || countryCodes.includes(event.countryCode)) &&
    (event.function === undefined || functions.includes(event.function));
}

/** All clients of one ring. */
export class LiveClients {
  readonly #ring: EventRing;
  readonly #onBeat: () => void;
  readonly #max: number;
  readonly #clients = new Set<Client>();
  #beating: NodeJS.Timeout | undefined;

  /** @param onBeat runs every 15 s while there are clients. */
  constructor(ring: EventRing, onBeat: () => void, max = MAX_CLIENTS) {
    this.#ring = ring;
    this.#onBeat = onBeat;
    this.#max = max;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Opens a stream; undefined when there are too many. */
  open(options: ClientOptions): ReadableStream<Uint8Array> | undefined {
    const { lastId, cut = () => {}, network } = options;
    if (this.#clients.size >= this.#max || this.#isFull(network)) return undefined;
    const place = lastId === undefined ? this.#ring.head : this.#ring.findPlace(lastId);
    const client: Client = {
      matches: toMatches(options),
      network,
      cut,
      place: place ?? this.#ring.head,
      isLost: place === undefined,
      isBeatDue: false,
      wake: undefined,
      controller: undefined,
    };
    this.#clients.add(client);
    this.#beating ??= setInterval(this.#onBeat, BEAT_MS).unref();
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client.controller = controller;
          controller.enqueue(encoder.encode(GREETING));
        },
        pull: (controller) => this.#pull(client, controller),
        cancel: () => this.#forget(client),
      },
      // Nothing is made before it is asked for.
      { highWaterMark: 0 },
    );
  }

  #isFull(network: string | undefined): boolean {
    if (network === undefined) return false;
    let count = 0;
    for (const client of this.#clients) count += client.network === network ? 1 : 0;
    return count >= MAX_PER_NETWORK;
  }

  /** Tells those who wait that there is something new. */
  wake(): void {
    for (const client of this.#clients) client.wake?.();
  }

  /** Gives everybody a sign of life, and lets go of those who still have not taken the last one. */
  beat(): void {
    for (const client of this.#clients) {
      if (client.isBeatDue && this.#ring.bytesAfter(client.place) > MAX_UNREAD_BYTES) {
        this.#end(client);
        client.cut();
      } else client.isBeatDue = true;
    }
    this.wake();
  }

  stop(): void {
    for (const client of this.#clients) this.#end(client);
  }

  async #pull(
    client: Client,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    while (this.#clients.has(client)) {
      const text = this.#take(client);
      if (text !== '') {
        controller.enqueue(encoder.encode(text));
        return;
      }
      await new Promise<void>((resolve) => {
        client.wake = resolve;
      });
      client.wake = undefined;
    }
  }

  /** What a client gets next; empty when it has everything. */
  #take(client: Client): string {
    const ring = this.#ring;
    if (!ring.isReachable(client.place)) client.isLost = true;
    if (client.isLost) {
      client.isLost = false;
      client.place = ring.head;
      return `id: ${ring.toId(client.place)}\n${writeEvent('reset', {})}\n`;
    }
    const { text, place } = ring.read(client.place, client.matches, CHUNK_BYTES);
    client.place = place;
    const beat = client.isBeatDue && text === '' ? ': beat\n\n' : '';
    client.isBeatDue = false;
    return text + beat;
  }

  #end(client: Client): void {
    this.#forget(client);
    client.controller?.close();
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    client.wake?.();
    if (this.#clients.size > 0) return;
    clearInterval(this.#beating);
    this.#beating = undefined;
  }
}
