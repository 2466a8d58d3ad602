/** What all worlds of the bench share: one authority, one trust store, one set of faults, and certificates made once. */

import { type Authority, createAuthority, type IssuedCertificate } from '../lab/certificates.ts';
import { type CertificateFlaw, issueFlawed } from '../lab/flawed-certificate.ts';
import { startTcpFaults, type TcpFaults } from '../lab/tcp-faults.ts';
import type { Trust } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';

const DAY_MS = 86_400_000;
/** Validity of a certificate as public authorities issue them. */
const LIFETIME_DAYS = 90;

/** The shared part of all worlds. */
export type Stage = {
  readonly trust: Trust;
  readonly faults: TcpFaults;
  readonly certificateOf: (flaw: CertificateFlaw, host: string) => IssuedCertificate;
  /** A good certificate as seen by a clock that runs this many days ahead: it ended long ago. */
  readonly agedCertificateOf: (host: string, skewDays: number) => IssuedCertificate;
  readonly close: () => Promise<void>;
};

/** Starts the stage. It keeps running until it is closed. */
export async function openStage(): Promise<Stage> {
  const authority = createAuthority({ name: 'Reachline Scenario Root' });
  const faults = await startTcpFaults();
  return {
    trust: createTrust({ roots: [authority.certificatePem] }),
    faults,
    ...createIssuer(authority),
    close: () => faults.close(),
  };
}

function createIssuer(authority: Authority): Pick<Stage, 'certificateOf' | 'agedCertificateOf'> {
  const issued = new Map<string, IssuedCertificate>();
  const once = (key: string, make: () => IssuedCertificate): IssuedCertificate => {
    const certificate = issued.get(key) ?? make();
    issued.set(key, certificate);
    return certificate;
  };
  return {
    certificateOf: (flaw, host) =>
      once(`${flaw} ${host}`, () => issueFlawed(flaw, [host], authority)),
    agedCertificateOf: (host, skewDays) =>
      once(`aged ${skewDays} ${host}`, () => {
        const notBeforeMs = Date.now() - (skewDays + LIFETIME_DAYS / 2) * DAY_MS;
        const notAfterMs = notBeforeMs + LIFETIME_DAYS * DAY_MS;
        return authority.issue({ names: [host], notBeforeMs, notAfterMs });
      }),
  };
}
