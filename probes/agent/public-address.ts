/**
 * Learns under which address the agent is seen from outside, to keep it out of the evidence: block pages like to show it.
 * Asks a STUN server (RFC 8489) that is measured anyway. The address stays in memory and goes nowhere.
 */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { isBogon } from '../bogon.ts';
import { type Clock, systemClock } from '../clock.ts';
import { withBudget } from '../deadline.ts';
import type { Network, UdpPath } from '../network/network.ts';
import { findAddress } from '../operations/find-address.ts';
import type { Target } from '../types.ts';

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112_a442;
const COOKIE_AT_BYTE = 4;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const IPV4_FAMILY = 1;
/** Family, port and an IPv4 address. */
const MAPPED_BYTES = 8;

const LOOKUP_MS = 2_000;
const ANSWER_MS = 2_000;
/** An address that is known is asked for again after this; one that is not, before each run. */
const REFRESH_MS = 3_600_000;
/** The latest that are remembered: an answer cannot be proved, and must not grow the list for ever. */
const MAX_REMEMBERED = 8;

/** A network that also knows the addresses under which it is seen. */
export type AddressKeeper = {
  readonly network: Network;
  /** Asks again when it is time. Resolves to whether an address is known. Never rejects. */
  readonly refresh: (signal: AbortSignal) => Promise<boolean>;
};

/** Wraps a network. Without a server to ask nothing is learnt. */
export function keepAddresses(
  base: Network,
  server: Pick<Target, 'host' | 'port'> | undefined,
  clock: Clock,
): AddressKeeper {
  let seen: readonly string[] = [];
  let all: readonly string[] = base.ownAddresses;
  let dueMs = Number.NEGATIVE_INFINITY;
  let identity: string | undefined;
  const network: Network = Object.create(base, {
    ownAddresses: {
      get(): readonly string[] {
        const next = new Set([...base.ownAddresses, ...seen]);
        // The same list while nothing is new: a scrubber hangs on it.
        if (next.size !== all.length || !all.every((one) => next.has(one))) all = [...next];
        return all;
      },
    },
  }) as Network;
  return {
    network,
    async refresh(signal) {
      const now = base.identity?.();
      if (!server || (clock.monotonicMs() < dueMs && now === identity)) return seen.length > 0;
      const address = await findPublicAddress(server, base, signal);
      if (address === undefined) return false;
      identity = now;
      dueMs = clock.monotonicMs() + REFRESH_MS;
      if (!seen.includes(address)) seen = [...seen, address].slice(-MAX_REMEMBERED);
      return true;
    },
  };
}

/** The IPv4 address that the server sees; undefined when it does not say, or says what cannot be. Never rejects. */
export async function findPublicAddress(
  { host, port }: Pick<Target, 'host' | 'port'>,
  network: Network,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const server =
      net.isIP(host) === 0
        ? await findAddress(host, network, { budgetMs: LOOKUP_MS, signal })
        : host;
    if (server === undefined) return undefined;
    const path = network.openUdp(server, port);
    try {
      const budget = { budgetMs: ANSWER_MS, signal, clock: systemClock };
      const result = await withBudget(budget, (until) => ask(path, until));
      const address = result.kind === 'settled' ? result.value : undefined;
      return address === undefined || isBogon(address) ? undefined : address;
    } finally {
      path.socket.close();
    }
  } catch {
    return undefined; // no network, or one that carries no datagrams: the address stays unknown, which the caller tells
  }
}

function ask({ socket, address, port }: UdpPath, signal: AbortSignal): Promise<string | undefined> {
  const request = Buffer.alloc(HEADER_BYTES);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, COOKIE_AT_BYTE);
  randomBytes(HEADER_BYTES - 8).copy(request, 8);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    socket.on('error', reject);
    socket.on('message', (reply) => {
      const isOurs =
        reply.length >= HEADER_BYTES &&
        reply.readUInt16BE(0) === BINDING_SUCCESS &&
        reply.subarray(COOKIE_AT_BYTE, HEADER_BYTES).equals(request.subarray(COOKIE_AT_BYTE));
      if (isOurs) resolve(readMappedAddress(reply));
    });
    socket.once('connect', () => {
      if (!signal.aborted) socket.send(request, (error) => error && reject(error));
    });
    socket.connect(port, address);
  });
}

/** Walks the attributes of an answer; lengths are taken as they come, and none is read beyond the end. */
function readMappedAddress(reply: Buffer): string | undefined {
  for (let at = HEADER_BYTES; at + 4 <= reply.length; ) {
    const length = reply.readUInt16BE(at + 2);
    const value = reply.subarray(at + 4, at + 4 + length);
    const isMapped = reply.readUInt16BE(at) === XOR_MAPPED_ADDRESS;
    if (
      isMapped &&
      length === MAPPED_BYTES &&
      value.length === length &&
      value[1] === IPV4_FAMILY
    ) {
      const bits = (value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0;
      return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}
