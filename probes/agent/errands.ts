/**
 * The signed requests of an agent, and what their answers mean. An answer that is not in the words of the protocol, as
 * from a portal on the way or a server that is being restarted, says nothing but that the server was not reached.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { SealedBatch } from './outbox.ts';
import { Plan } from './plan.ts';
import {
  AGENT_PATHS,
  BatchReceipt,
  Enrolled,
  type Enrolment,
  REFUSALS,
  type SignedParts,
  signRequest,
} from './protocol.ts';
import type { Uplink, UplinkReply } from './uplink.ts';

/** Who the agent is, for which server. */
export type AgentIdentity = {
  readonly instance: string;
  readonly vantageId: string;
  readonly privateKey: KeyObject;
};

/** What came of a request. */
export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | {
      readonly kind: 'refused';
      readonly reason: (typeof REFUSALS)[number];
      readonly nextSequence?: number;
      readonly retryAfterMs?: number;
    }
  /** No connection, or an answer that cannot be used, e.g. `ECONNREFUSED`, `http_502`. */
  | { readonly kind: 'unreached'; readonly code: string; readonly retryAfterMs?: number };

/** The part of a problem of RFC 9457 that a program reads. */
const Problem = z.object({
  reason: z.enum(REFUSALS),
  /** Bounded, so that numbers never run out. */
  nextSequence: z.int().min(1).max(1_000_000_000_000).optional().catch(undefined),
});

const OK = 200;

/** Asks the server for what an agent needs. No method rejects. */
export type Errands = {
  readonly fetchPlan: (signal: AbortSignal) => Promise<Answer<Plan>>;
  readonly sendBatch: (batch: SealedBatch, signal: AbortSignal) => Promise<Answer<BatchReceipt>>;
};

/** Binds an identity and the way to its server. */
export function createErrands(
  { instance, vantageId, privateKey }: AgentIdentity,
  uplink: Uplink,
  clock: Pick<Clock, 'nowMs'>,
): Errands {
  const sign = (parts: Pick<SignedParts, 'method' | 'path' | 'sequence' | 'encoding' | 'body'>) =>
    signRequest({ ...parts, instance, agent: vantageId, sentAtMs: clock.nowMs() }, privateKey);
  return {
    async fetchPlan(signal) {
      const path = AGENT_PATHS.plan;
      const body = new Uint8Array();
      const headers = sign({ method: 'GET', path, sequence: 0, encoding: '', body });
      const answer = read(await uplink({ method: 'GET', path, headers }, signal), Plan);
      if (answer.kind !== 'ok' || answer.value.vantageId === vantageId) return answer;
      return { kind: 'unreached', code: 'plan_of_another_vantage' };
    },
    async sendBatch({ sequence, body }, signal) {
      const path = AGENT_PATHS.batches;
      const headers = sign({ method: 'POST', path, sequence, encoding: 'zstd', body });
      const reply = await uplink({ method: 'POST', path, headers, body }, signal);
      const answer = read(reply, BatchReceipt);
      if (answer.kind !== 'ok' || answer.value.sequence === sequence) return answer;
      return { kind: 'unreached', code: 'receipt_of_another_batch' };
    },
  };
}

/** Enrols with the secret of a token. Never rejects. */
export async function enrol(
  enrolment: Enrolment,
  uplink: Uplink,
  signal: AbortSignal,
): Promise<Answer<Enrolled>> {
  const body = Buffer.from(JSON.stringify(enrolment));
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', path: AGENT_PATHS.enrol, headers, body } as const;
  return read(await uplink(request, signal), Enrolled);
}

function read<T>(reply: UplinkReply, schema: z.ZodType<T>): Answer<T> {
  if (reply.kind === 'failed') return { kind: 'unreached', code: reply.code };
  const { status, json, retryAfterMs } = reply;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === OK) {
    const parsed = schema.safeParse(json);
    if (parsed.success) return { kind: 'ok', value: parsed.data };
    const place = parsed.error.issues[0]?.path.join('.') ?? '';
    return { kind: 'unreached', code: `unusable_answer ${place}`.trim().slice(0, 80) };
  }
  const problem = Problem.safeParse(json);
  if (!problem.success) return { kind: 'unreached', code: `http_${status}`, ...wait };
  const { reason, nextSequence } = problem.data;
  return {
    kind: 'refused',
    reason,
    ...(nextSequence === undefined ? {} : { nextSequence }),
    ...wait,
  };
}
