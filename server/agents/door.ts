/**
 * Where agents knock: they enrol with a token, fetch what to measure, and hand in what they measured. A batch is
 * acknowledged when it is on disk, and of a request that is refused nothing is stored.
 */
import type { Config } from '../../config/schema.ts';
import type { RunVerdicts } from '../../db/judgement-writer.ts';
import type { RunFacts } from '../../db/measurements.ts';
import type { Registry } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import type { Plan } from '../../probes/agent/plan.ts';
import { AGENT_LIMITS, type BatchReceipt, Enrolment } from '../../probes/agent/protocol.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Vantage } from '../../probes/types.ts';
import type { Log } from '../log.ts';
import type { Gate } from './admission.ts';
import type { BatchThread } from './batch-thread.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { VantageDirectory } from './directory.ts';
import { type Envelope, isSignedBody, openEnvelope, readBody } from './envelope.ts';
import { type Refused, refuse, replyAgentJson, replyRefusal } from './refusal.ts';

/** Answers the requests of agents. */
export type AgentDoor = {
  readonly enrol: (request: Request) => Promise<Response>;
  readonly plan: (request: Request) => Promise<Response>;
  readonly takeBatch: (request: Request) => Promise<Response>;
};

export type DoorDeps = {
  readonly registry: Registry;
  readonly store: Pick<Store, 'findBatch' | 'syncVantages'>;
  readonly config: Config;
  readonly clock: Clock;
  readonly directory: VantageDirectory;
  readonly gate: Gate;
  readonly prepare: BatchThread['prepare'];
  readonly write: BatchWriter['write'];
  readonly log: Log;
  /** Called after the commit for each run that was not there before. */
  readonly onStored: (facts: RunFacts, verdicts: RunVerdicts) => void;
};

/** An enrolment is shorter than this by far. */
const MAX_ENROLMENT_BYTES = 4_096;
/** How long an agent shall wait when the store cannot be written, as on a full disk. */
const STORE_RETRY_SECONDS = 60;

/** Makes the handlers; nothing runs until a request comes. */
export function createDoor(deps: DoorDeps): AgentDoor {
  const answer = async (
    request: Request,
    work: () => Promise<object | Refused>,
  ): Promise<Response> => {
    const result = await work();
    if (!isRefused(result)) return replyAgentJson(result);
    const { reason, detail } = result;
    const path = new URL(request.url).pathname;
    // Who may be told apart by name only once the signature was right; the log says what was claimed.
    if (reason !== 'too_busy') deps.log('warn', 'agent_refused', { path, reason, detail });
    return replyRefusal(path, result);
  };
  return {
    enrol: (request) => answer(request, () => enrol(request, deps)),
    plan: (request) => answer(request, () => hand(request, deps)),
    takeBatch: (request) => answer(request, () => enter(request, deps)),
  };
}

function isRefused(result: object): result is Refused {
  return 'kind' in result && result.kind === 'refused';
}

async function enrol(
  request: Request,
  { registry, directory, store, log }: DoorDeps,
): Promise<object | Refused> {
  const read = await readBody(request, MAX_ENROLMENT_BYTES);
  if (read.kind === 'refused') return read;
  const parsed = Enrolment.safeParse(parseJson(read.body));
  if (!parsed.success) return refuse('malformed', 'The body is no enrolment');
  const { secret, publicKey, softwareVersion } = parsed.data;
  const redeemed = registry.redeem(secret, publicKey, softwareVersion);
  if (redeemed.kind === 'refused') return refuse(redeemed.reason);
  const { vantageId } = redeemed;
  directory.refresh();
  store.syncVantages(directory.listAgentVantages());
  log('info', 'agent_enrolled', { vantage: vantageId });
  return { instance: registry.instance, vantageId };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // no JSON, which the schema refuses with everything else
  }
}

/** The vantage of an agent that may send, or why it may not. */
function findPlace({ agent }: Envelope, { directory }: DoorDeps): Vantage | Refused {
  if (agent.state === 'rotated')
    return refuse('disabled', 'The key was replaced; enrol with the new token');
  if (agent.state === 'disabled') return refuse('disabled');
  const vantage = directory.find(agent.vantageId);
  if (vantage?.kind !== 'agent')
    return refuse('disabled', 'The server does not list this vantage any more');
  return vantage.enabled ? vantage : refuse('disabled');
}

