/** GET /exports/v1/…: bulk files, whole or in part (RFC 9110, Range Requests), so that a broken download goes on. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Handler, HandlerDeps } from '../../contract.ts';
import { RequestProblem, replyProblem } from '../../problem.ts';
import { SECURITY_HEADERS } from '../../reply.ts';
import { openShelf, type Shelf, type ShelfFile } from './shelf.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  parquet: 'application/vnd.apache.parquet',
  gz: 'application/gzip',
  zst: 'application/zstd',
  sqlite: 'application/vnd.sqlite3',
  json: 'application/json',
  jsonld: 'application/ld+json',
  cff: 'text/yaml; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
};

/** Shelves by their folder; each holds its manifest. */
const shelves = new Map<string, Shelf>();

/** The shelf of this server; undefined where no folder is served. */
export function findShelf({ bulkFolder }: Pick<HandlerDeps, 'bulkFolder'>): Shelf | undefined {
  if (bulkFolder === undefined) return undefined;
  const shelf = shelves.get(bulkFolder) ?? openShelf(bulkFolder);
  shelves.set(bulkFolder, shelf);
  return shelf;
}

type Range = { readonly first: number; readonly last: number };

/** Reads one range; undefined when there is none to keep to, `none` when none of it exists. */
function readRange(header: string | null, bytes: number): Range | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  // Several ranges, and what is no range, may be answered with the whole.
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first > last || first >= bytes ? 'none' : { first, last };
}

function isNamed(header: string | null, etag: string): boolean {
  return (header ?? '').split(',').some((one) => [etag, `W/${etag}`, '*'].includes(one.trim()));
}

function listHeaders(path: string, { etag, isImmutable, modifiedMs }: ShelfFile) {
  const name = path.split('/').at(-1) ?? '';
  const ending = name.split('.').at(-1) ?? '';
  return {
    ...SECURITY_HEADERS,
    'content-type': CONTENT_TYPES[ending] ?? 'text/plain; charset=utf-8',
    'cache-control': isImmutable ? IMMUTABLE : 'no-cache',
    'accept-ranges': 'bytes',
    'last-modified': new Date(modifiedMs).toUTCString(),
    etag,
    ...(isImmutable && !/^(?:json|jsonld|md|cff)$/.test(ending)
      ? { 'content-disposition': `attachment; filename="${toFileName(path)}"` }
      : {}),
  };
}

/** A name that says what it is also away from its folder: `part.parquet` of a day says nothing. */
function toFileName(path: string): string {
  const parts = path.split('/').map((one) => one.replace(/^date=/, ''));
  return parts.join('-').replace(/^(?:snapshot|tables|releases)-/, '');
}

function send(request: Request, path: string, found: ShelfFile): Response | Promise<Response> {
  const headers = listHeaders(path, found);
  if (isNamed(request.headers.get('if-none-match'), found.etag))
    return new Response(null, { status: 304, headers });
  const condition = request.headers.get('if-range');
  const isRanged = condition === null || condition === found.etag;
  const range = isRanged ? readRange(request.headers.get('range'), found.bytes) : undefined;
  if (range === 'none')
    return replyProblem(
      request,
      { kind: 'range-not-satisfiable', detail: `The file has ${found.bytes} bytes.` },
      { 'content-range': `bytes */${found.bytes}` },
    );
  const { first, last } = range ?? { first: 0, last: found.bytes - 1 };
  const more = {
    'content-length': String(last - first + 1),
    ...(range ? { 'content-range': `bytes ${first}-${last}/${found.bytes}` } : {}),
  };
  const init = { status: range ? 206 : 200, headers: { ...headers, ...more } };
  if (request.method === 'HEAD' || found.bytes === 0) return new Response(null, init);
  const stream = createReadStream(found.file, { start: first, end: last });
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, init); // bytes, without an encoding
}

const LATEST = /^latest\/([\w.-]+)$/;

/** Answers with a file; `latest/<name>` leads to the newest of its name. */
export const answerBulk: Handler = ({ request, parameters }, deps) => {
  const path = parameters['path'] ?? '';
  const shelf = findShelf(deps);
  const [, name] = LATEST.exec(path) ?? [];
  const target = name === undefined ? undefined : shelf?.findLatest(name);
  if (target !== undefined)
    return new Response(null, {
      status: 302,
      headers: {
        ...SECURITY_HEADERS,
        location: `/exports/v1/${target}`,
        'cache-control': 'no-cache',
      },
    });
  const found = shelf?.find(path);
  if (found !== undefined) return send(request, path, found);
  throw new RequestProblem({
    kind: 'not-found',
    detail:
      'There is no such file. /exports/v1/manifest.json lists all that there are, once a first night has passed; sets of tables and snapshots are removed after some nights.',
  });
};
