/**
 * One server and three real agents, all processes of their own, on a bad line: agents and server are killed, an agent is
 * cut off for simulated weeks, a clock is wrong, batches are lost, repeated, reordered, replayed and forged, keys are
 * revoked. At the end every measurement is there exactly once, and every forgery was refused with its reason.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { parseMeasurementId } from '../../db/measurement-id.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { verifyFile } from '../../db/verify.ts';
import { AGENT_PATHS, HEADERS, type Refusal } from '../../probes/agent/protocol.ts';
import { systemClock } from '../../probes/clock.ts';
import { createRegion, type Region } from '../../probes/lab/region.ts';
import type { AgentChildNews, AgentChildOrder, AgentChildStart } from '../testing/agent-child.ts';
import {
  type AgentRelay,
  type CapturedRequest,
  sendCaptured,
  startAgentRelay,
} from '../testing/agent-relay.ts';

const ENTRY = join(import.meta.dirname, '..', 'reachline.mjs');
const CHILD = join(import.meta.dirname, '..', 'testing', 'agent-child.ts');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An agent tries again within so long after its line is mended, once it was started anew. */
const PATIENCE_MS = 60_000;
const SKEW_MS = 7 * 60_000;
/** Ids of the region's vantages that agents take the place of. */
const [KILLED, CUT_OFF, SKEWED] = [
  'ru-ural-mobile',
  'ua-dnipro-fixed',
  'pl-vistula-fixed',
] as const;
type AgentName = typeof KILLED | typeof CUT_OFF | typeof SKEWED;

const runProgram = promisify(execFile);

