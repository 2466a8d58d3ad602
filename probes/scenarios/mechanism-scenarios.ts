/** Mechanisms that none of the other cases brings about, one case each. */

import { targetOf } from './hosts.ts';
import { ADDRESSES, HOST, type OwnRow, RESET, toOwnScenario } from './own-row.ts';
import type { NameBehaviour, Scenario } from './scenario.ts';

const HANDSHAKE_FAILURE_ALERT = 40;

/** The same for every name at the addresses of the site, and at no other. */
const atItsAddresses = (behaviour: NameBehaviour): OwnRow['vantage'] => ({
  names: Object.fromEntries(ADDRESSES.map((address) => [`*@${address}`, behaviour])),
});

const HANDSHAKES: readonly OwnRow[] = [
  {
    id: 'X1',
    name: 'reset at every name in the handshake with its addresses',
    vantage: atItsAddresses(RESET),
    expect: { verdict: 'blocked', mechanism: 'tls.reset.any' },
  },
  {
    id: 'X2',
    name: 'silence at every name in the handshake with its addresses',
    vantage: atItsAddresses({ kind: 'hang' }),
    expect: { verdict: 'blocked', mechanism: 'tls.timeout.any' },
  },
  {
    id: 'X3',
    name: 'reset in place of the answer of the server',
    vantage: { names: { [HOST]: { kind: 'reset_on_server_hello' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.reset.sni' },
  },
  {
    id: 'X4',
    name: 'closed at this name',
    vantage: { names: { [HOST]: { kind: 'fin' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.eof.sni' },
  },
  {
    id: 'X5',
    name: 'alert at this name',
    vantage: { names: { [HOST]: { kind: 'alert', description: HANDSHAKE_FAILURE_ALERT } } },
    expect: { verdict: 'blocked', mechanism: 'tls.alert.sni' },
  },
  {
    id: 'X6',
    name: 'impostor at the true address, vouching for itself',
    vantage: { names: { [HOST]: { kind: 'impostor', certificate: 'self_signed' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.mitm.self_signed' },
  },
  {
    id: 'X7',
    name: 'impostor at the true address, signed by an authority',
    vantage: { names: { [HOST]: { kind: 'impostor', certificate: 'untrusted_root' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.mitm.ca_signed' },
  },
  {
    id: 'X8',
    name: 'notice in plain text in place of a handshake',
    vantage: { names: { [HOST]: { kind: 'block_page_plain' } } },
    expect: { verdict: 'blocked', mechanism: 'http.blockpage' },
  },
];

const NAMES: readonly OwnRow[] = (
  [
    ['X9', 'servfail', 'dns.servfail'],
    ['X10', 'refused', 'dns.refused'],
    ['X11', 'hang', 'dns.timeout'],
    ['X12', 'empty', 'dns.no_answer'],
  ] as const
).map(([id, kind, mechanism]) => ({
  id,
  name: `resolver answers ${kind} for this name`,
  vantage: { dns: { [HOST]: { kind } } },
  expect: { verdict: 'blocked', mechanism },
}));

const CLEARTEXT: readonly OwnRow[] = [
  {
    id: 'X13',
    name: 'redirected to the known notice of an operator',
    service: {
      id: 'site',
      name: 'Instagram',
      requiredFunctions: ['web'],
      targets: [targetOf('site.web.www', `http://${HOST}/`)],
    },
    vantage: { hosts: { [HOST]: { kind: 'redirect', location: 'http://warning.rt.ru/?id=1' } } },
    expect: { verdict: 'blocked', mechanism: 'http.redirect' },
    because: 'The fingerprint of the country confirms at once.',
  },
  {
    id: 'X14',
    name: 'resolver gives the known stub of an operator',
    vantage: { dns: { [HOST]: { kind: 'addresses', addresses: ['95.167.13.50'] } } },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.blockpage' },
    because: 'As X13.',
  },
  {
    id: 'X15',
    name: 'a forged answer wins the race against the true one',
    vantage: {
      dns: {
        [HOST]: {
          kind: 'race',
          replies: [
            { kind: 'addresses', addresses: ['10.10.34.35'] },
            { kind: 'addresses', addresses: ADDRESSES },
          ],
        },
      },
    },
    expect: { verdict: 'blocked', mechanism: 'dns.injection.bogon' },
  },
];

/** The cases, in the order of their numbers. */
export function listMechanismScenarios(): Scenario[] {
  return [...HANDSHAKES, ...NAMES, ...CLEARTEXT].map(toOwnScenario);
}
