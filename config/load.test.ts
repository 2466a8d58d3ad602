/** Loading: the default files, every rule with the message it gives, and text of any kind. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { hashConfig, loadConfig } from './load.ts';
import { ConfigError, formatProblems } from './problem.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const scratch = mkdtempSync(join(tmpdir(), 'reachline-config-'));
after(() => rmSync(scratch, { recursive: true }));

/** A folder with the good files, overlaid with those of `overlay` when there are any. */
function makeFolder(overlay?: string): string {
  const folder = mkdtempSync(join(scratch, 'case-'));
  cpSync(join(FIXTURES, 'good'), folder, { recursive: true });
  if (overlay === undefined) return folder;
  for (const name of readdirSync(overlay)) {
    // Files whose very syntax is bad end in .txt, so that formatters leave them alone.
    cpSync(join(overlay, name), join(folder, name.replace(/\.(yaml|json)\.txt$/, '.$1')));
  }
  return folder;
}

/** What loading a folder complains of, with the folder's own path taken out. */
function complain(folder: string): string {
  try {
    loadConfig({ file: join(folder, 'reachline.yaml') });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return formatProblems(error.problems).replaceAll(`${folder}/`, '');
  }
}

test('the default configuration has no problems', () => {
  const config = loadConfig({ file: join(import.meta.dirname, 'reachline.yaml') });
  assert.deepEqual(
    config.services.map((service) => service.id),
    ['facebook', 'instagram', 'whatsapp'],
  );
  assert.deepEqual(
    Object.fromEntries(config.services.map(({ id, requiredFunctions }) => [id, requiredFunctions])),
    { facebook: ['web', 'app'], instagram: ['web', 'app'], whatsapp: ['messages', 'web'] },
  );
  assert.ok(config.baselines.length >= 3);
  assert.match(config.hash, /^[0-9a-f]{64}$/);
});

test('a loaded configuration cannot be changed', () => {
  const config = loadConfig({ file: join(FIXTURES, 'good', 'reachline.yaml') });
  for (const part of [config, config.schedule, config.services, config.services[0]?.targets[0]]) {
    assert.ok(Object.isFrozen(part));
  }
});

test('a path that is not given is /', () => {
  const config = loadConfig({ file: join(FIXTURES, 'good', 'reachline.yaml') });
  assert.equal(config.services[0]?.targets[1]?.path, '/');
});

test('the hash depends on content and not on the order of keys', () => {
  const {
    announcements: _announcements,
    api: _api,
    bulk: _bulk,
    alerts: _alerts,
    hash,
    ...content
  } = loadConfig({
    file: join(FIXTURES, 'good', 'reachline.yaml'),
  });
  const reordered = { ...Object.fromEntries(Object.entries(content).toReversed()), ...content };
  assert.equal(hashConfig(reordered), hash);
  const changed = { ...content, budgets: { ...content.budgets, dnsMs: 4_001 } };
  assert.notEqual(hashConfig(changed), hash);
});

for (const rule of readdirSync(join(FIXTURES, 'bad'))) {
  test(`bad configuration: ${rule}`, () => {
    const overlay = join(FIXTURES, 'bad', rule);
    const expected = readFileSync(join(overlay, 'expected.txt'), 'utf8').trimEnd();
    assert.equal(complain(makeFolder(overlay)), expected);
  });
}

const unreadable = [
  {
    name: 'a file over the size cap',
    content: '#'.repeat(5_000_001),
    expected: 'rules.yaml: too large (5000001 bytes), keep it under 5000000 bytes',
  },
  {
    name: 'text that is not UTF-8',
    content: new Uint8Array([0x61, 0x3a, 0x20, 0xff]),
    expected: /^rules\.yaml: cannot be read as YAML \(.*\), write plain YAML in UTF-8$/,
  },
  {
    name: 'nesting deeper than any stack',
    content: '['.repeat(200_000),
    expected: /^rules\.yaml.*/,
  },
];
for (const { name, content, expected } of unreadable) {
  test(`unreadable file: ${name}`, () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'rules.yaml'), content);
    const said = complain(folder);
    if (typeof expected === 'string') assert.equal(said, expected);
    else assert.match(said, expected);
  });
}

test('a folder in place of a file is a problem of its own', () => {
  const folder = makeFolder();
  assert.throws(() => loadConfig({ file: folder }), { name: 'ConfigError', message: /not a file/ });
});

test('no text makes loading throw anything but ConfigError', () => {
  const folder = makeFolder();
  const good = readFileSync(join(FIXTURES, 'good', 'services.yaml'), 'utf8');
  const prototypeKeys = Object.getOwnPropertyNames(Object.prototype);
  const yamlish = fc
    .array(
      fc.constantFrom(
        'a',
        ': ',
        '- ',
        '\n',
        '  ',
        '&x ',
        '*x',
        '!!str ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '|',
        '#',
        '? ',
        '---',
        '<<',
        '__proto__',
        '\t',
        '0x',
        '~',
        ',',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));
  const damaged = fc
    .tuple(fc.nat(good.length), fc.nat(40), yamlish)
    .map(([from, length, inserted]) => good.slice(0, from) + inserted + good.slice(from + length));
  fc.assert(
    fc.property(
      fc.constantFrom('reachline.yaml', 'services.yaml', 'announcements.json'),
      fc.oneof(fc.string({ unit: 'binary' }), fc.json(), yamlish, damaged),
      (name, text) => {
        const target = join(folder, name);
        const before = readFileSync(target);
        writeFileSync(target, text);
        try {
          complain(folder);
        } finally {
          writeFileSync(target, before);
        }
        assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototypeKeys);
      },
    ),
    { numRuns: 300 },
  );
});
