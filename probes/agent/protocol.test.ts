/** Signatures cover everything that says what a request is; tokens are read back or refused, whatever was copied. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  exportPublicKey,
  formatToken,
  HEADERS,
  importPublicKey,
  parseToken,
  type SignedParts,
  signRequest,
  verifyRequest,
} from './protocol.ts';

const MUTATIONS = 10_000;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const word = fc.stringMatching(/^[a-z0-9./-]{1,24}$/);
const parts: fc.Arbitrary<SignedParts> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: word,
  instance: word,
  agent: word,
  sequence: fc.nat(),
  sentAtMs: fc.nat(),
  encoding: fc.constantFrom('', 'zstd'),
  body: fc.uint8Array({ minLength: 1, maxLength: 64 }),
});

/** One change to a signed request; each makes another request of it. */
const mutation = fc.oneof(
  fc.record({ path: word }),
  fc.record({ instance: word }),
  fc.record({ agent: word }),
  fc.record({ sequence: fc.nat() }),
  fc.record({ sentAtMs: fc.nat() }),
  fc.record({ encoding: fc.constantFrom('', 'zstd', 'gzip') }),
  fc.record({ method: fc.constantFrom<'GET' | 'POST'>('GET', 'POST') }),
  fc.record({ body: fc.uint8Array({ maxLength: 64 }) }),
  fc.record({ bodyBit: fc.nat() }),
  fc.record({ signatureBit: fc.nat({ max: 511 }) }),
);

function flip(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = (bit >> 3) % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

test(`property: of ${MUTATIONS} changed requests none is accepted, and each is as it was signed`, () => {
  let rejected = 0;
  fc.assert(
    fc.property(parts, mutation, (signed, change) => {
      const signature = signRequest(signed, privateKey)[HEADERS.signature] ?? '';
      assert.ok(verifyRequest(signed, signature, publicKey));
      const { bodyBit, signatureBit, ...fields } = {
        bodyBit: undefined,
        signatureBit: undefined,
        ...change,
      };
      const body = bodyBit === undefined ? {} : { body: flip(signed.body, bodyBit) };
      const changed: SignedParts = { ...signed, ...fields, ...body };
      const changedSignature =
        signatureBit === undefined
          ? signature
          : flip(Buffer.from(signature, 'base64'), signatureBit).toString('base64');
      fc.pre(describe(changed, changedSignature) !== describe(signed, signature));
      assert.equal(verifyRequest(changed, changedSignature, publicKey), false);
      assert.equal(verifyRequest(signed, signature, other.publicKey), false);
      rejected += 1;
    }),
    { numRuns: MUTATIONS },
  );
  assert.equal(rejected, MUTATIONS);
});

function describe({ body, ...rest }: SignedParts, signature: string): string {
  return JSON.stringify({ ...rest, body: Buffer.from(body).toString('hex'), signature });
}

test('a key travels as 43 characters and is the same key after', () => {
  const text = exportPublicKey(publicKey);
  assert.match(text, /^[\w-]{43}$/);
  assert.equal(exportPublicKey(importPublicKey(text)), text);
});

test('a signature of another length is refused, and no bytes make verifying throw', () => {
  const signed: SignedParts = {
    method: 'GET',
    path: '/',
    instance: 'i',
    agent: 'a',
    sequence: 0,
    sentAtMs: 1,
    encoding: '',
    body: new Uint8Array(),
  };
  fc.assert(fc.property(fc.string(), (text) => !verifyRequest(signed, text, publicKey)));
});

suite('tokens', () => {
  const token = { url: 'https://reachline.example.net/', secret: 'a'.repeat(32) };
  test('read back', () => assert.deepEqual(parseToken(formatToken(token)), token));
  for (const text of ['', 'rl1-', 'rl1-abc', formatToken(token).slice(0, -3), 'rl2-eyJ9']) {
    test(`${JSON.stringify(text.slice(0, 12))} is none`, () =>
      assert.equal(parseToken(text), undefined));
  }
});
