/** A server on loopback that keeps every request and answers as it is told: what channels send to in tests. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
};

/** An answer; `hang` is none at all. */
export type Reply =
  | 'hang'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

export type Receiver = {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Decides every answer from now on. */
  answer: (request: ReceivedRequest) => Reply;
  readonly close: () => void;
};

/** Starts one. */
export async function startReceiver(): Promise<Receiver> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      receiver.requests.push(received);
      const reply = receiver.answer(received);
      if (reply === 'hang') return;
      response.writeHead(reply.status, reply.headers).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    answer: () => ({ status: 200 }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}
