/**
 * Reads a YAML or JSON file (YAML 1.2 contains JSON) so that each value can be traced to its line and column.
 * Files are capped in size and aliases in number; merge keys, custom tags and non-string keys are not known.
 */
import { readFileSync, statSync } from 'node:fs';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type { Problem } from './problem.ts';

/** Largest file that is read. The default set is under 0.1 MB; more than this is a mistake, e.g. a wrong path. */
const MAX_FILE_BYTES = 5_000_000;
/** How often aliases may be resolved, so that nested ones cannot grow without bound. */
const MAX_ALIASES = 100;

/** Keys and indexes that lead to a value. */
export type Path = readonly PropertyKey[];

/** Place in a file, both from 1. */
export type Place = { readonly line: number; readonly column: number };

/** A parsed file that knows where its values stand. */
export type SourceDocument = {
  readonly file: string;
  /** What the file holds, not yet validated. */
  readonly value: unknown;
  /** Place of the key or value at `path`, or of the deepest part of the path that exists. */
  readonly locate: (path: Path, part: 'key' | 'value') => Place;
};

/** A parsed file, or why it cannot be used. */
export type ReadResult =
  | { readonly kind: 'ok'; readonly document: SourceDocument }
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] };

/** Our words for the syntax errors that people make most; the others keep those of the YAML package. */
const SYNTAX_FLAWS: Readonly<Record<string, { problem?: string; remedy: string }>> = {
  DUPLICATE_KEY: { problem: 'the same key stands above', remedy: 'keep one of the two' },
  TAB_AS_INDENT: { problem: 'a tab indents the line', remedy: 'indent with spaces' },
  BAD_INDENT: { remedy: 'correct the brackets or the indentation at this place' },
  MULTIPLE_DOCS: { problem: 'a second document begins', remedy: 'remove the `---`' },
  TAG_RESOLVE_FAILED: { remedy: 'remove the tag' },
  NON_STRING_KEY: { problem: 'the key is not text', remedy: 'put it in quotes' },
};

function failed(file: string, problem: string, remedy: string): ReadResult {
  return { kind: 'failed', problems: [{ file, line: 0, column: 0, path: '', problem, remedy }] };
}

/** Reads and parses a file. Never throws for anything that a file can contain. */
export function readDocument(file: string): ReadResult {
  let bytes: Uint8Array;
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return failed(file, 'not a file', 'name a YAML or JSON file');
    if (stat.size > MAX_FILE_BYTES) {
      return failed(
        file,
        `too large (${stat.size} bytes)`,
        `keep it under ${MAX_FILE_BYTES} bytes`,
      );
    }
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return failed(
      file,
      code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`,
      code === 'ENOENT' ? 'create it or correct its name' : 'give this user the right to read it',
    );
  }
  try {
    return parseText(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // Text that is not UTF-8, aliases without bound, nesting that exhausts the stack: all are the file's fault.
    const reason = error instanceof Error ? error.message : String(error);
    return failed(file, `cannot be read as YAML (${reason})`, 'write plain YAML in UTF-8');
  }
}

/** @throws whatever the YAML package throws on text that it gives up on. */
function parseText(file: string, text: string): ReadResult {
  const json = file.endsWith('.json') ? parseJson(text) : undefined;
  // Places in a sound JSON file are hardly ever asked for, so they are worked out only then.
  if (json !== undefined) {
    let locate: SourceDocument['locate'] | undefined;
    const locateLater: SourceDocument['locate'] = (path, part) => {
      locate ??= parseYaml(text).locate;
      return locate(path, part);
    };
    return { kind: 'ok', document: { file, value: json.value, locate: locateLater } };
  }
  const { yaml, placeAt, locate } = parseYaml(text);
  const flaws = [...yaml.errors, ...yaml.warnings];
  if (flaws.length > 0) {
    const problems = flaws.map(({ code, message, pos }) => ({
      file,
      ...placeAt(pos[0]),
      path: '',
      problem: SYNTAX_FLAWS[code]?.problem ?? message.split('\n')[0] ?? message,
      remedy: SYNTAX_FLAWS[code]?.remedy ?? 'correct the syntax at this place',
    }));
    return { kind: 'failed', problems };
  }
  return {
    kind: 'ok',
    document: { file, value: yaml.toJS({ maxAliasCount: MAX_ALIASES }), locate },
  };
}

/**
 * Parses JSON some twenty times faster than the YAML package does, which counts at start-up.
 * Gives `undefined` for anything to complain of: bad syntax, or a key that stands twice, which JSON.parse
 * would pass over in silence.
 */
function parseJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  let keysKept = 0;
  try {
    value = JSON.parse(text, (_key, inner: unknown) => {
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
        keysKept += Object.keys(inner).length;
      }
      return inner;
    });
  } catch {
    return undefined; // the YAML parser reads it again and says where the mistake is
  }
  // In sound JSON every string that a colon follows is a key.
  const keysWritten = text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)?.length ?? 0;
  return keysKept === keysWritten ? { value } : undefined;
}

function parseYaml(text: string) {
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    schema: 'core',
    logLevel: 'error',
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const resolve = (node: unknown): Node | undefined => {
    const target = isAlias(node) ? node.resolve(yaml) : node;
    return isNode(target) ? target : undefined;
  };
  const locate = (path: Path, part: 'key' | 'value'): Place =>
    placeAt(findOffset(yaml.contents, path, part, resolve));
  return { yaml, placeAt, locate };
}

/** Offset of the deepest part of `path` that the file has. */
function findOffset(
  root: unknown,
  path: Path,
  part: 'key' | 'value',
  resolve: (node: unknown) => Node | undefined,
): number {
  let node = resolve(root);
  let offset = node?.range?.[0] ?? 0;
  for (const [index, segment] of path.entries()) {
    let next: unknown;
    let keyOffset: number | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment);
      if (pair === undefined) return offset;
      next = pair.value;
      keyOffset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    } else if (isSeq(node) && typeof segment === 'number') {
      next = node.items[segment];
    }
    if (!isNode(next)) return keyOffset ?? offset;
    const wantsKey = part === 'key' && index === path.length - 1;
    offset = (wantsKey ? keyOffset : next.range?.[0]) ?? keyOffset ?? offset;
    node = resolve(next);
  }
  return offset;
}
