/** What a region and its worker tell each other. */
import type { BaselineTarget, Service } from '../types.ts';
import type { IssuedCertificate } from './certificates.ts';
import type { Story } from './restrictions.ts';

/** What the worker is given. */
export type RegionWorkerData = {
  readonly services: readonly Service[];
  readonly baselines: readonly BaselineTarget[];
  readonly networkIds: readonly string[];
  readonly story: Story;
  /** One 64-bit integer: the instant in epoch milliseconds. */
  readonly time: SharedArrayBuffer;
  /** By service id; neutral hosts under `BASELINE_SITE`. */
  readonly certificates: ReadonlyMap<string, IssuedCertificate>;
};

/** Where the worker listens. */
export type RegionPorts = {
  /** By network id: the way to all origins, through the network's own middlebox. */
  readonly gates: ReadonlyMap<string, number>;
  /** By network id, UDP and TCP. */
  readonly resolvers: ReadonlyMap<string, number>;
  readonly stun: number;
  /** A resolver outside the region that tells the truth, UDP and TCP. */
  readonly publicResolver: number;
};

/** Logical address of the public resolver. */
export const PUBLIC_RESOLVER_ADDRESS = '8.8.8.8';

/** Key of the neutral hosts' certificate. */
export const BASELINE_SITE = 'baseline';
