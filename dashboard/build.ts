/**
 * Bundles what the browser gets into dashboard/dist: the scripts and the style sheets, under hashed names,
 * each with a brotli copy beside it. `manifest.json` maps the stable name to the hashed one:
 * `{ "timeline.js": "timeline-5ZK3….js", "timeline.css": …, "main.css": … }`; a part whose source is missing is left out.
 * Run by setup.mjs, or alone with `node dashboard/build.ts`.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build, type OutputFile, type Plugin } from 'esbuild';
import { toPaletteCss } from './palette.ts';

/** One file of the bundle and how large it is. */
export type BuiltFile = {
  /** Stable name, e.g. `timeline.js`. */
  readonly name: string;
  /** Name in dist, e.g. `timeline-5ZK3QBCV.js`. */
  readonly file: string;
  readonly bytes: number;
  readonly brotliBytes: number;
};

/** The timeline script may weigh this much compressed; a year of lanes must not wait for code. */
export const MAX_SCRIPT_BROTLI_BYTES = 45 * 1024;
/** The script of live pages is loaded everywhere, on the worst lines too. */
const MAX_LIVE_BROTLI_BYTES = 8 * 1024;
const LIMITS: Readonly<Record<string, number>> = {
  'timeline.js': MAX_SCRIPT_BROTLI_BYTES,
  'live.js': MAX_LIVE_BROTLI_BYTES,
};

const DASHBOARD = import.meta.dirname;
/** What browsers of the last three years understand; Tor Browser follows Firefox ESR. */
const TARGET = ['es2022', 'chrome111', 'firefox115', 'safari16.4'];
const SHARED = {
  absWorkingDir: DASHBOARD,
  outdir: join(DASHBOARD, 'dist'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  write: false,
  target: TARGET,
  legalComments: 'none',
  logLevel: 'warning',
} as const;

/** Ways to draw that the timeline, which paints its lanes itself, never takes; uPlot names them, so a bundler would keep them. */
const UNUSED_PATHS = /\(?paths\.(?:linear|stepped|bars|spline) *= \w+\)?;/g;

/**
 * uPlot hands `navigator.language` to Intl as soon as it is loaded, and Chromium under a `C` locale says
 * `en-US@posix` there, which Intl refuses: the whole page would go without its chart. We use none of uPlot's
 * numbers, so its language is fixed.
 */
const FITTED_CHART: Plugin = {
  name: 'fitted-chart',
  setup(context) {
    context.onLoad({ filter: /uPlot\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      assert.ok(
        source.includes('nav.language'),
        'uPlot no longer reads the language: drop this step',
      );
      assert.equal(source.match(UNUSED_PATHS)?.length, 4, 'uPlot names its ways to draw otherwise');
      const contents = source.replace('nav.language', '"en"').replaceAll(UNUSED_PATHS, '');
      return { contents, loader: 'js' };
    });
  },
};

async function bundleScript(name: string): Promise<OutputFile[]> {
  const entry = join(DASHBOARD, name, 'main.ts');
  if (!existsSync(entry)) return [];
  const result = await build({
    ...SHARED,
    entryPoints: { [name]: entry },
    format: 'esm',
    platform: 'browser',
    plugins: [FITTED_CHART],
  });
  return result.outputFiles;
}

/** Bundles one style sheet from the parts that exist; `head` goes first. */
async function bundleStyle(name: string, head: string, parts: string[]): Promise<OutputFile[]> {
  const present = parts.filter(
    (part) => part.startsWith('uplot/') || existsSync(join(DASHBOARD, part)),
  );
  if (present.length === 0) return [];
  const imports = present.map((part) =>
    part.startsWith('uplot/') ? `@import "${part}";` : `@import "./${part}";`,
  );
  // CSS wants imports before rules, so the head comes in as an import of its own.
  const contents = head === '' ? imports.join('') : `@import "head.css";${imports.join('')}`;
  const result = await build({
    ...SHARED,
    stdin: { contents, loader: 'css', resolveDir: DASHBOARD, sourcefile: `${name}.css` },
    entryNames: `${name}-[hash]`,
    plugins: [
      {
        name: 'head',
        setup(context) {
          context.onResolve({ filter: /^head\.css$/ }, () => ({
            path: 'head.css',
            namespace: 'head',
          }));
          context.onLoad({ filter: /.*/, namespace: 'head' }, () => ({
            contents: head,
            loader: 'css',
          }));
        },
      },
    ],
  });
  return result.outputFiles;
}

async function writeFileWithBrotli(folder: string, output: OutputFile): Promise<BuiltFile> {
  const file = basename(output.path);
  const packed = await promisify(brotliCompress)(output.contents, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  await writeFile(join(folder, file), output.contents);
  await writeFile(join(folder, `${file}.br`), packed);
  const name = file.replace(/-[A-Z0-9]+\.(js|css)$/, '.$1');
  return { name, file, bytes: output.contents.length, brotliBytes: packed.length };
}

/** Writes the bundle into `folder`, removes files of earlier builds, and returns what it wrote. */
export async function buildDashboard(folder = SHARED.outdir): Promise<readonly BuiltFile[]> {
  const outputs = [
    ...(await bundleScript('timeline')),
    ...(await bundleScript('live')),
    ...(await bundleScript('push')),
    ...(await bundleScript('pushworker')),
    ...(await bundleStyle('timeline', '', ['uplot/dist/uPlot.min.css', 'timeline/timeline.css'])),
    ...(await bundleStyle('board', '', ['styles/board.css'])),
    ...(await bundleStyle('main', toPaletteCss(), ['styles/main.css'])),
  ];
  await mkdir(folder, { recursive: true });
  const built = await Promise.all(outputs.map((output) => writeFileWithBrotli(folder, output)));
  const kept = new Set(['manifest.json', ...built.flatMap(({ file }) => [file, `${file}.br`])]);
  const manifest = Object.fromEntries(built.map(({ name, file }) => [name, file]));
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // Only names that a build makes: the stamp of setup.mjs and anything else stays.
  for (const old of await readdir(folder))
    if (/\.(js|css)(\.br)?$/.test(old) && !kept.has(old)) await rm(join(folder, old));
  return built;
}

if (import.meta.main) {
  const built = await buildDashboard();
  for (const { file, bytes, brotliBytes } of built)
    process.stderr.write(`${file}  ${bytes} B, ${brotliBytes} B as brotli\n`);
  for (const { name, brotliBytes } of built) {
    const limit = LIMITS[name] ?? Number.POSITIVE_INFINITY;
    if (brotliBytes <= limit) continue;
    process.stderr.write(`${name} is larger than ${limit} B as brotli\n`);
    process.exitCode = 1;
  }
}
