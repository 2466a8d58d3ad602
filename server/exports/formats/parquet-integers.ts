/**
 * Integers as differences, each block of them with as few bits as it needs: DELTA_BINARY_PACKED of Parquet
 * (https://parquet.apache.org/docs/file-format/data-pages/encodings/). Slots of a lane take no bits at all. Numbers are
 * computed with as they are, since BigInt takes ten times as long.
 */
import { ByteWriter } from 'hyparquet-writer';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';

const BLOCK_VALUES = 128;
const MINIBLOCKS = 4;
const MINIBLOCK_VALUES = BLOCK_VALUES / MINIBLOCKS;
/** So that a value and the bits that are left of the byte before it are an exact number together. */
const MAX_BITS = 45;
/** Two for the first value and the sizes, ten for the smallest difference and four widths of each block. */
const HEADER_BYTES = 30;
const BLOCK_HEADER_BYTES = 14;

function countBits(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : Math.floor(Math.log2(value)) + 1;
}

function writeVariable(out: Uint8Array, at: number, value: bigint): number {
  let [rest, next] = [value, at];
  for (; rest > 0x7fn; rest >>= 7n) {
    out[next] = Number(rest & 0x7fn) | 0x80;
    next += 1;
  }
  out[next] = Number(rest);
  return next + 1;
}

const toZigZag = (value: number): bigint => {
  const exact = BigInt(value);
  return exact < 0n ? -2n * exact - 1n : 2n * exact;
};

/** Packs 32 values from the lowest bit on. */
function packValues(
  out: Uint8Array,
  at: number,
  values: Float64Array,
  start: number,
  bits: number,
): number {
  let [next, held, heldBits] = [at, 0, 0];
  for (let index = start; index < start + MINIBLOCK_VALUES; index += 1) {
    held += (values[index] ?? 0) * 2 ** heldBits;
    heldBits += bits;
    while (heldBits >= 8) {
      const rest = Math.floor(held / 256);
      out[next] = held - rest * 256;
      next += 1;
      held = rest;
      heldBits -= 8;
    }
  }
  return next;
}

/** Packs integers that a number holds exactly. */
export function packIntegers(values: Float64Array): Uint8Array {
  const count = values.length;
  const blocks = Math.ceil(count / BLOCK_VALUES);
  const out = new Uint8Array(
    HEADER_BYTES + blocks * (BLOCK_HEADER_BYTES + (BLOCK_VALUES * MAX_BITS) / 8),
  );
  let at = 0;
  for (const value of [BLOCK_VALUES, MINIBLOCKS, count]) at = writeVariable(out, at, BigInt(value));
  at = writeVariable(out, at, toZigZag(values[0] ?? 0));
  const deltas = new Float64Array(BLOCK_VALUES);
  for (let start = 1; start < count; start += BLOCK_VALUES) {
    const end = Math.min(start + BLOCK_VALUES, count);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = start; index < end; index += 1) {
      const delta = (values[index] ?? 0) - (values[index - 1] ?? 0);
      deltas[index - start] = delta;
      if (delta < least) least = delta;
      if (delta > most) most = delta;
    }
    if (countBits(most - least) > MAX_BITS) return packSlowly(values);
    // What is missing of the last block counts as the smallest difference.
    deltas.fill(least, end - start);
    at = writeVariable(out, at, toZigZag(least));
    const widthsAt = at;
    at += MINIBLOCKS;
    for (let block = 0; block < MINIBLOCKS; block += 1) {
      const first = block * MINIBLOCK_VALUES;
      let highest = 0;
      for (let index = first; index < first + MINIBLOCK_VALUES; index += 1) {
        const above = (deltas[index] ?? 0) - least;
        deltas[index] = above;
        if (above > highest) highest = above;
      }
      const bits = countBits(highest);
      out[widthsAt + block] = bits;
      if (bits > 0) at = packValues(out, at, deltas, first, bits);
    }
  }
  return out.subarray(0, at);
}

/** For values that lie millennia apart, which no data of ours does. */
function packSlowly(values: Float64Array): Uint8Array {
  const bytes = new ByteWriter();
  deltaBinaryPack(bytes, Array.from(values, BigInt), 'INT64');
  return bytes.getBytes();
}
