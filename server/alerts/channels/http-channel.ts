/** What channels over HTTP share: from a message in a channel's form to one guarded request and what its answer means. */
import type { Clock } from '../../../probes/clock.ts';
import type { Channel, ChannelKind, SendResult, Target, TargetProblem } from './channel.ts';
import {
  type Answer,
  type GuardedRequest,
  type GuardPolicy,
  type OutgoingRequest,
  readTargetUrl,
} from './guarded-request.ts';
import { readAnswer } from './http-answer.ts';

/** What a channel over HTTP works with. */
export type HttpChannelDeps = {
  readonly request: GuardedRequest;
  readonly policy: GuardPolicy;
  readonly clock: Clock;
};

/** An account of the operator's: its token goes to its own address and nowhere else. */
export type Account = { readonly url: string; readonly token: string };

/** What makes one channel over HTTP differ from another. */
export type HttpChannelParts<Rendered> = Pick<Channel<Rendered>, 'verify' | 'render'> & {
  readonly kind: ChannelKind;
  /** The request; a result where there is nothing to send. */
  readonly compose: (rendered: Rendered, target: Target) => OutgoingRequest | SendResult;
  /** What an answer means to this kind of receiver; `undefined` leaves it to the rules that all share. */
  readonly read?: (answer: Answer, nowMs: number) => SendResult | undefined;
};

/** Makes a channel. */
export function createHttpChannel<Rendered>(
  { kind, verify, render, compose, read }: HttpChannelParts<Rendered>,
  { request, clock }: HttpChannelDeps,
): Channel<Rendered> {
  return {
    kind,
    verify,
    render,
    async send(rendered, target, signal) {
      const outgoing = compose(rendered, target);
      if ('kind' in outgoing) return outgoing;
      const answer = await request(outgoing, signal);
      const nowMs = clock.nowMs();
      return read?.(answer, nowMs) ?? readAnswer(answer, nowMs);
    },
  };
}

/** Checks an address that is a web address and nothing else. */
export function verifyUrl(
  address: string,
  policy: GuardPolicy,
  check: (url: URL) => TargetProblem | undefined = () => undefined,
): { readonly address: string } | { readonly problem: TargetProblem } {
  const read = readTargetUrl(address, policy);
  if ('problem' in read) return read;
  const problem = check(read.url);
  return problem === undefined ? { address: read.url.href } : { problem };
}

/**
 * Checks an address that is a place on a server, whatever is asked there: without query, with the host written one way,
 * so that nobody has one place counted as many.
 */
export function verifyPlace(
  address: string,
  policy: GuardPolicy,
  check: (url: URL) => TargetProblem | undefined,
): { readonly address: string } | { readonly problem: TargetProblem } {
  if (!URL.canParse(address)) return verifyUrl(address, policy);
  const url = new URL(address);
  url.search = '';
  url.hostname = url.hostname.replace(/\.+$/, '');
  url.pathname = url.pathname.replaceAll(/\/{2,}/g, '/');
  return verifyUrl(url.href, policy, check);
}

/** A request that carries JSON. */
export function postJson(
  url: URL,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
  method: 'POST' | 'PUT' = 'POST',
): OutgoingRequest {
  return {
    method,
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(content),
  };
}

/**
 * The token for an address: the target's own, or the operator's when it is the operator's place. A stranger who names
 * another place must not be sent the operator's token.
 */
export function chooseToken(
  origin: string,
  { secrets }: Target,
  account: Account | undefined,
): string | undefined {
  if (secrets[0] !== undefined) return secrets[0];
  return account !== undefined && new URL(account.url).origin === origin
    ? account.token
    : undefined;
}

/** Said where no token is known: nothing can be sent until the operator or the owner gives one. */
export const NO_TOKEN: SendResult = { kind: 'retry', reason: 'no_token', mostAttempts: 1 };
