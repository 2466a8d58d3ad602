/**
 * Addresses that no public service can have: an answer that contains one was made up, and nothing is dialled there.
 * The set is the one OONI uses; 6to4 and Teredo spellings of its IPv4 part are included.
 * Ranges: IANA special-purpose registries, https://www.iana.org/assignments/iana-ipv4-special-registry
 */
import net from 'node:net';

/** IPv4 ranges in CIDR notation. 0/8 is also what sinkholes answer: a connect there succeeds on this very machine. */
const IPV4_BOGONS = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

const IPV6_BOGONS = [
  '::/96',
  '::ffff:0:0/96',
  '100::/64',
  '2001:10::/28',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

/** Prefixes under which an IPv4 address is embedded, with the bit at which it starts. */
const EMBEDDINGS = [
  { prefix: '2002:', atBit: 16 },
  { prefix: '2001:0:', atBit: 32 },
] as const;

/** Two lists, because one that holds ::ffff:0:0/96 says that it contains every IPv4 address. */
const BOGONS = buildBlockLists();

function buildBlockLists(): Readonly<Record<4 | 6, net.BlockList>> {
  const ipv4 = new net.BlockList();
  const ipv6 = new net.BlockList();
  for (const [address, bits] of IPV4_BOGONS.map(splitRange)) {
    ipv4.addSubnet(address, bits, 'ipv4');
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    const groups = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
    for (const { prefix, atBit } of EMBEDDINGS) {
      ipv6.addSubnet(`${prefix}${groups}::`, atBit + bits, 'ipv6');
    }
  }
  for (const [address, bits] of IPV6_BOGONS.map(splitRange)) {
    ipv6.addSubnet(address, bits, 'ipv6');
  }
  return { 4: ipv4, 6: ipv6 };
}

function splitRange(range: string): [address: string, bits: number] {
  const at = range.lastIndexOf('/');
  return [range.slice(0, at), Number(range.slice(at + 1))];
}

/** Tells whether an address cannot belong to a public service. Text that is no address counts as one that cannot. */
export function isBogon(address: string): boolean {
  const version = net.isIP(address);
  // A zone id (`fe80::1%eth0`) only exists on a local link, whatever the address before it.
  if (version === 0 || address.includes('%')) return true;
  return version === 4 ? BOGONS[4].check(address, 'ipv4') : BOGONS[6].check(address, 'ipv6');
}
