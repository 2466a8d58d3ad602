/**
 * One QUIC greeting over UDP: does anybody answer, and does it depend on the version and the name. RFC 9000.
 * The handshake is never completed; any packet of the server that is meant for us is an answer.
 */
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { toFailure } from '../failure.ts';
import type { Network, UdpPath } from '../network/network.ts';
import type { Outcome, QuicInput, QuicValue } from '../types.ts';
import {
  type ConnectionIds,
  createConnectionIds,
  createInitial,
  createUnspoken,
  QUIC_V1,
  readLongHeader,
} from './quic-packet.ts';

/** What `probeQuic` needs beside its input. */
export type QuicDeps = Budget & { readonly network: Network };

/** First wait before the datagram is sent again; it doubles each time. RFC 9002 §6.2.2 sets about this without a sample. */
const FIRST_RETRANSMIT_MS = 1000;

const MAX_DATAGRAMS = 4;

/** Greets and waits for an answer to this greeting. Never rejects; closes its socket on every path. */
export async function probeQuic(input: QuicInput, deps: QuicDeps): Promise<Outcome<QuicValue>> {
  try {
    const path = deps.network.openUdp(input.address, input.port);
    try {
      const result = await withBudget(deps, (signal) => greet(input, path, signal));
      if (result.kind === 'settled') return { kind: 'ok', value: { answer: result.value } };
      return { kind: 'failed', failure: toEndFailure(result, 'quic') };
    } finally {
      path.socket.close();
    }
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error, 'quic') };
  }
}

function greet(
  { hello, serverName }: QuicInput,
  { socket, address, port }: UdpPath,
  signal: AbortSignal,
): Promise<QuicValue['answer']> {
  const ids = createConnectionIds();
  const datagram = hello === 'v1' ? createInitial(serverName, ids) : createUnspoken(ids);
  let timer: NodeJS.Timeout | undefined;
  return new Promise<QuicValue['answer']>((resolve, reject) => {
    const send = (count: number): void => {
      socket.send(datagram, (error) => error && reject(error));
      if (count >= MAX_DATAGRAMS) return;
      timer = setTimeout(send, FIRST_RETRANSMIT_MS * 2 ** (count - 1), count + 1);
    };
    signal.addEventListener('abort', () => reject(signal.reason));
    socket.on('error', reject);
    socket.on('message', (reply) => {
      const answer = readAnswer(reply, ids);
      if (answer) resolve(answer);
    });
    // As an event: a callback given to connect would take the error too.
    socket.once('connect', () => {
      if (!signal.aborted) send(1);
    });
    socket.connect(port, address);
  }).finally(() => clearTimeout(timer));
}

/** Whoever has not seen our datagram does not know the id that a reply must carry. */
function readAnswer(reply: Buffer, ids: ConnectionIds): QuicValue['answer'] | undefined {
  const header = readLongHeader(reply);
  if (!header?.destination.equals(ids.source)) return undefined;
  if (header.version === 0)
    return header.source.equals(ids.destination) ? 'negotiation' : undefined;
  return header.version === QUIC_V1 ? 'v1' : undefined;
}
