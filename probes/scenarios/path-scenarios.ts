/** Cases of the public suite on the way to a site: redirects and what stops them, connections, and pace. */
import { LIE_ADDRESS, lie, NXDOMAIN, SITE, SITE_ADDRESS, type SiteRow } from './site-row.ts';

const SHORTENER = 'bit.ly';
/** 130 kbit/s. */
const SLOW_BYTES_PER_SECOND = 16_250;

/** A short link whose target is `location`. */
const shortLink = (location: string): Pick<SiteRow, 'url' | 'origin' | 'origins'> => ({
  url: `https://${SHORTENER}/link`,
  origin: { addresses: ['67.199.248.11'], pages: { '/': { kind: 'redirect', location } } },
  origins: { [SITE]: { addresses: [SITE_ADDRESS] } },
});

const BAD_LOCATION = { kind: 'bad_location' } as const;
const LOOP = '/redirect';
const loopPages = (origin: string) =>
  Object.fromEntries(
    Array.from({ length: 15 }, (_, index) => [
      `${LOOP}/${15 - index}`,
      index === 14
        ? ({ kind: 'page', title: 'At last' } as const)
        : ({ kind: 'redirect', location: `${origin}${LOOP}/${14 - index}` } as const),
    ]),
  );

const REDIRECTS: readonly SiteRow[] = [
  {
    id: 'A27',
    name: 'redirect to nowhere, cleartext',
    url: 'http://httpbin.com/broken-redirect-http',
    vantage: { pages: { 'httpbin.com': BAD_LOCATION } },
    expect: { verdict: 'insufficient' },
    because: 'A fault of the site; the control is served another page, as in the original case.',
    classic: 'false / http-failure',
  },
  {
    id: 'A28',
    name: 'redirect to nowhere, TLS',
    url: 'https://httpbin.com/broken-redirect-https',
    vantage: { pages: { 'httpbin.com': BAD_LOCATION } },
    expect: { verdict: 'insufficient' },
    because: 'As A27.',
    classic: 'false / http-failure',
  },
  ...(['http', 'https'] as const).map(
    (scheme, index): SiteRow => ({
      id: `A${29 + index}`,
      name: `short link, then refused (${scheme})`,
      ...shortLink(`${scheme}://${SITE}/`),
      vantage: { routes: { [SITE_ADDRESS]: 'refuse' } },
      expect: { verdict: 'blocked', mechanism: 'ip.refused' },
      because: 'The control passed this very hop, and the failure came again half a minute later.',
      classic: 'false / http-failure',
    }),
  ),
  {
    id: 'A31',
    name: 'short link, then reset at the Host header',
    ...shortLink(`http://${SITE}/`),
    vantage: { hosts: { [SITE]: { kind: 'reset' } }, names: { [SITE]: { kind: 'reset' } } },
    expect: { verdict: 'blocked', mechanism: 'http.reset.host' },
    because: 'A neutral name at the address of the failing hop passes: the deepest node.',
    classic: 'false / http-failure',
  },
  {
    id: 'A32',
    name: 'short link, then reset at the server name',
    ...shortLink(`https://${SITE}/`),
    vantage: { names: { [SITE]: { kind: 'reset' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.reset.sni' },
    because: 'As A31.',
    classic: 'false / http-failure',
  },
  {
    id: 'A33',
    name: 'short link, then a denied name',
    ...shortLink(`https://${SITE}/`),
    vantage: { dns: { [SITE]: NXDOMAIN } },
    expect: { verdict: 'blocked', mechanism: 'dns.nxdomain' },
    classic: 'false / dns',
  },
  {
    id: 'A34',
    name: 'short link, then closed at the Host header',
    ...shortLink(`http://${SITE}/`),
    vantage: { hosts: { [SITE]: { kind: 'fin' } }, names: { [SITE]: { kind: 'fin' } } },
    expect: { verdict: 'blocked', mechanism: 'http.eof.host' },
    because: 'As A31.',
    classic: 'false / http-failure',
  },
  {
    id: 'A35',
    name: 'short link, then closed at the server name',
    ...shortLink(`https://${SITE}/`),
    vantage: { names: { [SITE]: { kind: 'fin' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.eof.sni' },
    because: 'As A31.',
    classic: 'false / http-failure',
  },
  {
    id: 'A36',
    name: 'short link, then silence at the Host header',
    ...shortLink(`http://${SITE}/`),
    vantage: { hosts: { [SITE]: { kind: 'hang' } }, names: { [SITE]: { kind: 'hang' } } },
    expect: { verdict: 'blocked', mechanism: 'http.timeout.host' },
    because: 'As A31.',
    classic: 'false / http-failure',
  },
  {
    id: 'A37',
    name: 'short link, then silence at the server name',
    ...shortLink(`https://${SITE}/`),
    vantage: { names: { [SITE]: { kind: 'hang' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.timeout.sni' },
    because: 'As A31.',
    classic: 'false / http-failure',
  },
  ...(['http', 'https'] as const).map(
    (scheme, index): SiteRow => ({
      id: `A${38 + index}`,
      name: `fifteen redirects (${scheme})`,
      url: `${scheme}://httpbin.com${LOOP}/15`,
      origin: { pages: loopPages(`${scheme}://httpbin.com`) },
      vantage: {},
      control: 'same',
      expect: { verdict: 'down' },
      because: 'The control gave up at the same hop.',
      classic: 'false / false',
    }),
  ),
];

const TRANSPORT: readonly SiteRow[] = [
  {
    id: 'A42',
    name: 'connecting is never answered',
    url: 'https://www.example.com/',
    vantage: { routes: { [`${SITE_ADDRESS}:443`]: 'drop' } },
    expect: { verdict: 'blocked', mechanism: 'ip.drop' },
    classic: 'false / tcp_ip',
  },
  {
    id: 'A43',
    name: 'resolver points to a host that refuses',
    url: 'http://www.example.org/',
    vantage: { dns: lie('www.example.org', LIE_ADDRESS) },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.other' },
    classic: 'false / dns',
  },
  {
    id: 'A44',
    name: 'large file slowed at the Host header',
    url: 'http://largefile.com/',
    origin: { pages: { '/': { kind: 'big', bytes: 600_000 } } },
    vantage: {
      hosts: { 'largefile.com': { kind: 'throttle', bytesPerSecond: SLOW_BYTES_PER_SECOND } },
    },
    expect: { verdict: 'impaired', mechanism: 'http.throttle.host' },
    classic: 'false / http-failure',
  },
  {
    id: 'A45',
    name: 'large file slowed at the server name',
    url: 'https://largefile.com/',
    origin: { pages: { '/': { kind: 'big', bytes: 600_000 } } },
    vantage: {
      names: { 'largefile.com': { kind: 'throttle', bytesPerSecond: SLOW_BYTES_PER_SECOND } },
    },
    expect: { verdict: 'impaired', mechanism: 'tls.throttle.sni' },
    classic: 'false / http-failure',
  },
  {
    id: 'A46',
    name: 'reset at the server name',
    url: 'https://www.example.com/',
    vantage: { names: { [SITE]: { kind: 'reset' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.reset.sni' },
    classic: 'false / http-failure',
  },
  {
    id: 'A47',
    name: 'lying resolver and reset at the server name',
    url: 'https://www.example.com/',
    strangers: { [LIE_ADDRESS]: { certificate: 'self_signed' } },
    vantage: { dns: lie(SITE, LIE_ADDRESS), names: { [SITE]: { kind: 'reset' } } },
    expect: {
      verdict: 'blocked',
      mechanism: 'dns.injection.other',
      tampering: ['tls.reset.sni'],
    },
    because: 'The name comes first; the reset is kept beside it.',
    classic: 'false / dns',
  },
];

/** Rows A27 to A39 and A42 to A47. */
export const PATH_ROWS: readonly SiteRow[] = [...REDIRECTS, ...TRANSPORT];
