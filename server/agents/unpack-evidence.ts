/**
 * Unpacks the evidence of a batch. Setting zstd up costs more than unpacking one measurement, so frames (RFC 8878) that
 * say how long they are get unpacked together; whatever is not so plain is unpacked by itself, as strictly as ever.
 */
import { isAscii } from 'node:buffer';
import { zstdDecompressSync } from 'node:zlib';

/** Of one measurement: compressed, and as JSON. The largest that the default configuration makes is about a tenth. */
const MAX_EVIDENCE_BYTES = 256 * 1024;
const MAX_JSON_BYTES = 2 * 1024 * 1024;
/** Head and checksum of a zstd frame, with room to spare. */
const MAX_FRAME_BYTES = 256;
/** Unpacked at once: bounds what is in memory before anybody has looked at it. */
const MAX_GROUP_BYTES = 1024 * 1024;

/** Gives each JSON text in turn; undefined for what is no zstd, too long, or carries something else along. */
export function* unpackEach(
  contents: readonly Uint8Array[],
  dictionary: Uint8Array,
): Generator<Buffer | undefined> {
  let at = 0;
  while (at < contents.length) {
    const sizes = measureGroup(contents, at);
    const group = contents.slice(at, at + Math.max(1, sizes.length));
    at += group.length;
    const bytes = sizes.length > 1 ? unpackTogether(group, sizes, dictionary) : undefined;
    let offset = 0;
    for (const [index, content] of group.entries()) {
      const end = offset + (sizes[index] ?? 0);
      yield bytes ? bytes.subarray(offset, end) : unpackOne(content, dictionary);
      offset = end;
    }
  }
}

/** The text of a JSON document. */
export function toText(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString();
}

/** Unpacked lengths of as many plain frames from `at` on as may be unpacked together. */
function measureGroup(contents: readonly Uint8Array[], at: number): number[] {
  const sizes: number[] = [];
  let total = 0;
  for (const content of contents.slice(at)) {
    const size = measureFrame(content);
    if (size === undefined || isOutOfBounds(content, size)) break;
    total += size;
    if (total > MAX_GROUP_BYTES) break;
    sizes.push(size);
  }
  return sizes;
}

/** What is longer than its own text carries something else along. */
function isOutOfBounds({ length }: Uint8Array, jsonBytes: number): boolean {
  return jsonBytes > MAX_JSON_BYTES || length > jsonBytes + MAX_FRAME_BYTES;
}

/** Undefined when one of them is damaged, so that each is tried by itself. */
function unpackTogether(
  frames: readonly Uint8Array[],
  sizes: readonly number[],
  dictionary: Uint8Array,
): Buffer | undefined {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  try {
    const bytes = zstdDecompressSync(Buffer.concat(frames), {
      dictionary,
      maxOutputLength: total,
      // One more, or zlib makes room for a second chunk to find that nothing is left.
      chunkSize: total + 1,
    });
    // zstd refuses a frame that unpacks to another length than it says.
    return bytes.length === total ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function unpackOne(content: Uint8Array, dictionary: Uint8Array): Buffer | undefined {
  if (content.length > MAX_EVIDENCE_BYTES) return undefined;
  try {
    const bytes = zstdDecompressSync(content, { dictionary, maxOutputLength: MAX_JSON_BYTES });
    return isOutOfBounds(content, bytes.length) ? undefined : bytes;
  } catch {
    return undefined; // no zstd, or too long
  }
}

const MAGIC = 0xfd2fb528;
/** Length of the field with the unpacked length, by its two bits in the head; the first is there in one segment only. */
const SIZE_FIELD_BYTES = [1, 2, 4, 8] as const;
const DICTIONARY_FIELD_BYTES = [0, 1, 2, 4] as const;
/** A field of two bytes counts from here. */
const SHORT_SIZE_START = 256;
const RAW_BYTES_OF_RLE_BLOCK = 1;

/** Unpacked length as the head of a frame says; undefined unless the bytes are exactly one frame that says it. */
function measureFrame(content: Uint8Array): number | undefined {
  const { buffer, byteOffset, byteLength } = content;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (byteLength < 6 || byteLength > MAX_EVIDENCE_BYTES || view.getUint32(0, true) !== MAGIC)
    return undefined;
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeCode = descriptor >> 6;
  if (sizeCode === 0 && !isSingleSegment) return undefined;
  const sizeBytes = SIZE_FIELD_BYTES[sizeCode] ?? 0;
  const start = 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_FIELD_BYTES[descriptor & 3] ?? 0);
  const end = start + sizeBytes;
  // Lengths of eight bytes are beyond every bound.
  if (end > byteLength || sizeBytes === 8) return undefined;
  const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
  if (findLastBlockEnd(view, end) + checksumBytes !== byteLength) return undefined;
  if (sizeBytes === 1) return view.getUint8(start);
  return sizeBytes === 2
    ? view.getUint16(start, true) + SHORT_SIZE_START
    : view.getUint32(start, true);
}

/** Walks over the heads of blocks; NaN when they run out of the bytes. */
function findLastBlockEnd(view: DataView, start: number): number {
  let at = start;
  while (at + 3 <= view.byteLength) {
    const head = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const isRle = ((head >> 1) & 3) === 1;
    at += 3 + (isRle ? RAW_BYTES_OF_RLE_BLOCK : head >> 3);
    if ((head & 1) === 1) return at;
  }
  return Number.NaN;
}
