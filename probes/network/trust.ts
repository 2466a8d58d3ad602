/** The certificate authorities that a vantage trusts, held in contexts that are built once. */
import tls from 'node:tls';
import type { Trust } from './network.ts';

/**
 * Builds the shared contexts: one per trust store instead of one per probe saves a fifth of the CPU.
 * `extraRoots` (PEM) are trusted beside the runtime's own; `roots` replaces those.
 * Both contexts are built on first use, because loading the bundled roots takes tens of milliseconds.
 */
export function createTrust(
  options: { readonly roots?: readonly string[]; readonly extraRoots?: readonly string[] } = {},
): Trust {
  let usual: tls.SecureContext | undefined;
  let small: tls.SecureContext | undefined;
  const roots = () => ({ ...listRoots(options) });
  return {
    get secureContext() {
      usual ??= tls.createSecureContext(roots());
      return usual;
    },
    get smallHelloContext() {
      small ??= tls.createSecureContext({ ...roots(), ecdhCurve: 'X25519' });
      return small;
    },
  };
}

/** Leaves `ca` out when nothing was added: the runtime then shares its own parsed store. */
function listRoots({
  roots,
  extraRoots = [],
}: {
  readonly roots?: readonly string[];
  readonly extraRoots?: readonly string[];
}): tls.SecureContextOptions {
  if (roots) return { ca: [...roots, ...extraRoots] };
  if (extraRoots.length === 0) return {};
  return { ca: [...tls.getCACertificates('default'), ...extraRoots] };
}
