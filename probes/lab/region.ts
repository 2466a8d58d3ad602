/**
 * A whole region to measure: services and neutral hosts, and networks between them and the vantages that
 * restrict as a story tells. Servers and middleboxes run in a worker, so that the probes keep their core.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Network } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';
import type { BaselineTarget, Service, Vantage } from '../types.ts';
import { createAuthority, type IssuedCertificate } from './certificates.ts';
import { attachToRegion, type RegionAttachment } from './region-attachment.ts';
import { REGION_NETWORKS, type RegionNetwork } from './region-networks.ts';
import { BASELINE_SITE, type RegionPorts, type RegionWorkerData } from './region-protocol.ts';
import type { Story } from './restrictions.ts';
import { STORY } from './story.ts';
import { startTcpFaults } from './tcp-faults.ts';

/** What the region is made of; networks and story are the demo's unless told. */
export type RegionOptions = {
  readonly services: readonly Service[];
  readonly baselines: readonly BaselineTarget[];
  readonly networks?: readonly RegionNetwork[];
  readonly story?: Story;
  /** Epoch milliseconds at the start. */
  readonly startMs: number;
};

/** A running region. */
export type Region = {
  /** The control is the last one. */
  readonly vantages: readonly Vantage[];
  readonly story: Story;
  /** @throws when no vantage has this id. */
  readonly networkOf: (vantageId: string) => Network;
  /** What another process needs to measure from there. @throws when no vantage has this id. */
  readonly attachmentOf: (vantageId: string) => RegionAttachment;
  /** Sets the instant (epoch milliseconds) whose restrictions hold from now on, for servers and routes alike. */
  readonly setTime: (atMs: number) => void;
  readonly close: () => Promise<void>;
};

/** Starts a region. It keeps running until it is closed. */
export async function createRegion({
  services,
  baselines,
  networks = REGION_NETWORKS,
  story = STORY,
  startMs,
}: RegionOptions): Promise<Region> {
  const authority = createAuthority({ name: 'Reachline Lab Root' });
  const time = new SharedArrayBuffer(8);
  const timeCell = new BigInt64Array(time);
  const setTime = (atMs: number): void => void Atomics.store(timeCell, 0, BigInt(Math.floor(atMs)));
  setTime(startMs);
  const worker = new Worker(new URL('./region-worker.ts', import.meta.url), {
    workerData: {
      services: structuredClone(services),
      baselines: structuredClone(baselines),
      networkIds: networks.map(({ vantage }) => vantage.id),
      story,
      time,
      certificates: certificatesFor(services, baselines, authority.issue),
    } satisfies RegionWorkerData,
  });
  const [[message], faults] = await Promise.all([once(worker, 'message'), startTcpFaults()]);
  const ports = message as RegionPorts;
  const { close: closeFaults, ...faultPorts } = faults;
  const trust = createTrust({ roots: [authority.certificatePem] });
  const attachments = new Map(
    networks.map(({ vantage: { id: networkId }, resolverAddress, ownAddress }) => {
      const place = { networkId, resolverAddress, ownAddress };
      const rootPem = authority.certificatePem;
      return [
        networkId,
        { services, baselines, story, ports, faults: faultPorts, rootPem, ...place },
      ] as const;
    }),
  );
  const attachmentOf = (vantageId: string): RegionAttachment => {
    const attachment = attachments.get(vantageId);
    if (!attachment) throw new Error(`the region has no vantage ${vantageId}`);
    return attachment;
  };
  const nowMs = (): number => Number(Atomics.load(timeCell, 0));
  const networkById = new Map<string, Network>();
  const networkOf = (vantageId: string): Network => {
    const network =
      networkById.get(vantageId) ?? attachToRegion(attachmentOf(vantageId), nowMs, trust);
    networkById.set(vantageId, network);
    return network;
  };
  return {
    vantages: networks.map(({ vantage }) => vantage),
    story,
    networkOf,
    attachmentOf,
    setTime,
    close: async () => {
      await Promise.all([worker.terminate(), closeFaults()]);
    },
  };
}

/** One certificate per service and one for the neutral hosts: fewer to sign, and fewer to keep as evidence. */
function certificatesFor(
  services: readonly Service[],
  baselines: readonly BaselineTarget[],
  issue: (request: { names: readonly string[] }) => IssuedCertificate,
): ReadonlyMap<string, IssuedCertificate> {
  const groups = [
    ...services.map(({ id, targets }) => ({ id, targets })),
    { id: BASELINE_SITE, targets: baselines },
  ];
  return new Map(
    groups.map(({ id, targets }) => {
      const names = [...new Set(targets.map(({ host }) => host.toLowerCase()))];
      return [id, issue({ names })] as const;
    }),
  );
}
