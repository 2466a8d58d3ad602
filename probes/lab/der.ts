/**
 * The little of DER (ITU-T X.690) that a certificate needs, as functions from values to bytes.
 * Written here so that the lab can mint certificates without a dependency and without waiting.
 */

/** Wraps contents in a tag and a definite length. */
export function derValue(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

/** Encodes a SEQUENCE of already encoded values. */
export const derSequence = (...items: readonly Uint8Array[]): Buffer => derValue(0x30, ...items);

/** Encodes a SET of already encoded values. */
export const derSet = (...items: readonly Uint8Array[]): Buffer => derValue(0x31, ...items);

/** Encodes a non-negative INTEGER given as big-endian bytes. */
export function derInteger(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0;
  return first >= 0x80 ? derValue(0x02, Buffer.of(0), bytes) : derValue(0x02, bytes);
}

/** Encodes TRUE. */
export const derTrue = (): Buffer => derValue(0x01, Buffer.of(0xff));

/** Encodes an OCTET STRING. */
export const derOctets = (bytes: Uint8Array): Buffer => derValue(0x04, bytes);

/** Encodes a BIT STRING, `unusedBits` of whose last byte do not count. */
export const derBits = (bytes: Uint8Array, unusedBits = 0): Buffer =>
  derValue(0x03, Buffer.of(unusedBits), bytes);

/** Encodes a UTF8String. */
export const derText = (text: string): Buffer => derValue(0x0c, Buffer.from(text, 'utf8'));

/** Encodes an OBJECT IDENTIFIER given in dotted form, e.g. `2.5.29.17`. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return derValue(0x06, Buffer.from(bytes));
}

/** Encodes an instant as RFC 5280 §4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime after. */
export function derTime(atMs: number): Buffer {
  const digits = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  return new Date(atMs).getUTCFullYear() < 2050
    ? derValue(0x17, Buffer.from(digits.slice(2), 'ascii'))
    : derValue(0x18, Buffer.from(digits, 'ascii'));
}
