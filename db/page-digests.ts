/**
 * A digest of every page of a closed database file, kept beside it as `<file>.pages`. SQLite itself does not
 * notice most flipped bits; with this file every one of them is found, also in pages that hold nothing now.
 */
import { hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';

/** Bytes per digested stretch: SQLite's default page size, used for files of any page size. */
const PAGE_BYTES = 4096;
/** 64 bits find any damage but a forged one, and keep the file at 0.2 % of the database. */
const DIGEST_BYTES = 8;
const PAGES_PER_READ = 256;
const HEADER = Buffer.from('reachline pages 1\n');
/** SHA-256 over the rest of the pages file. */
const TRAILER_BYTES = 32;

/** Where the digests of a database file are kept. */
export function pagesFileOf(file: string): string {
  return `${file}.pages`;
}

function digestPages(file: string, onPages: (done: number, total: number) => void): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const fileBytes = fstatSync(descriptor).size;
    const total = Math.ceil(fileBytes / PAGE_BYTES);
    const digests = Buffer.alloc(total * DIGEST_BYTES);
    const chunk = Buffer.alloc(PAGE_BYTES * PAGES_PER_READ);
    let page = 0;
    for (let offset = 0; offset < fileBytes; ) {
      const readBytes = readSync(descriptor, chunk, 0, chunk.length, offset);
      if (readBytes === 0) break;
      for (let at = 0; at < readBytes; at += PAGE_BYTES, page += 1)
        hash('sha256', chunk.subarray(at, Math.min(at + PAGE_BYTES, readBytes)), 'buffer').copy(
          digests,
          page * DIGEST_BYTES,
          0,
          DIGEST_BYTES,
        );
      offset += readBytes;
      onPages(page, total);
    }
    return digests;
  } finally {
    closeSync(descriptor);
  }
}

/** Writes the digests of a database that nobody has open. Overwrites what was there. */
export function writePagesFile(file: string): void {
  const body = Buffer.concat([HEADER, digestPages(file, () => {})]);
  const unfinished = `${pagesFileOf(file)}.new`;
  const descriptor = openSync(unfinished, 'w');
  try {
    writeSync(descriptor, Buffer.concat([body, hash('sha256', body, 'buffer')]));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, pagesFileOf(file));
}

/** Removes the digests, which must happen before the first write to the database. */
export function removePagesFile(file: string): void {
  for (const each of [pagesFileOf(file), `${pagesFileOf(file)}.new`]) rmSync(each, { force: true });
}

/** What the comparison found. */
export type PageCheck =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'compared';
      readonly pages: number;
      /** Numbers of the pages that differ, from 1. */
      readonly damaged: readonly number[];
      readonly expectedPages: number;
    };

/** Compares every page of a database file with its digests. Never throws. */
export function checkPages(
  file: string,
  onPages: (done: number, total: number) => void = () => {},
): PageCheck {
  try {
    if (!existsSync(pagesFileOf(file))) return { kind: 'absent' };
    const stored = readFileSync(pagesFileOf(file));
    const body = stored.subarray(0, -TRAILER_BYTES);
    const isWhole =
      body.subarray(0, HEADER.length).equals(HEADER) &&
      hash('sha256', body, 'buffer').equals(stored.subarray(-TRAILER_BYTES));
    if (!isWhole) return { kind: 'unreadable', reason: `${pagesFileOf(file)} is damaged itself` };
    const expected = body.subarray(HEADER.length);
    const actual = digestPages(file, onPages);
    const damaged: number[] = [];
    const pages = Math.min(expected.length, actual.length) / DIGEST_BYTES;
    for (let page = 0; page < pages; page += 1) {
      const [start, end] = [page * DIGEST_BYTES, (page + 1) * DIGEST_BYTES];
      if (!expected.subarray(start, end).equals(actual.subarray(start, end)))
        damaged.push(page + 1);
    }
    return {
      kind: 'compared',
      pages: actual.length / DIGEST_BYTES,
      damaged,
      expectedPages: expected.length / DIGEST_BYTES,
    };
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}
