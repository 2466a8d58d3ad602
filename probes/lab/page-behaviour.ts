/** What a web server of the lab says to a request, honest and otherwise. */
import type http from 'node:http';
import type net from 'node:net';

/** One way to answer a GET. */
export type PageBehaviour =
  /** A small page that carries the title; `fillerBytes` of further text make it longer. */
  | { readonly kind: 'page'; readonly title: string; readonly fillerBytes?: number }
  /** A notice in place of the page that was asked for, with status 200; the lab's own text unless told. */
  | { readonly kind: 'block_page'; readonly html?: string }
  /** A test for robots in place of the page: status 403, the headers of the same server. */
  | { readonly kind: 'captcha' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'status'; readonly statusCode: number }
  /** A body of this many bytes. */
  | { readonly kind: 'big'; readonly bytes: number }
  /** A body that trickles until the client leaves. */
  | { readonly kind: 'never_ending' }
  /** A redirect to a URL without a host. */
  | { readonly kind: 'bad_location' }
  /** Less body than was promised, then the end of the connection. */
  | { readonly kind: 'close_early' }
  /** No answer at all. */
  | { readonly kind: 'hang' }
  /** The connection ends instead of an answer: by RST in cleartext, closed at once behind TLS. */
  | { readonly kind: 'reset' };

/** Text by which the lab's own block page is known; it imitates no real operator. */
export const BLOCK_PAGE_MARKER = 'Access restricted by order of the Lab Registry';

const CAPTCHA_STATUS = 403;
const CAPTCHA_HTML =
  '<!doctype html><html><head><title>One more step: captcha</title></head><body><p>Are you human?</p></body></html>';

const TRICKLE_MS = 50;
const CHUNK_BYTES = 16_384;
const HTML = { 'content-type': 'text/html; charset=utf-8', server: 'lab' } as const;

/** The lab's block page. */
export const blockPageHtml = (): string =>
  `<!doctype html><html><head><title>Access restricted</title></head><body><h1>${BLOCK_PAGE_MARKER}</h1></body></html>`;

/** Answers one request as told. */
export function respond(response: http.ServerResponse, behaviour: PageBehaviour): void {
  switch (behaviour.kind) {
    case 'page':
      return sendHtml(response, pageHtml(behaviour.title, behaviour.fillerBytes));
    case 'block_page':
      return sendHtml(response, behaviour.html ?? blockPageHtml());
    case 'captcha':
      response.writeHead(CAPTCHA_STATUS, HTML).end(CAPTCHA_HTML);
      return;
    case 'redirect':
      response.writeHead(302, { location: behaviour.location, server: 'lab' }).end();
      return;
    case 'bad_location':
      response.writeHead(302, { location: 'http://', server: 'lab' }).end();
      return;
    case 'status':
      response.writeHead(behaviour.statusCode, HTML).end(`<title>${behaviour.statusCode}</title>`);
      return;
    case 'big':
      return sendBig(response, behaviour.bytes);
    case 'never_ending':
      return trickle(response);
    case 'close_early':
      response.socket?.end('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nless than promised');
      return;
    case 'hang':
      return;
    case 'reset':
      return cutOff(response.socket);
    default:
      return behaviour satisfies never;
  }
}

const pageHtml = (title: string, fillerBytes = 0): string =>
  `<!doctype html><html><head><meta charset="utf-8"><title>${title}</title></head><body><p>${title}</p>${'.'.repeat(fillerBytes)}</body></html>`;

function sendHtml(response: http.ServerResponse, html: string): void {
  response.writeHead(200, { ...HTML, 'content-length': Buffer.byteLength(html) }).end(html);
}

function sendBig(response: http.ServerResponse, bytes: number): void {
  response.writeHead(200, { ...HTML, 'content-length': bytes });
  // In a TLS record of its own, so that a client sees the status even when the body is frozen.
  response.flushHeaders();
  let left = bytes;
  const fill = (): void => {
    while (left > 0) {
      const size = Math.min(left, CHUNK_BYTES);
      left -= size;
      if (!response.write(Buffer.alloc(size, 0x2e))) return;
    }
    response.end();
  };
  response.on('drain', fill);
  fill();
}

function trickle(response: http.ServerResponse): void {
  response.writeHead(200, HTML);
  const timer = setInterval(() => response.write('.'), TRICKLE_MS);
  response.once('close', () => clearInterval(timer));
}

function cutOff(socket: net.Socket | null): void {
  if (!socket) return;
  // Only a bare TCP socket can be reset; under TLS the nearest thing is to drop it.
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

/** A page as the bytes of a whole HTTP answer in cleartext, after which the connection closes. */
export function plainPage(html: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(html)}\r\nconnection: close\r\n\r\n${html}`;
}
