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

/** Since when an answer is what it is: `second` is undefined when it changed twice within one. */
type Since = { readonly tag: string; readonly last: number; readonly second?: number };

/** The address of the next page as a header, for answers that name one. */
function toLink(body: unknown): Readonly<Record<string, string>> {
  const next: unknown =
    typeof body === 'object' && body !== null && 'next' in body ? body.next : undefined;
  // A measurement names its neighbours by id; the next page is always an address.
  return typeof next === 'string' && next.startsWith('/') ? { link: `<${next}>; rel="next"` } : {};
}

/** Keeps answers until the data change. */
export class JsonCache {
  readonly #dataVersion: () => number;
  /** Tells one run of the server from the next, whose version of the program may be another. */
  readonly #epoch: string;
  readonly #nowMs: () => number;
  /** The revision that an answer of now holds all of. */
  readonly #revision: () => string;
  /** Told of every answer that may be given again. */
  readonly #onAnswer: (request: Request, prepared: Prepared) => void;
  readonly #answers = new Map<string, Prepared>();
  readonly #tags = new Map<string, string>();
  readonly #since = new Map<string, Since>();
  #characters = 0;
  #version = Number.NaN;

  constructor(
    dataVersion: () => number,
    epoch: string,
    nowMs: () => number,
    revision: () => string,
    onAnswer: (request: Request, prepared: Prepared) => void = () => {},
  ) {
    this.#dataVersion = dataVersion;
    this.#epoch = epoch;
    this.#nowMs = nowMs;
    this.#revision = revision;
    this.#onAnswer = onAnswer;
  }

  /**
   * Sends the answer to a query, making it only when neither client nor cache has it. `key` names query and path.
   * @param period a minute, for answers that grow old; no part of the tag
   */
  answer(request: Request, key: string, make: () => unknown, period = ''): Promise<Response> {
    this.#dropOutdated();
    const heldKey = period === '' ? key : `${period} ${key}`;
    const tag = this.#tags.get(heldKey);
    if (tag !== undefined && isNotModified(request, tag))
      return reply(request, prepare('', 'application/json', tag));
    const held = this.#answers.get(heldKey);
    if (held !== undefined) {
      this.#answers.delete(heldKey);
      this.#answers.set(heldKey, held);
      this.#onAnswer(request, held);
      return reply(request, held);
    }
    const prepared = this.#prepare(key, make());
    const [oldest] = this.#tags.keys();
    if (this.#tags.size >= MAX_KEPT_TAGS && oldest !== undefined) this.#tags.delete(oldest);
    this.#tags.set(heldKey, prepared.etag ?? '');
    this.#keep(heldKey, prepared);
    return reply(request, prepared);
  }

  /** Sends an answer that the version of the data does not tell from the one before; it is not kept. */
  answerFresh(request: Request, key: string, body: unknown): Promise<Response> {
    return reply(request, this.#prepare(key, body));
  }

  #prepare(key: string, body: unknown): Prepared {
    const text = `${JSON.stringify(body)}\n`;
    // The version is not in it, since it also counts what is not shown yet.
    const hash = createHash('sha256').update(`${this.#epoch}\0${key}\0${text}`).digest('base64url');
    const tag = `"${hash.slice(0, 22)}"`;
    return prepare(text, 'application/json', tag, {
      'reachline-revision': this.#revision(),
      ...toLink(body),
      ...this.#date(key, tag),
    });
  }

  #dropOutdated(): void {
    const version = this.#dataVersion();
    if (version === this.#version) return;
    this.#answers.clear();
    this.#tags.clear();
    this.#characters = 0;
    this.#version = version;
  }

  /** When an answer was first given as it is, for clients that know no tags. */
  #date(key: string, tag: string): Readonly<Record<string, string>> {
    const before = this.#since.get(key);
    this.#since.delete(key);
    const now = Math.floor(this.#nowMs() / 1_000);
    const isOld = before !== undefined && before.tag !== tag && now <= before.last;
    const since: Since =
      before?.tag === tag
        ? before
        : isOld
          ? { tag, last: before.last }
          : { tag, last: now, second: now };
    this.#since.set(key, since);
    const [oldest] = this.#since.keys();
    if (this.#since.size > MAX_KEPT_TAGS && oldest !== undefined) this.#since.delete(oldest);
    return since.second === undefined
      ? {}
      : { 'last-modified': new Date(since.second * 1_000).toUTCString() };
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
