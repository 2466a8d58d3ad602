/**
 * QUIC packets of a first flight: an Initial of version 1 (RFC 9000 §17.2.2) that carries a ClientHello, protected
 * as RFC 9001 §5 has it, and a packet of a version that nobody speaks, which asks for version negotiation.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';

/** Version 1, RFC 9000 §15. */
export const QUIC_V1 = 0x0000_0001;
/** One of the versions that RFC 9000 §15 keeps free so that asking for them forces a negotiation. */
const QUIC_UNSPOKEN = 0x1a2a_3a4a;
/** A server ignores a first datagram that is smaller (RFC 9000 §14.1). */
export const FIRST_DATAGRAM_BYTES = 1200;

const CONNECTION_ID_BYTES = 8;
const TAG_BYTES = 16;
const SAMPLE_BYTES = 16;
const PACKET_NUMBER_BYTES = 4;
const LONG_HEADER = 0x80;
const CRYPTO_FRAME = 0x06;
/** RFC 9001 §5.2. */
const INITIAL_SALT = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');

/** The two connection ids of a flight: the one a client chose for the server, and its own. */
export type ConnectionIds = { readonly destination: Buffer; readonly source: Buffer };

/** Keys of one direction of the Initial packets. */
export type InitialKeys = { readonly key: Buffer; readonly iv: Buffer; readonly hp: Buffer };

/** Fresh random ids. */
export function createConnectionIds(): ConnectionIds {
  return {
    destination: randomBytes(CONNECTION_ID_BYTES),
    source: randomBytes(CONNECTION_ID_BYTES),
  };
}

/** Keys of what a client sends, which anybody on the way can derive from the first packet (RFC 9001 §5.2). */
export function deriveClientKeys(destination: Buffer): InitialKeys {
  const initial = createHmac('sha256', INITIAL_SALT).update(destination).digest();
  const secret = expandLabel(initial, 'client in', 32);
  return {
    key: expandLabel(secret, 'quic key', 16),
    iv: expandLabel(secret, 'quic iv', 12),
    hp: expandLabel(secret, 'quic hp', 16),
  };
}

/** A datagram of a version that nobody speaks. */
export function createUnspoken({ destination, source }: ConnectionIds): Buffer {
  const header = encodeLongHeader(0x40, QUIC_UNSPOKEN, { destination, source });
  const padding = randomBytes(FIRST_DATAGRAM_BYTES - header.length);
  return Buffer.concat([header, padding]);
}

/** A datagram with an Initial of version 1 whose ClientHello asks for `serverName`. */
export function createInitial(serverName: string, ids: ConnectionIds): Buffer {
  const hello = encodeClientHello(serverName, ids.source);
  const frame = Buffer.concat([
    Buffer.of(CRYPTO_FRAME),
    encodeVarint(0),
    encodeVarint(hello.length),
    hello,
  ]);
  const header = Buffer.concat([
    encodeLongHeader(0x40 | (PACKET_NUMBER_BYTES - 1), QUIC_V1, ids),
    encodeVarint(0), // no token
  ]);
  const restBytes = FIRST_DATAGRAM_BYTES - header.length - 2;
  const payload = Buffer.alloc(restBytes - PACKET_NUMBER_BYTES - TAG_BYTES); // zeros are padding frames
  frame.copy(payload);
  const unprotected = Buffer.concat([
    header,
    encodeVarint(restBytes),
    Buffer.alloc(PACKET_NUMBER_BYTES), // packet number 0
  ]);
  return protect(unprotected, payload, deriveClientKeys(ids.destination));
}

/** What the fields of a long header say, which every version has in the same places (RFC 8999 §5.1). */
export type LongHeader = ConnectionIds & { readonly version: number; readonly endByte: number };

/** Reads the fields that all versions share. Undefined for anything else. */
export function readLongHeader(datagram: Buffer): LongHeader | undefined {
  if (datagram.length < 7 || ((datagram[0] ?? 0) & LONG_HEADER) === 0) return undefined;
  const destinationEnd = 6 + (datagram[5] ?? 0);
  const sourceEnd = destinationEnd + 1 + (datagram[destinationEnd] ?? 0);
  if (sourceEnd > datagram.length) return undefined;
  return {
    version: datagram.readUInt32BE(1),
    destination: datagram.subarray(6, destinationEnd),
    source: datagram.subarray(destinationEnd + 1, sourceEnd),
    endByte: sourceEnd,
  };
}

/** A list of the versions that a server speaks, in answer to a client (RFC 9000 §17.2.1). */
export function createNegotiation(client: ConnectionIds, versions: readonly number[]): Buffer {
  const ids = { destination: client.source, source: client.destination };
  const list = Buffer.alloc(versions.length * 4);
  versions.forEach((version, index) => list.writeUInt32BE(version, index * 4));
  return Buffer.concat([encodeLongHeader(0x40, 0, ids), list]);
}

/**
 * Opens a client's Initial as `createInitial` makes it and gives its ClientHello, as a box in the path would.
 * Undefined when it is anything else.
 */
