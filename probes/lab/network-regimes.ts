/** Regimes that a network puts on everybody behind it: an allow-list of names, or a login page before everything. */
import type { IssuedCertificate } from './certificates.ts';
import type { Behaviour } from './middlebox.ts';
import type { PlainBehaviour } from './plain-middlebox.ts';

/** How a regime treats connections with TLS and cleartext ones. */
export type NetworkRegime = {
  readonly tls: (serverName: string | undefined) => Behaviour;
  readonly plain: (host: string | undefined) => PlainBehaviour;
};

/** Only the names told pass; everything else is swallowed at its first bytes, as in mobile shutdowns since 2025. */
export function createAllowList(names: readonly string[]): NetworkRegime {
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  const choose = (name: string | undefined) =>
    ({ kind: name !== undefined && allowed.has(name) ? 'pass' : 'hang' }) as const;
  return { tls: choose, plain: choose };
}

/** Every page leads to the login page and every TLS connection shows the portal's own certificate. */
export function createCaptivePortal(
  certificate: IssuedCertificate,
  loginUrl: string,
): NetworkRegime {
  return {
    tls: () => ({ kind: 'mitm', certificate }),
    plain: () => ({ kind: 'redirect', location: loginUrl }),
  };
}
