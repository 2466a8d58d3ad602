/**
 * Many months of many lanes in one answer: four letters, the length of a head in JSON, the head, then every part with
 * its length before it. The parts are what is kept and cached one by one; putting them together costs no work.
 */
import { ByteReader, BytesError, ByteWriter } from './varint.ts';

/** What an answer of this kind begins with. */
const LETTERS = Uint8Array.of(0x52, 0x4c, 0x52, 0x31); // RLR1

/** The media type of an answer and of a single month. */
export const PARCEL_TYPE = 'application/vnd.reachline.runs';

/** How fine the months of an answer are: every run to the slot, or counts by the hour. */
export type Resolution = 'slot' | 'hour';

/** More lanes or months than these are shown by the hour: several hours share a pixel then, and slots would weigh megabytes. */
const MAX_SLOT_LANES = 300;
const MAX_SLOT_MONTHS = 61;

/** How fine an answer is that holds so many lanes and months. */
export function chooseResolution(lanes: number, months: number): Resolution {
  return lanes > MAX_SLOT_LANES || months > MAX_SLOT_MONTHS ? 'hour' : 'slot';
}

/** First instants of the UTC months that touch [fromMs, toMs), in order, and after them the end of the last. */
export function listMonths(fromMs: number, toMs: number): number[] {
  const first = new Date(fromMs);
  const months: number[] = [];
  for (let month = first.getUTCMonth(); ; month += 1) {
    const atMs = Date.UTC(first.getUTCFullYear(), month, 1);
    months.push(atMs);
    if (atMs >= toMs) return months;
  }
}

/** Puts head and parts together. */
export function packParcel(head: object, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.addBytes(LETTERS);
  const text = new TextEncoder().encode(JSON.stringify(head));
  writer.add(text.length);
  writer.addBytes(text);
  for (const part of parts) {
    writer.add(part.length);
    writer.addBytes(part);
  }
  return writer.toBytes();
}

/** Takes an answer apart; the parts are not copied. @throws BytesError when it is none. */
export function openParcel(bytes: Uint8Array): {
  readonly head: unknown;
  readonly parts: readonly Uint8Array[];
} {
  const reader = new ByteReader(bytes);
  const letters = reader.readBytes(LETTERS.length);
  if (letters.some((letter, index) => letter !== LETTERS[index]))
    throw new BytesError('these are no runs');
  const text = new TextDecoder('utf-8', { fatal: true });
  let head: unknown;
  try {
    head = JSON.parse(text.decode(reader.readBytes(reader.read())));
  } catch (error) {
    throw error instanceof BytesError
      ? error
      : new BytesError('the head cannot be read', { cause: error });
  }
  const parts: Uint8Array[] = [];
  while (reader.left > 0) parts.push(reader.readBytes(reader.read()));
  return { head, parts };
}
