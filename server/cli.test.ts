/** The command line as a user meets it: every mistake is one message without a stack, with its own exit code. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { openStore } from '../db/open.ts';

const ENTRY = join(import.meta.dirname, 'reachline.mjs');

function run(args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

suite('mistakes on the command line', { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-cli-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'a-file');
  writeFileSync(file, 'no folder');

  const rows: readonly { args: readonly string[]; code: number; says: RegExp }[] = [
    { args: ['serf'], code: 64, says: /No command `serf`: did you mean `serve`\?/ },
    { args: ['__proto__'], code: 64, says: /No command `__proto__`/ },
    { args: ['constructor'], code: 64, says: /No command `constructor`/ },
    { args: ['serve', '--prot', '1'], code: 64, says: /^Unknown option '--prot'.*--help/ },
    { args: ['serve', 'now'], code: 64, says: /^Unexpected argument 'now'/ },
    { args: ['measure', '--bogus'], code: 64, says: /^Unknown option '--bogus'/ },
    { args: ['measure', '--service'], code: 64, says: /^Option '--service <value>'/ },
    { args: ['demo', '--bogus'], code: 64, says: /^Unknown option/ },
    { args: ['doctor', '--bogus'], code: 64, says: /^Unknown option/ },
    { args: ['verify', '--bogus'], code: 64, says: /^Unknown option/ },
    {
      args: ['verify', join(folder, 'none.db')],
      code: 74,
      says: /^There is no database .*none\.db/,
    },
    { args: ['serve', '--port', '70000'], code: 78, says: /`70000` is not a port/ },
    {
      args: ['measure'],
      code: 78,
      says: /^The command line cannot be used.*\n.*--service: is missing/,
    },
    { args: ['import', 'ooni', folder], code: 78, says: /is a folder, name the files in it/ },
    { args: ['serve', '--config', folder], code: 78, says: /not a file/ },
    { args: ['serve', '--data', file], code: 74, says: /cannot be made/ },
    { args: ['serve', '--data', join(file, 'x')], code: 74, says: /cannot be made/ },
  ];
  for (const { args, code, says } of rows) {
    test(args.join(' ').replace(folder, '…'), async () => {
      const ended = await run(args);
      assert.match(ended.stderr, says);
      assert.equal(ended.code, code);
      assert.doesNotMatch(ended.stderr, /^ {4}at /m, 'no stack');
      assert.equal(ended.stdout, '');
    });
  }
});

suite('help', { concurrency: 2 }, () => {
  test('names stand apart from what they do', async () => {
    const { code, stdout } = await run(['help']);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}scenarios {2}make/m);
  });
  const rows: readonly (readonly [command: string, says: RegExp])[] = [
    ['serve', /--public-url/],
    ['agent', /--status/],
    ['measure', /--json/],
    ['demo', /--fresh/],
    ['doctor', /--config/],
    ['scenarios', /--shuffle/],
    ['vantage', /--publish-delay/],
    ['rejudge', /--dry-run/],
    ['import', /--api-url/],
    ['export', /--updated-since/],
    ['alerts', /--token-variable/],
    ['snapshot', /--tz/],
    ['backup', /--force/],
    ['verify', /--rebuild/],
  ];
  for (const [command, says] of rows) {
    test(command, async () => {
      const { code, stdout, stderr } = await run([command, '--help']);
      assert.match(stdout, new RegExp(`^Usage: reachline ${command}`));
      assert.match(stdout, says);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    });
  }
});

test('a snapshot that cannot be written says so, without a stack', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'reachline.db');
  openStore({ file, mode: 'write', clock: { nowMs: () => 0 } }).close();
  const out = join(folder, 'none', 'snapshot.html');
  const { code, stderr } = await run(['snapshot', out, '--data', folder]);
  assert.match(stderr, /^.*snapshot\.html cannot be written \(ENOENT\)/);
  assert.equal(code, 74);
});

test('the doctor tells a proxy that fails from a machine without a network', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(import.meta.dirname, '..', 'config'), folder, { recursive: true });
  const config = join(folder, 'reachline.yaml');
  // Nothing listens on port 1.
  const row =
    '  - { id: p, kind: socks5, countryCode: RU, asn: 1, access: fixed, role: vantage, names: far, proxy: { host: 127.0.0.1, port: 1 } }';
  const text = readFileSync(config, 'utf8')
    .replace(/^vantages:\n(?:(?: .*|#.*)?\n)+/m, `vantages:\n${row}\n`)
    .replace(/^globalping:\n(?:(?: .*|#.*)?\n)+/m, '');
  writeFileSync(config, text);
  const { code, stdout } = await run(['doctor', '--config', config, '--data', folder]);
  assert.equal(code, 1);
  assert.match(stdout, /see that the proxy runs .* \(PROXY_ECONNREFUSED\)/);
  assert.doesNotMatch(stdout, /check the connection of this machine/);
});

test('a server whose log nobody reads any more goes on, and stops on SIGINT within 2 s', {
  timeout: 20_000,
}, async (t) => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'reachline-cli-'));
  t.after(() => {
    silent.close();
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(join(import.meta.dirname, '..', 'config'), folder, { recursive: true });
  const config = join(folder, 'reachline.yaml');
  const { port } = silent.address();
  const resolver = `{ transport: udp, resolver: network, address: 127.0.0.1, port: ${port} }`;
  const text = readFileSync(config, 'utf8')
    .replace('resolvers: []', `resolvers: [${resolver}]`)
    .replace(/jitterSeconds: \d+/, 'jitterSeconds: 0');
  writeFileSync(config, text);
  const args = ['serve', '--config', config, '--data', join(folder, 'data'), '--port', '0'];
  const server = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => server.kill('SIGKILL'));
  await once(server.stdout, 'data');
  server.stderr.destroy();
  // The first question shows that a run is under way, which will say in the log that it was interrupted.
  await once(silent, 'message');
  const startedMs = performance.now();
  server.kill('SIGINT');
  assert.deepEqual(await once(server, 'exit'), [0, null]);
  assert.ok(performance.now() - startedMs < 2_000);
});
