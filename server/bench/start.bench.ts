/**
 * From the start of the process to the first answer of `/healthz`, once packages, database and bundle are there; and
 * the memory of the idle process. Beside it the same for a process that only loads the packages and listens.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { type BenchResult, type OnProgress, toResult } from './result.ts';
import { pairsOf, runRounds } from './rounds.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 7;
/** After this the memory of a fresh process no longer moves. */
const SETTLE_MS = 10_000;
/** A process that says nothing for so long will not. */
const MAX_START_MS = 20_000;

const MAX_START_TARGET_MS = 500;
const MAX_IDLE_MB = 120;

/** A started server: the process, and how long it took. */
type Started = { readonly child: ChildProcess; readonly elapsedMs: number };

/** Gives time to the first answer and idle memory. */
export async function benchStart(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  await using world = await openWorld();
  const ours = () => start([...readStartScript(), ...world.flags]);
  const bare = () => start(['server/bench/bare-server.ts']);
  // The first start makes the database, and both fill the caches of the file system.
  await end(await ours());
  await end(await bare());
  const rounds = await runRounds(
    { ours: async () => end(await ours()), bare: async () => end(await bare()) },
    { rounds: ROUNDS, onRound: (round) => onProgress((round / ROUNDS) * 0.6, 'starting') },
  );
  onProgress(0.6, 'idling');
  const results = [
    toResult('start', 'ms', pairsOf(rounds, 'elapsedMs'), {
      of: 'value',
      is: 'at_most',
      limit: MAX_START_TARGET_MS,
    }),
  ];
  // Other systems keep this figure elsewhere; there the start is all that is measured.
  if (process.platform !== 'linux') return results;
  const memory = { ours: await idle(await ours()), bare: await idle(await bare()) };
  results.push(
    toResult('start.memory', 'MB', [memory], { of: 'value', is: 'at_most', limit: MAX_IDLE_MB }),
  );
  return results;
}

const PackageFile = z.object({ scripts: z.object({ start: z.string().startsWith('node ') }) });

/** The arguments that `npm start` gives to the runtime, so that what users run is what is measured. */
export function readStartScript(): string[] {
  const { scripts } = PackageFile.parse(
    JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')),
  );
  return scripts.start.split(' ').slice(1);
}

type World = AsyncDisposable & { readonly flags: readonly string[] };

/**
 * A data folder and a configuration of their own. Its vantages ask a resolver on loopback that never answers, so
 * that nothing leaves this machine.
 */
async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(os.tmpdir(), 'reachline-bench-'));
  const resolver = dgram.createSocket('udp4');
  resolver.bind(0, '127.0.0.1');
  await once(resolver, 'listening');
  const config = join(folder, 'config');
  cpSync(join(ROOT, 'config'), config, {
    recursive: true,
    filter: (path) => !/fixtures|\.ts$/.test(path),
  });
  const file = join(config, 'reachline.yaml');
  const settings = z.looseObject({
    vantages: z.array(z.looseObject({ kind: z.string() })),
    globalping: z.looseObject({}),
  });
  const { vantages, ...rest } = settings.parse(parse(readFileSync(file, 'utf8')));
  const { port } = resolver.address();
  const resolvers = [{ transport: 'udp', resolver: 'network', address: '127.0.0.1', port }];
  const local = vantages.filter(({ kind }) => kind === 'local');
  const silenced = {
    ...rest,
    globalping: { ...rest.globalping, enabled: false },
    vantages: local.map((vantage) => ({ ...vantage, resolvers })),
  };
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(silenced));
  return {
    flags: ['--port', '0', '--host', '127.0.0.1', '--data', join(folder, 'data'), '--config', file],
    async [Symbol.asyncDispose]() {
      resolver.close();
      await once(resolver, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a server and waits until it answers. The address is read from what it prints. */
async function start(argv: readonly string[]): Promise<Started> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  const timer = setTimeout(() => child.kill('SIGKILL'), MAX_START_MS);
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url = /http:\/\/\S+/.exec(line)?.[0];
    if (url) break;
  }
  clearTimeout(timer);
  if (!url) throw new Error(`${argv[0]} did not start:\n${complaints.join('')}`);
  child.stdout.resume();
  const response = await fetch(new URL('/healthz', url));
  const elapsedMs = performance.now() - startedMs;
  await response.text();
  if (response.status === 200) return { child, elapsedMs };
  child.kill('SIGKILL');
  throw new Error(`${argv[0]} answers /healthz with ${response.status}`);
}

/** Ends the process and keeps the time that it took to start. */
async function end({ child, elapsedMs }: Started): Promise<{ elapsedMs: number }> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  return { elapsedMs };
}

/** Lets the process settle and gives its resident memory in megabytes. */
async function idle(started: Started): Promise<number> {
  await delay(SETTLE_MS);
  const status = readFileSync(`/proc/${started.child.pid}/status`, 'utf8');
  await end(started);
  const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  return (kib * 1024) / 1e6;
}
