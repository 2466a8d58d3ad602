/** Reading JSON that anybody may have written: every field may be missing, null, of another type, or far too large. */

/** An object of which nothing is known; keys are only ever read by `getField`. */
export type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = Object.freeze({});
/** Entries of a list that are looked at; the longest honest list has a few hundred. */
const MAX_ENTRIES = 600;
/** Characters of a short text such as a name or a version. */
const MAX_TEXT_CHARS = 2_048;
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

/** The value as an object; an empty one when it is none. */
export function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : NO_FIELDS;
}

/** A field of the object itself: keys come from outside and may be `constructor`. */
export function getField(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** The value as a list of at most 600 entries; an empty one when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES) : [];
}

/** The entries of the value as objects. */
export function asRows(value: unknown): readonly Fields[] {
  return asList(value).map(asFields);
}

/** The text, well-formed and of at most 2,048 characters; undefined when it is none or empty. Numbers become text. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || value === '') return undefined;
  return value.slice(0, MAX_TEXT_CHARS).toWellFormed();
}

/** The finite number, also when it was written as text. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : undefined;
}

/** The port, 1 to 65,535. */
export function asPort(value: unknown): number | undefined {
  const port = asNumber(value);
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536
    ? port
    : undefined;
}

/** The bytes of a text or of `{ format: 'base64', data }`; undefined when they cannot be read. */
export function asBytes(value: unknown): Buffer | undefined {
  if (typeof value === 'string') return Buffer.from(value);
  const fields = asFields(value);
  const data = getField(fields, 'data');
  if (typeof data !== 'string' || getField(fields, 'format') !== 'base64') return undefined;
  return BASE64.test(data) ? Buffer.from(data, 'base64') : undefined;
}

/** The host in lower case without brackets and without the dot that names may end with. */
export function asHost(value: unknown): string | undefined {
  return asText(value)
    ?.toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** The http or https address; undefined when it is none. */
export function asWebAddress(value: unknown): URL | undefined {
  const text = asText(value);
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

/** Splits `1.2.3.4:443` or `[2001:db8::1]:443`. */
export function asEndpoint(value: unknown): { address: string; port: number } | undefined {
  const match = /^\[?([^[\]]{1,255}?)\]?:(\d{1,5})$/.exec(asText(value) ?? '');
  const port = asPort(match?.[2]);
  return match?.[1] !== undefined && port !== undefined ? { address: match[1], port } : undefined;
}
