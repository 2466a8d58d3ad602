/**
 * One TLS handshake over a connected socket. The chain is recorded whether it verifies or not, so verification
 * decides after the handshake. Follows OONI's tlshandshake (df-006); TLS itself is RFC 8446.
 */
import { hash, type X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { createCodedError, createFailure, toFailure } from '../failure.ts';
import type { Network } from '../network/network.ts';
import type { Failure, Outcome, TlsInput, TlsValue } from '../types.ts';

/** Bytes below TLS; the TLS socket's own counters only know what was decrypted, which hides a frozen record. */
export type WireCounter = { readonly bytesIn: () => number; readonly bytesOut: () => number };

/** What a handshake gives: the fact, the verified socket for the next operation, and the certificates seen. */
export type TlsResult = {
  readonly outcome: Outcome<TlsValue>;
  /** Only when the outcome is ok. The caller closes it. */
  readonly socket?: tls.TLSSocket;
  /**
   * Only when nothing but the certificate was wrong. What comes over it proves nothing of the service, but it
   * may be the block page of whoever stands in the path. The caller closes it.
   */
  readonly unverified?: tls.TLSSocket;
  /** Present with either socket. */
  readonly wire?: WireCounter;
  /** DER by SHA-256 in hex, one for each entry of `chain`. */
  readonly certificates: ReadonlyMap<string, Uint8Array>;
};

/** What `probeTls` needs beside its input. It owns the socket from here on. */
export type TlsDeps = Budget & { readonly network: Network; readonly socket: net.Socket };

/** Longest chain that is kept. Real ones have two to five certificates. */
const MAX_CHAIN = 10;

const ALPN_PROTOCOLS = ['http/1.1'];

type Handshake = {
  readonly socket: tls.TLSSocket;
  readonly leaf: X509Certificate | undefined;
};

/** Partial wildcards such as `w*.example.com` and names in the subject are no longer honoured by browsers either. */
const NAME_CHECK = { subject: 'never', partialWildcards: false } as const;

/** Shakes hands and verifies. Never rejects; closes both sockets unless it hands the TLS one over. */
export async function probeTls(input: TlsInput, deps: TlsDeps): Promise<TlsResult> {
  const wire = createWireCounter(deps.socket);
  try {
    const result = await withBudget(
      deps,
      (signal) => shakeHands(input, deps, signal),
      ({ socket }) => socket.destroy(),
    );
    if (result.kind === 'ended') return fail(toEndFailure(result, 'tls'), deps.socket, wire);
    return describe(result.value, wire);
  } catch (error) {
    return fail(toFailure(error, 'tls'), deps.socket, wire);
  }
}

function createWireCounter(socket: net.Socket): WireCounter {
  const [inBefore, outBefore] = [socket.bytesRead, socket.bytesWritten];
  return {
    bytesIn: () => socket.bytesRead - inBefore,
    bytesOut: () => socket.bytesWritten - outBefore,
  };
}

function shakeHands(input: TlsInput, deps: TlsDeps, signal: AbortSignal): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    // The connection may have ended between the two operations, when nobody was listening.
    if (deps.socket.errored) throw deps.socket.errored;
    if (deps.socket.destroyed) throw createCodedError('ECONNRESET', 'closed before the handshake');
    let leaf: X509Certificate | undefined;
    const socket: tls.TLSSocket = tls.connect({
      socket: deps.socket,
      secureContext:
        input.clientHello === 'small' ? deps.network.smallHelloContext : deps.network.secureContext,
      // RFC 6066 §3: a literal address is no server name.
      ...(net.isIP(input.serverName) === 0 ? { servername: input.serverName } : {}),
      ALPNProtocols: ALPN_PROTOCOLS,
      rejectUnauthorized: false,
      checkServerIdentity() {
        leaf = socket.getPeerX509Certificate();
        return checkName(leaf, input.serverName);
      },
    });
    // For its call of checkServerIdentity Node turns the whole chain into plain objects, which took a quarter of the
    // CPU time of a probe (Node 26.10). The check above does not read them.
    Object.defineProperty(socket, 'getPeerCertificate', { value: () => ({}) });
    // Stays for the life of the socket: later errors belong to whoever uses it then.
    socket.on('error', reject);
    const onClose = (): void => reject(createCodedError('ECONNRESET', 'closed in the handshake'));
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      socket.off('close', onClose);
      // Not asked when the chain did not verify.
      resolve({ socket, leaf: leaf ?? socket.getPeerX509Certificate() });
    });
    signal.addEventListener('abort', () => {
      socket.destroy();
      reject(signal.reason);
    });
  });
}

/** Returns the error that Node would have made of a name that the certificate does not carry. */
function checkName(leaf: X509Certificate | undefined, serverName: string): Error | undefined {
  const isNamed =
    net.isIP(serverName) === 0
      ? leaf?.checkHost(serverName, NAME_CHECK)
      : leaf?.checkIP(serverName);
  return isNamed === undefined
    ? createCodedError('ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another name')
    : undefined;
}

function describe({ socket, leaf }: Handshake, wire: WireCounter): TlsResult {
  const certificates = collectChain(leaf);
  const value: TlsValue = {
    isVerified: socket.authorized,
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    alpn: socket.alpnProtocol || '',
    chain: [...certificates.keys()],
    // Not checkIssued: that is false for a certificate whose key may not sign certificates.
    isSelfSigned: leaf !== undefined && leaf.subject === leaf.issuer,
    wireBytesIn: wire.bytesIn(),
    wireBytesOut: wire.bytesOut(),
  };
  if (socket.authorized) return { outcome: { kind: 'ok', value }, socket, wire, certificates };
  const failure = toVerificationFailure(socket.authorizationError);
  const outcome = { kind: 'failed', failure, seen: value } as const;
  return { outcome, unverified: socket, wire, certificates };
}

/** Typed as an Error, but in fact the bare code. */
function toVerificationFailure(reason: unknown): Failure {
  if (typeof reason !== 'string') return toFailure(reason, 'tls');
  const failure = toFailure({ code: reason }, 'tls');
  // OpenSSL has more reasons than the table: all of them speak of the certificate that came.
  if (failure.code !== 'unknown_failure') return failure;
  return createFailure('tls', 'ssl_invalid_certificate', { raw: reason });
}

/** As sent: leaf first, each certificate once. */
function collectChain(leaf: X509Certificate | undefined): Map<string, Uint8Array> {
  const certificates = new Map<string, Uint8Array>();
  let certificate = leaf;
  while (certificate && certificates.size < MAX_CHAIN) {
    const der = certificate.raw;
    certificates.set(hash('sha256', der, 'hex'), der);
    certificate = certificate.issuerCertificate;
  }
  return certificates;
}

function fail(failure: Failure, socket: net.Socket, wire: WireCounter): TlsResult {
  const seen = { wireBytesIn: wire.bytesIn(), wireBytesOut: wire.bytesOut() };
  socket.destroy();
  return { outcome: { kind: 'failed', failure, seen }, certificates: new Map() };
}
