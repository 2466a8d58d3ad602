/** A server for agents over a real store and real HTTP on loopback, without probes and with a clock set by hand. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import type { Config, ConfiguredVantage } from '../../config/schema.ts';
import { openStore } from '../../db/open.ts';
import type { Registry } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import type { Clock } from '../../probes/clock.ts';
import type { AdmissionLimits } from '../agents/admission.ts';
import { openAgents, openRegistryOf } from '../agents/open-agents.ts';
import { createApp } from '../app.ts';
import { listen } from '../http.ts';
import { createControlWindow, type OnStored } from '../pipeline.ts';
import { enrol, type TestAgent } from './agent-batches.ts';

/** Noon UTC of 20 November 2026. */
export const AGENT_NOON_MS = Date.UTC(2026, 10, 20, 12);

/** A vantage of kind agent. */
export function makeAgentVantage(
  id: string,
  more: Partial<ConfiguredVantage> = {},
): ConfiguredVantage {
  return {
    id,
    kind: 'agent',
    enabled: true,
    countryCode: 'RU',
    asn: 64_512,
    networkName: 'Volga Fixed',
    access: 'fixed',
    role: 'vantage',
    resolvers: [],
    note: '',
    ...more,
  };
}

/** What a test can reach. */
export type AgentServer = {
  readonly url: string;
  readonly config: Config;
  readonly store: Store;
  readonly registry: Registry;
  readonly logged: readonly string[];
  readonly setNow: (nowMs: number) => void;
  /** Adds the vantage, makes a token and enrols. */
  readonly addAgent: (vantage: ConfiguredVantage) => Promise<TestAgent>;
  readonly makeSecret: (vantageId: string) => string;
};

export type AgentServerOptions = {
  readonly limits?: AdmissionLimits;
  readonly onStored?: OnStored;
};

/** Starts it; everything is taken down after the test. */
export async function startAgentServer(
  t: TestContext,
  options: AgentServerOptions = {},
): Promise<AgentServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'reachline-agents-'));
  let nowMs = AGENT_NOON_MS;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - AGENT_NOON_MS,
    sleep: () => Promise.resolve(),
  };
  const file = join(import.meta.dirname, '../../config/reachline.yaml');
  const config = loadConfig({ file });
  const store = openStore({ file: join(dataFolder, 'reachline.db'), mode: 'write', clock });
  const logged: string[] = [];
  const log = (level: string, event: string, fields?: object): void =>
    void logged.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const controls = createControlWindow(config);
  const agents = openAgents({
    ...options,
    dataFolder,
    config,
    store,
    clock,
    log,
    controls,
    random: () => 0.5,
  });
  const registry = openRegistryOf(dataFolder, clock);
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: nowMs };
  const app = createApp({ store, config, clock, info, agents: agents.door, log });
  const http = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await http.close();
    await agents.stop();
    registry.close();
    store.close();
    rmSync(dataFolder, { recursive: true, force: true });
  });
  const makeSecret = (vantageId: string): string => {
    const secret = randomBytes(24).toString('base64url');
    registry.addToken(vantageId, secret, 86_400_000);
    return secret;
  };
  return {
    url: http.url,
    config,
    store,
    registry,
    logged,
    makeSecret,
    setNow(value) {
      nowMs = value;
    },
    async addAgent(vantage) {
      registry.addVantage(vantage);
      return (await enrol(http.url, makeSecret(vantage.id))).agent;
    },
  };
}