export function openInitial(datagram: Buffer): Buffer | undefined {
  const header = readLongHeader(datagram);
  if (header?.version !== QUIC_V1) return undefined;
  // No token, then a length of two bytes.
  const numberAt = header.endByte + 3;
  const sampleAt = numberAt + PACKET_NUMBER_BYTES;
  if (datagram.length < sampleAt + SAMPLE_BYTES + TAG_BYTES) return undefined;
  const keys = deriveClientKeys(header.destination);
  const packet = Buffer.from(datagram);
  const sample = packet.subarray(sampleAt, sampleAt + SAMPLE_BYTES);
  maskHeader(packet, numberAt, sample, keys);
  const decipher = createDecipheriv('aes-128-gcm', keys.key, keys.iv);
  decipher.setAAD(packet.subarray(0, sampleAt)).setAuthTag(packet.subarray(-TAG_BYTES));
  try {
    const payload = Buffer.concat([
      decipher.update(packet.subarray(sampleAt, -TAG_BYTES)),
      decipher.final(),
    ]);
    // Frame type, offset 0, length of two bytes.
    return payload[0] === CRYPTO_FRAME
      ? payload.subarray(4, 4 + (payload.readUInt16BE(2) & 0x3fff))
      : undefined;
  } catch {
    // Whatever is not protected with these keys is no Initial of this connection.
    return undefined;
  }
}

function protect(header: Buffer, payload: Buffer, keys: InitialKeys): Buffer {
  // With packet number 0 the nonce is the IV itself (RFC 9001 §5.3).
  const cipher = createCipheriv('aes-128-gcm', keys.key, keys.iv).setAAD(header);
  const sealed = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  const packet = Buffer.concat([header, sealed]);
  maskHeader(
    packet,
    header.length - PACKET_NUMBER_BYTES,
    Buffer.from(sealed.subarray(0, SAMPLE_BYTES)),
    keys,
  );
  return packet;
}

/** Applies or removes header protection in place; with four bytes of packet number the sample follows them. RFC 9001 §5.4. */
function maskHeader(packet: Buffer, numberAt: number, sample: Buffer, { hp }: InitialKeys): void {
  const mask = createCipheriv('aes-128-ecb', hp, null).update(sample);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  for (let index = 0; index < PACKET_NUMBER_BYTES; index += 1) {
    packet[numberAt + index] = (packet[numberAt + index] ?? 0) ^ (mask[index + 1] ?? 0);
  }
}

function encodeLongHeader(
  typeBits: number,
  version: number,
  { destination, source }: ConnectionIds,
): Buffer {
  const start = Buffer.alloc(5);
  start[0] = LONG_HEADER | typeBits;
  start.writeUInt32BE(version, 1);
  return Buffer.concat([
    start,
    Buffer.of(destination.length),
    destination,
    Buffer.of(source.length),
    source,
  ]);
}

/** RFC 9000 §16, in one or two bytes: nothing here is longer than a datagram. */
function encodeVarint(value: number): Buffer {
  return value < 64 ? Buffer.of(value) : Buffer.of(0x40 | (value >> 8), value & 0xff);
}

/** HKDF-Expand-Label of RFC 8446 §7.1 for outputs of one block. */
function expandLabel(secret: Buffer, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.of(0, bytes, name.length), name, Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, bytes);
}

/** A ClientHello of TLS 1.3 (RFC 8446 §4.1.2) for HTTP/3, as browsers without post-quantum shares send it. */
function encodeClientHello(serverName: string, source: Buffer): Buffer {
  const name = Buffer.from(serverName, 'latin1');
  const share = generateKeyPairSync('x25519')
    .publicKey.export({ type: 'spki', format: 'der' })
    .subarray(-32);
  const extensions = Buffer.concat([
    extension(0, withLength(2, Buffer.of(0), withLength(2, name))), // server_name
    extension(10, withLength(2, Buffer.of(0, 0x1d))), // supported_groups: x25519
    // signature_algorithms: ECDSA P-256, RSA-PSS and RSA with SHA-256
    extension(13, withLength(2, Buffer.of(4, 3, 8, 4, 4, 1))),
    extension(16, withLength(2, withLength(1, Buffer.from('h3')))), // ALPN
    extension(43, withLength(1, Buffer.of(3, 4))), // supported_versions: TLS 1.3
    extension(51, withLength(2, Buffer.of(0, 0x1d), withLength(2, share))), // key_share
    extension(57, encodeTransportParameters(source)),
  ]);
  const body = Buffer.concat([
    Buffer.of(3, 3),
    randomBytes(32),
    Buffer.of(0), // no session id
    withLength(2, Buffer.of(0x13, 1, 0x13, 2, 0x13, 3)),
    withLength(1, Buffer.of(0)), // no compression
    withLength(2, extensions),
  ]);
  return Buffer.concat([Buffer.of(1), withLength(3, body)]);
}

/** RFC 9000 §18: enough room for a server to send its first flight, and the id that must be repeated. */
function encodeTransportParameters(source: Buffer): Buffer {
  const window = Buffer.of(0x80, 1, 0, 0); // 65,536 in four bytes
  return Buffer.concat([
    parameter(0x01, Buffer.of(0x67, 0x10)), // max_idle_timeout: 10 s
    parameter(0x04, window), // initial_max_data
    parameter(0x05, window), // initial_max_stream_data_bidi_local
    parameter(0x09, Buffer.of(3)), // initial_max_streams_uni
    parameter(0x07, window), // initial_max_stream_data_uni
    parameter(0x0f, source), // initial_source_connection_id
  ]);
}

const parameter = (id: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.of(id, value.length), value]);

const extension = (type: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.of(0, type), withLength(2, value)]);

function withLength(lengthBytes: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(value.length, 0, lengthBytes);
  return Buffer.concat([length, value]);
}
