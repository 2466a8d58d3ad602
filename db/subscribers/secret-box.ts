/**
 * Keeps what must not be read from a stolen database: addresses and secrets are sealed, looked up by a keyed hash, and
 * tokens are made of a key, so that only their hashes are stored. The key is never in the database.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { StoreError } from '../store-error.ts';

/** 256 bit. */
const KEY_BYTES = 32;
/** AES-GCM (NIST SP 800-38D): 96 bit nonce, 128 bit tag. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 192 bit. */
const TOKEN_BYTES = 24;

/** What a key can do. */
export type SecretBox = {
  /** Encrypts a text; it opens only under the same label, so that rows cannot be exchanged. */
  readonly seal: (text: string, label: string) => Uint8Array;
  /** @throws Error when the bytes were changed, or sealed under another key or label. */
  readonly open: (sealed: Uint8Array, label: string) => string;
  /** Keyed hash of an address, the same for the same channel and address. */
  readonly lookUp: (channel: string, address: string) => Uint8Array;
  /** The token of a label, always the same: written into links, never stored. */
  readonly tokenOf: (label: string) => string;
};

/** A token that nobody can foresee. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is stored of a token. */
export function hashToken(token: string): Uint8Array {
  return hash('sha256', token, 'buffer');
}

/** Makes the box of a key of 32 bytes. */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== KEY_BYTES) throw new RangeError(`the key has ${key.length} bytes, not 32`);
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', key, '', `reachline subscribers ${purpose}`, KEY_BYTES));
  const [sealing, looking, signing] = [derive('seal'), derive('look up'), derive('token')];
  return {
    seal(text, label) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(label));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, label) {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(label)).setAuthTag(tag);
      const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    },
    lookUp: (channel, address) =>
      createHmac('sha256', looking).update(`${channel}\0${address}`).digest(),
    tokenOf: (label) =>
      createHmac('sha256', signing)
        .update(label)
        .digest()
        .subarray(0, TOKEN_BYTES)
        .toString('base64url'),
  };
}

/** Reads a key written as 64 hexadecimal digits or as base64. @throws StoreError when it is none. */
function parseKey(text: string, where: string): Uint8Array {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64');
  if (key.length === KEY_BYTES) return key;
  throw new StoreError(
    'unwritable',
    where,
    `The key of the subscribers in ${where} is not one of 256 bits.`,
    'Give the key with which the subscribers were stored; a new one is made by `openssl rand -base64 32`.',
  );
}

/**
 * The key of the subscribers: the given one, or that of the file, which is made for this user alone when it is not there.
 * @param given content of `REACHLINE_SUBSCRIBER_KEY`
 * @throws StoreError when it is no key or the file cannot be used.
 */
export function loadSubscriberKey(file: string, given?: string): Uint8Array {
  if (given) return parseKey(given, 'REACHLINE_SUBSCRIBER_KEY');
  try {
    const handle = openSync(file, 'wx', 0o600);
    try {
      writeSync(handle, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'EEXIST')
      throw new StoreError(
        'unwritable',
        file,
        `The key ${file} cannot be made (${String(error.code)}).`,
        'Make the folder writable, or set REACHLINE_SUBSCRIBER_KEY.',
        { cause: error },
      );
  }
  chmodSync(file, 0o600);
  return parseKey(readFileSync(file, 'utf8'), file);
}
