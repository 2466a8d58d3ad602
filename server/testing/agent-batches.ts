/** An agent in a few lines, for tests and benchmarks of the side that takes batches in: keys, signed requests, batches. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Config } from '../../config/schema.ts';
import { compressJson, readShippedDictionary } from '../../db/evidence.ts';
import { toEvidence } from '../../db/measurement-reader.ts';
import {
  chainOf,
  type Draft,
  draftTarget,
  type Random,
  type Scenario,
} from '../../db/testing/generate-observations.ts';
import { type Batch, encodeBatch } from '../../probes/agent/batch.ts';
import {
  AGENT_PATHS,
  type Enrolment,
  exportPublicKey,
  type SignedParts,
  signRequest,
} from '../../probes/agent/protocol.ts';
import type { Measurement, Observation, Service } from '../../probes/types.ts';

const { content: dictionary, sha256: dictionarySha256 } = readShippedDictionary();

/** Who sends, and to whom. */
export type TestAgent = {
  readonly url: string;
  readonly instance: string;
  readonly vantageId: string;
  readonly privateKey: KeyObject;
};

/** What came back. */
export type Answer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Reads an answer to its end. */
export async function readAnswer(response: Response): Promise<Answer> {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after') ?? undefined,
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** Enrols with a secret and a new key. */
export async function enrol(
  url: string,
  secret: string,
): Promise<{ readonly answer: Answer; readonly agent: TestAgent }> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const enrolment: Enrolment = {
    secret,
    publicKey: exportPublicKey(publicKey),
    softwareVersion: '0.1.0',
  };
  const response = await fetch(new URL(AGENT_PATHS.enrol, url), {
    method: 'POST',
    body: JSON.stringify(enrolment),
  });
  const answer = await readAnswer(response);
  const { instance, vantageId } = answer.body;
  const agent = { url, instance: String(instance), vantageId: String(vantageId), privateKey };
  return { answer, agent };
}

/** A request with its signature, not sent yet. */
export type SignedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
};

/** Signs a batch. */
export function signBatch(
  { instance, vantageId, privateKey }: TestAgent,
  body: Buffer,
  sequence: number,
  sentAtMs: number,
): SignedRequest {
  const path = AGENT_PATHS.batches;
  const base = { method: 'POST', path, instance, agent: vantageId, sequence, sentAtMs } as const;
  const parts: SignedParts = { ...base, encoding: 'zstd', body };
  return { method: 'POST', path, headers: signRequest(parts, privateKey), body };
}

/** Sends a request as it is. */
export async function send(
  url: string,
  { method, path, headers, body }: SignedRequest,
): Promise<Answer> {
  const payload = method === 'GET' ? {} : { body: new Uint8Array(body) };
  return readAnswer(await fetch(new URL(path, url), { method, headers, ...payload }));
}

/** Makes a batch of measurements as agents do, with all of their certificates. */
export function makeBatch(measurements: readonly Measurement[]): Batch {
  const certificates = new Map<string, Uint8Array>();
  for (const measurement of measurements)
    for (const [sha256, der] of measurement.certificates) certificates.set(sha256, der);
  return {
    dictionary: dictionarySha256.toString('hex'),
    certificates,
    measurements: measurements.map((measurement) => packMeasurement(measurement)),
  };
}

/** A measurement as it travels; other evidence may be put in its place. */
export function packMeasurement(
  measurement: Measurement,
  evidence: unknown = toEvidence(measurement),
): Batch['measurements'][number] {
  const {
    observations: _o,
    certificates: _c,
    blindSpots: _b,
    vantageId: _v,
    ...facts
  } = measurement;
  const { origin: _origin, ...rest } = facts;
  return { ...rest, evidence: compressJson(JSON.stringify(evidence), dictionary) };
}

/** The body of a request. */
export function encodeMeasurements(measurements: readonly Measurement[]): Buffer {
  return encodeBatch(makeBatch(measurements));
}

/** The judge takes no address of a documentation range for that of a site. */
function moveOut(draft: Draft): Draft {
  return JSON.parse(JSON.stringify(draft).replaceAll('"192.0.2.', '"157.240.20.')) as Draft;
}

/** Where, when and what to make. */
export type AgentRunInput = {
  readonly config: Config;
  readonly service: Service;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly seq?: number;
  /** `ok` unless told. */
  readonly scenario?: Scenario;
};

/** A measurement of a configured service, with realistic evidence for each of its targets. */
export function makeAgentRun(random: Random, input: AgentRunInput): Measurement {
  const { config, service, vantageId, slotMs, seq = 0, scenario = 'ok' } = input;
  const observations: Observation[] = [];
  const certificates = new Map<string, Uint8Array>();
  const visit = (
    { id: targetId, host }: { readonly id: string; readonly host: string },
    role: 'target' | 'baseline',
    own: Scenario,
  ): void => {
    const common = { targetId, role, attempt: 1, startedMs: observations.length * 12.125 } as const;
    for (const draft of draftTarget(random, common, host, own)) {
      observations.push({ id: observations.length, ...moveOut(draft) });
      if (draft.operation === 'tls' && draft.outcome.kind === 'ok')
        for (const { sha256, der } of chainOf(host)) certificates.set(sha256, der);
    }
  };
  for (const target of service.targets) visit(target, 'target', scenario);
  for (const baseline of config.baselines)
    visit(baseline, 'baseline', scenario === 'offline' ? 'offline' : 'ok');
  return {
    service: service.id,
    vantageId,
    slotMs,
    seq,
    intervalMs: config.schedule.intervalSeconds * 1000,
    startedAtMs: slotMs + Math.floor(random() * 20_000),
    elapsedMs: Math.round(random() * 2_000_000) / 1000,
    loopDelayMs: Math.round(random() * 4_000) / 1000,
    marks: ['simulated'],
    observations,
    certificates,
    provenance: {
      softwareVersion: '0.1.0',
      probeVersion: '1',
      schemaVersion: 3,
      configHash: config.hash,
    },
  };
}
