/**
 * Whole numbers as bytes, seven bits each, the lowest first; all but the last have the high bit (LEB128 without a
 * sign, https://en.wikipedia.org/wiki/LEB128). Server and browser share this file. Reading trusts nothing: whatever
 * the bytes are, it ends, and says what is wrong.
 */

/** Bytes that are not what they should be; the message says what was found. */
export class BytesError extends Error {
  override readonly name = 'BytesError';
}

/** Seven-bit groups of the largest whole number that a double holds exactly (53 bits). */
const MAX_GROUPS = 8;

/** Collects numbers as bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  /** Adds one byte as it is. */
  addByte(byte: number): void {
    this.#reserve(1);
    this.#push(byte);
  }

  /** Adds a whole number from 0 to 2^53 - 1. @throws BytesError for any other. */
  add(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new BytesError(`${value} cannot be written`);
    this.#reserve(MAX_GROUPS);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#push((rest % 128) + 128);
    this.#push(rest);
  }

  #push(byte: number): void {
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** Adds bytes as they are. */
  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Everything written, as a copy of its own. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads numbers from bytes, one after the other. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next number. @throws BytesError when the bytes end, or it is larger than 2^53 - 1. */
  read(): number {
    let value = 0;
    let scale = 1;
    for (let group = 0; group < MAX_GROUPS; group += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw new BytesError('the bytes end inside a number');
      this.#at += 1;
      value += (byte % 128) * scale;
      if (byte < 128) {
        if (Number.isSafeInteger(value)) return value;
        break;
      }
      scale *= 128;
    }
    throw new BytesError('a number is too large');
  }

  /** A number of things of which each takes at least one byte more, so that no small input asks for much work. */
  readCount(what: string): number {
    const count = this.read();
    if (count <= this.left) return count;
    throw new BytesError(`${count} ${what} in ${this.left} bytes`);
  }

  /** The next bytes, not copied. @throws BytesError when there are fewer. */
  readBytes(length: number): Uint8Array {
    if (length > this.left)
      throw new BytesError(`${length} bytes are announced and ${this.left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Makes sure that nothing follows. @throws BytesError */
  end(): void {
    if (this.left > 0) throw new BytesError(`${this.left} bytes too many`);
  }
}
