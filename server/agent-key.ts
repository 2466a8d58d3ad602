/** The file that makes an agent the one it is: its private key, its vantage, and where its server is. */
import { createPrivateKey, hash, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../config/problem.ts';

const ONLY_OWNER = 0o600;
const ONLY_OWNER_FOLDER = 0o700;
const MAX_KEY_BYTES = 16_384;

const fields = {
  version: z.literal(1),
  server: z.url(),
  /** PKCS #8 in PEM. */
  privateKey: z.string(),
  /** Of the token that it enrolled with, so that the same token at a later start is no error. */
  tokenSha256: z.string(),
};
const PendingKey = z.strictObject(fields);
const EnrolledKey = z.strictObject({
  ...fields,
  instance: z.string().min(1).max(200),
  vantageId: z.string().min(1).max(200),
  /** As it was given with `--proxy`, so that no later start goes without it; never with a password. */
  proxy: z.string().max(500).optional(),
});
/** A key that a server may not know yet. */
export type PendingKey = z.infer<typeof PendingKey>;
/** A key with the vantage that it stands for. */
export type EnrolledKey = z.infer<typeof EnrolledKey>;

/** The folder of an agent inside a data folder. */
export function agentFolder(dataFolder: string): string {
  return join(dataFolder, 'agent');
}

/** Where the key is. */
export function keyFile(folder: string): string {
  return join(folder, 'key.json');
}

/** Where a key waits until the server has said that it knows it. */
function pendingFile(folder: string): string {
  return join(folder, 'key.new.json');
}

/** Reads the key; undefined when the agent never enrolled. @throws ConfigError when the file cannot be used. */
export function readKey(folder: string): EnrolledKey | undefined {
  return readAs(keyFile(folder), EnrolledKey);
}

/** The key with which an enrolment with this token was begun; undefined when there is none. */
export function readPendingKey(folder: string, tokenSha256: string): PendingKey | undefined {
  const pending = readAs(pendingFile(folder), PendingKey);
  return pending?.tokenSha256 === tokenSha256 ? pending : undefined;
}

/** Keeps a key before it is sent, so that one whose acceptance was never heard of is not lost. */
export function savePendingKey(folder: string, key: PendingKey): void {
  save(pendingFile(folder), key);
}

/** Keeps a key that the server knows. */
export function saveKey(folder: string, key: EnrolledKey): void {
  save(keyFile(folder), key);
  rmSync(pendingFile(folder), { force: true });
}

/** Keeps the proxy beside the key, or forgets it. Gives the key as it is kept. */
export function rememberProxy(
  folder: string,
  key: EnrolledKey,
  proxy: string | undefined,
): EnrolledKey {
  if (key.proxy === proxy) return key;
  const { proxy: _before, ...rest } = key;
  const next = { ...rest, ...(proxy === undefined ? {} : { proxy }) };
  saveKey(folder, next);
  return next;
}

/** The key for signing. @throws when the text is none. */
export function toPrivateKey({ privateKey }: PendingKey): KeyObject {
  return createPrivateKey(privateKey);
}

/** What is kept of a token. */
export function digestToken(secret: string): string {
  return hash('sha256', secret);
}

function readAs<T>(file: string, schema: z.ZodType<T>): T | undefined {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  try {
    if (size > MAX_KEY_BYTES) throw new RangeError('the file is too long');
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const problem = 'cannot be read as the key of an agent';
    const remedy = 'put a copy of it back, or move it away and enrol with a new token';
    throw new ConfigError([{ file, line: 0, column: 0, path: '', problem, remedy }], {
      cause: error,
    });
  }
}

/** Writes the whole file or nothing of it. */
function save(file: string, key: PendingKey): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: ONLY_OWNER_FOLDER });
  const draft = `${file}.draft`;
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', ONLY_OWNER);
  try {
    writeSync(descriptor, `${JSON.stringify(key, null, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  chmodSync(draft, ONLY_OWNER); // whatever the mask of the process takes away or leaves
  renameSync(draft, file);
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
