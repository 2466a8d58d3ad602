/** From a token to a key that the server knows; at later starts, from the key file alone. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { ConfigError } from '../config/problem.ts';
import { enrol } from '../probes/agent/errands.ts';
import { exportPublicKey, parseToken, type Refusal, type Token } from '../probes/agent/protocol.ts';
import { isSafeServer, type Uplink } from '../probes/agent/uplink.ts';
import {
  digestToken,
  type EnrolledKey,
  type PendingKey,
  readKey,
  readPendingKey,
  saveKey,
  savePendingKey,
  toPrivateKey,
} from './agent-key.ts';
import type { Log } from './log.ts';

/** A text that was given, and where. */
export type Given = { readonly value: string; readonly file: string; readonly path: string };

export type EnrolmentDeps = {
  readonly folder: string;
  readonly token: Given | undefined;
  /** In place of the server that the token or the key file names. */
  readonly server: Given | undefined;
  readonly createUplink: (server: URL) => Uplink;
  readonly softwareVersion: string;
  readonly signal: AbortSignal;
  readonly log: Log;
};

/** The server did not answer, or not so that anything could be concluded: the same token may be tried again. */
export class ServerUnreachableError extends Error {
  override readonly name = 'ServerUnreachableError';
}

function problemWith({ file, path }: Omit<Given, 'value'>, problem: string, remedy: string) {
  return new ConfigError([{ file, line: 0, column: 0, path, problem, remedy }]);
}

/** Reads the address of a server. @throws ConfigError when an agent may not speak to it */
function readServer(given: Given): URL {
  const url = URL.canParse(given.value) ? new URL(given.value) : undefined;
  if (!url) throw problemWith(given, 'is no address', 'write e.g. https://reachline.example.net/');
  if (!isSafeServer(url))
    throw problemWith(
      given,
      `\`${url.origin}\` is not reached by HTTPS`,
      'use https://; plain http:// is only for a server on this very machine',
    );
  return url;
}

const REFUSED: Readonly<Partial<Record<Refusal, readonly [problem: string, remedy: string]>>> = {
  token_used: ['was used before', 'ask whoever runs the server for a new one'],
  token_expired: ['is more than a day old', 'ask whoever runs the server for a new one'],
  token_unknown: [
    'is not known to the server',
    'copy it whole, or ask whoever runs the server for a new one',
  ],
  wrong_version: [
    'is for a server that speaks another version',
    'run the same version of Reachline here and on the server',
  ],
};

/**
 * Gives the agent's key, after enrolling if need be.
 * @throws ConfigError when there is no usable token or key
 * @throws ServerUnreachableError when the server could not be asked
 */
export async function ensureEnrolled(deps: EnrolmentDeps): Promise<EnrolledKey> {
  const { folder, token: given, server: moved } = deps;
  const key = readKey(folder);
  const token = given && readToken(given);
  const isNewToken = token && digestToken(token.secret) !== key?.tokenSha256;
  if (given && isNewToken) return redeem(token, given, deps);
  if (!key)
    throw problemWith(
      { file: 'command line', path: '--token' },
      'is missing, and this agent has not enrolled yet',
      'start once with --token rl1-…, which whoever runs the server gets from `reachline vantage add`',
    );
  const server = moved ? readServer(moved).href : key.server;
  if (server === key.server) return key;
  const next = { ...key, server };
  saveKey(folder, next);
  return next;
}

function readToken(given: Given): Token {
  const token = parseToken(given.value);
  if (!token) throw problemWith(given, 'is no token', 'copy all of it; it begins with rl1-');
  return token;
}

async function redeem(
  { url, secret }: Token,
  given: Given,
  { folder, server: moved, createUplink, softwareVersion, signal, log }: EnrolmentDeps,
): Promise<EnrolledKey> {
  const server = readServer(moved ?? { ...given, value: url });
  const tokenSha256 = digestToken(secret);
  const kept = readPendingKey(folder, tokenSha256);
  const pending: PendingKey = { ...(kept ?? createKey(tokenSha256)), server: server.href };
  savePendingKey(folder, pending);
  const publicKey = exportPublicKey(createPublicKey(toPrivateKey(pending)));
  const answer = await enrol({ secret, publicKey, softwareVersion }, createUplink(server), signal);
  if (answer.kind === 'ok') {
    const { instance, vantageId } = answer.value;
    const key = { ...pending, instance, vantageId };
    saveKey(folder, key);
    log('info', 'enrolled', { vantage: vantageId, server: server.origin });
    return key;
  }
  const refused = answer.kind === 'refused' ? REFUSED[answer.reason] : undefined;
  if (refused) throw problemWith(given, ...refused);
  const cause = answer.kind === 'refused' ? answer.reason : answer.code;
  throw new ServerUnreachableError(
    `The server ${server.origin} could not be asked (${cause}). Check its address and ${isOfProxy(cause) ? 'the proxy with its login' : "this machine's network"}, and start again with the same token.`,
  );
}

/** Codes of a proxy, as `failure.ts` knows them. */
function isOfProxy(cause: string): boolean {
  return /^(?:PROXY|SOCKS5|CONNECT)_/.test(cause);
}

function createKey(tokenSha256: string): Omit<PendingKey, 'server'> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { version: 1, privateKey: pem, tokenSha256 };
}
