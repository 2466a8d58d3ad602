/** Origins of the lab: many names on one port, each with its certificate and page; and plain web servers beside them. */
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import tls from 'node:tls';
import type { IssuedCertificate } from './certificates.ts';
import { type LabServer, listenTcp } from './lab-server.ts';
import { type PageBehaviour, respond } from './page-behaviour.ts';

/** What answers under one name. */
export type Site = {
  readonly certificate: IssuedCertificate;
  /** Chosen per request by its path, e.g. `/v2/register`. */
  readonly behaviourOf: (path: string) => PageBehaviour;
};

/** Finds the site of a server name; undefined ends the handshake with an alert. */
export type SiteOf = (serverName: string | undefined) => Site | undefined;

/** A TLS origin that also takes connections which another server accepted. */
export type OriginServer = LabServer & { readonly accept: (socket: net.Socket) => void };

/** Starts a TLS origin on 127.0.0.1 that picks the site by SNI. */
export async function startOriginServer(siteOf: SiteOf): Promise<OriginServer> {
  const server = createOrigin(siteOf);
  const running = await listenTcp(server);
  return { ...running, accept: (socket) => void server.emit('connection', socket) };
}

/** Starts a cleartext web server on 127.0.0.1 that picks the behaviour by Host header and path. */
export function startPlainServer(
  behaviourOf: (host: string, path: string) => PageBehaviour,
): Promise<LabServer> {
  const server = http.createServer((request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    respond(response, behaviourOf(host, request.url ?? '/'));
  });
  server.on('clientError', destroySocket);
  return listenTcp(server);
}

/** Makes the server behind an origin without listening, for whoever hands it accepted sockets. */
export function createOrigin(siteOf: SiteOf): https.Server {
  const contexts = new WeakMap<IssuedCertificate, tls.SecureContext>();
  const contextOf = (certificate: IssuedCertificate): tls.SecureContext => {
    let context = contexts.get(certificate);
    if (!context) {
      const { keyPem, certificatePem } = certificate;
      context = tls.createSecureContext({ key: keyPem, cert: certificatePem });
      contexts.set(certificate, context);
    }
    return context;
  };
  const server = https.createServer({
    ALPNProtocols: ['http/1.1'],
    SNICallback: (serverName, done) => {
      const site = siteOf(serverName.toLowerCase());
      done(null, site && contextOf(site.certificate));
    },
  });
  // A client without SNI gets the site of the nameless, when there is one.
  const nameless = siteOf(undefined);
  if (nameless) {
    const { keyPem, certificatePem } = nameless.certificate;
    server.setSecureContext({ key: keyPem, cert: certificatePem });
  }
  server.on('request', (request, response) => {
    const { servername } = request.socket as tls.TLSSocket;
    const site = siteOf(typeof servername === 'string' ? servername.toLowerCase() : undefined);
    respond(
      response,
      site ? site.behaviourOf(request.url ?? '/') : { kind: 'status', statusCode: 421 },
    );
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', destroySocket);
  return server;
}

function destroySocket(_error: Error, socket: { destroy: () => unknown }): void {
  socket.destroy();
}
