/** `reachline agent`: a remote vantage. Measures on the plan of its server, keeps the results, and hands them in. */
import { getServers } from 'node:dns';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { openSpool, readSpoolStatus } from '../../db/spool.ts';
import { listSensitiveAddresses } from '../../probes/agent/sensitive-addresses.ts';
import { createUplink, dialDirectly } from '../../probes/agent/uplink.ts';
import { systemClock } from '../../probes/clock.ts';
import { createDirectNetwork, listSystemResolvers } from '../../probes/network/direct.ts';
import { ensureEnrolled, type Given, ServerUnreachableError } from '../agent-enrolment.ts';
import { agentFolder, readKey, rememberProxy, toPrivateKey } from '../agent-key.ts';
import { type RunningAgent, startAgent } from '../agent-process.ts';
import { chooseProxy, createProxyDial, describeProxy, readProxy } from '../agent-proxy.ts';
import { type CommandContext, stopInTime, untilAborted } from '../command.ts';
import { readSoftwareVersion } from '../software.ts';

/** The server could not be reached at the first start (EX_UNAVAILABLE). */
const EXIT_UNAVAILABLE = 69;
const EXIT_NOT_ENROLLED = 1;

const SPOOL_FILE = 'spool.db';

/** Runs the agent until Ctrl-C, or prints how it is doing. */
export async function runAgent(context: CommandContext): Promise<number> {
  const { settings, argv, signal, log } = context;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      token: { type: 'string' },
      server: { type: 'string' },
      proxy: { type: 'string' },
      status: { type: 'boolean', default: false },
    },
  });
  if (values.status) return printStatus(context);
  const own = loadConfig({ file: settings.configFile });
  const password = process.env['REACHLINE_AGENT_PROXY_PASSWORD'];
  const folder = agentFolder(settings.dataFolder);
  const proxy = chooseProxy(values.proxy, readKey(folder)?.proxy);
  const dial =
    proxy === undefined ? dialDirectly : await createProxyDial(readProxy(proxy, password));
  try {
    const enrolled = await ensureEnrolled({
      folder,
      signal,
      log,
      token: pick(values.token, '--token', 'REACHLINE_AGENT_TOKEN'),
      server: pick(values.server, '--server', 'REACHLINE_AGENT_SERVER'),
      createUplink: (server) => createUplink({ server, dial }),
      softwareVersion: readSoftwareVersion(),
    });
    const key = rememberProxy(folder, enrolled, proxy);
    const { instance, vantageId } = key;
    const spool = openSpool({ file: join(folder, SPOOL_FILE), clock: systemClock });
    spool.claim({ instance, vantageId });
    const agent = startAgent({
      own,
      spool,
      log,
      isAddressTold: settings.ownAddresses.length > 0,
      clock: systemClock,
      random: Math.random,
      identity: { instance, vantageId, privateKey: toPrivateKey(key) },
      uplink: createUplink({ server: new URL(key.server), dial }),
      createNetwork: (publicResolvers) => openNetwork(own, settings.ownAddresses, publicResolvers),
    });
    log('info', 'agent', {
      vantage: vantageId,
      backlog: spool.outbox.countPending(),
      proxy: proxy === undefined ? undefined : describeProxy(proxy),
    });
    return await runUntil(agent, signal);
  } catch (error) {
    if (!(error instanceof ServerUnreachableError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_UNAVAILABLE;
  }
}

async function runUntil(agent: RunningAgent, signal: AbortSignal): Promise<number> {
  await Promise.race([untilAborted(signal), agent.ended]);
  return stopInTime(agent.stop);
}

/** A flag, or the environment where it is not given. */
function pick(flag: string | undefined, path: string, variable: string): Given | undefined {
  if (flag !== undefined) return { value: flag, file: 'command line', path };
  const value = process.env[variable];
  return value ? { value, file: 'environment', path: variable } : undefined;
}

function openNetwork(
  { deep }: Config,
  ownAddresses: readonly string[],
  publicResolvers: Config['deep']['publicResolvers'],
) {
  const resolvers = listSystemResolvers(getServers());
  return createDirectNetwork({
    resolvers,
    publicResolvers,
    ownAddresses: listSensitiveAddresses(ownAddresses, resolvers, deep.publicResolvers),
  });
}

function printStatus({ settings, print }: CommandContext): number {
  const folder = agentFolder(settings.dataFolder);
  const key = readKey(folder);
  if (!key) {
    print(
      `No agent has enrolled in ${folder}. Start one with \`npm run agent -- --token rl1-…\`.\n`,
    );
    return EXIT_NOT_ENROLLED;
  }
  const status = readSpoolStatus(join(folder, SPOOL_FILE), systemClock);
  const {
    pending = 0,
    bytes = 0,
    lastDeliveryMs,
    clockOffsetMs,
    isSilenced = false,
  } = status ?? {};
  const rows: readonly (readonly [string, string])[] = [
    ['vantage', key.vantageId],
    ['server', key.server],
    ['proxy', key.proxy === undefined ? 'none' : describeProxy(key.proxy)],
    ['state', isSilenced ? 'switched off by the server: nothing is measured' : 'enrolled'],
    ['last delivery', lastDeliveryMs === undefined ? 'none yet' : toIso(lastDeliveryMs)],
    ['backlog', `${pending} measurements, ${Math.ceil(bytes / 1024)} KiB on disk`],
    ['clock', clockOffsetMs === undefined ? 'not compared yet' : describeOffset(clockOffsetMs)],
  ];
  print(rows.map(([name, value]) => `  ${name.padEnd(14)} ${value}\n`).join(''));
  return 0;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

function describeOffset(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 100) / 10;
  return `${seconds} s ${offsetMs < 0 ? 'behind' : 'ahead of'} the server`;
}
