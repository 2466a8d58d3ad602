/**
 * A private certificate authority for the lab: good, expired, foreign and self-signed certificates.
 * ECDSA on P-256 keeps handshakes cheap; the profile is that of RFC 5280 (https://www.rfc-editor.org/rfc/rfc5280).
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
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
} from './der.ts';

/** A key and the chain that goes with it, ready for `tls.createSecureContext`. */
export type IssuedCertificate = {
  readonly keyPem: string;
  /** Leaf first, then its issuer when there is one. */
  readonly certificatePem: string;
};

/** Validity; the lab's virtual dates lie inside the default, 2020-01-01 to 2040-01-01. */
export type Validity = {
  /** Epoch milliseconds. */
  readonly notBeforeMs?: number;
  /** Epoch milliseconds. */
  readonly notAfterMs?: number;
};

/** An authority that signs whatever it is asked to. */
export type Authority = {
  /** The root, to be trusted by the prober under test. */
  readonly certificatePem: string;
  /** Signs a certificate for the given DNS names; the first one is also the subject. */
  readonly issue: (request: { readonly names: readonly string[] } & Validity) => IssuedCertificate;
};

const DEFAULT_NOT_BEFORE_MS = Date.UTC(2020, 0, 1);
const DEFAULT_NOT_AFTER_MS = Date.UTC(2040, 0, 1);
const SIGNATURE_ALGORITHM = derSequence(derOid('1.2.840.10045.4.3.2'));
/** Upper bound of a common name, X.520. */
const MAX_COMMON_NAME_CHARACTERS = 64;

type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
type Blueprint = Validity & {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: KeyPair;
  readonly signer: KeyPair;
  readonly names: readonly string[];
  readonly isAuthority: boolean;
};

/** Makes a root authority with a fresh key. */
export function createAuthority({ name }: { readonly name: string }): Authority {
  const keys = createKeys();
  const blueprint = { subject: name, issuer: name, keys, signer: keys, names: [] };
  const certificatePem = toPem(encodeCertificate({ ...blueprint, isAuthority: true }));
  return {
    certificatePem,
    issue: ({ names, ...validity }) => {
      const leafKeys = createKeys();
      const leaf = encodeCertificate({
        ...validity,
        subject: names[0] ?? name,
        issuer: name,
        keys: leafKeys,
        signer: keys,
        names,
        isAuthority: false,
      });
      return { keyPem: keyToPem(leafKeys), certificatePem: toPem(leaf) + certificatePem };
    },
  };
}

/** Makes a certificate that vouches for itself. */
export function createSelfSigned({
  names,
  ...validity
}: { readonly names: readonly string[] } & Validity): IssuedCertificate {
  const keys = createKeys();
  const subject = names[0] ?? 'self-signed';
  const certificate = encodeCertificate({
    ...validity,
    subject,
    issuer: subject,
    keys,
    signer: keys,
    names,
    isAuthority: false,
  });
  return { keyPem: keyToPem(keys), certificatePem: toPem(certificate) };
}

const createKeys = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const keyToPem = (keys: KeyPair): string =>
  keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function encodeCertificate(blueprint: Blueprint): Buffer {
  const { notBeforeMs = DEFAULT_NOT_BEFORE_MS, notAfterMs = DEFAULT_NOT_AFTER_MS } = blueprint;
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = derSequence(
    derValue(0xa0, derInteger(Buffer.of(2))),
    derInteger(serial),
    SIGNATURE_ALGORITHM,
    encodeName(blueprint.issuer),
    derSequence(derTime(notBeforeMs), derTime(notAfterMs)),
    encodeName(blueprint.subject),
    spkiOf(blueprint.keys),
    derValue(0xa3, derSequence(...encodeExtensions(blueprint))),
  );
  const signature = sign('sha256', body, blueprint.signer.privateKey);
  return derSequence(body, SIGNATURE_ALGORITHM, derBits(signature));
}

const encodeName = (commonName: string): Buffer =>
  derSequence(
    derSet(
      derSequence(derOid('2.5.4.3'), derText(commonName.slice(0, MAX_COMMON_NAME_CHARACTERS))),
    ),
  );

const spkiOf = (keys: KeyPair): Buffer => keys.publicKey.export({ type: 'spki', format: 'der' });

const keyIdentifier = (keys: KeyPair): Buffer => createHash('sha1').update(spkiOf(keys)).digest();

function encodeExtensions({ isAuthority, names, keys, signer }: Blueprint): Buffer[] {
  const extensions = [
    extension('2.5.29.14', derOctets(keyIdentifier(keys)), false),
    extension('2.5.29.35', derSequence(derValue(0x80, keyIdentifier(signer))), false),
    extension('2.5.29.19', isAuthority ? derSequence(derTrue()) : derSequence(), true),
    // keyCertSign and cRLSign for the root, digitalSignature for a leaf (RFC 5280 §4.2.1.3).
    extension(
      '2.5.29.15',
      isAuthority ? derBits(Buffer.of(0x06), 1) : derBits(Buffer.of(0x80), 7),
      true,
    ),
  ];
  if (isAuthority) return extensions;
  const serverAuthentication = derSequence(derOid('1.3.6.1.5.5.7.3.1'));
  const alternativeNames = names.map((name) => derValue(0x82, Buffer.from(name, 'ascii')));
  extensions.push(extension('2.5.29.37', serverAuthentication, false));
  extensions.push(extension('2.5.29.17', derSequence(...alternativeNames), false));
  return extensions;
}

const extension = (oid: string, value: Buffer, isCritical: boolean): Buffer =>
  derSequence(derOid(oid), ...(isCritical ? [derTrue()] : []), derOctets(value));