async function hand(request: Request, deps: DoorDeps): Promise<Plan | Refused> {
  const { registry, config, clock } = deps;
  const envelope = openEnvelope(request, registry);
  if (envelope.kind === 'refused') return envelope;
  if (envelope.parts.sequence !== 0) return refuse('malformed', 'The sequence is not 0');
  if (!isSignedBody(envelope, new Uint8Array())) return refuse('bad_signature');
  const place = findPlace(envelope, deps);
  if (isRefused(place)) return place;
  const { schedule, budgets, deep, services, baselines, rules } = config;
  return {
    vantageId: place.id,
    configHash: config.hash,
    serverNowMs: clock.nowMs(),
    schedule,
    budgets,
    deep,
    services,
    baselines,
    stall: { maxLoopDelayMs: rules.stall.maxLoopDelayMs },
    clock: { maxStepMs: rules.clock.maxStepMs },
  };
}

/** Lets a batch in when there is room. */
async function enter(request: Request, deps: DoorDeps): Promise<BatchReceipt | Refused> {
  const envelope = openEnvelope(request, deps.registry);
  if (envelope.kind === 'refused') return envelope;
  if (envelope.parts.sequence < 1)
    return refuse('malformed', 'The sequence of a batch begins at 1');
  if (envelope.parts.encoding !== 'zstd') return refuse('malformed', 'The encoding is not zstd');
  const place = findPlace(envelope, deps);
  if (isRefused(place)) return place;
  // One at a time for each agent, before any of its body is read: nobody can hold more than one place.
  const turn = deps.gate.admit(place.id);
  if (turn.kind === 'busy') return refuseBusy(turn.retryAfterSeconds);
  try {
    const room = await deps.gate.enter();
    if (room.kind === 'busy') return refuseBusy(room.retryAfterSeconds);
    try {
      const read = await readBody(request, AGENT_LIMITS.maxBodyBytes);
      if (read.kind === 'refused') return read;
      if (!isSignedBody(envelope, read.body)) return refuse('bad_signature');
      return await store(envelope, read.body, place, deps);
    } finally {
      room.release();
    }
  } finally {
    turn.release();
  }
}

function refuseBusy(retryAfterSeconds: number): Refused {
  return refuse('too_busy', undefined, { retryAfterSeconds });
}

/** Prepares and stores a batch whose sender is known. */
async function store(
  { parts: { sequence, sentAtMs, bodySha256: sum } }: Envelope,
  body: Buffer,
  vantage: Vantage,
  { store, clock, config, prepare, write, log, onStored }: DoorDeps,
): Promise<BatchReceipt | Refused> {
  const receivedAtMs = clock.nowMs();
  const clockOffsetMs = sentAtMs - receivedAtMs;
  const bodySha256 = Buffer.from(sum, 'hex');
  const arrival = { vantageId: vantage.id, sequence, bodySha256, receivedAtMs, clockOffsetMs };
  try {
    let outcome = store.findBatch(arrival);
    if (!outcome) {
      const { id: vantageId, countryCode } = vantage;
      const job = { body, vantageId, countryCode, receivedAtMs, clockOffsetMs };
      const prepared = await prepare(job);
      if (prepared.kind === 'refused') return prepared;
      const { refused: refusedRows, runs } = prepared;
      const stored = await write({ arrival: { ...arrival, refused: refusedRows }, runs });
      if (stored.kind === 'stored') {
        const { inserted, duplicates, refused } = stored.receipt;
        const counts = { inserted, duplicates, refused: refused.length };
        log('info', 'batch', { vantage: vantageId, sequence, ...counts, offsetMs: clockOffsetMs });
        for (const [index, run] of prepared.runs.entries())
          if (stored.rows[index] === 'inserted') onStored(run.facts, run.verdicts);
        return toReceipt(stored.receipt);
      }
      outcome = stored;
    }
    if (outcome.kind === 'known') return toReceipt(outcome.receipt);
    return refuse('sequence_reused', undefined, { nextSequence: outcome.nextSequence });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log('error', 'batch_not_stored', { vantage: vantage.id, reason: error.message });
    const detail = 'The server cannot write at present';
    return refuse('too_busy', detail, { retryAfterSeconds: STORE_RETRY_SECONDS });
  }

  function toReceipt(
    kept: Pick<BatchReceipt, 'inserted' | 'duplicates' | 'refused'>,
  ): BatchReceipt {
    return { sequence, ...kept, serverNowMs: clock.nowMs(), configHash: config.hash };
  }
}
