import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createScrubber, getScrubber, SCRUBBED, scrubAddresses } from './scrub.ts';
import type { Observation } from './types.ts';

const OWN = ['93.184.216.34', '2a02:6b8:0:1::feed:ff', 'fe80::1234:56ff:fe78:9abc%eth0'];

const spellings: readonly (readonly [name: string, text: string])[] = [
  ['plain', '93.184.216.34'],
  ['with a port', '93.184.216.34:8080'],
  ['padded', '093.184.216.034'],
  ['reverse lookup', '34.216.184.93.in-addr.arpa'],
  ['dashed host name', 'ip-93-184-216-34.example.net'],
  ['reversed dashed host name', '34-216-184-93.example.net'],
  ['percent-encoded', 'ip=93%2E184%2e216%2E34'],
  ['HTML entity', '93&#46;184&#46;216&#46;34'],
  ['HTML entity in hexadecimal', '93&#x2E;184&#x2e;216&#x02e;34'],
  ['HTML entity by name', '93&period;184&period;216&period;34'],
  ['percent-encoded twice', '93%252E184%252E216%252E34'],
  ['escaped in a script', '93\\u002e184\\u002e216\\u002e34'],
  ['defanged', '93[.]184[.]216[.]34'],
  ['hexadecimal', '5db8d822'],
  ['hexadecimal with prefix', '0x5DB8D822'],
  ['hexadecimal reversed', '22d8b85d'],
  ['hexadecimal with colons', '5d:b8:d8:22'],
  ['inside a longer hexadecimal token', 'aa5db8d822bb'],
  ['decimal', 'id=1572395042&x'],
  ['IPv4-mapped', '::ffff:93.184.216.34'],
  ['IPv4-mapped in groups', '::ffff:5db8:d822'],
  ['IPv6 as written', '2a02:6b8:0:1::feed:ff'],
  ['IPv6 in full', '2A02:06B8:0000:0001:0000:0000:FEED:00FF'],
  ['IPv6 in a URL', 'http://[2a02:6b8:0:1:0:0:feed:ff]/'],
  ['IPv6 percent-encoded', '2a02%3A6b8%3A0%3A1%3A%3Afeed%3Aff'],
  ['IPv6 of the same household', '2a02:6b8:0:1:aaaa:bbbb:cccc:dddd'],
  ['IPv6 without colons', '2a0206b80000000100000000feed00ff'],
  ['IPv6 dashed', '2a02-6b8-0-1-0-0-feed-ff.example.net'],
  [
    'IPv6 reverse lookup',
    'f.f.0.0.d.e.e.f.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.8.b.6.0.2.0.a.2.ip6.arpa',
  ],
  ['IPv6 before a colon', '2a02:6b8:0:1::feed:ff: no access'],
  ['IPv6 before a port', '2a02:6b8:0:1::feed:ff:443'],
  ['link-local without its zone', 'fe80::1234:56ff:fe78:9abc'],
];

suite('own addresses are scrubbed', () => {
  const scrubber = createScrubber(OWN);
  for (const [name, text] of spellings) {
    test(name, () => {
      const scrubbed = scrubber.text(`before ${text} after`);
      assert.match(scrubbed, /^before .*\[scrubbed\].* after$/);
      assert.ok(!scrubbed.toLowerCase().includes(text.toLowerCase()));
      assert.ok(scrubber.isFoundIn(text));
    });
  }
});

const untouched = [
  '93.184.216.35',
  '193.184.216.34',
  '93.184.216.345',
  '157.240.205.35',
  '2a02:6b8:0:2::feed:ff',
  '2a03:2880:f10c:83:face:b00c:0:25de',
  'a::before { content: ":" }',
  '12:30:45 GMT',
  '',
];
suite('everything else stays as it is', () => {
  for (const text of untouched) {
    test(JSON.stringify(text), () => assert.equal(createScrubber(OWN).text(text), text));
  }
  test('nothing to scrub for → nothing changes', () => {
    assert.equal(createScrubber([]).text('93.184.216.34'), '93.184.216.34');
    assert.equal(createScrubber(['no address']).text('no address'), 'no address');
  });
});

const hex2 = (octet: number): string => octet.toString(16).padStart(2, '0');

const ipv4Forms: readonly ((octets: readonly number[]) => string)[] = [
  (octets) => octets.join('.'),
  (octets) => octets.toReversed().join('.'),
  (octets) => octets.join('-'),
  (octets) => octets.join('%2E'),
  (octets) => octets.map(hex2).join(''),
  (octets) => octets.map(hex2).join('').toUpperCase(),
  (octets) => octets.map(hex2).join(':'),
  (octets) => String(octets.reduce((sum, octet) => sum * 256 + octet, 0)),
  ([a = 0, b = 0, c = 0, d = 0]) =>
    `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`,
];
const groupsToHex = (groups: readonly number[]): string[] =>
  groups.map((group) => group.toString(16));
