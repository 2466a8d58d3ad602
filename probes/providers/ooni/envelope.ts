/**
 * The part of an OONI measurement that says who measured what and when (df-000): read without trust in any field.
 * https://github.com/ooni/spec/blob/master/data-formats/df-000-base.md
 */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import { isCountryCode } from '../../../config/country-codes.ts';
import { createScrubber, type Scrubber } from '../../scrub.ts';
import { asFields, asNumber, asText, type Fields, getField } from './raw-values.ts';

/** What every measurement has, whatever its test. */
export type Envelope = {
  readonly testName: string;
  readonly testVersion: string;
  /** Name and version of the measuring software, e.g. `ooniprobe-android 3.8.8`. */
  readonly software: string;
  readonly startedAtMs: number;
  readonly runtimeMs: number;
  /** ISO 3166-1 alpha-2; `ZZ` when unknown. */
  readonly countryCode: string;
  /** 0 when unknown. */
  readonly asn: number;
  readonly networkName?: string;
  readonly input?: string;
  /** What names it everywhere: the uid that the collector gave, else a hash over what tells it from others. */
  readonly reference: string;
  /** Its page in OONI's Explorer, when it can be named. */
  readonly url?: string;
  readonly testKeys: Fields;
  readonly annotations: Fields;
  /** Takes the address of the measuring machine out, where the file still has it. */
  readonly scrubber: Scrubber;
};

/** A line that cannot be read; the text says why, without what the line holds. */
export class OoniLineError extends Error {
  override readonly name = 'OoniLineError';
}

/** The start of OONI's measurements; anything before is a clock that was never set. */
const FIRST_YEAR_MS = Date.UTC(2012, 0, 1);
const DAY_MS = 86_400_000;
/** Clocks of phones are rarely further ahead of the collector without being in another zone. */
const MAX_AHEAD_MS = 120_000;
const MAX_RUNTIME_MS = DAY_MS;
const TIME = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)/;
const UID = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.\d{1,9}_[A-Z]{2}_[a-z0-9]{1,40}_[0-9a-f]{16}$/;
const EXPLORER = 'https://explorer.ooni.org';

/** Reads one parsed line. @param nowMs what starts later than a day after it is refused. @throws OoniLineError */
export function readEnvelope(value: unknown, nowMs: number): Envelope {
  const fields = asFields(value);
  const get = (key: string): unknown => getField(fields, key);
  const testName = asText(get('test_name'));
  if (testName === undefined) throw new OoniLineError('it has no test_name');
  const uid = asText(get('measurement_uid'));
  const reportId = asText(get('report_id'));
  const input = asText(get('input'));
  const networkName = cleanName(asText(get('probe_network_name')));
  const ownAddress = asText(get('probe_ip')) ?? '';
  const isOwnKnown = isIP(ownAddress) !== 0 && ownAddress !== '127.0.0.1' && ownAddress !== '::1';
  const url = findPage(uid, reportId, input);
  const runtimeMs = (asNumber(get('test_runtime')) ?? 0) * 1000;
  return {
    testName: testName.slice(0, 64),
    testVersion: (asText(get('test_version')) ?? '').slice(0, 32),
    software: describeSoftware(fields),
    startedAtMs: readStart(fields, uid, nowMs),
    runtimeMs: Math.min(MAX_RUNTIME_MS, Math.max(0, Math.round(runtimeMs))),
    countryCode: readCountry(get('probe_cc')),
    asn: readAsn(get('probe_asn')),
    ...(networkName === undefined ? {} : { networkName }),
    ...(input === undefined ? {} : { input }),
    reference: uid !== undefined && uid.length <= 200 ? uid : hashReference(fields),
    ...(url === undefined ? {} : { url }),
    testKeys: asFields(get('test_keys')),
    annotations: asFields(get('annotations')),
    scrubber: createScrubber(isOwnKnown ? [ownAddress] : []),
  };
}

function cleanName(name: string | undefined): string | undefined {
  const clean = name
    ?.replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 80);
  return clean ? clean : undefined;
}

function describeSoftware(fields: Fields): string {
  const name = asText(getField(fields, 'software_name')) ?? 'unknown';
  const version = asText(getField(fields, 'software_version')) ?? '';
  return `${name} ${version}`
    .replace(/[^\w.+ -]/g, '')
    .slice(0, 80)
    .trim();
}

/**
 * The start in UTC. Old files hold local times, one or two hours ahead; the uid begins with the time at which the
 * collector had the measurement, so that nothing can have begun after it.
 */
function readStart(fields: Fields, uid: string | undefined, nowMs: number): number {
  const start =
    readTime(getField(fields, 'measurement_start_time'), TIME) ??
    readTime(getField(fields, 'test_start_time'), TIME);
  const collected = readTime(uid, UID);
  const startedAtMs =
    start !== undefined && collected !== undefined && start > collected + MAX_AHEAD_MS
      ? collected
      : (start ?? collected);
  if (startedAtMs === undefined) throw new OoniLineError('it has no measurement_start_time');
  if (startedAtMs < FIRST_YEAR_MS || startedAtMs > nowMs + DAY_MS)
    throw new OoniLineError('its measurement_start_time is before 2012 or in the future');
  return startedAtMs;
}

function readTime(value: unknown, pattern: RegExp): number | undefined {
  const match = pattern.exec(asText(value) ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function readCountry(value: unknown): string {
  const code = asText(value)?.toUpperCase() ?? '';
  return isCountryCode(code) ? code : 'ZZ';
}

function readAsn(value: unknown): number {
  const asn = Number(/^(?:AS)?(\d{1,10})$/i.exec(asText(value) ?? '')?.[1] ?? 0);
  return asn <= 4_294_967_295 ? asn : 0;
}

function hashReference(fields: Fields): string {
  const parts = ['report_id', 'input', 'measurement_start_time', 'test_name', 'id'].map(
    (key) => asText(getField(fields, key)) ?? null,
  );
  return `sha256:${hash('sha256', JSON.stringify(parts))}`;
}

function findPage(
  uid: string | undefined,
  reportId: string | undefined,
  input: string | undefined,
): string | undefined {
  if (uid !== undefined && UID.test(uid)) return `${EXPLORER}/m/${uid}`;
  if (reportId === undefined || !/^\w{8,160}$/.test(reportId)) return undefined;
  const query = input === undefined ? '' : `?${new URLSearchParams({ input }).toString()}`;
  return `${EXPLORER}/measurement/${reportId}${query}`;
}
