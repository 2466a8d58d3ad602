/** Settings: flags before environment before defaults, and every bad value at once. */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from './problem.ts';
import { loadSettings } from './settings.ts';

const defaults = {
  port: 8080,
  host: '127.0.0.1',
  dataFolder: resolve('data'),
  configFile: join(import.meta.dirname, 'reachline.yaml'),
  ownAddresses: [],
  rest: [],
};

const good = [
  { name: 'nothing given', argv: [], environment: {}, expected: {} },
  {
    name: 'the environment alone',
    argv: [],
    environment: {
      PORT: '81',
      HOST: '::1',
      REACHLINE_DATA: '/var/d',
      REACHLINE_CONFIG: '/etc/r.yaml',
    },
    expected: { port: 81, host: '::1', dataFolder: '/var/d', configFile: '/etc/r.yaml' },
  },
  {
    name: 'the address that readers know, without a slash at its end',
    argv: [],
    environment: { REACHLINE_URL: 'https://reach.example:8443/' },
    expected: { publicUrl: 'https://reach.example:8443' },
  },
  {
    name: 'the flag for it',
    argv: ['--public-url', 'http://reach.example'],
    environment: { REACHLINE_URL: 'https://other.example' },
    expected: { publicUrl: 'http://reach.example' },
  },
  {
    name: 'flags win over the environment',
    argv: ['--port', '82', '--host=localhost', '--data', '/d', '--config=/c.yaml'],
    environment: { PORT: '81', HOST: '::1', REACHLINE_DATA: '/e', REACHLINE_CONFIG: '/e.yaml' },
    expected: { port: 82, host: 'localhost', dataFolder: '/d', configFile: '/c.yaml' },
  },
  {
    name: 'an empty variable counts as unset',
    argv: [],
    environment: { PORT: '', HOST: '', REACHLINE_DATA: '', REACHLINE_CONFIG: '' },
    expected: {},
  },
  {
    name: 'the last of two flags counts',
    argv: ['--port', '1', '--port', '2'],
    environment: {},
    expected: { port: 2 },
  },
  {
    name: 'port 0 lets the system choose',
    argv: ['--port=0'],
    environment: {},
    expected: { port: 0 },
  },
  {
    name: 'arguments of a command are left in their order',
    argv: ['measure', '--service', 'facebook', '--port=81', '--json', '--', '--port'],
    environment: {},
    expected: { port: 81, rest: ['measure', '--service', 'facebook', '--json', '--', '--port'] },
  },
  {
    name: 'own addresses, with commas and spaces',
    argv: [],
    environment: { REACHLINE_OWN_ADDRESSES: '192.0.2.7, 2001:db8::7' },
    expected: { ownAddresses: ['192.0.2.7', '2001:db8::7'] },
  },
  {
    name: 'a relative folder is counted from where the process runs',
    argv: ['--data', 'elsewhere'],
    environment: {},
    expected: { dataFolder: resolve('elsewhere') },
  },
];
for (const { name, argv, environment, expected } of good) {
  test(`settings: ${name}`, () => {
    assert.deepEqual(loadSettings({ argv, environment }), { ...defaults, ...expected });
  });
}

const badUrls = [
  'https://reach.example/path',
  'ftp://reach.example',
  'https://a@reach.example',
  'reach',
];

const bad = [
  ...badUrls.map((url) => ({
    name: `the address of a site: ${url}`,
    argv: [],
    environment: { REACHLINE_URL: url },
    message: `environment REACHLINE_URL: \`${url}\` is not the address of a site, write scheme and host alone, e.g. https://reachline.example.org`,
  })),
  {
    name: 'an own address that is none',
    argv: [],
    environment: { REACHLINE_OWN_ADDRESSES: '192.0.2.7,home' },
    message:
      'environment REACHLINE_OWN_ADDRESSES: `home` is not an address, write e.g. 192.0.2.7, several with commas between',
  },
  {
    name: 'a port that is no number',
    argv: ['--port', 'http'],
    environment: {},
    message: 'command line --port: `http` is not a port, write a number from 0 to 65535',
  },
  {
    name: 'a port out of range, from the environment',
    argv: [],
    environment: { PORT: '65536' },
    message: 'environment PORT: `65536` is not a port, write a number from 0 to 65535',
  },
  {
    name: 'a flag whose value is the next flag',
    argv: ['--data', '--json'],
    environment: {},
    message: 'command line --data: has no value, write the path of a folder',
  },
  {
    name: 'a flag at the end without a value',
    argv: ['serve', '--config'],
    environment: {},
    message: 'command line --config: has no value, write the path of a reachline.yaml',
  },
  {
    name: 'several at once',
    argv: ['--port=-1', '--host', 'two words'],
    environment: {},
    message: [
      'command line --port: `-1` is not a port, write a number from 0 to 65535',
      'command line --host: `two words` is not an address or host name, write e.g. 127.0.0.1, or 0.0.0.0 to listen on every network',
    ].join('\n'),
  },
];
for (const { name, argv, environment, message } of bad) {
  test(`settings: ${name} → problem`, () => {
    assert.throws(
      () => loadSettings({ argv, environment }),
      (error) => error instanceof ConfigError && error.message === message,
    );
  });
}
