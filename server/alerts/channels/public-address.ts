/**
 * Addresses that a stranger may have us connect to. Stricter than what a measurement may dial: forms that carry an IPv4
 * address inside an IPv6 one are refused whole, or looked into where networks without IPv4 need them.
 */
import net from 'node:net';
import { isBogon } from '../../../probes/bogon.ts';

/** Beside what cannot be public: ranges that lead to where somebody else decides, or to a provider's own services. */
const REFUSED = buildBlockList([
  // Azure's metadata and DNS, on a public address: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ['168.63.129.16', 32, 'ipv4'],
  // Relays of 6to4, and 6to4 and Teredo themselves (RFC 7526): nobody offers a service there.
  ['192.88.99.0', 24, 'ipv4'],
  ['2002::', 16, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  // NAT64 for local use (RFC 8215), documentation (RFC 9637), SRv6 (RFC 9602).
  ['64:ff9b:1::', 48, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
  ['5f00::', 16, 'ipv6'],
]);

/** The NAT64 prefix of everybody (RFC 6052): the last 32 bits are an IPv4 address. */
const NAT64 = buildBlockList([['64:ff9b::', 96, 'ipv6']]);

function buildBlockList(
  ranges: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[],
): net.BlockList {
  const list = new net.BlockList();
  for (const [address, bits, family] of ranges) list.addSubnet(address, bits, family);
  return list;
}

/** Tells whether an address is one of the public internet. Text that is no address is not. */
export function isPublicAddress(address: string): boolean {
  if (isBogon(address)) return false;
  const family = net.isIPv4(address) ? 'ipv4' : 'ipv6';
  if (REFUSED.check(address, family)) return false;
  if (family === 'ipv4' || !NAT64.check(address, family)) return true;
  const inner = readLastIpv4(address);
  return inner !== undefined && isPublicAddress(inner);
}

/** The IPv4 address in the last 32 bits, however they are spelt. */
function readLastIpv4(address: string): string | undefined {
  // The URL parser writes every spelling of an IPv6 address one way, with hexadecimal groups only.
  const { hostname } = new URL(`http://[${address}]/`);
  const groups = /(?:([0-9a-f]{1,4}):)?:?([0-9a-f]{1,4})\]$/.exec(hostname);
  if (!groups) return undefined;
  const bits =
    Number.parseInt(groups[1] ?? '0', 16) * 0x1_0000 + Number.parseInt(groups[2] ?? '0', 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}
