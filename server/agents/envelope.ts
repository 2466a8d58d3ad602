/** What the headers of a signed request say, and whether the signature is the agent's. */
import { hash } from 'node:crypto';
import type { Agent, Registry } from '../../db/registry.ts';
import {
  HEADERS,
  importPublicKey,
  PROTOCOL_VERSION,
  type SummedParts,
  verifySummed,
} from '../../probes/agent/protocol.ts';
import { readLimitedBody } from '../limited-body.ts';
import { type Refused, refuse } from './refusal.ts';

/** The headers of a request whose signature is right. */
export type Envelope = {
  readonly kind: 'envelope';
  readonly parts: SummedParts;
  readonly agent: Agent;
};

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,15})$/;
/** 64 bytes; the last digit carries four bits that must be 0, or one signature could be written in 16 ways. */
const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/;

function readNumber(text: string | null): number | undefined {
  const value = text !== null && WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Reads and verifies what can be known without the body: a stranger does not get so far as to send one. */
export function openEnvelope(request: Request, registry: Registry): Envelope | Refused {
  const { headers, method, url } = request;
  if (headers.get(HEADERS.version) !== String(PROTOCOL_VERSION)) return refuse('wrong_version');
  const instance = headers.get(HEADERS.instance);
  if (instance !== registry.instance) return refuse('wrong_instance');
  const sequence = readNumber(headers.get(HEADERS.sequence));
  const sentAtMs = readNumber(headers.get(HEADERS.sentAtMs));
  if (sequence === undefined || sentAtMs === undefined)
    return refuse('malformed', 'A header of the request is missing or no number');
  const signature = headers.get(HEADERS.signature) ?? '';
  if (!SIGNATURE.test(signature)) return refuse('bad_signature');
  const { pathname, search } = new URL(url);
  const name = headers.get(HEADERS.agent) ?? '';
  const agent = registry.findAgent(name);
  if (!agent) return refuse('unknown_agent');
  const parts: SummedParts = {
    // Other methods have no route, and a signature over another word would not fit.
    method: method === 'GET' ? 'GET' : 'POST',
    path: pathname + search,
    instance,
    agent: name,
    sequence,
    sentAtMs,
    encoding: headers.get('content-encoding') ?? '',
    bodySha256: headers.get(HEADERS.bodySha256) ?? '',
  };
  const isSigned = verifySummed(parts, signature, importPublicKey(agent.publicKey));
  return isSigned ? { kind: 'envelope', parts, agent } : refuse('bad_signature');
}

/** True when the body is the one that was signed. */
export function isSignedBody({ parts }: Envelope, body: Uint8Array): boolean {
  return hash('sha256', body) === parts.bodySha256;
}

/** Reads a body, and no more than so many bytes of it. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<{ readonly kind: 'body'; readonly body: Buffer } | Refused> {
  const body = await readLimitedBody(request, maxBytes);
  return body === undefined
    ? refuse('too_large', `The body has more than ${maxBytes} bytes`)
    : { kind: 'body', body };
}
