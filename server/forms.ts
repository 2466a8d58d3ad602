/**
 * Forms that strangers send: read up to a limit, of one content type, and only from pages of this site. There are no
 * cookies, so a foreign page could do no more than its own reader can; it is refused all the same.
 */
import { isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { readLimitedBody } from './limited-body.ts';
import { RequestProblem } from './problem.ts';
import { findForwarded } from './proxy.ts';

/** The longest honest form, with every network ticked, has less than 4 KB. */
export const MAX_FORM_BYTES = 16_384;

/** Content types that a form may have; a mail provider that unsubscribes may use the second (RFC 8058 §3.1). */
export type FormType = 'application/x-www-form-urlencoded' | 'multipart/form-data';

/**
 * Refuses what a page of another site made a browser send. A site with this site's policy on referrers sends
 * `Origin: null` itself, so that alone says nothing; programs send neither header.
 * @param ownOrigin as readers see this site, which a proxy may call by another name
 * @throws RequestProblem
 */
export function checkOrigin(request: Request, ownOrigin?: string): void {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const isForeign =
    site !== null
      ? site !== 'same-origin' && site !== 'none'
      : origin !== null && origin !== 'null' && !isOwn(origin, request, ownOrigin);
  if (!isForeign) return;
  throw new RequestProblem({
    kind: 'foreign-form',
    detail: 'The form was sent from a page of another site. Open the page here and send it again.',
  });
}

function isOwn(origin: string, request: Request, ownOrigin: string | undefined): boolean {
  if (origin === ownOrigin) return true;
  // Behind a proxy that speaks TLS the scheme differs and the host does not.
  return URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
}

/** Reads the fields of a form. Of a multipart one nothing is needed but that it came. @throws RequestProblem */
export async function readForm(
  request: Request,
  types: readonly FormType[],
): Promise<URLSearchParams> {
  const [given = ''] = (request.headers.get('content-type') ?? '').toLowerCase().split(';');
  const type = types.find((one) => one === given.trim());
  if (type === undefined)
    throw new RequestProblem({
      kind: 'no-form',
      detail: `Send ${types.join(' or ')}, as the form of the page does.`,
    });
  const body = await readLimitedBody(request, MAX_FORM_BYTES);
  if (body === undefined)
    throw new RequestProblem({
      kind: 'form-too-long',
      detail: `A form has at most ${MAX_FORM_BYTES} bytes.`,
    });
  return new URLSearchParams(type === 'multipart/form-data' ? '' : body.toString('utf8'));
}

/**
 * Who sent a request: the address of the connection, or what the proxy on this machine wrote last. Of an IPv6 address
 * the network of 64 bits, all of which one reader may have.
 */
export function readClient(c: Context): string {
  const incoming = (c.env as Partial<HttpBindings> | undefined)?.incoming;
  const peer = incoming?.socket?.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  const forwarded = findForwarded(peer, c.req.header('x-forwarded-for') ?? null) ?? '';
  const address = isIP(forwarded) === 0 ? peer : forwarded;
  return isIP(address) === 6 ? toNetwork(address) : address;
}

/** The first 64 bits of an IPv6 address. */
function toNetwork(address: string): string {
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array<string>(missing).fill('0'), ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
