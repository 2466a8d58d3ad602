/**
 * A real agent as a process of its own, for tests: its network is the lab's region, its clock may be wrong, and it
 * measures what it is told to, days at a time. Key, spool, signatures and delivery are those of every agent.
 */
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { openSpool, type Spool } from '../../db/spool.ts';
import { createUplink, dialDirectly } from '../../probes/agent/uplink.ts';
import { CircumstanceWatch } from '../../probes/circumstances.ts';
import { type Clock, systemClock } from '../../probes/clock.ts';
import { attachToRegion, type RegionAttachment } from '../../probes/lab/region-attachment.ts';
import { createVirtualClock } from '../../probes/lab/virtual-clock.ts';
import type { Measurement } from '../../probes/types.ts';
import { ensureEnrolled } from '../agent-enrolment.ts';
import { agentFolder, toPrivateKey } from '../agent-key.ts';
import { describeSelf } from '../agent-measuring.ts';
import { startAgent } from '../agent-process.ts';
import { toLabConfig } from '../demo/lab-config.ts';
import { createRunner } from '../observatory.ts';
import { PROBE_VERSION, readSoftwareVersion } from '../software.ts';

/** What the test says first. */
export type AgentChildStart = {
  readonly kind: 'start';
  readonly attachment: RegionAttachment;
  readonly dataFolder: string;
  readonly configFile: string;
  /** Absent once it has enrolled. */
  readonly token?: string;
  /** How far its clock is ahead. */
  readonly clockOffsetMs: number;
};

/** Further orders. `measure`: runs slots one after the other, as fast as they go. */
export type AgentChildOrder =
  | {
      readonly kind: 'measure';
      readonly fromMs: number;
      readonly slots: number;
      readonly intervalMs: number;
    }
  | { readonly kind: 'count' };

/** What the agent tells of itself. `measured`: on disk in its spool. */
export type AgentChildNews =
  | { readonly kind: 'started'; readonly vantageId: string }
  | { readonly kind: 'measured'; readonly id: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'pending'; readonly count: number };

const FOREVER = new AbortController().signal;

function tell(news: AgentChildNews): void {
  process.send?.(news);
}

async function start(orders: AgentChildStart): Promise<(order: AgentChildOrder) => Promise<void>> {
  const { attachment, configFile, token, clockOffsetMs } = orders;
  const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + clockOffsetMs };
  const config = toLabConfig(loadConfig({ file: configFile }));
  const folder = agentFolder(orders.dataFolder);
  const key = await ensureEnrolled({
    folder,
    log: () => undefined,
    token: token === undefined ? undefined : { value: token, file: 'test', path: 'token' },
    server: undefined,
    createUplink: (server) => createUplink({ server, dial: dialDirectly }),
    softwareVersion: readSoftwareVersion(),
    signal: FOREVER,
  });
  const { instance, vantageId } = key;
  const spool = openSpool({ file: join(folder, 'spool.db'), clock });
  spool.claim({ instance, vantageId });
  announceWhatIsKept(spool, vantageId);
  startAgent({
    own: config,
    spool,
    clock,
    log: () => undefined,
    random: Math.random,
    identity: { instance, vantageId, privateKey: toPrivateKey(key) },
    uplink: createUplink({ server: new URL(key.server), dial: dialDirectly }),
    createNetwork: () => attachToRegion(attachment, clock.nowMs),
  });
  tell({ kind: 'started', vantageId });

  async function measure({ fromMs, slots, intervalMs }: AgentChildOrder & { kind: 'measure' }) {
    const virtual = createVirtualClock(fromMs);
    using watch = new CircumstanceWatch({
      clock: systemClock,
      maxLoopDelayMs: config.rules.stall.maxLoopDelayMs,
      maxStepMs: config.rules.clock.maxStepMs,
      onCircumstance: () => undefined,
    });
    watch.start();
    const network = attachToRegion(attachment, virtual.nowMs);
    const runStation = createRunner({
      config,
      stations: [{ vantage: describeSelf(vantageId), network }],
      clock: virtual,
      watch,
      provenance: {
        softwareVersion: readSoftwareVersion(),
        probeVersion: PROBE_VERSION,
        schemaVersion: 0,
        configHash: config.hash,
      },
      standingMarks: [],
      sink: (measurement) => void spool.add(measurement),
      around: (task) => virtual.track(task),
    });
    for (let slot = 0; slot < slots; slot += 1) {
      const slotMs = fromMs + slot * intervalMs;
      virtual.advanceTo(slotMs);
      await runStation(vantageId, { slotMs, seq: 0 }, intervalMs, FOREVER);
    }
    tell({ kind: 'done' });
  }

  return async (order) => {
    if (order.kind === 'measure') await measure(order);
    else tell({ kind: 'pending', count: spool.outbox.countPending() });
  };
}

/** Tells of each measurement once it is on disk. */
function announceWhatIsKept(spool: Spool, vantageId: string): void {
  const add = spool.add.bind(spool);
  spool.add = (measurement: Measurement) => {
    const added = add(measurement);
    tell({ kind: 'measured', id: formatMeasurementId({ ...measurement, vantageId }) });
    return added;
  };
}

async function follow(order: AgentChildOrder): Promise<void> {
  const next = await obey;
  await next?.(order);
}

let obey: Promise<(order: AgentChildOrder) => Promise<void>> | undefined;
process.on('message', (message) => {
  const order = message as AgentChildStart | AgentChildOrder; // the test is our own code
  if (order.kind === 'start') obey = start(order);
  else void follow(order);
});
