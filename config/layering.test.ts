/**
 * Keeps the arrows between the five rooms (DECISIONS.md): who may import whom, and whether only types.
 * Also keeps out packages that nobody declared and files named after nothing in particular.
 * Reads the sources as text, since no analyser knows type stripping and is small enough to trust here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path/posix';
import { before, test } from 'node:test';

/** Path prefixes outside its own folder that a file may import; the longest matching folder counts. */
type Arrows = { readonly values: readonly string[]; readonly types: readonly string[] };

const ARROWS: Readonly<Record<string, Arrows>> = {
  config: { values: [], types: [] },
  probes: { values: ['config/'], types: ['config/'] },
  db: { values: ['config/', 'probes/types.ts'], types: ['config/', 'probes/'] },
  // The words of the domain are free of other imports, so pages and browser may use their values too.
  dashboard: { values: ['probes/types.ts'], types: ['config/', 'probes/types.ts', 'db/'] },
  server: {
    values: ['config/', 'probes/', 'db/', 'dashboard/'],
    types: ['config/', 'probes/', 'db/', 'dashboard/'],
  },
};

/** Names that say nothing of what a file is for. */
const VAGUE_NAME = /^(.*-)?(index|utils?|helpers?|common|misc|shared)\.[a-z.]+$/;
/** Files that run only while developing, and may use development packages. */
const DEVELOPMENT_FILE = /\.(test|slow|bench|browser)\.ts$|\/testing\//;
/** An import or re-export with its specifier, static or dynamic; groups: `type`, specifier, dynamic specifier. */
const IMPORT =
  /^(?:import|export)(\s+type)?\b(?:[^'";]*?\sfrom)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

type Import = { readonly file: string; readonly specifier: string; readonly isType: boolean };

const files: string[] = [];
const imports: Import[] = [];

/** Every import that the text of a file makes. */
function listImports(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    file,
    specifier: match[2] ?? match[3] ?? '',
    isType: match[1] !== undefined,
  }));
}

/** Why an import between our own files is not allowed; `undefined` when it is. */
function findFault({ file, specifier, isType }: Import): string | undefined {
  const room = file.split('/')[0] ?? '';
  const target = join(dirname(file), specifier);
  if (target.startsWith(`${room}/`)) return undefined;
  const arrows = ARROWS[room];
  const allowed = (isType ? arrows?.types : arrows?.values) ?? [];
  if (allowed.some((prefix) => target.startsWith(prefix))) return undefined;
  return `${file} → ${target}${isType ? ' (type)' : ''}`;
}

before(async () => {
  for await (const file of glob('{config,probes,db,dashboard,server}/**/*.ts', {
    exclude: ['**/dist/**'],
  })) {
    files.push(file);
    imports.push(...listImports(file, readFileSync(file, 'utf8')));
  }
  assert.ok(imports.length > 0, 'no imports read: run from the repository root');
});

test('rooms import only in the allowed directions', () => {
  const own = imports.filter(({ specifier }) => specifier.startsWith('.'));
  assert.deepEqual(own.map(findFault).filter(Boolean), []);
});

test('sources stand in the five rooms only', async () => {
  const strays: string[] = [];
  for await (const file of glob('**/*.ts', { exclude: ['node_modules', '.git'] })) {
    if (!Object.hasOwn(ARROWS, file.split('/')[0] ?? '')) strays.push(file);
  }
  assert.deepEqual(strays, []);
});

test('packages are declared, and those for development stay in development files', () => {
  const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
  const namesOf = (key: string): string[] =>
    Object.keys(Object(Reflect.get(Object(manifest), key)) as object);
  const shipped = new Set(namesOf('dependencies'));
  const development = new Set(namesOf('devDependencies'));
  const faults = imports.filter(({ file, specifier, isType }) => {
    if (/^(\.|node:)/.test(specifier)) return false;
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const mayUseDevelopment = isType || DEVELOPMENT_FILE.test(file);
    return !shipped.has(name) && !(mayUseDevelopment && development.has(name));
  });
  assert.deepEqual(faults, []);
});

test('no file is a barrel or named after nothing', () => {
  assert.deepEqual(
    files.filter((file) => VAGUE_NAME.test(basename(file))),
    [],
  );
});

const faultRows = [
  { file: 'config/a.ts', text: "import { b } from '../probes/b.ts';", isFault: true },
  { file: 'config/a.ts', text: "import type { B } from '../probes/b.ts';", isFault: true },
  { file: 'config/a.ts', text: "import { b } from './b.ts';", isFault: false },
  { file: 'probes/judge/a.ts', text: "import { b } from '../../config/b.ts';", isFault: false },
  { file: 'probes/a.ts', text: "export * from '../db/b.ts';", isFault: true },
  { file: 'db/a.ts', text: "import { FUNCTIONS } from '../probes/types.ts';", isFault: false },
  { file: 'db/a.ts', text: "import { now } from '../probes/clock.ts';", isFault: true },
  { file: 'db/a.ts', text: "import type { Clock } from '../probes/clock.ts';", isFault: false },
  { file: 'dashboard/pages/a.ts', text: "import { b } from '../../db/b.ts';", isFault: true },
  {
    file: 'dashboard/pages/a.ts',
    text: "import { type B } from '../../db/b.ts';",
    isFault: true,
  },
  {
    file: 'dashboard/pages/a.ts',
    text: "import type { B } from '../../db/b.ts';",
    isFault: false,
  },
  {
    file: 'dashboard/timeline/a.ts',
    text: "import type { B } from '../../server/b.ts';",
    isFault: true,
  },
  // Put together, so that this file is not itself taken for one that imports it.
  { file: 'dashboard/a.ts', text: `const b = await ${'import'}('../server/b.ts');`, isFault: true },
  { file: 'server/a.ts', text: "import {\n  b,\n  c,\n} from '../db/b.ts';", isFault: false },
  { file: 'probes/a.ts', text: "import {\n  b,\n} from '../db/b.ts';", isFault: true },
  { file: 'probes/a.ts', text: "import '../server/b.ts';", isFault: true },
];
for (const { file, text, isFault } of faultRows) {
  test(`${file}: ${text.replace(/\s+/g, ' ')} ${isFault ? 'is refused' : 'is allowed'}`, () => {
    const [found] = listImports(file, text);
    assert.ok(found, 'the import was not seen');
    assert.equal(findFault(found) !== undefined, isFault);
  });
}
