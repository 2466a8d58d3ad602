/**
 * One line of an OONI file → a measurement of ours, or why it gives none. Files are written by many versions over many
 * years and pass through many hands: whatever a line holds, reading it ends in one of these ways and never throws.
 */

import type { Config } from '../../../config/schema.ts';
import {
  BLIND_SPOTS,
  type BlindSpot,
  type Measurement,
  type Observation,
  type Provenance,
  type Service,
  type Vantage,
} from '../../types.ts';
import { type Envelope, OoniLineError, readEnvelope } from './envelope.ts';
import { type Facts, readFacts } from './facts.ts';
import { isMessenger, readMessenger } from './messengers.ts';
import { OWN_TEST_NAME } from './own-format.ts';
import { readOwnLine } from './own-lines.ts';
import { asFields, asNumber, asText, getField } from './raw-values.ts';
import { type Reading, readWebConnectivity, type SkipReason } from './web-connectivity.ts';

/** OONI data is published under this licence (https://ooni.org/about/data-policy). */
const OONI_LICENCE = 'CC-BY-NC-SA-4.0';
/** Runs of others keep no schedule of ours: each is kept in the five minutes in which it began. */
const IMPORT_SLOT_MS = 300_000;

/** What reading needs to know. */
export type LineContext = {
  readonly config: Pick<Config, 'hash'> & {
    readonly services: readonly Service[];
    readonly budgets: Pick<Config['budgets'], 'bodyHeadBytes'>;
  };
  readonly provenance: Omit<Provenance, 'softwareVersion' | 'configHash'>;
  /** Name of a network by its AS number, for files that do not tell it. */
  readonly nameNetwork: (asn: number) => string;
  /** Wall clock; what starts a day after it is refused. */
  readonly nowMs: number;
};

/** What came of a line. `seq` of the measurement is 0: the store gives the next one that is free. */
export type LineResult =
  | { readonly kind: 'read'; readonly measurement: Measurement; readonly vantage: Vantage }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'bad'; readonly reason: string };

/** Conclusions of the original that are kept beside ours. */
const ORIGINAL_KEYS = [
  'blocking',
  'accessible',
  'dns_consistency',
  'http_experiment_failure',
  'dns_experiment_failure',
  'control_failure',
  'x_blocking_flags',
  'x_dns_flags',
  'x_null_null_flags',
  'whatsapp_endpoints_status',
  'registration_server_status',
  'whatsapp_web_status',
  'facebook_dns_blocking',
  'facebook_tcp_blocking',
] as const;
/** Tests of services that are none of ours. */
const OTHER_MESSENGERS: ReadonlySet<string> = new Set(['telegram', 'signal']);
/** Conclusions that the API gives beside the measurement. */
const SUMMARY_KEYS = ['anomaly', 'confirmed', 'failure'] as const;

/** What Reachline measured is CC BY 4.0, unless it had it from others and says so. */
function findOwnLicence(annotations: Envelope['annotations']): string {
  return asText(getField(annotations, 'licence'))?.slice(0, 64) ?? 'CC-BY-4.0';
}

/** Reads one line of a file. Never throws. */
export function readLine(text: string, context: LineContext): LineResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the line, which may hold anything.
    return { kind: 'bad', reason: 'it is no JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'bad', reason: 'it is no JSON object' };
  return readMeasurement(value, context);
}

/** Reads one parsed measurement. Never throws. @param summary what the API says of it */
export function readMeasurement(
  value: unknown,
  context: LineContext,
  summary: unknown = {},
): LineResult {
  try {
    return read(value, context, summary);
  } catch (error) {
    if (!(error instanceof OoniLineError)) throw error;
    return { kind: 'bad', reason: error.message };
  }
}

function read(value: unknown, context: LineContext, summary: unknown): LineResult {
  const envelope = readEnvelope(value, context.nowMs);
  const { services } = context.config;
  if (envelope.testName === OWN_TEST_NAME) return readOwn(envelope, context);
  const isWeb = envelope.testName === 'web_connectivity';
  if (!isWeb && !isMessenger(envelope.testName)) {
    const isForOthers = OTHER_MESSENGERS.has(envelope.testName);
    return { kind: 'skipped', reason: isForOthers ? 'no_service' : 'other_test' };
  }
  let facts: Facts | undefined;
  const readAll = (): Facts => {
    const { scrubber, testKeys } = envelope;
    facts ??= readFacts(testKeys, {
      scrubber,
      bodyHeadBytes: context.config.budgets.bodyHeadBytes,
    });
    return facts;
  };
  const helpers = getField(asFields(value), 'test_helpers');
  const reading: Reading = isWeb
    ? readWebConnectivity(envelope, readAll, services, helpers)
    : readMessenger(envelope, readAll(), services);
  if (reading.kind === 'skipped') return reading;
  const observations = reading.drafts.map((draft, id): Observation => ({ ...draft, id }));
  const vantage = describeVantage(envelope, context);
  const measurement = {
    ...describeRun(envelope, reading.service, vantage.id, context),
    ...pickEvidence(envelope.scrubber.value(observations), readAll().certificates),
    blindSpots: listBlindSpots(observations, readAll()),
    origin: describeOrigin(envelope, summary),
  };
  return { kind: 'read', measurement, vantage };
}