/** Waits until it holds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < deadlineMs, what);
    await delay(100);
  }
}

/** A configuration in which nothing is measured but by the three agents, once in a while. */
function writeConfig(folder: string): string {
  cpSync(join(import.meta.dirname, '..', '..', 'config'), folder, { recursive: true });
  const file = join(folder, 'reachline.yaml');
  const rows = [KILLED, CUT_OFF, SKEWED].map(
    (id) =>
      `  - { id: ${id}, kind: agent, countryCode: PL, asn: 64512, access: fixed, role: vantage }`,
  );
  const text = readFileSync(file, 'utf8')
    .replace(/^vantages:\n(?:(?: .*|#.*)?\n)+/m, `vantages:\n${rows.join('\n')}\n`)
    .replace(/^globalping:\n(?:(?: .*|#.*)?\n)+/m, '')
    .replace(/intervalSeconds: 300/, 'intervalSeconds: 86400');
  writeFileSync(file, text);
  return file;
}

class World {
  readonly folder: string;
  readonly configFile: string;
  readonly region: Region;
  readonly relay: AgentRelay;
  /** What agents said is on their disks. */
  readonly measured = new Set<string>();
  readonly agents = new Map<AgentName, ChildProcess>();
  server: ChildProcess;

  constructor(parts: Pick<World, 'folder' | 'configFile' | 'region' | 'relay' | 'server'>) {
    this.folder = parts.folder;
    this.configFile = parts.configFile;
    this.region = parts.region;
    this.relay = parts.relay;
    this.server = parts.server;
  }

  get storeFile(): string {
    return join(this.folder, 'server', 'reachline.db');
  }

  /** `reachline vantage …` beside the running server. */
  async vantage(...args: readonly string[]): Promise<string> {
    const flags = ['--config', this.configFile, '--data', join(this.folder, 'server')];
    const run = [ENTRY, 'vantage', ...args, ...flags];
    const { stdout } = await runProgram(process.execPath, run, { timeout: 20_000 });
    return stdout;
  }

  async startAgent(name: AgentName, token?: string): Promise<ChildProcess> {
    const child = fork(CHILD, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.agents.set(name, child);
    child.on('message', (message) => {
      const news = message as AgentChildNews; // from our own code
      if (news.kind === 'measured') this.measured.add(news.id);
    });
    const started = this.hear(child, 'started');
    child.send({
      kind: 'start',
      attachment: this.region.attachmentOf(name),
      dataFolder: join(this.folder, name),
      configFile: this.configFile,
      clockOffsetMs: name === SKEWED ? SKEW_MS : 0,
      ...(token === undefined ? {} : { token }),
    } satisfies AgentChildStart);
    await started;
    return child;
  }

  async enrol(name: AgentName): Promise<void> {
    const said = await this.vantage('add', name, '--url', this.relay.url);
    await this.startAgent(name, readToken(said));
  }

  hear<K extends AgentChildNews['kind']>(child: ChildProcess, kind: K) {
    return new Promise<AgentChildNews & { kind: K }>((resolve) => {
      const listen = (message: unknown): void => {
        const news = message as AgentChildNews; // from our own code
        if (news.kind !== kind) return;
        child.off('message', listen);
        resolve(news as AgentChildNews & { kind: K });
      };
      child.on('message', listen);
    });
  }

  /** Has an agent measure; resolves when all of it is in its spool. */
  async measure(name: AgentName, fromMs: number, slots: number, intervalMs: number): Promise<void> {
    const child = this.agents.get(name);
    assert.ok(child);
    const done = this.hear(child, 'done');
    child.send({ kind: 'measure', fromMs, slots, intervalMs } satisfies AgentChildOrder);
    await done;
  }

  async countPending(name: AgentName): Promise<number> {
    const child = this.agents.get(name);
    assert.ok(child);
    const pending = this.hear(child, 'pending');
    child.send({ kind: 'count' } satisfies AgentChildOrder);
    return (await pending).count;
  }

  async kill(name: AgentName): Promise<void> {
    const child = this.agents.get(name);
    assert.ok(child);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Kills an agent and starts it again, which also ends its patience with a line that was down. */
  async restart(name: AgentName): Promise<void> {
    await this.kill(name);
    await this.startAgent(name);
  }

  /** Reads beside the running server. */
  read<T>(look: (store: Store) => T): T {
    using store = openStore({ file: this.storeFile, mode: 'read', clock: systemClock });
    return look(store);
  }

  countStored(): number {
    return this.read((store) => store.health().measurements);
  }
}

function readToken(said: string): string {
  return /rl1-\S+/.exec(said)?.[0] ?? '';
}

async function startServer(folder: string, configFile: string) {
  const flags = ['--config', configFile, '--data', join(folder, 'server'), '--port', '0'];
  const server = spawn(process.execPath, [ENTRY, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\/\/\S+/.exec(line)?.[0];
    if (url !== undefined) return { server, url };
  }
  throw new Error('the server did not start');
}

async function openWorld(t: TestContext): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-three-'));
  const configFile = writeConfig(join(folder, 'config'));
  const { services, baselines } = loadConfig({ file: configFile });
  const region = await createRegion({
    services,
    baselines,
    story: { impositions: [], disturbances: [] },
    startMs: Date.now(),
  });
  const { server, url } = await startServer(folder, configFile);
  const relay = await startAgentRelay(url);
  const world = new World({ folder, configFile, region, relay, server });
  t.after(async () => {
    for (const child of [world.server, ...world.agents.values()]) child.kill('SIGKILL');
    await relay[Symbol.asyncDispose]();
    await region.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return world;
}

/** Ids in the store, with how often each is there. */
function listStored(store: Store): Map<string, number> {
  const counts = new Map<string, number>();
  let before: string | undefined;
  do {
    const page = store.listMeasurements({ limit: 500, ...(before ? { before } : {}) });
    for (const { id } of page.rows) counts.set(id, (counts.get(id) ?? 0) + 1);
    before = page.nextCursor;
  } while (before !== undefined);
  return counts;
}

type Forgery = {
  readonly name: string;
  readonly forge: (request: CapturedRequest) => CapturedRequest;
  readonly reason: Refusal;
};

const withHeader =
  (name: string, change: (value: string) => string): Forgery['forge'] =>
  (request) => ({
    ...request,
    headers: { ...request.headers, [name]: change(request.headers[name] ?? '') },
  });

const FORGERIES: readonly Forgery[] = [
  {
    name: 'a changed byte of the body',
    forge: (request) => {
      const body = Buffer.from(request.body);
      body.writeUInt8((body.at(-3) ?? 0) ^ 1, body.length - 3);
      return { ...request, body };
    },
    reason: 'bad_signature',
  },
  {
    name: 'a cut body',
    forge: (request) => ({ ...request, body: request.body.subarray(0, -1) }),
    reason: 'bad_signature',
  },
  {
    name: 'another number',
    forge: withHeader(HEADERS.sequence, (value) => String(Number(value) + 1_000)),
    reason: 'bad_signature',
  },
  {
    name: 'another time',
    forge: withHeader(HEADERS.sentAtMs, (value) => String(Number(value) + 1)),
    reason: 'bad_signature',
  },
  {
    name: 'the name of another agent',
    forge: withHeader(HEADERS.agent, (value) => (value === CUT_OFF ? KILLED : CUT_OFF)),
    reason: 'bad_signature',
  },
  {
    name: 'the name of nobody',
    forge: withHeader(HEADERS.agent, () => 'xx-nobody'),
    reason: 'unknown_agent',
  },
  {
    name: 'for another server',
    forge: withHeader(HEADERS.instance, () => '00000000-0000-4000-8000-000000000000'),
    reason: 'wrong_instance',
  },
  {
    name: 'of another version',
    forge: withHeader(HEADERS.version, () => '2'),
    reason: 'wrong_version',
  },
  {
    name: 'another signature',
    forge: withHeader(HEADERS.signature, (value) =>
      Buffer.from(value, 'base64').fill(7).toString('base64'),
    ),
    reason: 'bad_signature',
  },
];

async function sendForgery(world: World, request: CapturedRequest): Promise<unknown> {
  const { status, body } = await sendCaptured(world.relay.target, request);
  assert.ok(status >= 400 && status < 500, `${status} ${body}`);
  const problem: unknown = JSON.parse(body);
  return Reflect.get(Object(problem), 'reason');
}

test('three agents on a bad line: everything once, every forgery refused', async (t) => {
  const world = await openWorld(t);
  const { relay } = world;
  const nowMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  for (const name of [KILLED, CUT_OFF, SKEWED] as const) await world.enrol(name);

  await t.test('an agent is killed in the middle of measuring and delivering', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = world.measured.size;
      void world.measure(KILLED, nowMs - (9 - round) * DAY_MS, 24, HOUR_MS);
      await until('it measures', () => world.measured.size >= before + 9);
      await world.restart(KILLED);
    }
  });

  await t.test('an agent is cut off for three weeks', async () => {
    relay.setMischief('cut');
    await world.restart(CUT_OFF);
    await world.measure(CUT_OFF, dayMs - 21 * DAY_MS, 84, 6 * HOUR_MS);
    assert.ok((await world.countPending(CUT_OFF)) >= 84 * 3);
    await world.kill(CUT_OFF);
    relay.setMischief('pass');
    await world.startAgent(CUT_OFF);
    await until('the backlog arrives', async () => (await world.countPending(CUT_OFF)) === 0);
  });

  await t.test('answers are lost, batches come twice', async () => {
    for (const mischief of ['lose_answer', 'repeat'] as const) {
      relay.setMischief(mischief);
      const day = mischief === 'repeat' ? 5 : 4;
      await world.measure(KILLED, nowMs - day * DAY_MS, 4, HOUR_MS);
      const heard = relay.batches.length;
      await world.restart(KILLED);
      await until('a batch is sent', () => relay.batches.length > heard);
      relay.setMischief('pass');
      await world.restart(KILLED);
      await until('all arrives', async () => (await world.countPending(KILLED)) === 0);
    }
  });

  await t.test('batches that were held up arrive in another order, and again', async () => {
    relay.setMischief('swallow');
    const first = relay.batches.length;
    for (let hour = 0; hour < 4; hour += 1) {
      const heard = relay.batches.length;
      await world.measure(CUT_OFF, nowMs - 8 * DAY_MS + (hour * 2 + 1) * HOUR_MS, 1, HOUR_MS);
      await world.restart(CUT_OFF);
      await until('it hands its batch over', () => relay.batches.length > heard);
    }
    await until('nothing waits', async () => (await world.countPending(CUT_OFF)) === 0);
    relay.setMischief('pass');
    const held = relay.batches.slice(first);
    assert.ok(held.length >= 4);
    for (const request of [...held.toReversed(), ...held]) {
      const answer = await sendCaptured(relay.target, request);
      assert.equal(answer.status, 200, answer.body);
    }
  });

  await t.test('the server is killed while an agent delivers', async () => {
    const done = world.measure(CUT_OFF, nowMs - 30 * HOUR_MS, 12, HOUR_MS);
    await delay(300);
    const ended = once(world.server, 'exit');
    world.server.kill('SIGKILL');
    await Promise.all([ended, done]);
    const { server, url } = await startServer(world.folder, world.configFile);
    world.server = server;
    relay.setTarget(url);
    await world.restart(CUT_OFF);
    await until('the rest arrives', async () => (await world.countPending(CUT_OFF)) === 0);
  });

  await t.test('a clock that is seven minutes ahead is noticed', async () => {
    await world.measure(SKEWED, nowMs - 3 * HOUR_MS, 3, HOUR_MS);
    await world.restart(SKEWED);
    await until('all arrives', async () => (await world.countPending(SKEWED)) === 0);
    assert.match(await world.vantage('show', SKEWED), /^clock +4[12]\d s ahead$/m);
    world.read((store) => {
      const { rows } = store.listMeasurements({ limit: 500, vantageIds: [SKEWED] });
      assert.ok(rows.length >= 9);
      for (const { id, marks } of rows) assert.ok(marks.includes('clock_skewed'), id);
    });
  });

  await t.test('no forgery is taken, and each is told why', async () => {
    const stored = world.countStored();
    const genuine = relay.batches.findLast((one) => one.headers[HEADERS.agent] === KILLED);
    assert.ok(genuine);
    for (const { name, forge, reason } of FORGERIES)
      assert.equal(await sendForgery(world, forge(genuine)), reason, name);
    const stray = { ...genuine, path: AGENT_PATHS.plan, method: 'GET', body: Buffer.alloc(0) };
    assert.equal(await sendForgery(world, stray), 'bad_signature');
    assert.equal(world.countStored(), stored);
  });

  await t.test(
    'whose key is revoked or who is switched off is refused, and keeps what it has',
    async () => {
      const token = readToken(await world.vantage('rotate', KILLED, '--url', relay.url));
      await world.vantage('disable', SKEWED);
      const stored = world.countStored();
      const replay = relay.batches.findLast((one) => one.headers[HEADERS.agent] === SKEWED);
      assert.ok(replay);
      assert.equal(await sendForgery(world, replay), 'disabled');
      await world.measure(SKEWED, nowMs - 12 * HOUR_MS, 2, HOUR_MS);
      await world.measure(KILLED, nowMs - 12 * HOUR_MS, 2, HOUR_MS);
      const heard = relay.requests.length;
      await Promise.all([world.restart(SKEWED), world.restart(KILLED)]);
      await until('both knock', () =>
        [SKEWED, KILLED].every((name) =>
          relay.requests.slice(heard).some((one) => one.headers[HEADERS.agent] === name),
        ),
      );
      assert.equal(world.countStored(), stored);
      assert.ok((await world.countPending(SKEWED)) >= 6);
      // With a new key, and switched on again, nothing of it was lost.
      await world.kill(KILLED);
      await world.startAgent(KILLED, token);
      await world.vantage('enable', SKEWED);
      await world.restart(SKEWED);
      await until('both are heard', async () => {
        const pending = [await world.countPending(SKEWED), await world.countPending(KILLED)];
        return pending.every((count) => count === 0);
      });
    },
  );

  await t.test('at the end everything is there exactly once, and sound', async () => {
    for (const name of [KILLED, CUT_OFF, SKEWED] as const)
      await until('nothing waits', async () => (await world.countPending(name)) === 0);
    const stored = world.read(listStored);
    const missing = [...world.measured].filter((id) => !stored.has(id));
    assert.deepEqual(missing, []);
    assert.deepEqual(
      [...stored].filter(([, count]) => count !== 1),
      [],
    );
    // What was on disk before the agent could say so was measured too; nothing else may be there.
    for (const id of stored.keys()) assert.ok(parseMeasurementId(id), id);
    assert.ok(stored.size - world.measured.size <= 9, `${stored.size} of ${world.measured.size}`);
    world.read((store) => {
      for (const { id, verdict } of store.listMeasurements({ limit: 1_000 }).rows)
        assert.ok(verdict === 'ok' || verdict === 'insufficient', `${id} ${verdict}`);
    });
    const ended = once(world.server, 'exit');
    world.server.kill('SIGINT');
    await ended;
    const report = verifyFile(world.storeFile, { clock: systemClock });
    assert.deepEqual(report.findings, []);
    assert.ok(report.isSound);
  });
});
