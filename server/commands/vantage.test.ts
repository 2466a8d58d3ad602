/** `reachline vantage` as a user meets it, beside a running server: from token to batch, and back out. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { parseToken } from '../../probes/agent/protocol.ts';
import { systemClock } from '../../probes/clock.ts';
import { createRunJudge } from '../judge-run.ts';
import { databaseFile } from '../serve.ts';
import {
  encodeMeasurements,
  enrol,
  makeAgentRun,
  send,
  signBatch,
  type TestAgent,
} from '../testing/agent-batches.ts';
import { makeAgentVantage } from '../testing/agent-server.ts';

const ENTRY = join(import.meta.dirname, '..', 'reachline.mjs');

type Ended = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

/** A configuration that measures nothing by itself: one agent is listed, everything else is off. */
function makeFolder(t: TestContext): {
  readonly flags: readonly string[];
  readonly config: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-vantage-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(import.meta.dirname, '..', '..', 'config'), folder, { recursive: true });
  const config = join(folder, 'reachline.yaml');
  const listed = `vantages:
  - { id: ru-listed, kind: agent, countryCode: RU, asn: 64512, access: fixed, role: vantage }
  - { id: ru-off, kind: local, enabled: false, countryCode: RU, asn: 64512, access: fixed, role: vantage }
`;
  const text = readFileSync(config, 'utf8');
  const start = text.search(/^vantages:/m);
  const after = start + 'vantages:'.length;
  const end = after + text.slice(after).search(/^[a-z]\w*:/m);
  const others = text.slice(end).replace(/^globalping:\n(?:(?: .*|#.*)?\n)+/m, '');
  writeFileSync(config, text.slice(0, start) + listed + others);
  return { config, flags: ['--config', config, '--data', join(folder, 'data')] };
}

test('from token to batch while the server runs, then disabled, enabled, rotated', {
  timeout: 60_000,
}, async (t) => {
  const { flags, config: file } = makeFolder(t);
  const server = spawn(process.execPath, [ENTRY, 'serve', ...flags, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => server.kill('SIGKILL'));
  server.stderr.resume();
  const [hello]: unknown[] = await once(server.stdout, 'data');
  const url = /http:\S+/.exec(String(hello))?.[0] ?? '';
  const vantage = (...args: string[]): Promise<Ended> => run(['vantage', ...args, ...flags]);
  const readToken = ({ stdout }: Ended): string =>
    parseToken(/rl1-\S+/.exec(stdout)?.[0] ?? '')?.secret ?? '';

  const added = await vantage('add', 'ru-new', '--country', 'ru', '--asn', '64500', '--url', url);
  assert.equal(added.code, 0, added.stderr);
  assert.match(added.stdout, /works once, until 20\d\d-\d\d-\d\dT[\d:]+Z/);
  assert.match(added.stdout, /which only this machine can reach/);
  assert.match(
    (await vantage('list')).stdout,
    /^ru-new +RU +AS64500 +agent +waits for its agent +never$/m,
  );
  const { agent } = await enrol(url, readToken(added));
  assert.equal(agent.vantageId, 'ru-new');

  const config = loadConfig({ file });
  const [service] = config.services;
  assert.ok(service);
  const intervalMs = config.schedule.intervalSeconds * 1000;
  const slotMs = Math.floor(Date.now() / intervalMs) * intervalMs - intervalMs;
  const body = encodeMeasurements([
    makeAgentRun(createRandom(1), { config, service, vantageId: 'ru-new', slotMs }),
  ]);
  const sendAs = (one: TestAgent, sequence: number) =>
    send(url, signBatch(one, body, sequence, Date.now()));
  assert.equal((await sendAs(agent, 1)).body['inserted'], 1);
  const shown = (await vantage('show', 'ru-new')).stdout;
  assert.match(shown, /^state +active$/m);
  assert.match(shown, /^last batch +20\S+Z \(number 1\)$/m);
  assert.match(shown, /^clock +agrees with ours$/m);

  assert.equal((await vantage('disable', 'ru-new')).code, 0);
  assert.equal((await sendAs(agent, 2)).body['reason'], 'disabled');
  assert.equal((await vantage('enable', 'ru-new')).code, 0);
  assert.equal((await sendAs(agent, 2)).status, 200);
  const rotated = await vantage('rotate', 'ru-new', '--url', url);
  assert.equal((await sendAs(agent, 3)).body['reason'], 'disabled');
  const next = await enrol(url, readToken(rotated));
  assert.equal((await sendAs(agent, 3)).body['reason'], 'bad_signature');
  assert.equal((await sendAs(next.agent, 3)).status, 200);
  assert.equal((await enrol(url, readToken(rotated))).answer.body['reason'], 'token_used');

  const listed = await vantage('add', 'ru-listed', '--url', url);
  assert.equal((await enrol(url, readToken(listed))).agent.vantageId, 'ru-listed');
  server.kill('SIGINT');
  assert.deepEqual(await once(server, 'exit'), [0, null]);
});

test('vantages that only the store knows are listed with what they are', async (t) => {
  const { flags, config: file } = makeFolder(t);
  const folder = flags.at(-1) ?? '';
  mkdirSync(folder);
  const config = loadConfig({ file });
  const [service] = config.services;
  assert.ok(service);
  const slotMs = Date.UTC(2026, 10, 1);
  using store = openStore({ file: databaseFile(folder), mode: 'write', clock: systemClock });
  const kinds = {
    'gp-ru-as64500': 'globalping',
    'ooni-ru-as64500': 'import',
    'ru-gone': 'local',
  } as const;
  const judge = createRunJudge(config, () => []);
  for (const [vantageId, kind] of Object.entries(kinds)) {
    store.syncVantages([{ ...makeAgentVantage(vantageId), kind }]);
    const run = makeAgentRun(createRandom(1), { config, service, vantageId, slotMs });
    store.insertMeasurement(run, judge(run, service, 'RU'));
  }
  store.syncVantages([makeAgentVantage('gp-ru', { kind: 'globalping' })]);
  store.close();
  const { stdout } = await run(['vantage', 'list', ...flags]);
  assert.match(
    stdout,
    /^gp-ru-as64500 +RU +Volga Fixed +globalping +in use +2026-11-01T00:00:00Z$/m,
  );
  assert.match(
    stdout,
    /^ooni-ru-as64500 +RU +Volga Fixed +import +imported +2026-11-01T00:00:00Z$/m,
  );
  assert.match(
    stdout,
    /^ru-gone +RU +Volga Fixed +local +not listed any more +2026-11-01T00:00:00Z$/m,
  );
  assert.doesNotMatch(stdout, /^gp-ru /m);
  assert.match(
    (await run(['vantage', 'show', 'gp-ru-as64500', ...flags])).stdout,
    /^state +in use$/m,
  );
});

test('a listed vantage of Globalping was last seen when any of its networks was', async (t) => {
  const { flags, config: file } = makeFolder(t);
  const folder = flags.at(-1) ?? '';
  const shipped = readFileSync(join(import.meta.dirname, '../../config/reachline.yaml'), 'utf8');
  const [section = ''] = /^globalping:\n(?:(?: .*|#.*)?\n)+/m.exec(shipped) ?? [];
  const row =
    '  - { id: gp-ru, kind: globalping, countryCode: RU, asn: 0, access: fixed, role: vantage }';
  const text = readFileSync(file, 'utf8').replace('vantages:\n', `vantages:\n${row}\n`);
  writeFileSync(file, `${text}\n${section}`);
  mkdirSync(folder);
  const config = loadConfig({ file });
  const [service] = config.services;
  assert.ok(service);
  {
    using store = openStore({ file: databaseFile(folder), mode: 'write', clock: systemClock });
    const judge = createRunJudge(config, () => []);
    for (const [index, vantageId] of ['gp-ru-as64500', 'gp-ru-as64501'].entries()) {
      store.syncVantages([makeAgentVantage(vantageId, { kind: 'globalping' })]);
      const slotMs = Date.UTC(2026, 10, 1 + index);
      const run = makeAgentRun(createRandom(1), { config, service, vantageId, slotMs });
      store.insertMeasurement(run, judge(run, service, 'RU'));
    }
  }
  const { stdout } = await run(['vantage', 'list', ...flags]);
  assert.match(stdout, /^gp-ru +RU .* in use +2026-11-02T00:00:00Z$/m);
  const off = readFileSync(file, 'utf8').replace(/(^globalping:[^]*?enabled: )true/m, '$1false');
  writeFileSync(file, off);
  assert.match((await run(['vantage', 'list', ...flags])).stdout, /^gp-ru +RU .* switched off /m);
});

test('a second token says that the first is worth nothing, and leads to where readers find the pages', async (t) => {
  const { flags } = makeFolder(t);
  const add = ['vantage', 'add', 'new', '--country', 'ru', '--asn', 'AS12389', ...flags];
  const first = await run([...add, '--public-url', 'https://reachline.example.org']);
  assert.match(first.stdout, /^new: vantage in RU, PJSC Rostelecom \(AS12389\)/);
  assert.doesNotMatch(first.stdout, /only this machine|worth nothing/);
  const token = parseToken(/rl1-\S+/.exec(first.stdout)?.[0] ?? '');
  assert.equal(token?.url, 'https://reachline.example.org/');
  assert.match((await run(add)).stdout, /The token that was made before it is worth nothing now/);
});

suite('mistakes', { concurrency: 2 }, () => {
  const rows: readonly { args: readonly string[]; code: number; says: RegExp }[] = [
    { args: [], code: 64, says: /^Say what to do\.\n\nUsage/ },
    { args: ['constructor'], code: 64, says: /^No action `constructor`/ },
    { args: ['show'], code: 64, says: /needs the id/ },
    { args: ['list', 'x'], code: 64, says: /Unexpected argument `x`/ },
    { args: ['show', 'x', '--asn', '1'], code: 64, says: /has no flag `--asn`/ },
    { args: ['add', 'x', '--bogus'], code: 64, says: /^Unknown option '--bogus'/ },
    { args: ['show', 'nope'], code: 78, says: /nope: is no vantage/ },
    {
      args: ['enable', 'ru-listed'],
      code: 78,
      says: /ru-listed: has no agent, use `vantage add ru-listed`/,
    },
    { args: ['rotate', 'ru-listed'], code: 78, says: /has no agent, use `vantage add ru-listed`/ },
    { args: ['rotate', 'ru-off'], code: 78, says: /is a vantage of kind `local`, only agents/ },
    { args: ['add', 'ru-off'], code: 78, says: /is a vantage of kind `local`/ },
    { args: ['add', 'ru-listed', '--asn', '1'], code: 78, says: /described in reachline\.yaml/ },
    {
      args: ['add', 'New', '--country', 'RU', '--asn', '1'],
      code: 78,
      says: /id: `New` cannot be used/,
    },
    {
      args: ['add', 'x', '--asn', 'many'],
      code: 78,
      says: /--country: is missing.*\n.*--asn: `many` cannot/,
    },
    {
      args: ['add', 'ru-listed', '--url', 'ftp://x'],
      code: 78,
      says: /--url: `ftp:\/\/x` is no web/,
    },
  ];
  for (const { args, code, says } of rows)
    test(`vantage ${args.join(' ')}`, async (t) => {
      const ended = await run(['vantage', ...args, ...makeFolder(t).flags]);
      assert.match(ended.stderr, says);
      assert.equal(ended.code, code);
      assert.doesNotMatch(ended.stderr, /^ {4}at /m, 'no stack');
    });
});
