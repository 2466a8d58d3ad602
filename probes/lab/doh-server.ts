/** A resolver over HTTPS (RFC 8484, https://www.rfc-editor.org/rfc/rfc8484): POST only, one query per request. */
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { IssuedCertificate } from './certificates.ts';
import { type AnswerQuestion, answerMessage } from './dns-server.ts';
import { ignoreClientError } from './lab-server.ts';

/** Largest query that is read; a DNS message is never longer (RFC 1035 §4.2.2). */
const MAX_QUERY_BYTES = 65_535;

/** Makes a resolver over HTTPS without listening, for whoever hands it accepted sockets. */
export function createDohServer(
  certificate: IssuedCertificate,
  answer: AnswerQuestion,
): { readonly accept: (socket: net.Socket) => void } {
  const server = https.createServer(
    { key: certificate.keyPem, cert: certificate.certificatePem, ALPNProtocols: ['http/1.1'] },
    (request, response) => void serve(request, response, answer),
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => void socket.destroy());
  return { accept: (socket) => void server.emit('connection', socket) };
}

async function serve(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  answer: AnswerQuestion,
): Promise<void> {
  response.on('error', ignoreClientError);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_QUERY_BYTES) return void response.writeHead(413).end();
      chunks.push(chunk);
    }
  } catch {
    // The client left before its query was complete; there is nobody to answer.
    return;
  }
  const reply = answerMessage(Buffer.concat(chunks), answer);
  // A resolver that keeps silent over UDP lets the request hang here.
  if (!reply) return;
  response.writeHead(200, {
    'content-type': 'application/dns-message',
    'content-length': reply.length,
  });
  response.end(reply);
}
