/**
 * Columns of Parquet, encoded while rows come: of a group of rows there are numbers in typed arrays and the bytes of
 * texts, and nothing that the collector of garbage has to look at. A value that a whole batch shares costs as much as one.
 */
import { ByteWriter } from 'hyparquet-writer';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import type { Cells } from '../../../db/dictionary/batch.ts';
import type { CellValue, Column } from '../../../db/dictionary/column.ts';
import { packIntegers } from './parquet-integers.ts';

/** The values of one column of a group, without those that are absent. */
export type EncodedValues = {
  readonly encoding: 'PLAIN' | 'RLE_DICTIONARY' | 'DELTA_BINARY_PACKED' | 'DELTA_BYTE_ARRAY';
  readonly bytes: Uint8Array;
  /** Each value once, which the bytes then only number. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly count: number };
  readonly bounds?: {
    readonly least: bigint | Uint8Array;
    readonly greatest: bigint | Uint8Array;
  };
};

/** Takes values that are there; after `take` it is empty again. */
type ValueEncoder = {
  readonly add: (value: NonNullable<CellValue>, times: number) => void;
  readonly take: () => EncodedValues;
};

const FIRST_ROWS = 1_024;

/** A list of numbers that grows. */
class Numbers<A extends Float64Array | Uint32Array | Int32Array | Uint8Array> {
  #values: A;
  readonly #make: (length: number) => A;
  length = 0;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#values = make(FIRST_ROWS);
  }

  add(value: number, times: number): void {
    const end = this.length + times;
    if (end > this.#values.length) {
      const wider = this.#make(Math.max(2 * this.#values.length, end));
      wider.set(this.#values);
      this.#values = wider;
    }
    if (times === 1) this.#values[this.length] = value;
    else this.#values.fill(value, this.length, end);
    this.length = end;
  }

  /** Valid until the next value comes. */
  read(): A {
    return this.#values.subarray(0, this.length) as A;
  }
}

const toText = (value: NonNullable<CellValue>): string =>
  Array.isArray(value) ? value.join(' ') : String(value);

/** Texts one after the other, each with its length in front. */
function writeTexts(texts: readonly Buffer[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, one) => sum + 4 + one.byteLength, 0));
  let at = 0;
  for (const text of texts) {
    at = bytes.writeUInt32LE(text.byteLength, at);
    at += text.copy(bytes, at);
  }
  return bytes;
}

/** Words that come again: each is written once and then numbered. */
function createWordEncoder(hasBounds: boolean): ValueEncoder {
  const known = new Map<string, number>();
  const indexes = new Numbers((length) => new Uint32Array(length));
  return {
    add(value, times) {
      const text = toText(value);
      let index = known.get(text);
      if (index === undefined) {
        index = known.size;
        known.set(text, index);
      }
      indexes.add(index, times);
    },
    take() {
      if (known.size === 0) return { encoding: 'PLAIN', bytes: new Uint8Array() };
      const bits = 32 - Math.clz32(known.size - 1);
      const page = new ByteWriter(FIRST_ROWS);
      page.appendUint8(bits);
      writeRleBitPackedHybrid(page, indexes.read(), bits);
      const texts = [...known.keys()].map((text) => Buffer.from(text));
      const sorted = hasBounds ? texts.toSorted((a, b) => Buffer.compare(a, b)) : [];
      const [least, greatest] = [sorted[0], sorted.at(-1)];
      const dictionary = { bytes: writeTexts(texts), count: texts.length };
      known.clear();
      indexes.length = 0;
      return {
        encoding: 'RLE_DICTIONARY',
        bytes: page.getBytes(),
        dictionary,
        ...(least === undefined || greatest === undefined ? {} : { bounds: { least, greatest } }),
      };
    },
  };
}

/** ASCII, of which a character is a byte. */
const MAX_ASCII = 0x7f;
const MAX_UTF8_BYTES = 3;

