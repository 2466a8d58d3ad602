/** A STUN server that answers binding requests or keeps silent (RFC 8489, https://www.rfc-editor.org/rfc/rfc8489). */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { type LabServer, LOOPBACK_ADDRESS, portOf } from './lab-server.ts';

/** What the server does with a binding request. */
export type StunBehaviour = 'answer' | 'ignore';

const HEADER_BYTES = 20;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const MAGIC_COOKIE = 0x2112a442;

/** Starts a STUN server on 127.0.0.1; asks per request what to do. */
export async function startStunServer(behaviourOf: () => StunBehaviour): Promise<LabServer> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (request, client) => {
    const reply = replyTo(request, client);
    if (reply && behaviourOf() === 'answer') {
      // The client may be gone; the lab does not mind.
      socket.send(reply, client.port, client.address, () => {});
    }
  });
  socket.bind(0, LOOPBACK_ADDRESS);
  await once(socket, 'listening');
  return {
    port: portOf(socket.address()),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function replyTo(request: Buffer, client: dgram.RemoteInfo): Buffer | undefined {
  if (request.length < HEADER_BYTES || request.readUInt16BE(0) !== BINDING_REQUEST)
    return undefined;
  if (request.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  const reply = Buffer.alloc(HEADER_BYTES + 12);
  reply.writeUInt16BE(BINDING_SUCCESS, 0);
  reply.writeUInt16BE(12, 2);
  request.copy(reply, 4, 4, HEADER_BYTES);
  reply.writeUInt16BE(XOR_MAPPED_ADDRESS, 20);
  reply.writeUInt16BE(8, 22);
  reply.writeUInt16BE(1, 24);
  reply.writeUInt16BE(client.port ^ (MAGIC_COOKIE >>> 16), 26);
  const address = client.address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  reply.writeUInt32BE((address ^ MAGIC_COOKIE) >>> 0, 28);
  return reply;
}
