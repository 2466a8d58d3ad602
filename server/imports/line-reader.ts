/** Splits a stream of bytes, compressed or not, into lines, with bounded memory whatever the stream holds. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** One line; without text when it was longer than the cap. */
export type RawLine = {
  /** From 1. */
  readonly number: number;
  readonly text?: string;
};

/** The longest real measurements have about 2 MB. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LINE_FEED = 10;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Unpacks gzip and zstd, told by their first bytes; anything else passes as it is. Errors of the format are thrown. */
export async function* unpack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < ZSTD_MAGIC.length) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  const isMagic = (magic: Buffer): boolean => head.subarray(0, magic.length).equals(magic);
  const decoder = isMagic(GZIP_MAGIC)
    ? createGunzip()
    : isMagic(ZSTD_MAGIC)
      ? createZstdDecompress()
      : undefined;
  if (!decoder) {
    yield* whole();
    return;
  }
  // An error of the source or the decoder ends the decoder, and so is thrown to whoever reads it.
  pipeline(Readable.from(whole()), decoder, () => {});
  yield* decoder as AsyncIterable<Uint8Array>;
}

/** Splits bytes into lines, several at a time. Empty lines are counted and left out. */
export async function* splitLines(
  source: AsyncIterable<Uint8Array>,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<readonly RawLine[]> {
  // Drops the mark that some programs write before the first line.
  const decoder = new TextDecoder('utf-8');
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let number = 0;
  const finish = (last: Uint8Array): RawLine[] => {
    number += 1;
    const total = bytes + last.length;
    const text =
      total <= maxLineBytes ? decoder.decode(Buffer.concat([...parts, last])) : undefined;
    parts = [];
    bytes = 0;
    if (text === undefined) return [{ number }];
    return text.trim() === '' ? [] : [{ number, text }];
  };
  for await (const chunk of source) {
    const lines: RawLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      lines.push(...finish(chunk.subarray(from, end)));
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    bytes += rest.length;
    // What is too long already is only counted.
    if (bytes <= maxLineBytes) parts.push(rest);
    else parts = [];
    if (lines.length > 0) yield lines;
  }
  if (bytes > 0) yield finish(new Uint8Array(0));
}
