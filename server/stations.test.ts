/** Which vantages this machine measures from, by which way, and what a missing password says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import type { ConfiguredVantage } from '../config/schema.ts';
import { loadSettings } from '../config/settings.ts';
import { openStations } from './stations.ts';

const config = loadConfig({ file: loadSettings({ argv: [], environment: {} }).configFile });

const base: ConfiguredVantage = {
  id: 'near',
  kind: 'local',
  enabled: true,
  countryCode: 'ZZ',
  asn: 0,
  networkName: 'Here',
  access: 'unknown',
  role: 'vantage',
  resolvers: [],
  note: '',
};
const overTcp = { transport: 'tcp', resolver: 'network', address: '9.9.9.9', port: 53 } as const;
const proxy = { host: '93.184.216.34', port: 1080 };
const locked = { ...proxy, username: 'volunteer', passwordVariable: 'PROXY_PASSWORD' };

const open = (
  vantages: readonly Partial<ConfiguredVantage>[],
  environment: Readonly<Record<string, string>> = {},
) =>
  openStations(
    { ...config, vantages: vantages.map((one) => ({ ...base, ...one })) },
    [],
    environment,
  );

suite('openStations', () => {
  test('takes what this process measures itself and leaves out what is off or made elsewhere', () => {
    const stations = open([
      { id: 'a' },
      { id: 'b', enabled: false },
      { id: 'c', kind: 'agent' },
      { id: 'd', kind: 'globalping' },
      { id: 'e', kind: 'socks5', proxy, names: 'far' },
      { id: 'f', kind: 'http-proxy', proxy, names: 'here', resolvers: [overTcp] },
    ]);
    assert.deepEqual(
      stations.map(({ vantage }) => vantage.id),
      ['a', 'e', 'f'],
    );
    const [near, far, here] = stations.map(({ network }) => network);
    assert.deepEqual([near?.names, near?.blindSpots], [undefined, undefined]);
    assert.deepEqual([far?.names, far?.resolvers], ['far', []]);
    assert.deepEqual([here?.names, here?.resolvers], ['here', [overTcp]]);
    for (const network of [far, here]) {
      assert.ok(network);
      assert.ok(network.blindSpots?.includes('udp'));
      assert.ok(network.ownAddresses.includes(proxy.host), 'scrubbed');
      assert.ok(network.publicResolvers.every(({ transport }) => transport !== 'udp'));
    }
  });

  test('a password comes from the environment', () => {
    const vantages = [{ kind: 'socks5', proxy: locked, names: 'far' }] as const;
    assert.equal(open(vantages, { PROXY_PASSWORD: 'secret' }).length, 1);
  });

  test('every missing password is named, with what to do', () => {
    const other = { ...locked, passwordVariable: 'OTHER_PASSWORD' };
    const vantages = [
      { id: 'x', kind: 'socks5', proxy: locked, names: 'far' },
      { id: 'y', kind: 'http-proxy', proxy: other, names: 'far' },
      { id: 'z', enabled: false, kind: 'socks5', proxy: other, names: 'far' },
    ] as const;
    assert.throws(
      () => open(vantages, { PROXY_PASSWORD: '' }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.deepEqual(
          error.problems.map(({ path }) => path),
          ['PROXY_PASSWORD', 'OTHER_PASSWORD'],
        );
        assert.match(
          error.message,
          /PROXY_PASSWORD: has no value, set it to the password for the proxy of vantage `x`/,
        );
        return true;
      },
    );
  });
});
