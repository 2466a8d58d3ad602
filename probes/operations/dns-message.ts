/** DNS messages (RFC 1035) in and out of bytes. What comes in is hostile until shown otherwise; nothing here throws on it. */
import { randomInt } from 'node:crypto';
import net from 'node:net';
import packet from 'dns-packet';
import type { DnsInput, DnsReply } from '../types.ts';

/** A question on its way. */
export type Query = {
  readonly id: number;
  readonly host: string;
  readonly recordType: DnsInput['recordType'];
  readonly bytes: Buffer;
};

/** A reply with what the client needs to go on. */
export type DecodedReply = { readonly reply: DnsReply; readonly isTruncated: boolean };

/** Genuine answers stay under a tenth of this; decoding time of crafted ones grows faster than their size. */
export const MAX_REPLY_BYTES = 4096;

/** The most addresses kept of one reply. */
const MAX_ADDRESSES = 32;

const MAX_ID = 0xffff;

/** Stands for the response code of bytes that are no DNS message. */
export const UNPARSABLE = 'UNPARSABLE';

/** Stands for the response code of a reply that is too large to be looked into. */
export const OVERSIZED = 'OVERSIZED';

/** A recursive query with a random id. DNS over HTTPS wants id 0 (RFC 8484 §4.1). */
export function createQuery(input: DnsInput): Query {
  const { host, recordType, transport } = input;
  const id = transport === 'doh' ? 0 : randomInt(MAX_ID + 1);
  const bytes = packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: recordType, name: host, class: 'IN' }],
  });
  return { id, host, recordType, bytes };
}

/** Reads one reply. Bytes that are no message give one that matches nothing. */
export function decodeReply(bytes: Buffer, query: Query, atMs: number): DecodedReply {
  const nothing = { addresses: [], bytes: bytes.length, isMatching: false, atMs };
  if (bytes.length > MAX_REPLY_BYTES) {
    return { reply: { ...nothing, rcode: OVERSIZED }, isTruncated: false };
  }
  const decoded = tryDecode(bytes);
  if (!decoded) return { reply: { ...nothing, rcode: UNPARSABLE }, isTruncated: false };
  return {
    reply: {
      atMs,
      rcode: decoded.rcode,
      addresses: listAddresses(decoded, query.recordType),
      bytes: bytes.length,
      isMatching: isMatching(decoded, query),
    },
    isTruncated: decoded.flag_tc,
  };
}

// The published types leave out the response code, which every decoded packet has.
type Decoded = packet.DecodedPacket & { readonly rcode: string };

function tryDecode(bytes: Buffer): Decoded | undefined {
  try {
    const decoded = packet.decode(bytes);
    if (!('rcode' in decoded) || typeof decoded.rcode !== 'string') return undefined;
    return { ...decoded, rcode: decoded.rcode };
  } catch {
    // The decoder throws on whatever it cannot read: the caller records it as unparsable.
    return undefined;
  }
}

function isMatching(decoded: Decoded, query: Query): boolean {
  if (decoded.type !== 'response' || decoded.id !== query.id) return false;
  const [question, ...rest] = decoded.questions ?? [];
  // Some resolvers leave the question out when they refuse.
  if (!question) return decoded.rcode !== 'NOERROR';
  return (
    rest.length === 0 &&
    question.type === query.recordType &&
    question.name.toLowerCase() === query.host.toLowerCase()
  );
}

function listAddresses(decoded: Decoded, recordType: DnsInput['recordType']): string[] {
  const addresses: string[] = [];
  for (const answer of decoded.answers ?? []) {
    if (addresses.length >= MAX_ADDRESSES) break;
    if (answer.type !== recordType || (answer.type !== 'A' && answer.type !== 'AAAA')) continue;
    if (net.isIP(answer.data) !== 0) addresses.push(answer.data);
  }
  return addresses;
}
