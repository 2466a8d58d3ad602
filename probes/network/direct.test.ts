import assert from 'node:assert/strict';
import net from 'node:net';
import os from 'node:os';
import { suite, test } from 'node:test';
import { createAuthority } from '../lab/certificates.ts';
import { listenTcp } from '../lab/lab-server.ts';
import { createDirectNetwork, listSystemResolvers } from './direct.ts';
import { createTrust } from './trust.ts';

const forever = new AbortController().signal;

suite('createDirectNetwork', () => {
  for (const address of ['127.0.0.1', '10.10.34.35', '0.0.0.0', '::1', 'not an address']) {
    test(`${address} → refused without dialling`, async () => {
      const network = createDirectNetwork({ resolvers: [] });
      const expected = { code: 'REACHLINE_BOGON' };
      await assert.rejects(network.connect(address, 443, forever), expected);
      assert.throws(() => network.openUdp(address, 443), expected);
    });
  }

  test('a resolver inside the own network is allowed', async (t) => {
    const server = await listenTcp(net.createServer());
    t.after(() => server.close());
    const endpoint = { transport: 'tcp', resolver: 'network', address: '127.0.0.1' } as const;
    const network = createDirectNetwork({ resolvers: [{ ...endpoint, port: server.port }] });
    const socket = await network.connect('127.0.0.1', server.port, forever);
    socket.destroy();
    network.openUdp('127.0.0.1', server.port).socket.close();
  });

  test('own addresses are those of the interfaces and those told, never loopback', () => {
    const told = '93.184.216.34';
    const { ownAddresses } = createDirectNetwork({ resolvers: [], ownAddresses: [told] });
    assert.ok(ownAddresses.includes(told));
    assert.ok(!ownAddresses.includes('127.0.0.1') && !ownAddresses.includes('::1'));
    const outside = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, internal } of outside) {
      assert.equal(ownAddresses.includes(address), !internal, address);
    }
  });

  test('an address that comes later is known, and one that went stays so', (t) => {
    const network = createDirectNetwork({ resolvers: [] });
    const before = network.ownAddresses;
    assert.equal(network.ownAddresses, before, 'the same list while none is new');
    const entry = { family: 'IPv4', internal: false, netmask: '', mac: '', cidr: null } as const;
    t.mock.method(os, 'networkInterfaces', () => ({ eth9: [{ ...entry, address: '192.0.2.9' }] }));
    assert.deepEqual(network.ownAddresses, [...before, '192.0.2.9']);
    assert.equal(network.ownAddresses, network.ownAddresses);
  });

  test('contexts are built once', () => {
    const network = createDirectNetwork({ resolvers: [] });
    assert.equal(network.secureContext, network.secureContext);
    assert.equal(network.smallHelloContext, network.smallHelloContext);
    assert.notEqual(network.secureContext, network.smallHelloContext);
  });

  test('an abort before the connection → rejects and destroys the socket', async () => {
    const network = createDirectNetwork({ resolvers: [], isRefused: () => false });
    const connecting = network.connect('127.0.0.1', 9, AbortSignal.abort());
    await assert.rejects(connecting, { name: 'AbortError' });
  });
});

const servers = [
  ['9.9.9.9', '9.9.9.9', 53],
  ['9.9.9.9:5353', '9.9.9.9', 5353],
  ['2620:fe::fe', '2620:fe::fe', 53],
  ['[2620:fe::fe]:5353', '2620:fe::fe', 5353],
] as const;
for (const [server, address, port] of servers) {
  test(`listSystemResolvers: ${server}`, () => {
    const expected = { transport: 'udp', resolver: 'network', address, port };
    assert.deepEqual(listSystemResolvers([server]), [expected]);
  });
}

test('createTrust: extra roots stand beside the runtime’s own', () => {
  const root = createAuthority({ name: 'Extra' }).certificatePem;
  const trust = createTrust({ extraRoots: [root] });
  assert.ok(trust.secureContext.context);
  assert.equal(trust.secureContext, trust.secureContext);
});
