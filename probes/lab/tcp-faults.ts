/** Ports that refuse, swallow or reset whatever comes, made without privileges. One set serves a whole lab. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { Worker } from 'node:worker_threads';
import { ignoreClientError, LOOPBACK_ADDRESS, listenTcp, portOf } from './lab-server.ts';

/** Loopback ports that fail in known ways. */
export type TcpFaults = {
  /** Nothing listens here: RST to the SYN. */
  readonly refusePort: number;
  /** SYNs are dropped: connecting never ends by itself. */
  readonly dropPort: number;
  /** Accepted, then RST before any byte. */
  readonly resetPort: number;
  /** A UDP port that never answers. */
  readonly silentUdpPort: number;
  /** A UDP port without a listener: ICMP port unreachable, seen by connected sockets as ECONNREFUSED. */
  readonly refuseUdpPort: number;
  readonly close: () => Promise<void>;
};

/** The ports alone, which another process can use as well. */
export type FaultPorts = Omit<TcpFaults, 'close'>;

/** A listener with a backlog of 1 that never accepts is full after two connections (Linux). */
const FILLER_CONNECTIONS = 2;

/** Starts the faults. */
export async function startTcpFaults(): Promise<TcpFaults> {
  const [refuse, drop, reset, silent] = await Promise.all([
    reserveClosedPort(),
    startSynDrop(),
    listenTcp(net.createServer((socket) => socket.resetAndDestroy())),
    bindUdp(),
  ]);
  const refuseUdp = await bindUdp();
  // Connected to another peer, it takes its port and still receives nothing from anybody else.
  refuseUdp.connect(portOf(silent.address()), LOOPBACK_ADDRESS);
  await once(refuseUdp, 'connect');
  return {
    refusePort: refuse.port,
    dropPort: drop.port,
    resetPort: reset.port,
    silentUdpPort: portOf(silent.address()),
    refuseUdpPort: portOf(refuseUdp.address()),
    close: async () => {
      silent.close();
      refuseUdp.close();
      await Promise.all([refuse.close(), drop.close(), reset.close()]);
    },
  };
}

/**
 * Holds a port on which nothing listens. It is taken by the near end of an open connection,
 * so that no other program can start to listen on it while the lab runs.
 */
async function reserveClosedPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = net.createServer((socket) => socket.unref());
  const anchor = await listenTcp(server);
  server.unref();
  const holder = net.connect({
    host: LOOPBACK_ADDRESS,
    port: anchor.port,
    localAddress: LOOPBACK_ADDRESS,
  });
  await once(holder, 'connect');
  holder.on('error', ignoreClientError).unref();
  return {
    port: holder.localPort ?? 0,
    close: async () => {
      holder.destroy();
      await anchor.close();
    },
  };
}

async function startSynDrop(): Promise<{ port: number; close: () => Promise<void> }> {
  const worker = new Worker(new URL('./syn-drop-worker.ts', import.meta.url));
  const [port] = await once(worker, 'message');
  if (typeof port !== 'number') throw new Error('the worker did not tell its port');
  worker.unref();
  const fillers: net.Socket[] = [];
  for (let index = 0; index < FILLER_CONNECTIONS; index += 1) {
    const filler = net.connect(port, LOOPBACK_ADDRESS);
    await once(filler, 'connect');
    fillers.push(filler.on('error', ignoreClientError).unref());
  }
  return {
    port,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

async function bindUdp(): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, LOOPBACK_ADDRESS);
  await once(socket, 'listening');
  return socket.unref();
}
