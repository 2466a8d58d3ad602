/**
 * A real agent whose network is the lab's region: it enrols, keeps its spool, signs and delivers like any other. Runs as
 * a process of its own, which is told by its parent where the region is.
 */
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { openSpool } from '../../db/spool.ts';
import { createUplink, dialDirectly } from '../../probes/agent/uplink.ts';
import { systemClock } from '../../probes/clock.ts';
import { attachToRegion, type RegionAttachment } from '../../probes/lab/region-attachment.ts';
import { ensureEnrolled } from '../agent-enrolment.ts';
import { agentFolder, toPrivateKey } from '../agent-key.ts';
import { startAgent } from '../agent-process.ts';
import { createLog } from '../log.ts';
import { readSoftwareVersion } from '../software.ts';
import { toLabConfig } from './lab-config.ts';

/** What the parent says first. */
export type LabAgentOrders = {
  readonly attachment: RegionAttachment;
  /** Where key and spool are kept. */
  readonly dataFolder: string;
  readonly configFile: string;
  readonly token: string;
};

async function obey({ attachment, ...orders }: LabAgentOrders): Promise<void> {
  const log = createLog((line) => process.stderr.write(line), systemClock.nowMs);
  const folder = agentFolder(orders.dataFolder);
  const stopping = new AbortController();
  const key = await ensureEnrolled({
    folder,
    log,
    token: { value: orders.token, file: 'demo', path: 'token' },
    server: undefined,
    createUplink: (server) => createUplink({ server, dial: dialDirectly }),
    softwareVersion: readSoftwareVersion(),
    signal: stopping.signal,
  });
  const { instance, vantageId } = key;
  const spool = openSpool({ file: join(folder, 'spool.db'), clock: systemClock });
  spool.claim({ instance, vantageId });
  const agent = startAgent({
    own: toLabConfig(loadConfig({ file: orders.configFile })),
    spool,
    log,
    clock: systemClock,
    random: Math.random,
    identity: { instance, vantageId, privateKey: toPrivateKey(key) },
    uplink: createUplink({ server: new URL(key.server), dial: dialDirectly }),
    createNetwork: () => attachToRegion(attachment, systemClock.nowMs),
    standingMarks: ['simulated'],
  });
  const end = (): void => void agent.stop().then(() => process.exit());
  process.once('SIGTERM', end);
  // Ctrl-C reaches the whole group; the parent says when to end.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', end);
  await agent.ended;
}

process.once('message', (orders) => void obey(orders as LabAgentOrders)); // the parent is our own code
