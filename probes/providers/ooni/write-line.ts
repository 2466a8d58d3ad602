/**
 * One measurement of ours as an OONI measurement (df-000, data format 0.2.0), under our own test name. What a helper is
 * for OONI are for us the control vantages: what they saw stands in lists of its own, so that nobody takes it for
 * something that was seen from this network.
 */
import { hash } from 'node:crypto';
import { gatherVantage } from '../../judge/facts.ts';
import type {
  Judgement,
  Measurement,
  MeasurementJudgement,
  Observation,
  Vantage,
} from '../../types.ts';
import { OWN_TEST_NAME, OWN_TEST_VERSION, type OwnVerdict } from './own-format.ts';
import { type Lists, type Row, toLists } from './write-lists.ts';

/** A measurement with all that its line needs. */
export type LineInput = {
  /** The public name of the measurement. */
  readonly id: string;
  readonly measurement: Measurement;
  readonly judgement: MeasurementJudgement;
  readonly vantage: Vantage;
  /** What the judgement may have been compared with. */
  readonly controls: readonly Measurement[];
};

/** Extensions of the data format that the lists follow. */
const EXTENSIONS = { dnst: 0, httpt: 0, netevents: 0, tcpconnect: 0, tlshandshake: 0, tunnel: 0 };
/** Attempts of each further control are counted from another hundred, so that two controls never mix. */
const ATTEMPTS_PER_CONTROL = 100;

/** Makes the object whose JSON is one line of an export. */
export function toOoniMeasurement(input: LineInput): Row {
  const { id, measurement, vantage, controls } = input;
  const { startedAtMs, origin, provenance, service } = measurement;
  const country = vantage.countryCode;
  const licence =
    origin === undefined ? {} : { licence: origin.licence, provider: origin.provider };
  return {
    annotations: {
      engine_name: 'reachline',
      platform: 'linux',
      service,
      vantage: vantage.id,
      ...licence,
    },
    data_format_version: '0.2.0',
    extensions: EXTENSIONS,
    id,
    input: service,
    measurement_start_time: toTime(startedAtMs),
    measurement_uid: toUid(id, startedAtMs, country),
    options: [],
    probe_asn: `AS${vantage.asn}`,
    probe_cc: country,
    probe_ip: '127.0.0.1',
    probe_network_name: vantage.networkName,
    report_id: toReportId(input),
    resolver_asn: 'AS0',
    resolver_ip: '127.0.0.2',
    resolver_network_name: '',
    software_name: 'reachline',
    software_version: provenance.softwareVersion,
    test_helpers: {},
    test_keys: {
      // Whether events are complete is not known, and half of them mislead more than none.
      network_events: null,
      ...toLists(
        measurement.observations.filter(({ role }) => role !== 'control'),
        measurement.certificates,
      ),
      x_control: toControlLists(measurement, controls),
      x_measurement: describeMeasurement(measurement, vantage),
      x_verdicts: describeVerdicts(input.judgement),
    },
    test_name: OWN_TEST_NAME,
    test_runtime: measurement.elapsedMs / 1000,
    test_start_time: toTime(measurement.slotMs),
    test_version: OWN_TEST_VERSION,
  };
}

function toTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** Shaped like the names that OONI's collector gives, with our test name in it. */
function toUid(id: string, startedAtMs: number, country: string): string {
  const time = toTime(startedAtMs).replace(/\D/g, '');
  const millis = String(startedAtMs % 1000).padStart(3, '0');
  return `${time}.${millis}000_${country}_${OWN_TEST_NAME}_${hash('sha256', `reachline ${id}`).slice(0, 16)}`;
}

/** All runs of a day from one vantage are one report. */
function toReportId({ measurement, vantage }: LineInput): string {
  const day = new Date(measurement.startedAtMs).toISOString().slice(0, 10).replaceAll('-', '');
  const tail = hash('sha256', `${vantage.id} ${day}`).slice(0, 16);
  return `${day}T000000Z_${OWN_TEST_NAME}_${vantage.countryCode}_${vantage.asn}_n1_${tail}`;
}

function describeMeasurement(measurement: Measurement, vantage: Vantage): Row {
  const { service, startedAtMs, loopDelayMs, marks, blindSpots } = measurement;
  return {
    service,
    vantage: vantage.id,
    access: vantage.access,
    startedAtMs,
    loopDelayMs,
    marks,
    ...(blindSpots === undefined ? {} : { blindSpots }),
  };
}

function describeVerdicts({
  rulesetVersion,
  service,
  functions,
  targets,
}: MeasurementJudgement): Row {
  const all = (judgements: Readonly<Record<string, Judgement>>): Row =>
    Object.fromEntries(Object.entries(judgements).map(([name, one]) => [name, toVerdict(one)]));
  return {
    ruleset: rulesetVersion,
    service: toVerdict(service),
    functions: all(functions),
    targets: all(targets),
  };
}

function toVerdict({ verdict, mechanism, confidence, ruleId }: Judgement): OwnVerdict {
  return { verdict, mechanism: mechanism ?? null, confidence, rule: ruleId };
}

/** What came with the measurement as its control, and what the control vantages saw whose own network worked. */
function toControlLists(measurement: Measurement, controls: readonly Measurement[]): Lists {
  const working = controls.filter((control) => gatherVantage(control).baselinesOk > 0);
  const all = [measurement, ...working];
  const certificates = new Map(all.flatMap((one) => [...one.certificates]));
  const brought = measurement.observations.filter(({ role }) => role === 'control');
  const seen = working.flatMap((control, index) =>
    listTelling(control).map((one) => ({
      ...one,
      role: 'control' as const,
      attempt: one.attempt + (index + 1) * ATTEMPTS_PER_CONTROL,
    })),
  );
  return toLists([...brought, ...seen], certificates);
}

/** Of a control: its plain visits, whether the service speaks QUIC at all, and one neutral host that answered. */
function listTelling({ observations }: Measurement): readonly Observation[] {
  const proof = observations.find(
    ({ role, operation, outcome }) =>
      role === 'baseline' && operation === 'http' && outcome.kind === 'ok',
  );
  const visits = observations.filter(
    ({ role, purpose, operation }) =>
      role === 'target' && (purpose === undefined || operation === 'quic'),
  );
  return proof ? [proof, ...visits] : visits;
}
