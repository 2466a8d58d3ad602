/**
 * The built files of dashboard/dist, read once at start: only names in the manifest exist, so no path of a
 * request ever reaches the file system. Names carry a hash, so what is under a name never changes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assets } from '../dashboard/pages/frame.ts';
import { SECURITY_HEADERS } from './reply.ts';

const DIST = join(import.meta.dirname, '..', 'dashboard', 'dist');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

type AssetFile = {
  readonly content: Buffer<ArrayBuffer>;
  readonly brotli?: Buffer<ArrayBuffer>;
  readonly contentType: string;
};

/** The built files by name, with the addresses that pages use. */
export type AssetStore = {
  readonly files: ReadonlyMap<string, AssetFile>;
  readonly urls: Assets;
  /** Name of the worker that shows push messages, which browsers ask for under an address that never changes. */
  readonly pushWorker?: string;
};

function readManifest(folder: string): Map<string, string> {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) return new Map();
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof manifest !== 'object' || manifest === null) return new Map();
  // A name with a folder in it is none that our build writes.
  return new Map(
    Object.entries(manifest)
      .map(([name, value]) => [name, String(value)] as const)
      .filter(([, value]) => /^[\w.-]+$/.test(value) && existsSync(join(folder, value))),
  );
}

/** Reads the built files; without a build the pages come without style, and say the same. */
export function loadAssets(folder = DIST): AssetStore {
  const manifest = readManifest(folder);
  const files = new Map<string, AssetFile>();
  for (const name of manifest.values()) {
    const packed = join(folder, `${name}.br`);
    files.set(name, {
      content: Buffer.from(readFileSync(join(folder, name))),
      contentType: CONTENT_TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      ...(existsSync(packed) ? { brotli: Buffer.from(readFileSync(packed)) } : {}),
    });
  }
  const toUrl = (name: string) =>
    manifest.has(name) ? `/assets/${manifest.get(name)}` : undefined;
  const styleUrl = toUrl('main.css');
  const timelineStyleUrl = toUrl('timeline.css');
  const boardStyleUrl = toUrl('board.css');
  const timelineScriptUrl = toUrl('timeline.js');
  const liveScriptUrl = toUrl('live.js');
  const pushScriptUrl = toUrl('push.js');
  const pushWorker = manifest.get('pushworker.js');
  return {
    files,
    ...(pushWorker === undefined ? {} : { pushWorker }),
    urls: {
      ...(styleUrl === undefined ? {} : { styleUrl }),
      ...(timelineStyleUrl === undefined ? {} : { timelineStyleUrl }),
      ...(boardStyleUrl === undefined ? {} : { boardStyleUrl }),
      ...(timelineScriptUrl === undefined ? {} : { timelineScriptUrl }),
      ...(liveScriptUrl === undefined ? {} : { liveScriptUrl }),
      ...(pushScriptUrl === undefined ? {} : { pushScriptUrl }),
    },
  };
}

/** Sends a built file, or undefined when there is none of that name. */
export function replyAsset(
  request: Request,
  assets: AssetStore,
  name: string,
): Response | undefined {
  const file = assets.files.get(name);
  if (file === undefined) return undefined;
  const takesBrotli = /(?:^|,)\s*br\s*(?:,|;(?!\s*q=0)|$)/i.test(
    request.headers.get('accept-encoding') ?? '',
  );
  const brotli = takesBrotli ? file.brotli : undefined;
  return new Response(brotli ?? file.content, {
    headers: {
      ...SECURITY_HEADERS,
      'content-type': file.contentType,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(brotli === undefined ? {} : { 'content-encoding': 'br' }),
    },
  });
}
