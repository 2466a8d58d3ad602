/**
 * The 50 cases of OONI's public suite for web connectivity (probe-cli, internal/webconnectivityqa), rebuilt with our
 * own means. Numbers and names are kept so that a reader can lay both side by side; `classic` is what that test says.
 */
import { PATH_ROWS } from './path-scenarios.ts';
import type { Scenario } from './scenario.ts';
import {
  everywhere,
  LIE_ADDRESS,
  lie,
  NXDOMAIN,
  SITE,
  type SiteRow,
  toSiteScenario,
} from './site-row.ts';

const BOGON = '10.10.34.35';

const BAD_CERTIFICATES: readonly SiteRow[] = [
  {
    id: 'A1',
    name: 'untrusted root, for everybody',
    url: 'https://untrusted-root.badssl.com/',
    origin: { certificate: 'untrusted_root' },
    vantage: {},
    control: 'same',
    expect: { verdict: 'down', mechanism: 'tls.certificate' },
    classic: 'false / false',
  },
  {
    id: 'A2',
    name: 'expired certificate, for everybody',
    url: 'https://expired.badssl.com/',
    origin: { certificate: 'expired' },
    vantage: {},
    control: 'same',
    expect: { verdict: 'down', mechanism: 'tls.certificate' },
    classic: 'false / false',
  },
  {
    id: 'A3',
    name: 'certificate for another name, for everybody',
    url: 'https://wrong.host.badssl.com/',
    origin: { certificate: 'wrong_name' },
    vantage: {},
    control: 'same',
    expect: { verdict: 'down', mechanism: 'tls.certificate' },
    classic: 'false / false',
  },
  {
    id: 'A4',
    name: 'resolver points to an impostor with a certificate of its own',
    url: 'https://www.example.com/',
    strangers: {
      [LIE_ADDRESS]: { certificate: 'self_signed', page: { kind: 'page', title: 'Welcome' } },
    },
    vantage: { dns: lie(SITE, LIE_ADDRESS) },
    expect: {
      verdict: 'blocked',
      mechanism: 'dns.injection.other',
      tampering: ['tls.mitm.self_signed'],
    },
    because: 'A public address without a known block page is the `other` node of injection.',
    classic: 'false / dns',
  },
];

const CHALLENGES: readonly SiteRow[] = [
  {
    id: 'A5',
    name: 'challenge page in cleartext, page for the control',
    url: 'http://www.cloudflare-cache.com/',
    vantage: { pages: { 'www.cloudflare-cache.com': { kind: 'captcha' } } },
    expect: { verdict: 'insufficient', mechanism: 'server_side' },
    classic: 'false / http-diff',
  },
  {
    id: 'A6',
    name: 'challenge page behind TLS, page for the control',
    url: 'https://www.cloudflare-cache.com/',
    vantage: { pages: { 'www.cloudflare-cache.com': { kind: 'captcha' } } },
    expect: { verdict: 'ok', mechanism: 'none', tampering: ['server_side'] },
    because:
      'Verified TLS proves that the service was reached; that it asks for a person is noted.',
    classic: 'true / false',
  },
  {
    id: 'A7',
    name: 'site fine in cleartext, every control blocked',
    url: 'http://www.example.org/',
    vantage: {},
    control: { isDown: true },
    expect: { verdict: 'insufficient' },
    classic: 'null / null',
  },
  {
    id: 'A8',
    name: 'site fine behind TLS, every control blocked',
    url: 'https://www.example.org/',
    vantage: {},
    control: { isDown: true },
    expect: { verdict: 'ok', mechanism: 'none' },
    classic: 'true / false',
  },
];

