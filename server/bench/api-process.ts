/** The servers of the API benchmark, each in a process of its own: the application over a store, or bare `node:http`. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { SECURITY_HEADERS } from '../reply.ts';
import { serveStore } from './timeline-world.ts';

/** What the process is told at its start. */
export type ApiOrder =
  | { readonly kind: 'ours'; readonly file: string }
  /** `bodyFile`: the payload, the same as ours. */
  | { readonly kind: 'bare'; readonly bodyFile: string };

async function listenBare(bodyFile: string): Promise<string> {
  const body = readFileSync(bodyFile);
  const headers = {
    ...SECURITY_HEADERS,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;
}

async function start(order: ApiOrder): Promise<void> {
  const url =
    order.kind === 'ours' ? (await serveStore(order.file)).url : await listenBare(order.bodyFile);
  process.once('disconnect', () => process.exit());
  let before = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000 });
  });
  process.send?.({ url });
}

process.once('message', (order: ApiOrder) => void start(order));
