/** The server of the ingest benchmark: store, registry and door for agents in a folder of its own, and no probes. */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import { openAgents, openRegistryOf } from '../agents/open-agents.ts';
import { createApp } from '../app.ts';
import { listen } from '../http.ts';
import { createControlWindow } from '../pipeline.ts';
import { makeAgentVantage } from '../testing/agent-server.ts';

/** What the process is told at its start: where to write, and the public key of each agent by vantage. */
export type IngestOrder = {
  readonly dataFolder: string;
  readonly agents: readonly (readonly [vantageId: string, publicKey: string])[];
};

function toMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

async function start({ dataFolder, agents }: IngestOrder): Promise<void> {
  const clock = systemClock;
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  const store = openStore({ file: join(dataFolder, 'reachline.db'), mode: 'write', clock });
  using registry = openRegistryOf(dataFolder, clock);
  for (const [vantageId, publicKey] of agents) {
    registry.addVantage(makeAgentVantage(vantageId));
    registry.addToken(vantageId, vantageId, 60_000);
    registry.redeem(vantageId, publicKey, '0.1.0');
  }
  const log = (): void => {};
  const controls = createControlWindow(config);
  const random = Math.random;
  const ingest = openAgents({ dataFolder, config, store, clock, log, controls, random });
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: clock.nowMs() };
  const app = createApp({ store, config, clock, info, agents: ingest.door, log });
  const http = await listen(app, { host: '127.0.0.1', port: 0 });
  const end = async (): Promise<void> => {
    await http.close();
    await ingest.stop();
    store.close();
    process.exit();
  };
  process.once('disconnect', () => void end());
  const delays = monitorEventLoopDelay({ resolution: 1 });
  process.on('message', (word) => {
    if (word === 'begin') {
      delays.enable();
      before = { process: process.cpuUsage(), thread: process.threadCpuUsage() };
      process.send?.({});
      return;
    }
    // Asked how it went.
    process.send?.({
      loopDelayMs: delays.percentile(99) / 1e6 - 1,
      cpuMs: toMs(process.cpuUsage(before.process)),
      mainCpuMs: toMs(process.threadCpuUsage(before.thread)),
    });
  });
  let before = { process: process.cpuUsage(), thread: process.threadCpuUsage() };
  process.send?.({ url: http.url, instance: registry.instance });
}

process.once('message', (order: IngestOrder) => void start(order));