const NAMES: readonly SiteRow[] = [
  {
    id: 'A9',
    name: 'resolver of the telephone finds no data',
    url: 'https://www.example.com/',
    vantage: { dns: { [SITE]: NXDOMAIN } },
    expect: { verdict: 'blocked', mechanism: 'dns.nxdomain' },
    because:
      'Our own client asks the resolver itself, so that the ambiguous code of Android never arises.',
    classic: 'false / dns',
  },
  {
    id: 'A10',
    name: 'resolver answers an impossible address',
    url: 'https://www.example.com/',
    vantage: { dns: lie(SITE, BOGON) },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.bogon' },
    classic: 'false / dns',
  },
  {
    id: 'A11',
    name: 'resolver denies the name',
    url: 'https://www.example.com/',
    vantage: { dns: { [SITE]: NXDOMAIN } },
    expect: { verdict: 'blocked', mechanism: 'dns.nxdomain', flags: ['reachable_if_resolved'] },
    classic: 'false / dns',
  },
  {
    id: 'A12',
    name: 'resolver answers loopback, cleartext',
    url: 'http://www.example.com/',
    vantage: { dns: lie(SITE, '127.0.0.1') },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.bogon' },
    classic: 'false / dns',
  },
  {
    id: 'A13',
    name: 'resolver answers loopback, TLS',
    url: 'https://www.example.com/',
    vantage: { dns: lie(SITE, '127.0.0.1') },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.bogon' },
    classic: 'false / dns',
  },
  {
    id: 'A14',
    name: 'resolver points to a proxy that passes everything on, cleartext',
    url: 'http://www.example.com/',
    strangers: { [LIE_ADDRESS]: { isProxy: true } },
    vantage: { dns: lie(SITE, LIE_ADDRESS) },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'ok', mechanism: 'none', tampering: ['dns.injection.other'] },
    classic: 'true / false',
  },
  {
    id: 'A15',
    name: 'resolver points to a proxy that passes everything on, TLS',
    url: 'https://www.example.com/',
    strangers: { [LIE_ADDRESS]: { isProxy: true } },
    vantage: { dns: lie(SITE, LIE_ADDRESS) },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'ok', mechanism: 'none', tampering: ['dns.injection.other'] },
    because:
      'An address at which the innocuous name verifies as well is a proxy and no server of the site.',
    classic: 'true / false',
  },
  {
    id: 'A16',
    name: 'name is gone everywhere, resolver still points to a notice',
    url: 'http://itsat.info/',
    origin: { addresses: [] },
    strangers: { [LIE_ADDRESS]: { page: { kind: 'block_page' } } },
    vantage: { dns: lie('itsat.info', LIE_ADDRESS) },
    expect: { verdict: 'down', mechanism: 'dns.nxdomain', tampering: ['dns.injection.other'] },
    because:
      'The control failed at the same stage; the lie is kept as tampering, so it is never plain.',
    classic: 'false / dns',
  },
  {
    id: 'A17',
    name: 'name is gone everywhere, host of the notice refuses TLS',
    url: 'https://itsat.info/',
    origin: { addresses: [] },
    strangers: { [LIE_ADDRESS]: { page: { kind: 'block_page' } } },
    vantage: { dns: lie('itsat.info', LIE_ADDRESS) },
    expect: { verdict: 'down', mechanism: 'dns.nxdomain', tampering: ['dns.injection.other'] },
    because: 'As A16.',
    classic: 'false / dns',
  },
];

