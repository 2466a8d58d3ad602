/** Reads the server name out of the first bytes of a TLS connection, as a middlebox does (RFC 8446 §4.1.2, RFC 6066 §3). */

/** What the bytes so far tell. */
export type SniffedHello =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not_tls' }
  /** A whole ClientHello; `serverName` is missing when it names none. */
  | { readonly kind: 'hello'; readonly serverName?: string };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;
const RECORD_HEADER_BYTES = 5;
/** More than this is no hello that a middlebox would wait for. */
const MAX_HELLO_BYTES = 32_768;

/** Parses a ClientHello that may be split over records and segments. Never throws. */
export function sniffServerName(bytes: Buffer): SniffedHello {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE_RECORD) return { kind: 'not_tls' };
  const handshake = joinRecords(bytes);
  if (handshake === undefined) return { kind: 'not_tls' };
  if (handshake.length < 4) return { kind: 'incomplete' };
  if (handshake[0] !== CLIENT_HELLO) return { kind: 'not_tls' };
  const length = handshake.readUIntBE(1, 3);
  if (length > MAX_HELLO_BYTES) return { kind: 'not_tls' };
  if (handshake.length < 4 + length) return { kind: 'incomplete' };
  const serverName = serverNameOf(handshake.subarray(4, 4 + length));
  return serverName === undefined ? { kind: 'hello' } : { kind: 'hello', serverName };
}

/** Joins the payloads of handshake records; the last one may be cut. Undefined when another record is between them. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const payloads: Buffer[] = [];
  for (let at = 0; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    if (bytes[at] !== HANDSHAKE_RECORD)
      return payloads.length > 0 ? Buffer.concat(payloads) : undefined;
    const end = at + RECORD_HEADER_BYTES + bytes.readUInt16BE(at + 3);
    payloads.push(bytes.subarray(at + RECORD_HEADER_BYTES, end));
    at = end;
  }
  return Buffer.concat(payloads);
}

function serverNameOf(hello: Buffer): string | undefined {
  // Version and random, then three vectors of varying length, then the extensions.
  let at = 34;
  at += 1 + (hello[at] ?? 0);
  at += 2 + readUInt16(hello, at);
  at += 1 + (hello[at] ?? 0);
  const end = Math.min(hello.length, at + 2 + readUInt16(hello, at));
  at += 2;
  while (at + 4 <= end) {
    const length = readUInt16(hello, at + 2);
    if (readUInt16(hello, at) === SERVER_NAME_EXTENSION) {
      const nameBytes = readUInt16(hello, at + 7);
      const name = hello.subarray(at + 9, Math.min(at + 9 + nameBytes, end));
      return name.length > 0 ? name.toString('latin1').toLowerCase() : undefined;
    }
    at += 4 + length;
  }
  return undefined;
}

const readUInt16 = (bytes: Buffer, at: number): number =>
  at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
