/** From a token to a key, against the real server: once, safely, and with words that help when it does not work. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { ConfigError } from '../config/problem.ts';
import { formatToken } from '../probes/agent/protocol.ts';
import { createUplink, dialDirectly, type Uplink } from '../probes/agent/uplink.ts';
import { type EnrolmentDeps, ensureEnrolled, ServerUnreachableError } from './agent-enrolment.ts';
import { keyFile, readKey, rememberProxy } from './agent-key.ts';
import { chooseProxy, describeProxy, readProxy } from './agent-proxy.ts';
import { AGENT_NOON_MS, makeAgentVantage, startAgentServer } from './testing/agent-server.ts';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-enrol-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const given = (value: string) => ({ value, file: 'command line', path: '--token' });

function makeDeps(folder: string, token: string | undefined, more: Partial<EnrolmentDeps> = {}) {
  return {
    folder,
    token: token === undefined ? undefined : given(token),
    server: undefined,
    createUplink: (server: URL): Uplink => createUplink({ server, dial: dialDirectly }),
    softwareVersion: '0.1.0',
    signal: new AbortController().signal,
    log: () => undefined,
    ...more,
  };
}

async function setUp(t: TestContext) {
  const server = await startAgentServer(t);
  server.registry.addVantage(makeAgentVantage('ru-volga-fixed'));
  const makeToken = () =>
    formatToken({ url: server.url, secret: server.makeSecret('ru-volga-fixed') });
  return { server, makeToken, folder: makeFolder(t) };
}

test('a token makes a key that only its owner can read; later starts need none, and the same is no error', async (t) => {
  const { server, makeToken, folder } = await setUp(t);
  const token = makeToken();
  const key = await ensureEnrolled(makeDeps(folder, token));
  assert.deepEqual([key.vantageId, key.instance], ['ru-volga-fixed', server.registry.instance]);
  assert.equal(statSync(keyFile(folder)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['key.json']);
  assert.deepEqual(await ensureEnrolled(makeDeps(folder, undefined)), key);
  assert.deepEqual(await ensureEnrolled(makeDeps(folder, token)), key);
  assert.ok(!readFileSync(keyFile(folder), 'utf8').includes(token), 'the secret is not kept');
});

test('an answer that is lost costs nothing: the same token goes through with the same key', async (t) => {
  const { makeToken, folder } = await setUp(t);
  const token = makeToken();
  const losing = (server: URL): Uplink => {
    const uplink = createUplink({ server, dial: dialDirectly });
    return async (request, signal) => {
      await uplink(request, signal);
      return { kind: 'failed', code: 'ECONNRESET' };
    };
  };
  const lost = ensureEnrolled(makeDeps(folder, token, { createUplink: losing }));
  await assert.rejects(lost, ServerUnreachableError);
  assert.equal(readKey(folder), undefined);
  assert.equal((await ensureEnrolled(makeDeps(folder, token))).vantageId, 'ru-volga-fixed');
});

test('a new token after a rotation makes a new key; a bad one leaves the old key alone', async (t) => {
  const { makeToken, folder } = await setUp(t);
  const first = await ensureEnrolled(makeDeps(folder, makeToken()));
  const second = await ensureEnrolled(makeDeps(folder, makeToken()));
  assert.notEqual(second.privateKey, first.privateKey);
  const unknown = formatToken({ url: second.server, secret: 'x'.repeat(32) });
  await assert.rejects(ensureEnrolled(makeDeps(folder, unknown)), /is not known to the server/);
  assert.deepEqual(readKey(folder), second);
});

test('a server that moved is given once', async (t) => {
  const { makeToken, folder } = await setUp(t);
  await ensureEnrolled(makeDeps(folder, makeToken()));
  const server = { value: 'https://new.example.net/', file: 'command line', path: '--server' };
  const moved = await ensureEnrolled(makeDeps(folder, undefined, { server }));
  assert.equal(moved.server, 'https://new.example.net/');
  assert.equal((await ensureEnrolled(makeDeps(folder, undefined))).server, moved.server);
});

suite('refused with what to do', () => {
  test('used and expired tokens', async (t) => {
    const { server, makeToken } = await setUp(t);
    const used = makeToken();
    await ensureEnrolled(makeDeps(makeFolder(t), used));
    await assert.rejects(ensureEnrolled(makeDeps(makeFolder(t), used)), (error) => {
      assert.ok(error instanceof ConfigError);
      return /--token: was used before, ask/.test(error.message);
    });
    const late = makeToken();
    server.setNow(AGENT_NOON_MS + 25 * 3_600_000);
    await assert.rejects(ensureEnrolled(makeDeps(makeFolder(t), late)), /is more than a day old/);
  });
  const rows: readonly (readonly [name: string, token: string | undefined, expected: RegExp])[] = [
    ['no token at the first start', undefined, /has not enrolled yet, start once with --token/],
    ['half a token', 'rl1-eyJ1cmwiOiJodHRw', /is no token, copy all of it/],
    [
      'a server without HTTPS',
      formatToken({ url: 'http://192.0.2.7/', secret: 'x'.repeat(32) }),
      /`http:\/\/192\.0\.2\.7` is not reached by HTTPS/,
    ],
    [
      'a server that is not there',
      formatToken({ url: 'http://127.0.0.1:9/', secret: 'x'.repeat(32) }),
      /could not be asked \(ECONNREFUSED\)/,
    ],
  ];
  for (const [name, token, expected] of rows)
    test(name, async (t) => {
      await assert.rejects(ensureEnrolled(makeDeps(makeFolder(t), token)), expected);
    });
  test('a key file that is none', async (t) => {
    const folder = makeFolder(t);
    writeFileSync(keyFile(folder), '{"version":1');
    await assert.rejects(ensureEnrolled(makeDeps(folder, undefined)), /cannot be read as the key/);
  });
});

const proxies: readonly (readonly [text: string, expected: object | RegExp])[] = [
  ['socks5://192.0.2.7', { kind: 'socks5', endpoint: { host: '192.0.2.7', port: 1080 } }],
  ['http://proxy.example:3128', { kind: 'http', endpoint: { host: 'proxy.example', port: 3128 } }],
  [
    'socks5://a%40b@[2001:db8::1]:9',
    { kind: 'socks5', endpoint: { host: '2001:db8::1', port: 9, username: 'a@b', password: 'pw' } },
  ],
  ['socks5://user:secret@192.0.2.7', /REACHLINE_AGENT_PROXY_PASSWORD/],
  ['ftp://192.0.2.7', /is no proxy/],
  ['192.0.2.7:1080', /is no proxy/],
];
suite('--proxy', () => {
  for (const [text, expected] of proxies)
    test(text, () => {
      if (expected instanceof RegExp) assert.throws(() => readProxy(text, 'pw'), expected);
      else assert.deepEqual(readProxy(text, 'pw'), expected);
    });
  test('told once, it is used at every later start, until none is told', async (t) => {
    const { makeToken, folder } = await setUp(t);
    const first = rememberProxy(
      folder,
      await ensureEnrolled(makeDeps(folder, makeToken())),
      chooseProxy('socks5://u@192.0.2.7', undefined),
    );
    assert.equal(first.proxy, 'socks5://u@192.0.2.7');
    const server = { value: 'https://new.example.net/', file: 'command line', path: '--server' };
    await ensureEnrolled(makeDeps(folder, undefined, { server }));
    assert.equal(chooseProxy(undefined, readKey(folder)?.proxy), first.proxy);
    const key = await ensureEnrolled(makeDeps(folder, undefined));
    rememberProxy(folder, key, chooseProxy('none', key.proxy));
    const { proxy: _forgotten, ...rest } = key;
    assert.deepEqual(readKey(folder), rest);
    assert.equal(describeProxy('socks5://u@192.0.2.7:9'), 'socks5://192.0.2.7:9');
  });
});

test('the command says what is wrong and ends with 78; --status says that nobody has enrolled', async (t) => {
  const folder = makeFolder(t);
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; text: string }>((resolve) => {
      const file = join(import.meta.dirname, 'reachline.mjs');
      execFile(process.execPath, [file, 'agent', '--data', folder, ...args], (error, out, err) =>
        resolve({ code: error?.code ?? 0, text: out + err }),
      );
    });
  const missing = await run();
  assert.equal(missing.code, 78);
  assert.match(missing.text, /--token: is missing/);
  const status = await run('--status');
  assert.equal(status.code, 1);
  assert.match(status.text, /No agent has enrolled/);
  assert.equal((await run('--tokn', 'x')).code, 64);
});
