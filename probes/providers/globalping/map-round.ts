/**
 * Turns a round into measurements: one for each probe and service. The network of the probe becomes the vantage, and
 * of the probe itself nothing is kept but its country, its network and its kind of access.
 */
import { nameNetwork } from '../../../config/networks.ts';
import type { BlindSpot, Measurement, Origin, Provenance, Service, Vantage } from '../../types.ts';
import { type MapOptions, observeFetch } from './map-fetch.ts';
import { toSlotMs } from './planner.ts';
import type { Fetched, ProbeRun, Round } from './round.ts';
import type { Probe } from './schema.ts';

/** What measurements of Globalping cannot show. */
const GLOBALPING_BLIND_SPOTS: readonly BlindSpot[] = [
  'udp',
  'late_replies',
  'close',
  'connect',
  'addresses',
  'chain',
  'body',
  'repeat',
  'deep',
];

/** The platform gives no licence for its data; its terms call them public and may change. */
const GLOBALPING_LICENCE = 'Globalping terms of use';

/** Website of the platform, where its own measurements can be looked at for about a week. */
const API_HOST = 'api.globalping.io';
const PAGE_URL = 'https://globalping.io/?measurement=';
const MAX_NAME_CHARS = 80;

export type RoundMapOptions = MapOptions & {
  /** Services with the targets that were fetched, and no others. */
  readonly services: readonly Service[];
  readonly baseline: Fetched;
  readonly intervalMs: number;
  readonly provenance: Provenance;
  readonly apiUrl: string;
  /** Numbers a run in its slot. */
  readonly nextSeq: (service: string, vantageId: string, slotMs: number) => number;
};

/** The vantage of a probe: the configured one, on the network of the probe. */
export function describeVantage(configured: Vantage, probe: Probe): Vantage {
  const { countryCode, role, publishDelayMinutes } = configured;
  const known = nameNetwork(probe.asn);
  const isNamed = known !== `AS${probe.asn}` && probe.asn !== 0;
  const told = probe.network
    .replace(/[^\p{L}\p{N} .,&'()/-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return {
    id: `${configured.id}-as${probe.asn}`,
    kind: 'globalping',
    countryCode,
    asn: probe.asn,
    networkName: isNamed || told === '' ? known : told.slice(0, MAX_NAME_CHARS),
    access: describeAccess(configured, probe),
    role,
    note: 'Measured through public probes of Globalping (globalping.io), which others run.',
    ...(publishDelayMinutes === undefined ? {} : { publishDelayMinutes }),
  };
}

/** Tags tell homes and offices from data centres, and not fixed from mobile: that is as configured. */
function describeAccess({ access }: Vantage, { tags }: Probe): Vantage['access'] {
  if (tags.includes('datacenter-network')) return 'datacentre';
  if (tags.includes('eyeball-network')) return access === 'datacentre' ? 'unknown' : access;
  return access;
}

/** The measurements of one probe: one for each service of which a target was fetched. */
export function mapRun(
  run: ProbeRun,
  round: Round,
  vantageId: string,
  options: RoundMapOptions,
): Measurement[] {
  const { intervalMs } = options;
  const slotMs = toSlotMs(round.startedAtMs, intervalMs);
  return options.services.flatMap((service) => {
    const observations = service.targets.flatMap((target) =>
      run.tests
        .filter(({ targetId }) => targetId === target.id)
        .flatMap((test) => observeFetch(target, 'target', test, options)),
    );
    const origin = describeOrigin(run, service, options.apiUrl);
    if (observations.length === 0 || !origin) return [];
    const baseline = run.baseline
      ? observeFetch(options.baseline, 'baseline', run.baseline, options)
      : [];
    const all = [...baseline, ...observations];
    return [
      {
        service: service.id,
        vantageId,
        slotMs,
        seq: options.nextSeq(service.id, vantageId, slotMs),
        intervalMs,
        startedAtMs: round.startedAtMs,
        elapsedMs: Math.round(round.elapsedMs),
        loopDelayMs: 0,
        marks: [],
        observations: all.map((one, id) => ({ ...one, id })),
        certificates: new Map(),
        blindSpots: GLOBALPING_BLIND_SPOTS,
        origin,
        provenance: options.provenance,
      },
    ];
  });
}

/** Names the first fetch of the service; the place of the probe follows, since a measurement there has several. */
function describeOrigin(run: ProbeRun, service: Service, apiUrl: string): Origin | undefined {
  const first = run.tests.find((test) => service.targets.some(({ id }) => id === test.targetId));
  if (!first) return undefined;
  const { measurementId } = first;
  const isPublic = new URL(apiUrl).hostname === API_HOST;
  return {
    provider: 'globalping',
    licence: GLOBALPING_LICENCE,
    reference: `${measurementId}/${run.index}`,
    url: isPublic
      ? `${PAGE_URL}${measurementId}`
      : `${apiUrl.replace(/\/+$/, '')}/v1/measurements/${measurementId}`,
  };
}
