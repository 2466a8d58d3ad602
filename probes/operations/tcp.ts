/** One TCP connection to one address. Follows OONI's tcpconnect (df-005). */
import type net from 'node:net';
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { toFailure } from '../failure.ts';
import type { Awaited, Network } from '../network/network.ts';
import type { Outcome, TcpInput, TcpValue } from '../types.ts';

/** What a connection attempt gives: the fact, and the socket for the next operation. */
export type TcpResult = {
  readonly outcome: Outcome<TcpValue>;
  /** Only when the outcome is ok. The caller closes it. */
  readonly socket?: net.Socket;
};

/** What `probeTcp` needs beside its input. */
export type TcpDeps = Budget & { readonly network: Network };

/** Connects and hands the socket over. Never rejects; leaves no socket behind on failure. */
export async function probeTcp(input: TcpInput, deps: TcpDeps): Promise<TcpResult> {
  let awaited: Awaited = 'target';
  const onAwait = (next: Awaited): void => {
    awaited = next;
  };
  try {
    const result = await withBudget(
      deps,
      (signal) => deps.network.connect(input.address, input.port, signal, onAwait),
      (socket) => socket.destroy(),
    );
    if (result.kind === 'ended') {
      const failure = toEndFailure(result, 'tcp', awaited);
      return { outcome: { kind: 'failed', failure } };
    }
    const socket = result.value;
    // Until the next operation takes over nobody listens; what happens then is found in `socket.errored`.
    socket.on('error', leaveToNextOperation);
    return { outcome: { kind: 'ok', value: {} }, socket };
  } catch (error) {
    return { outcome: { kind: 'failed', failure: toFailure(error, 'tcp') } };
  }
}

function leaveToNextOperation(): void {}
