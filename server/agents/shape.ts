/**
 * Checks of JSON from outside that cost little: millions of values go through them, where a schema library would cost
 * more than judging does. Objects are strict: a key that is not named is refused, `__proto__` with the others.
 */

/** True when the value is what it should be. Never throws. */
export type Check = (value: unknown) => boolean;

/** A well-formed text of at most so many characters. */
export function text(maxCharacters: number): Check {
  return (value) =>
    typeof value === 'string' && value.length <= maxCharacters && value.isWellFormed();
}

/** A text that matches; the pattern must bound the length. */
export function matching(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

/** A whole number from 0. */
export function count(most: number): Check {
  return (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most;
}

/** A finite number from 0. */
export function amount(most: number): Check {
  return (value) => typeof value === 'number' && value >= 0 && value <= most;
}

/** True or false. */
export const flag: Check = (value) => typeof value === 'boolean';

/** One of these. */
export function oneOf(words: readonly unknown[]): Check {
  const set = new Set(words);
  return (value) => set.has(value);
}

/** A list of at most so many. */
export function listOf(check: Check, most: number): Check {
  return (value) => Array.isArray(value) && value.length <= most && value.every(check);
}

/** An object with exactly these keys; those of `optional` may be absent. */
export function shape(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const checks = new Map([...Object.entries(required), ...Object.entries(optional)]);
  const needed = Object.keys(required);
  return (value) => {
    if (!isRecord(value)) return false;
    for (const key in value) if (!checks.get(key)?.(value[key])) return false;
    return needed.every((key) => Object.hasOwn(value, key));
  };
}

/** An object of at most so many entries whose keys match. */
export function recordOf(key: RegExp, check: Check, most: number): Check {
  return (value) => {
    if (!isRecord(value)) return false;
    const entries = Object.entries(value);
    return entries.length <= most && entries.every(([name, one]) => key.test(name) && check(one));
  };
}

/** An object that JSON made, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
