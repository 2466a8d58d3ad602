/**
 * Checks of JSON from outside that cost little: millions of values go through them. A check is described once, as data
 * in code of ours, and compiled into one plain function, which is several times faster than calling a function per
 * field. Objects are strict: a key that is not named is refused, `__proto__` with the others. Nothing that comes from
 * outside becomes code.
 */
import assert from 'node:assert/strict';

/** What a value must be; `compile` makes a function of it. */
export type Check = {
  /** Writes an expression that is true of the variable `name` when it is what it should be. */
  readonly write: (name: string, code: Code) => string;
};

/** The function under construction. */
class Code {
  readonly constants: unknown[] = [];
  readonly functions: string[] = [];
  readonly #written = new Map<Check, string>();

  /** Name of a value that the code uses. */
  bind(value: unknown): string {
    return `c[${this.constants.push(value) - 1}]`;
  }

  /** Name of a function of one value `v` with this body; one per check, wherever it is used. */
  share(check: Check, writeBody: () => string): string {
    const known = this.#written.get(check);
    if (known !== undefined) return known;
    const name = `f${this.#written.size}`;
    this.#written.set(check, name);
    this.functions.push(`function ${name}(v) { ${writeBody()} }`);
    return name;
  }
}

/** A name that needs no quoting. */
const PLAIN_NAME = /^[A-Za-z]\w*$/;
const IS_RECORD = "typeof v === 'object' && v !== null && !Array.isArray(v)";

/** Makes a function that is true of what passes the check. It never throws on anything that JSON made. */
export function compile(check: Check): (value: unknown) => boolean {
  const code = new Code();
  const expression = check.write('v', code);
  const source = `${code.functions.join('\n')}\nreturn (v) => ${expression};`;
  // oxlint-disable-next-line no-implied-eval -- made of the checks above, which are constants of this program
  const make = new Function('c', source) as (constants: unknown[]) => (value: unknown) => boolean;
  return make(code.constants);
}

/** A well-formed text of at most so many characters. */
export function text(maxCharacters: number): Check {
  return {
    write: (v) =>
      `(typeof ${v} === 'string' && ${v}.length <= ${maxCharacters} && ${v}.isWellFormed())`,
  };
}

/** A text that matches; the pattern must bound the length. */
export function matching(pattern: RegExp): Check {
  return { write: (v, code) => `(typeof ${v} === 'string' && ${code.bind(pattern)}.test(${v}))` };
}

/** A whole number from 0. */
export function count(most: number): Check {
  return { write: (v) => `(Number.isSafeInteger(${v}) && ${v} >= 0 && ${v} <= ${most})` };
}

/** A finite number from 0. */
export function amount(most: number): Check {
  return { write: (v) => `(typeof ${v} === 'number' && ${v} >= 0 && ${v} <= ${most})` };
}

/** True or false. */
export const flag: Check = { write: (v) => `(typeof ${v} === 'boolean')` };

/** One of these. */
export function oneOf(words: readonly string[]): Check {
  return { write: (v) => `(${words.map((word) => `${v} === ${quote(word)}`).join(' || ')})` };
}

/** A list of at most so many. */
export function listOf(item: Check, most: number): Check {
  const check: Check = {
    write(name, code) {
      const body = () => `
        if (!Array.isArray(v) || v.length > ${most}) return false;
        for (let i = 0; i < v.length; i += 1) { const e = v[i]; if (!${item.write('e', code)}) return false; }
        return true;`;
      return `${code.share(check, body)}(${name})`;
    },
  };
  return check;
}

/** An object with exactly these keys; those of `optional` may be absent. */
export function shape(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const check: Check = {
    write(name, code) {
      const fields = { ...required, ...optional };
      const body = () => `
        if (!(${IS_RECORD})) return false;
        let n = 0;
        ${Object.entries(fields)
          .map(([key, field]) => writeField(key, field, Object.hasOwn(required, key), code))
          .join('\n')}
        for (const k in v) n -= 1;
        return n === 0;`;
      return `${code.share(check, body)}(${name})`;
    },
  };
  return check;
}

/** Counts a field that is there and as it should be; JSON has no `undefined`, so that is how absence looks. */
function writeField(key: string, field: Check, isRequired: boolean, code: Code): string {
  assert(PLAIN_NAME.test(key) && !(key in Object.prototype), `no name for a field: ${key}`);
  const absent = isRequired ? 'return false' : ';';
  return `{ const e = v.${key};
    if (e === undefined) ${absent}
    else { if (!${field.write('e', code)}) return false; n += 1; } }`;
}

/** The first check for an object whose `kind` is this word, the other one for everything else. */
export function byKind(word: string, own: Check, other: Check): Check {
  const check: Check = {
    write(name, code) {
      const body = () => `
        return ${IS_RECORD} && v.kind === ${quote(word)} ? ${own.write('v', code)} : ${other.write('v', code)};`;
      return `${code.share(check, body)}(${name})`;
    },
  };
  return check;
}

/** An object of at most so many entries whose keys match. */
export function recordOf(key: RegExp, item: Check, most: number): Check {
  const check: Check = {
    write(name, code) {
      const body = () => `
        if (!(${IS_RECORD})) return false;
        let n = 0;
        for (const k in v) {
          n += 1;
          const e = v[k];
          if (n > ${most} || !${code.bind(key)}.test(k) || !${item.write('e', code)}) return false;
        }
        return true;`;
      return `${code.share(check, body)}(${name})`;
    },
  };
  return check;
}

/** Any object that JSON made, and no list. */
export const record: Check = {
  write: (v, code) => `${code.bind(isRecord)}(${v})`,
};

/** An object that JSON made, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A word as it stands in code. */
function quote(word: string): string {
  return JSON.stringify(word);
}
