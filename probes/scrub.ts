/**
 * Keeps the vantage's own addresses out of everything that is stored: block pages and redirects like to echo them.
 * Text, reversed (in-addr.arpa), dashed, percent-encoded, hexadecimal, decimal and IPv6 spellings are covered.
 */
import net from 'node:net';

/** What stands in place of an address, as OONI writes it. */
export const SCRUBBED = '[scrubbed]';

/** Replaces the own addresses in whatever is about to be kept. */
export type Scrubber = {
  /** True when the text holds an own address in any spelling. */
  readonly isFoundIn: (text: string) => boolean;
  readonly text: (text: string) => string;
  /** True when the bytes hold an own address, as packed bytes or as text of one or two bytes a character. */
  readonly isFoundInBytes: (bytes: Uint8Array) => boolean;
  /** A copy in which every string, however deep, is scrubbed; the same object when nothing was found. */
  readonly value: <T>(value: T) => T;
};

/** Dot, and what stands for it in URLs, host names and HTML. */
const DOT = '(?:\\.|%(?:25)?2e|-|_|&#0*46;|&#x0*2e;|&period;|\\\\u002e|\\[\\.\\])';

/** Anything that may be an IPv6 address, with one as its tail in the IPv4-mapped forms. */
const IPV6_CANDIDATE = /(?:[0-9a-f]{0,4}(?::|%3a)){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})/gi;

const IPV4_ANY = /\d{1,3}(?:\.\d{1,3}){3}/g;

/** Bits that name a household: addresses under the same /64 are as telling as the own one. */
const IPV6_PREFIX_HEX_DIGITS = 16;

/** Removes every IP address from a text, own or not: for error codes, where none belongs. */
export function scrubAddresses(text: string): string {
  return text.replace(IPV6_CANDIDATE, scrubIfAddress).replace(IPV4_ANY, SCRUBBED);
}

function scrubIfAddress(candidate: string): string {
  return net.isIPv6(candidate) ? SCRUBBED : candidate;
}

/** Builds a scrubber for these addresses. Text that is no address is left out. */
export function createScrubber(ownAddresses: readonly string[]): Scrubber {
  const bare = ownAddresses.map((address) => address.replace(/%.*$/, ''));
  const ipv4 = bare.filter((address) => net.isIPv4(address));
  const ipv6 = bare.filter((address) => net.isIPv6(address)).map(toHex);
  const alternatives = [...ipv4.flatMap(listIpv4Patterns), ...ipv6.flatMap(listIpv6Patterns)];
  const pattern = alternatives.length > 0 ? new RegExp(alternatives.join('|'), 'gi') : undefined;
  const prefixes = new Set(ipv6.map((hex) => hex.slice(0, IPV6_PREFIX_HEX_DIGITS)));
  const candidates = createCandidatePattern(ipv6);

  const scrubIpv6 = (candidate: string): string => {
    const decoded = candidate.replace(/%3a/gi, ':');
    // A colon or a port may follow the address: cut group by group until it reads as one.
    for (let end = decoded.length; end > 0; end = decoded.lastIndexOf(':', end - 1)) {
      const address = decoded.slice(0, end);
      const isOwn = net.isIPv6(address) && prefixes.has(toPrefix(address));
      if (isOwn) return SCRUBBED + decoded.slice(end);
    }
    return candidate;
  };
  const text = (original: string): string => {
    if (!pattern) return original;
    const rest = candidates ? original.replace(candidates, scrubIpv6) : original;
    return rest.replace(pattern, SCRUBBED);
  };
  const packed = [...ipv4.map(packIpv4), ...ipv6.map((hex) => Buffer.from(hex, 'hex'))];
  const isFoundInBytes = (bytes: Uint8Array): boolean => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (packed.some((address) => buffer.includes(address))) return true;
    const latin1 = buffer.toString('latin1');
    const narrowed = latin1.replaceAll('\0', '');
    return text(latin1) !== latin1 || text(narrowed) !== narrowed;
  };
  return {
    text,
    isFoundIn: (original) => text(original) !== original,
    isFoundInBytes,
    value: (value) => scrubDeep(value, text),
  };
}

/** Scrubbers by the list they were built for, so that an operation need not build one each time. */
const CACHE = new WeakMap<readonly string[], Scrubber>();

/** The scrubber of a network's own addresses, built once per list. */
export function getScrubber(ownAddresses: readonly string[]): Scrubber {
  const known = CACHE.get(ownAddresses);
  if (known) return known;
  const built = createScrubber(ownAddresses);
  CACHE.set(ownAddresses, built);
  return built;
}

function packIpv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function listIpv4Patterns(address: string): string[] {
  const octets = address.split('.').map(Number);
  const hex = octets.map((octet) => octet.toString(16).padStart(2, '0'));
  const decimal = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const inOrder = (list: readonly number[]) => list.map((octet) => `0{0,2}${octet}`).join(DOT);
  const [high, low] = [hex.slice(0, 2), hex.slice(2)].map((pair) => trimGroup(pair.join('')));
  return [
    `(?<!\\d)(?:${inOrder(octets)}|${inOrder(octets.toReversed())})(?!\\d)`,
    hex.join('(?:[:\\-. ]|%3a|\\\\x|%|0x)?'),
    hex.toReversed().join('(?:[:\\-. ]|%3a|\\\\x|%|0x)?'),
    `(?<!\\d)${decimal}(?!\\d)`,
    // IPv4-mapped IPv6 with both halves as groups.
    `(?<=ffff(?::|-|%3a))${high}(?::|-|%3a)${low}(?![0-9a-f])`,
  ];
}

function listIpv6Patterns(hex: string): string[] {
  const groups = hex.match(/.{4}/g) ?? [];
  const trimmed = groups.map(trimGroup);
  return [
    hex,
    trimmed.join('[-_]'),
    // ip6.arpa: nibbles, last first.
    hex.split('').toReversed().join('\\.'),
  ];
}

/**
 * Finds what may be an own IPv6 address by its first group, which every spelling starts with. A search for any
 * address would take 20 ms on a crafted page of 256 KiB, in which all other probes stand still.
 */
function createCandidatePattern(ipv6: readonly string[]): RegExp | undefined {
  if (ipv6.length === 0) return undefined;
  const starts = new Set(ipv6.map((hex) => trimGroup(hex.slice(0, 4))));
  return new RegExp(`(?:${[...starts].join('|')})(?:(?::|%3a)[0-9a-f]{0,4}){2,7}`, 'gi');
}

function toPrefix(address: string): string {
  return toHex(address).slice(0, IPV6_PREFIX_HEX_DIGITS);
}

/** A pattern for one IPv6 group with any number of leading zeros. */
function trimGroup(group: string): string {
  return `0{0,3}${group.replace(/^0+(?=.)/, '')}`;
}

/** 32 hexadecimal digits. The URL parser writes every spelling in one way, from which the groups are filled up. */
function toHex(address: string): string {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
}

function scrubDeep<T>(value: T, scrub: (text: string) => string): T;
function scrubDeep(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof Map) return value;
  // Almost always nothing is found, so a copy is made only where something was.
  let copy: object | undefined;
  for (const [key, item] of Object.entries(value)) {
    const scrubbed: unknown = scrubDeep(item, scrub);
    if (scrubbed === item) continue;
    copy ??= Array.isArray(value) ? [...value] : { ...value };
    Reflect.set(copy, key, scrubbed);
  }
  return copy ?? value;
}
