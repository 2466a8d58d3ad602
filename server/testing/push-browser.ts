/** A browser of ours for push messages: its subscription, and what only it can read (RFC 8291). */
import assert from 'node:assert/strict';
import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify as verifySignature,
} from 'node:crypto';

/** What `PushSubscription.toJSON()` gives. */
export type PushBrowser = {
  readonly subscription: {
    readonly endpoint: string;
    readonly expirationTime: null;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  };
  /** Reads what was sent. @throws when it was not for this browser */
  readonly decrypt: (body: Buffer) => string;
};

/** Makes one with keys of its own. */
export function createPushBrowser(endpoint: string): PushBrowser {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const auth = randomBytes(16);
  const keys = { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') };
  return {
    subscription: { endpoint, expirationTime: null, keys },
    decrypt: (body) => decrypt(body, pair, auth),
  };
}

function decrypt(body: Buffer, browser: ECDH, auth: Buffer): string {
  const [salt, length] = [body.subarray(0, 16), body.readUInt8(20)];
  const sender = body.subarray(21, 21 + length);
  const derive = (key: Buffer, from: Buffer, info: Buffer | string, size: number) =>
    Buffer.from(hkdfSync('sha256', key, from, info, size));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), sender]);
  const key = derive(browser.computeSecret(sender), auth, info, 32);
  const decipher = createDecipheriv(
    'aes-128-gcm',
    derive(key, salt, 'Content-Encoding: aes128gcm\0', 16),
    derive(key, salt, 'Content-Encoding: nonce\0', 12),
  );
  decipher.setAuthTag(body.subarray(-16));
  const plain = Buffer.concat([decipher.update(body.subarray(21 + length, -16)), decipher.final()]);
  assert.equal(plain.at(-1), 2);
  return plain.subarray(0, -1).toString();
}

/** Checks that a request was signed for with a key, for its service, by a token that lives no longer than a day (RFC 8292). */
export function checkToken(
  authorization: string,
  pushKey: string,
  wanted: { readonly aud: string; readonly sub: string; readonly nowMs: number },
): void {
  const [, head = '', claims = '', signature = '', key = ''] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  assert.equal(key, pushKey);
  const point = Buffer.from(key, 'base64url');
  const publicKey = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
  });
  const signed = Buffer.from(`${head}.${claims}`);
  const isOurs = verifySignature(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  assert.ok(isOurs);
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
    aud: string;
    exp: number;
    sub: string;
  };
  assert.deepEqual([aud, sub], [wanted.aud, wanted.sub]);
  const leftSeconds = exp - wanted.nowMs / 1_000;
  // RFC 8292 §2: no more than a day.
  assert.ok(leftSeconds > 3_600 && leftSeconds <= 86_400);
}