function readOwn(envelope: Envelope, context: LineContext): LineResult {
  const { services, budgets } = context.config;
  const options = { scrubber: envelope.scrubber, bodyHeadBytes: budgets.bodyHeadBytes };
  const { about, observations } = readOwnLine(envelope.testKeys, services, options);
  if (!services.some(({ id }) => id === about.service))
    return { kind: 'skipped', reason: 'no_service' };
  const lists = [envelope.testKeys, asFields(getField(envelope.testKeys, 'x_control'))];
  const certificates = new Map(lists.flatMap((keys) => [...readFacts(keys, options).certificates]));
  const plain = describeVantage(envelope, context);
  // Of several of our vantages in one network each keeps its own lane.
  const vantage = { ...plain, id: `${plain.id}-${about.vantage}`, access: about.access };
  const startedAtMs = about.startedAtMs;
  if (Math.abs(startedAtMs - envelope.startedAtMs) > 1_000)
    throw new OoniLineError('x_measurement and measurement_start_time disagree');
  const run = describeRun({ ...envelope, startedAtMs }, about.service, vantage.id, context);
  // A number of its own for each: those of the controls begin at 0 again.
  const numbered = observations.map((one, id) => ({ ...one, id }));
  const measurement: Measurement = {
    ...run,
    loopDelayMs: about.loopDelayMs,
    marks: about.marks,
    ...pickEvidence(envelope.scrubber.value(numbered), certificates),
    ...(about.blindSpots === undefined ? {} : { blindSpots: about.blindSpots }),
    origin: describeOrigin(envelope, {}),
  };
  return { kind: 'read', measurement, vantage };
}

/** The observations with the certificates that they name. */
function pickEvidence(observations: readonly Observation[], all: Facts['certificates']) {
  const named = new Set(
    observations.flatMap(({ operation, outcome }) => {
      if (operation !== 'tls') return [];
      return (outcome.kind === 'ok' ? outcome.value.chain : outcome.seen?.chain) ?? [];
    }),
  );
  return { observations, certificates: new Map([...all].filter(([sha256]) => named.has(sha256))) };
}

function describeRun(
  { startedAtMs, runtimeMs, software }: Envelope,
  service: string,
  vantageId: string,
  { provenance, config }: LineContext,
) {
  return {
    service,
    vantageId,
    slotMs: Math.floor(startedAtMs / IMPORT_SLOT_MS) * IMPORT_SLOT_MS,
    seq: 0,
    intervalMs: IMPORT_SLOT_MS,
    startedAtMs,
    elapsedMs: runtimeMs,
    loopDelayMs: 0,
    marks: [],
    provenance: { softwareVersion: `ooni:${software}`, ...provenance, configHash: config.hash },
  };
}

/** The network as the file names it, else by its number. */
function describeVantage(
  { countryCode, asn, networkName }: Envelope,
  { nameNetwork }: LineContext,
): Vantage {
  return {
    id: `ooni-${countryCode.toLowerCase()}-as${asn}`,
    kind: 'import',
    countryCode,
    asn,
    networkName: networkName ?? nameNetwork(asn),
    access: 'unknown',
    role: 'vantage',
    note: 'Measurements of OONI, imported.',
  };
}

/** What these files cannot show. */
function listBlindSpots(observations: readonly Observation[], facts: Facts): BlindSpot[] {
  const isBlind: Readonly<Partial<Record<BlindSpot, boolean>>> = {
    udp: true,
    late_replies: facts.dns.every(({ engine }) => engine !== 'udp'),
    chain: facts.certificates.size === 0,
    baselines: observations.every(({ role }) => role !== 'baseline'),
    repeat: true,
    deep: true,
  };
  return BLIND_SPOTS.filter((spot) => isBlind[spot] === true);
}

function describeOrigin(
  { annotations, reference, url, testName, testVersion, testKeys, scrubber }: Envelope,
  summary: unknown,
) {
  const original: Record<string, string | number | boolean | null> = {
    test_name: testName,
    test_version: testVersion,
  };
  const add = (key: string, value: unknown): void => {
    if (value === null || typeof value === 'boolean') original[key] = value;
    else if (typeof value === 'number') original[key] = asNumber(value) ?? null;
    else {
      const text = asText(value);
      if (text !== undefined) original[key] = scrubber.text(text).slice(0, 200);
    }
  };
  for (const key of ORIGINAL_KEYS)
    if (Object.hasOwn(testKeys, key)) add(key, getField(testKeys, key));
  for (const key of SUMMARY_KEYS) add(key, getField(asFields(summary), key));
  return {
    provider: 'ooni',
    licence: testName === OWN_TEST_NAME ? findOwnLicence(annotations) : OONI_LICENCE,
    reference,
    ...(url === undefined ? {} : { url }),
    original,
  } as const;
}