const CLEARTEXT: readonly SiteRow[] = [
  {
    id: 'A18',
    name: 'reset at the Host header',
    url: 'http://www.example.com/',
    vantage: { hosts: { [SITE]: { kind: 'reset' } } },
    expect: { verdict: 'blocked', mechanism: 'http.reset.host' },
    classic: 'false / http-failure',
  },
  {
    id: 'A19',
    name: 'unknown notice in place of the cleartext page',
    url: 'http://www.example.com/',
    vantage: { hosts: { [SITE]: { kind: 'block_page' } } },
    expect: { verdict: 'likely_blocked', mechanism: 'http.blockpage' },
    because: 'A page that differs is one signal; only a fingerprint makes it certain.',
    classic: 'false / http-diff',
  },
  {
    id: 'A19b',
    name: 'known notice in place of the cleartext page',
    url: 'http://www.example.com/',
    vantage: {
      hosts: {
        [SITE]: {
          kind: 'block_page',
          html: '<title>Restricted</title><p>See https://eais.rkn.gov.ru for the entry.</p>',
        },
      },
    },
    expect: { verdict: 'blocked', mechanism: 'http.blockpage' },
    because: 'The fingerprint of the country confirms at once.',
    classic: 'false / http-diff',
  },
  {
    id: 'A20',
    name: 'unknown notice behind a lying resolver',
    url: 'http://www.example.com/',
    strangers: { [LIE_ADDRESS]: { page: { kind: 'block_page' } } },
    vantage: { dns: lie(SITE, LIE_ADDRESS) },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'blocked', mechanism: 'dns.injection.blockpage' },
    because: 'Two independent signals: an address that only this resolver gives, and another page.',
    classic: 'false / dns',
  },
];

const HEALTHY: readonly SiteRow[] = [
  ['A21', 'international name in lower case', 'http://яндекс.рф/'],
  ['A22', 'international name with a capital', 'http://Яндекс.рф/'],
  ['A40', 'nothing wrong, cleartext', 'http://www.example.com/'],
  ['A41', 'nothing wrong, TLS', 'https://www.example.com/'],
].map(([id = '', name = '', url = '']) => ({
  id,
  name,
  url,
  vantage: {},
  expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
  classic: 'true / false',
}));

const LARGE: readonly SiteRow[] = [
  ['A23', 'page beyond the cap, cleartext', 'http://largefile.com/'],
  ['A24', 'page beyond the cap, TLS', 'https://largefile.com/'],
].map(([id = '', name = '', url = '']) => ({
  id,
  name,
  url,
  origin: { pages: { '/': { kind: 'big', bytes: 600_000 } } },
  vantage: {},
  expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
  classic: 'true / false',
}));

const DOWN: readonly SiteRow[] = [
  {
    id: 'A25',
    name: 'name leads everybody to loopback, cleartext',
    url: 'http://www.example.com/',
    vantage: everywhere(lie(SITE, '127.0.0.1')),
    control: 'same',
    expect: { verdict: 'down', mechanism: 'dns.injection.bogon' },
    because: 'The control failed at the same stage; the mechanism only names what was seen.',
    classic: 'false / false',
  },
  {
    id: 'A26',
    name: 'name leads everybody to loopback, TLS',
    url: 'https://www.example.com/',
    vantage: everywhere(lie(SITE, '127.0.0.1')),
    control: 'same',
    expect: { verdict: 'down', mechanism: 'dns.injection.bogon' },
    because: 'As A25.',
    classic: 'false / false',
  },
  {
    id: 'A48',
    name: 'name exists nowhere',
    url: 'http://www.example.xyz/',
    origin: { addresses: [] },
    vantage: {},
    expect: { verdict: 'down', mechanism: 'dns.nxdomain' },
    classic: 'false / false',
  },
  {
    id: 'A49',
    name: 'an alias and no address, for everybody',
    url: 'http://www.example.com/',
    origin: { dns: { kind: 'cname', target: 'www.example.net', addresses: [] } },
    vantage: {},
    expect: { verdict: 'down', mechanism: 'dns.no_answer' },
    classic: 'false / false',
  },
  {
    id: 'A50',
    name: 'port is closed for everybody',
    url: 'http://www.example.com:444/',
    vantage: {},
    expect: { verdict: 'down', mechanism: 'ip.refused' },
    classic: 'false / false',
  },
];

/** The 50 cases, in the order of their numbers, and one variation of our own. */
export function listSiteScenarios(): Scenario[] {
  const rows = [
    ...BAD_CERTIFICATES,
    ...CHALLENGES,
    ...NAMES,
    ...CLEARTEXT,
    ...HEALTHY,
    ...LARGE,
    ...DOWN,
    ...PATH_ROWS,
  ];
  return rows
    .map(toSiteScenario)
    .toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}
