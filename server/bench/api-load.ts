/** Requests over connections that stay open, by a client that only counts bytes, so that the server is what is measured. */
import { connect, type Socket } from 'node:net';

/** What was asked and how long it took. */
export type Load = { readonly requests: number; readonly elapsedMs: number };

/** Bytes of one answer to a request, which are the same for each. */
function measureAnswer(port: number, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.on('error', reject);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\r\n\r\n') + 4;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end < 4 || text.length < end + length) return;
      socket.destroy();
      if (text.startsWith('HTTP/1.1 200')) resolve(end + length);
      else reject(new Error(text.slice(0, 200)));
    });
  });
}

function runConnection(port: number, request: string, bytes: number, isOver: () => boolean) {
  return new Promise<number>((resolve, reject) => {
    let answered = 0;
    let left = bytes;
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left > 0) return;
      if (left < 0) reject(new Error('an answer was longer than the one before'));
      answered += 1;
      left = bytes;
      if (isOver()) {
        socket.destroy();
        resolve(answered);
        return;
      }
      socket.write(request);
    });
  });
}

/** Asks for one address for so long. @throws Error when an answer is not 200 or has another length */
export async function loadServer(
  url: string,
  path: string,
  { connections, lengthMs }: { readonly connections: number; readonly lengthMs: number },
): Promise<Load> {
  const port = Number(new URL(url).port);
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const bytes = await measureAnswer(port, request);
  const beganMs = performance.now();
  const isOver = () => performance.now() - beganMs >= lengthMs;
  const counts = await Promise.all(
    Array.from({ length: connections }, () => runConnection(port, request, bytes, isOver)),
  );
  const requests = counts.reduce((sum, count) => sum + count, 0);
  return { requests, elapsedMs: performance.now() - beganMs };
}