const ipv6Forms: readonly ((groups: readonly number[]) => string)[] = [
  (groups) => groupsToHex(groups).join(':'),
  (groups) => groupsToHex(groups).join(':').toUpperCase(),
  (groups) =>
    groupsToHex(groups)
      .map((group) => group.padStart(4, '0'))
      .join(':'),
  (groups) =>
    groupsToHex(groups)
      .map((group) => group.padStart(4, '0'))
      .join(''),
  (groups) => groupsToHex(groups).join('-'),
  (groups) => new URL(`http://[${groupsToHex(groups).join(':')}]/`).hostname,
];
/** Letters that are part of no spelling, so that text around an address does not change what it is. */
const around = fc.stringMatching(/^[g-zG-Z <>"'/=?&]{0,20}$/);

test('property: any IPv4 address in any spelling and any surroundings is gone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(...ipv4Forms),
      around,
      around,
      (octets, form, before, after) => {
        const scrubbed = createScrubber([octets.join('.')]).text(before + form(octets) + after);
        assert.ok(!scrubbed.includes(form(octets)), scrubbed);
        assert.ok(scrubbed.startsWith(before) && scrubbed.endsWith(after), scrubbed);
        assert.ok(scrubbed.includes(SCRUBBED));
      },
    ),
    { numRuns: 300 },
  );
});

test('property: any IPv6 address in any spelling and any surroundings is gone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0x1000, max: 0xffff }), { minLength: 8, maxLength: 8 }),
      fc.constantFrom(...ipv6Forms),
      around,
      around,
      (groups, form, before, after) => {
        const own = groupsToHex(groups).join(':');
        const scrubbed = createScrubber([own]).text(before + form(groups) + after);
        assert.ok(!scrubbed.includes(form(groups)), scrubbed);
        assert.ok(scrubbed.includes(SCRUBBED));
      },
    ),
    { numRuns: 300 },
  );
});

const bytesRows: readonly (readonly [name: string, bytes: Buffer, isFound: boolean])[] = [
  ['IPv4, packed as in a certificate', Buffer.from([1, 93, 184, 216, 34, 0xff]), true],
  ['IPv4, as text', Buffer.from('CN=93.184.216.34'), true],
  ['IPv4, two bytes a character', Buffer.from('CN=93.184.216.34', 'utf16le').swap16(), true],
  ['IPv6, packed', Buffer.from('002a0206b80000000100000000feed00ff00', 'hex'), true],
  ['IPv6, as text', Buffer.from('CN=2a02:6b8:0:1::feed:ff'), true],
  ['another address', Buffer.from([93, 184, 216, 35]), false],
  ['nothing', Buffer.alloc(0), false],
];
suite('own addresses are found in bytes', () => {
  for (const [name, bytes, isFound] of bytesRows) {
    test(name, () => assert.equal(createScrubber(OWN).isFoundInBytes(bytes), isFound));
  }
  test('nothing to look for → nothing found', () =>
    assert.equal(createScrubber([]).isFoundInBytes(Buffer.from('93.184.216.34')), false));
});

test('property: text without digits is never changed', () => {
  const scrubber = createScrubber(OWN);
  fc.assert(fc.property(fc.stringMatching(/^[^0-9]*$/), (text) => scrubber.text(text) === text));
});

test('a whole observation is scrubbed, however deep the text lies', () => {
  const observation = {
    id: 0,
    targetId: 'facebook.web.www',
    operation: 'http',
    role: 'target',
    attempt: 1,
    startedMs: 0,
    elapsedMs: 3,
    input: { method: 'GET', url: 'https://www.facebook.com/', address: '157.240.205.35' },
    outcome: {
      kind: 'ok',
      value: {
        statusCode: 200,
        headers: { location: 'http://warning.example/?ip=93.184.216.34' },
        bodyBytes: 12,
        isBodyTruncated: false,
        bodySha256: 'ab',
        title: 'Blocked for 5DB8D822',
        bodyHead: 'Your address: 93.184.216.34',
        wireBytesIn: 100,
      },
    },
  } as const satisfies Observation;
  const scrubbed: Observation = createScrubber(OWN).value<Observation>(observation);
  assert.ok(scrubbed.operation === 'http' && scrubbed.outcome.kind === 'ok');
  assert.equal(
    scrubbed.outcome.value.headers['location'],
    `http://warning.example/?ip=${SCRUBBED}`,
  );
  assert.equal(scrubbed.outcome.value.title, `Blocked for ${SCRUBBED}`);
  assert.equal(scrubbed.outcome.value.bodyHead, `Your address: ${SCRUBBED}`);
  assert.equal(scrubbed.input, observation.input, 'what holds nothing is not copied');
  assert.equal(scrubbed.outcome.value.bodyBytes, 12);
});

test('getScrubber builds one scrubber per list', () => {
  assert.equal(getScrubber(OWN), getScrubber(OWN));
  assert.notEqual(getScrubber(OWN), getScrubber([...OWN]));
});

const anyRows = [
  ['connect ECONNREFUSED 10.1.2.3:443', `connect ECONNREFUSED ${SCRUBBED}:443`],
  ['connect to 2001:db8::7 failed', `connect to ${SCRUBBED} failed`],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_WRONG_VERSION_NUMBER'],
] as const;
for (const [text, expected] of anyRows) {
  test(`scrubAddresses: ${text}`, () => assert.equal(scrubAddresses(text), expected));
}
