/**
 * JSON answers kept as text per query and version of the data, so that the same question costs no SQL and no
 * serialising twice. The entity tag is made of the answer alone, so a client that holds it gets 304 without a body,
 * and nobody learns from a tag that something was stored which the answer does not show.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../probes/clock.ts';
import type { Prepared } from '../reply.ts';
import { isNotModified, prepare, reply } from '../reply.ts';

/** Characters kept in all; beyond that the answers asked for longest ago go. */
const MAX_CACHED_CHARACTERS = 8_000_000;
/** Tags kept in all, also of answers that went or were too long to keep. */
const MAX_KEPT_TAGS = 4_096;

const MINUTE_MS = 60_000;

/** A key for answers that change without new measurements, by growing old or with late conclusions: kept for a minute. */
export function toMinuteKey(
  key: string,
  { clock }: { readonly clock: Pick<Clock, 'nowMs'> },
): string {
  return `${key} ${Math.floor(clock.nowMs() / MINUTE_MS)}`;
}

/** Keeps answers until the data change. */
export class JsonCache {
  readonly #dataVersion: () => number;
  /** Tells one run of the server from the next, whose version of the program may be another. */
  readonly #epoch: string;
  readonly #answers = new Map<string, Prepared>();
  readonly #tags = new Map<string, string>();
  #characters = 0;
  #version = Number.NaN;

  constructor(dataVersion: () => number, epoch: string) {
    this.#dataVersion = dataVersion;
    this.#epoch = epoch;
  }

  /** Sends the answer to a query, making it only when neither client nor cache has it. `key` names query and path. */
  answer(request: Request, key: string, make: () => unknown): Promise<Response> {
    this.#dropOutdated();
    const tag = this.#tags.get(key);
    if (tag !== undefined && isNotModified(request, tag))
      return reply(request, prepare('', 'application/json', tag));
    const held = this.#answers.get(key);
    if (held !== undefined) {
      this.#answers.delete(key);
      this.#answers.set(key, held);
      return reply(request, held);
    }
    const text = `${JSON.stringify(make())}\n`;
    const prepared = prepare(text, 'application/json', this.#keepTag(key, text));
    this.#keep(key, prepared);
    return reply(request, prepared);
  }

  #dropOutdated(): void {
    const version = this.#dataVersion();
    if (version === this.#version) return;
    this.#answers.clear();
    this.#tags.clear();
    this.#characters = 0;
    this.#version = version;
  }

  /** Makes the tag of an answer; the version is not in it, since it also counts what is not shown yet. */
  #keepTag(key: string, text: string): string {
    const hash = createHash('sha256').update(`${this.#epoch}\0${key}\0${text}`).digest('base64url');
    const tag = `"${hash.slice(0, 22)}"`;
    const [oldest] = this.#tags.keys();
    if (this.#tags.size >= MAX_KEPT_TAGS && oldest !== undefined) this.#tags.delete(oldest);
    this.#tags.set(key, tag);
    return tag;
  }

  #keep(key: string, prepared: Prepared): void {
    if (prepared.body.length > MAX_CACHED_CHARACTERS / 2) return;
    this.#answers.set(key, prepared);
    this.#characters += prepared.body.length;
    for (const [oldest, { body }] of this.#answers) {
      if (this.#characters <= MAX_CACHED_CHARACTERS) break;
      this.#answers.delete(oldest);
      this.#characters -= body.length;
    }
  }
}
