/**
 * The first answer of a QUIC server (RFC 9000), and what boxes in the path make of it. No handshake is completed:
 * probes only look for an answer.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import {
  createNegotiation,
  FIRST_DATAGRAM_BYTES,
  openInitial,
  QUIC_V1,
  readLongHeader,
} from '../operations/quic-packet.ts';
import { sniffServerName } from './client-hello.ts';
import { type LabServer, LOOPBACK_ADDRESS, portOf } from './lab-server.ts';

/**
 * What becomes of a greeting. `answer_negotiation`: only the list of versions is ever sent, as by a server of another
 * version. `answer_v1`: both kinds of greeting are answered. `drop_v1`: version 1 is swallowed, as in Russia since
 * March 2022. `silent`: everything is.
 */
export type QuicBehaviour = 'answer_negotiation' | 'answer_v1' | 'drop_v1' | 'silent';

/** A version that is no version 1, for servers that do not speak it (RFC 9369). */
const QUIC_V2 = 0x6b33_43cf;

/** Starts a QUIC server on 127.0.0.1; asks per greeting what to do. `serverName` is known for version 1 alone. */
export async function startQuicServer(
  behaviourOf: (serverName: string | undefined) => QuicBehaviour,
): Promise<LabServer> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (datagram, client) => {
    const reply = replyTo(datagram, behaviourOf);
    // The client may be gone; the lab does not mind.
    if (reply) socket.send(reply, client.port, client.address, () => {});
  });
  socket.bind(0, LOOPBACK_ADDRESS);
  await once(socket, 'listening');
  return {
    port: portOf(socket.address()),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function replyTo(
  datagram: Buffer,
  behaviourOf: (serverName: string | undefined) => QuicBehaviour,
): Buffer | undefined {
  const greeting = readLongHeader(datagram);
  if (!greeting || datagram.length < FIRST_DATAGRAM_BYTES) return undefined;
  const isV1 = greeting.version === QUIC_V1;
  const hello = isV1 ? openInitial(datagram) : undefined;
  // A server drops an Initial that it cannot open.
  if (isV1 && !hello) return undefined;
  const behaviour = behaviourOf(hello && serverNameOf(hello));
  if (behaviour === 'silent' || (isV1 && behaviour === 'drop_v1')) return undefined;
  if (isV1 && behaviour === 'answer_v1') {
    // A long header of version 1 to the client's id: whoever reads on finds nothing.
    const reply = createNegotiation(greeting, []);
    reply.writeUInt32BE(QUIC_V1, 1);
    return reply;
  }
  return createNegotiation(greeting, behaviour === 'answer_negotiation' ? [QUIC_V2] : [QUIC_V1]);
}

function serverNameOf(hello: Buffer): string | undefined {
  // As a TLS record, which is how it travels over TCP.
  const record = Buffer.concat([
    Buffer.of(22, 3, 1, hello.length >> 8, hello.length & 0xff),
    hello,
  ]);
  const sniffed = sniffServerName(record);
  return sniffed.kind === 'hello' ? sniffed.serverName : undefined;
}