/** Texts that begin like the one before, as ids in their order do: what is the same is not written again. */
function createPrefixEncoder(): ValueEncoder {
  const shared = new Numbers((length) => new Int32Array(length));
  const rest = new Numbers((length) => new Int32Array(length));
  let bytes = Buffer.allocUnsafe(16 * FIRST_ROWS);
  let [at, before] = [0, ''];
  const addText = (text: string): void => {
    const most = Math.min(text.length, before.length);
    let same = 0;
    for (; same < most; same += 1) {
      const code = text.charCodeAt(same);
      if (code !== before.charCodeAt(same) || code > MAX_ASCII) break;
    }
    if (bytes.length - at < MAX_UTF8_BYTES * (text.length - same)) {
      const wider = Buffer.allocUnsafe(2 * bytes.length + MAX_UTF8_BYTES * text.length);
      bytes.copy(wider, 0, 0, at);
      bytes = wider;
    }
    const written = bytes.write(same === 0 ? text : text.slice(same), at);
    at += written;
    shared.add(same, 1);
    rest.add(written, 1);
    before = text;
  };
  return {
    add(value, times) {
      for (let time = 0; time < times; time += 1) addText(String(value));
    },
    take() {
      const page = new ByteWriter(at + FIRST_ROWS);
      deltaBinaryPack(page, shared.read(), 'INT32');
      deltaBinaryPack(page, rest.read(), 'INT32');
      page.appendBytes(bytes.subarray(0, at));
      shared.length = 0;
      rest.length = 0;
      [at, before] = [0, ''];
      return { encoding: 'DELTA_BYTE_ARRAY', bytes: page.getBytes() };
    },
  };
}

function createIntegerEncoder(hasBounds: boolean): ValueEncoder {
  const values = new Numbers((length) => new Float64Array(length));
  return {
    add(value, times) {
      values.add(Number(value), times);
    },
    take() {
      const given = values.read();
      let [least, greatest] = [given[0] ?? 0, given[0] ?? 0];
      for (const value of hasBounds ? given : []) {
        if (value < least) least = value;
        if (value > greatest) greatest = value;
      }
      values.length = 0;
      return {
        encoding: 'DELTA_BINARY_PACKED',
        bytes: packIntegers(given),
        ...(hasBounds && given.length > 0
          ? { bounds: { least: BigInt(least), greatest: BigInt(greatest) } }
          : {}),
      };
    },
  };
}

function createNumberEncoder(): ValueEncoder {
  const values = new Numbers((length) => new Float64Array(length));
  return {
    add(value, times) {
      values.add(Number(value), times);
    },
    take() {
      const { buffer, byteOffset, byteLength } = values.read();
      values.length = 0;
      return { encoding: 'PLAIN', bytes: new Uint8Array(buffer, byteOffset, byteLength) };
    },
  };
}

function createBooleanEncoder(): ValueEncoder {
  const values = new Numbers((length) => new Uint8Array(length));
  return {
    add(value, times) {
      values.add(value === true ? 1 : 0, times);
    },
    take() {
      const given = values.read();
      const bytes = new Uint8Array(Math.ceil(given.length / 8));
      for (const [index, value] of given.entries())
        bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (value << (index & 7));
      values.length = 0;
      return { encoding: 'PLAIN', bytes };
    },
  };
}

/** Bounds are for what readers filter by; they would cost more than they save elsewhere. */
function createEncoder({ type, name, values, references }: Column): ValueEncoder {
  if (type === 'integer' || type === 'datetime') return createIntegerEncoder(type === 'datetime');
  if (type === 'number') return createNumberEncoder();
  if (type === 'boolean') return createBooleanEncoder();
  const isWord = values !== undefined || references !== undefined || type === 'list';
  // Ids differ from row to row, except those of rules.
  if (!isWord && /(?:^|_)id$/.test(name) && name !== 'rule_id') return createPrefixEncoder();
  return createWordEncoder(isWord && type !== 'list');
}

/** One column of a group as it is written. */
export type EncodedColumn = EncodedValues & {
  readonly rows: number;
  readonly nulls: number;
  /** Which rows have a value; empty for columns that always have one. */
  readonly levels: Uint8Array;
};

/** Takes the cells of one column, batch by batch; after `take` it is empty again. */
export type ColumnEncoder = {
  readonly add: (cells: Cells | undefined, length: number) => void;
  /** What it gives is valid until cells come again. */
  readonly take: () => EncodedColumn;
};

/** Makes the encoder of a column. */
export function createColumnEncoder(column: Column): ColumnEncoder {
  const values = createEncoder(column);
  const levels = new Numbers((length) => new Uint8Array(length));
  let nulls = 0;
  const add = (value: CellValue, times: number): void => {
    levels.add(value === null ? 0 : 1, times);
    if (value !== null) values.add(value, times);
    else if (column.isNullable) nulls += times;
    else throw new Error(`${column.name} has no value`);
  };
  return {
    add(cells, length) {
      if (cells?.kind === 'each') for (const value of cells.values) add(value, 1);
      else add(cells?.value ?? null, length);
    },
    take() {
      const rows = levels.length;
      const packed = new ByteWriter(FIRST_ROWS);
      if (column.isNullable) writeRleBitPackedHybrid(packed, levels.read(), 1);
      const encoded = { ...values.take(), rows, nulls, levels: packed.getBytes() };
      levels.length = 0;
      nulls = 0;
      return encoded;
    },
  };
}
