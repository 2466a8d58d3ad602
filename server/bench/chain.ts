/**
 * A certificate chain of the shape that the measured sites send: a P-256 leaf with many names and about 2 KB, under
 * an RSA intermediate, under an RSA root that is not sent. What a handshake costs hangs on that shape.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  derBits,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
  derValue,
} from '../../probes/lab/der.ts';

/** A chain ready to be served, and the root to trust. */
export type SiteChain = {
  readonly keyPem: string;
  /** Leaf, then intermediate. */
  readonly chainPem: string;
  readonly rootPem: string;
};

type Party = {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
};

const RSA_BITS = 2048;
/** sha256WithRSAEncryption, RFC 4055 §5. */
const SIGNATURE_ALGORITHM = derSequence(derOid('1.2.840.113549.1.1.11'), derValue(0x05));
const NOT_BEFORE_MS = Date.UTC(2020, 0, 1);
const NOT_AFTER_MS = Date.UTC(2040, 0, 1);
/** Three signed certificate timestamps of 120 bytes, as real leaves carry. */
const TIMESTAMPS_BYTES = 360;
/** A leaf of www.facebook.com names about this many hosts. */
const FURTHER_NAMES = 19;

/** Makes a fresh chain for one host. Takes some tenths of a second, because RSA keys do. */
export function createSiteChain(host: string): SiteChain {
  const root = createParty('Bench Global Root', 'rsa');
  const issuer = createParty('Bench TLS RSA SHA256 CA', 'rsa');
  const leaf = createParty(host, 'ec');
  const names = [host, ...Array.from({ length: FURTHER_NAMES }, (_, n) => `*.edge-${n}.${host}`)];
  return {
    keyPem: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chainPem: [
      encodeCertificate(leaf, issuer, listLeafExtensions(names)),
      encodeCertificate(issuer, root, listAuthorityExtensions()),
    ].join(''),
    rootPem: encodeCertificate(root, root, listAuthorityExtensions()),
  };
}

function createParty(name: string, kind: 'rsa' | 'ec'): Party {
  const keys =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { name, ...keys };
}

/** Signs and gives PEM. */
function encodeCertificate(subject: Party, issuer: Party, extensions: readonly Buffer[]): string {
  const body = derSequence(
    derValue(0xa0, derInteger(Buffer.of(2))),
    derInteger(Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    SIGNATURE_ALGORITHM,
    encodeName(issuer.name),
    derSequence(derTime(NOT_BEFORE_MS), derTime(NOT_AFTER_MS)),
    encodeName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    derValue(0xa3, derSequence(...extensions)),
  );
  const der = derSequence(
    body,
    SIGNATURE_ALGORITHM,
    derBits(sign('sha256', body, issuer.privateKey)),
  );
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function encodeName(commonName: string): Buffer {
  const parts = [
    ['2.5.4.6', 'XX'],
    ['2.5.4.10', 'Reachline Bench'],
    ['2.5.4.3', commonName],
  ] as const;
  return derSequence(
    ...parts.map(([oid, text]) => derSet(derSequence(derOid(oid), derText(text)))),
  );
}

function listAuthorityExtensions(): Buffer[] {
  return [
    encodeExtension('2.5.29.19', derSequence(derTrue()), true),
    // keyCertSign and cRLSign.
    encodeExtension('2.5.29.15', derBits(Buffer.of(0x06), 1), true),
  ];
}

function listLeafExtensions(names: readonly string[]): Buffer[] {
  const location = (method: string, url: string): Buffer =>
    derSequence(derOid(method), derValue(0x86, Buffer.from(url)));
  return [
    encodeExtension('2.5.29.19', derSequence(), true),
    encodeExtension('2.5.29.15', derBits(Buffer.of(0x80), 7), true),
    encodeExtension('2.5.29.37', derSequence(derOid('1.3.6.1.5.5.7.3.1')), false),
    encodeExtension(
      '2.5.29.17',
      derSequence(...names.map((name) => derValue(0x82, Buffer.from(name)))),
      false,
    ),
    encodeExtension(
      '1.3.6.1.5.5.7.1.1',
      derSequence(
        location('1.3.6.1.5.5.7.48.1', 'http://ocsp.ca.example'),
        location('1.3.6.1.5.5.7.48.2', 'http://cacerts.ca.example/BenchTLSRSASHA256CA.crt'),
      ),
      false,
    ),
    // Of a private arc, since the bytes are no real timestamps.
    encodeExtension('1.3.6.1.4.1.99999.1', derOctets(randomBytes(TIMESTAMPS_BYTES)), false),
  ];
}

function encodeExtension(oid: string, value: Buffer, isCritical: boolean): Buffer {
  return derSequence(derOid(oid), ...(isCritical ? [derTrue()] : []), derOctets(value));
}
