/** Certificates that a client must not accept, each with one flaw. */
import {
  type Authority,
  createAuthority,
  createSelfSigned,
  type IssuedCertificate,
} from './certificates.ts';

/** What is wrong with a certificate; `good` has no flaw. */
export const CERTIFICATE_FLAWS = [
  'good',
  'expired',
  'not_yet_valid',
  'wrong_name',
  'self_signed',
  'untrusted_root',
] as const;
export type CertificateFlaw = (typeof CERTIFICATE_FLAWS)[number];

/** Long past, so that no clock that is a little off could explain it. */
const EXPIRED_MS = { notBeforeMs: Date.UTC(2014, 3, 9), notAfterMs: Date.UTC(2015, 3, 12) };
const FUTURE_MS = { notBeforeMs: Date.UTC(2038, 0, 1), notAfterMs: Date.UTC(2039, 0, 1) };
const OTHER_NAME = 'other-name.lab.example';

/** Makes a certificate for the names with the flaw told, signed by `authority` unless that is the flaw. */
export function issueFlawed(
  flaw: CertificateFlaw,
  names: readonly string[],
  authority: Authority,
): IssuedCertificate {
  switch (flaw) {
    case 'good':
      return authority.issue({ names });
    case 'expired':
      return authority.issue({ names, ...EXPIRED_MS });
    case 'not_yet_valid':
      return authority.issue({ names, ...FUTURE_MS });
    case 'wrong_name':
      return authority.issue({ names: [OTHER_NAME] });
    case 'self_signed':
      return createSelfSigned({ names });
    case 'untrusted_root':
      return createAuthority({ name: 'Untrusted Lab Root' }).issue({ names });
    default:
      return flaw satisfies never;
  }
}
