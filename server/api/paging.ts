/**
 * Paging by key: a page ends with a cursor that names its last row, so pages neither skip nor repeat rows while data
 * come in. A cursor is opaque to clients; they follow `next` in the body or `Link: <…>; rel="next"`.
 */
import { z } from 'zod';
import { RequestProblem } from '../problem.ts';
import { wholeNumber } from '../query.ts';

/** Rows of a page unless told, and the most that can be asked for. */
export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const MAX_CURSOR_CHARACTERS = 512;

/** What the last row of a page is known by. */
export type CursorKey = readonly (string | number)[];

const REMEDY = 'Follow `next` of the page before, or leave it out for the first page.';

/** Writes a cursor. */
export function toCursor(key: CursorKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function readKey(text: string): unknown {
  if (text.length > MAX_CURSOR_CHARACTERS || !/^[\w-]+$/.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    // Not ours: a cursor is always JSON.
    return undefined;
  }
}

/** Reads the cursors of one list, whose keys have this form. */
export function cursorOf<K extends CursorKey>(key: z.ZodType<K>) {
  return z
    .string()
    .transform((text, context): K => {
      const read = key.safeParse(readKey(text));
      if (read.success) return read.data;
      context.addIssue({
        code: 'custom',
        message: 'no cursor of this list',
        params: { remedy: REMEDY },
      });
      return z.NEVER;
    })
    .meta({
      description: 'Where the page begins: `nextCursor` of the page before.',
      maxLength: MAX_CURSOR_CHARACTERS,
      pattern: '^[A-Za-z0-9_-]+$',
    });
}

/** How many rows a page has at most. */
export const limit = wholeNumber(1, MAX_LIMIT);

/** The cursor of lists in which each row has an id. */
export const idCursor = cursorOf(z.tuple([z.string().max(200)]));

/** A page of rows, as every list answers. */
export type PageOf<T> = { readonly rows: readonly T[]; readonly nextCursor: string | null };

/**
 * Cuts a page out of rows in order.
 * @throws RequestProblem when the row that the cursor names is not among them any more.
 */
export function cutPage<T>(
  rows: readonly T[],
  idOf: (row: T) => string,
  query: { readonly cursor?: readonly [string] | undefined; readonly limit?: number | undefined },
  defaultLimit: number = DEFAULT_LIMIT,
): PageOf<T> {
  const after = query.cursor?.[0];
  const first = after === undefined ? 0 : rows.findIndex((row) => idOf(row) === after) + 1;
  if (after !== undefined && first === 0) throw new RequestProblem(LOST_CURSOR);
  const page = rows.slice(first, first + (query.limit ?? defaultLimit));
  const last = page.at(-1);
  const hasMore = first + page.length < rows.length;
  return { rows: page, nextCursor: hasMore && last !== undefined ? toCursor([idOf(last)]) : null };
}

const LOST_CURSOR = {
  kind: 'invalid-query',
  detail: 'Cannot use `cursor`: the list has no such row now. Begin again without it.',
  errors: [
    {
      parameter: 'cursor',
      detail: 'the list has no such row now',
      remedy: 'Begin again without it.',
    },
  ],
} as const;

/** What every page says of the next one. */
export function toNext(url: URL, nextCursor: string | null) {
  if (nextCursor === null) return { nextCursor, next: null };
  const query = new URLSearchParams(url.searchParams);
  query.set('cursor', nextCursor);
  return { nextCursor, next: `${url.pathname}?${query.toString()}` };
}
