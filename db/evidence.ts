/**
 * Compressed JSON: zstd (RFC 8878) with a dictionary of what such JSON usually says, which makes a measurement
 * several times smaller. A dictionary stays in the database for ever, since what was packed with it needs it.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Statements } from './statements.ts';

/** The dictionary that new rows use, and its file. A new one gets the next number; old files are never edited. */
export const CURRENT_DICTIONARY_ID = 1;
const DICTIONARY_FILE = join(import.meta.dirname, 'dictionaries', '0001.txt');

/** Twenty times the largest measurement that the default configuration can make: a bound against damaged frames. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/**
 * 128 KiB, which holds the dictionary and nearly every document: as small as with the default of 2 MiB, while packing
 * takes a third less time and unpacking two fifths less (20 November 2026, documents of 4 and 20 KB).
 */
const WINDOW_LOG = 17;

/** The dictionary shipped with this version. */
export function readShippedDictionary(): { content: Buffer; sha256: Buffer } {
  const content = readFileSync(DICTIONARY_FILE);
  return { content, sha256: hash('sha256', content, 'buffer') };
}

/** Compresses one JSON text; the frame carries its own checksum. */
export function compressJson(json: string, dictionary: Uint8Array): Buffer {
  return zstdCompressSync(json, {
    dictionary,
    params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_windowLog]: WINDOW_LOG },
  });
}

/** Gives the text back. @throws when the bytes are damaged or the dictionary is another. */
export function decompressJson(content: Uint8Array, dictionary: Uint8Array): string {
  return zstdDecompressSync(content, { dictionary, maxOutputLength: MAX_JSON_BYTES }).toString();
}

/** Compressed text with the dictionary it needs. */
export type Packed = { readonly dictionaryId: number; readonly content: Uint8Array };

/** Packs and unpacks JSON with the dictionaries of one database. */
export class EvidenceCodec {
  readonly #statements: Statements;
  readonly #dictionaries = new Map<number, Uint8Array>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Forgets what was kept in memory; to be called when a transaction was rolled back. */
  reset(): void {
    this.#dictionaries.clear();
  }

  pack(value: unknown): Packed {
    const dictionaryId = CURRENT_DICTIONARY_ID;
    const json = JSON.stringify(value);
    return { dictionaryId, content: compressJson(json, this.#dictionary(dictionaryId)) };
  }

  /** @throws when the bytes do not decode. */
  unpack(dictionaryId: number, content: Uint8Array): unknown {
    return JSON.parse(decompressJson(content, this.#dictionary(dictionaryId)));
  }

  /** Stores the shipped dictionary unless it is there. */
  addShipped(): void {
    const { content, sha256 } = readShippedDictionary();
    this.#statements
      .prepare('INSERT OR IGNORE INTO dictionary (id, sha256, content) VALUES (?, ?, ?)')
      .run(CURRENT_DICTIONARY_ID, sha256, content);
  }

  #dictionary(id: number): Uint8Array {
    const cached = this.#dictionaries.get(id);
    if (cached) return cached;
    const row = this.#statements
      .prepare<[number], { content: Buffer }>('SELECT content FROM dictionary WHERE id = ?')
      .get(id);
    assert(row, `the dictionary ${id} does not exist`);
    this.#dictionaries.set(id, row.content);
    return row.content;
  }
}
