/**
 * JSON answers kept as text per query and version of the data, so that the same question costs no SQL and no
 * serialising twice. The entity tag names both, so a client that holds the answer gets 304 without a body.
 */
import { createHash } from 'node:crypto';
import type { Prepared } from '../reply.ts';
import { isNotModified, prepareText, reply } from '../reply.ts';

/** Characters kept in all; beyond that the answers asked for longest ago go. */
const MAX_CACHED_CHARACTERS = 8_000_000;

/** Keeps answers until the data change. */
export class JsonCache {
  readonly #dataVersion: () => number;
  /** Tells one run of the server from the next, whose version numbers may start again. */
  readonly #epoch: string;
  readonly #answers = new Map<string, Prepared>();
  #characters = 0;
  #version = Number.NaN;

  constructor(dataVersion: () => number, epoch: string) {
    this.#dataVersion = dataVersion;
    this.#epoch = epoch;
  }

  /** Sends the answer to a query, making it only when neither client nor cache has it. `key` names query and path. */
  answer(request: Request, key: string, make: () => unknown): Promise<Response> {
    const version = this.#dataVersion();
    if (version !== this.#version) {
      this.#answers.clear();
      this.#characters = 0;
      this.#version = version;
    }
    const etag = this.#toEtag(version, key);
    if (isNotModified(request, etag))
      return reply(request, prepareText('', 'application/json', etag));
    const held = this.#answers.get(key);
    if (held !== undefined) {
      this.#answers.delete(key);
      this.#answers.set(key, held);
      return reply(request, held);
    }
    const prepared = prepareText(`${JSON.stringify(make())}\n`, 'application/json', etag);
    this.#keep(key, prepared);
    return reply(request, prepared);
  }

  #toEtag(version: number, key: string): string {
    const hash = createHash('sha256').update(`${this.#epoch}\0${key}`).digest('base64url');
    return `"${version.toString(36)}-${hash.slice(0, 16)}"`;
  }

  #keep(key: string, prepared: Prepared): void {
    if (prepared.text.length > MAX_CACHED_CHARACTERS / 2) return;
    this.#answers.set(key, prepared);
    this.#characters += prepared.text.length;
    for (const [oldest, { text }] of this.#answers) {
      if (this.#characters <= MAX_CACHED_CHARACTERS) break;
      this.#answers.delete(oldest);
      this.#characters -= text.length;
    }
  }
}
