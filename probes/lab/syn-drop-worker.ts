/** Worker that listens and then stands still, so that its backlog fills and the kernel drops further SYNs. */
import net from 'node:net';
import { parentPort } from 'node:worker_threads';
import { LOOPBACK_ADDRESS, portOf } from './lab-server.ts';

const server = net.createServer();
server.listen({ port: 0, host: LOOPBACK_ADDRESS, backlog: 1 }, () => {
  parentPort?.postMessage(portOf(server.address()));
  // Stands still in the same turn, so that not one connection is accepted; only terminate() ends it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
