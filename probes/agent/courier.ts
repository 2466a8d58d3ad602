/**
 * Carries measurements from the outbox to the server and brings the plan back: one request at a time, in order, with
 * patience. What is not acknowledged stays; what the server refuses for good is dropped with a line in the log.
 */
import type { Clock } from '../clock.ts';
import { encodeBatch } from './batch.ts';
import type { Answer, Errands } from './errands.ts';
import type { DroppedRow, Outbox, SealedBatch } from './outbox.ts';
import type { Plan } from './plan.ts';
import { AGENT_LIMITS, type BatchReceipt, type Refusal } from './protocol.ts';

/** Writes a line of the log. */
export type Tell = (
  level: 'info' | 'warn' | 'error',
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export type CourierDeps = {
  readonly outbox: Outbox;
  readonly errands: Errands;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly tell: Tell;
  /** Configuration of the plan that is kept; undefined when none is. */
  readonly knownConfig: string | undefined;
  readonly onPlan: (plan: Plan) => void;
  /** The server wants nothing of this vantage: nothing is to be measured. */
  readonly onDisabled: () => void;
  /** The server takes what this vantage measures. */
  readonly onWelcome: () => void;
};

/** How long to wait before the next errand; `idle` waits for something to do. */
type Pause = { readonly kind: 'idle' } | { readonly kind: 'wait'; readonly ms: number };
const GO_ON: Pause = { kind: 'wait', ms: 0 };
const IDLE: Pause = { kind: 'idle' };

/** Well below the megabyte that the server takes, since head and frame come on top. */
const MAX_BATCH_BYTES = 850 * 1024;
/** The server takes 200; some may come again with the next batch. */
const MAX_CERTIFICATES = 150;
const FIRST_BACKOFF_MS = 5_000;
const MAX_BACKOFF_MS = 15 * 60_000;
const MIN_WAIT_MS = 1_000;
const HOUR_MS = 3_600_000;
/** After this the plan is fetched again, whatever receipts say. */
const PLAN_LIFE_MS = 6 * HOUR_MS;
/** When the server could not be reached for it. */
const PLAN_RETRY_MS = 5 * 60_000;
/** A slot is sent at some moment within this time, so that not all agents come at once. */
const SPREAD_MS = 5_000;
/** Between two batches of a backlog, on average: the server lets an agent in once a second. */
const BATCH_PAUSE_MS = 1_200;
/** Single measurements refused as unreadable, with none accepted in between, from which the server is to blame. */
const MAX_ASIDE = 3;

/** How a request ends that was under way: not by a server that is not there. */
const STUCK_CODES = new Set([
  'timeout',
  'http_408',
  'CLOSED',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
]);
/** A batch that got stuck so often is sent in halves. */
const STUCK_TRIES = 2;
/** What is shorter gets through any line in time, or none: 15 s at 20 kbit/s. */
const MIN_STUCK_BYTES = 32 * 1024;

/** Reasons that will not go away by trying soon. */
const STANDING = new Set<Refusal>([
  'disabled',
  'unknown_agent',
  'bad_signature',
  'wrong_instance',
  'wrong_version',
  'token_unknown',
  'token_used',
  'token_expired',
]);

export class Courier {
  readonly #deps: CourierDeps;
  #knownConfig: string | undefined;
  #planDueMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #isOffline = false;
  #isSkewed = false;
  #standing: Refusal | undefined;
  #maxMeasurements: number = AGENT_LIMITS.maxMeasurements;
  #aside = 0;
  #stuck = 0;
  #wake: (() => void) | undefined;
  #isNotified = false;

  constructor(deps: CourierDeps) {
    this.#deps = deps;
    this.#knownConfig = deps.knownConfig;
  }

  /** Says that something new waits. */
  notify(): void {
    this.#isNotified = true;
    this.#wake?.();
  }

  /** Runs errands until the signal aborts. Rejects only when the outbox fails. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = await this.#next(signal);
      if (signal.aborted) return;
      if (pause.kind === 'idle') await this.#idle(signal);
      else if (pause.ms > 0) await this.#deps.clock.sleep(pause.ms, signal);
    }
  }

  async #next(signal: AbortSignal): Promise<Pause> {
    const { clock, outbox, errands } = this.#deps;
    if (clock.monotonicMs() >= this.#planDueMs) return this.#fetchPlan(signal);
    const sealed = outbox.getSealed() ?? this.#seal();
    if (!sealed) return IDLE;
    const answer = await errands.sendBatch(sealed, signal);
    return signal.aborted ? GO_ON : this.#settle(sealed, answer);
  }

  #seal(): SealedBatch | undefined {
    const { outbox } = this.#deps;
    this.#isNotified = false;
    const next = outbox.takeNext({
      maxMeasurements: this.#maxMeasurements,
      maxBytes: MAX_BATCH_BYTES,
      maxCertificates: MAX_CERTIFICATES,
    });
    return next && outbox.seal(next.rowIds, encodeBatch(next.batch));
  }

  /** Waits until something new was measured, and then a random while, or until the plan is due. */
  async #idle(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    if (!this.#isNotified) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const untilPlanMs = Math.max(MIN_WAIT_MS, this.#planDueMs - clock.monotonicMs());
      await clock.sleep(untilPlanMs, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    if (this.#isNotified) await clock.sleep(random() * SPREAD_MS, signal);
  }

  async #fetchPlan(signal: AbortSignal): Promise<Pause> {
    const { errands, clock, tell, onPlan } = this.#deps;
    const answer = await errands.fetchPlan(signal);
    if (signal.aborted) return GO_ON;
    if (answer.kind === 'refused') return this.#fail(answer);
    if (answer.kind === 'unreached') {
      // Without any plan there is nothing else to do. With one, measurements go on, and it is asked for again later.
      if (this.#knownConfig === undefined) return this.#fail(answer);
      if (isAnswer(answer.code)) tell('warn', 'plan_unusable', { reason: answer.code });
      this.#planDueMs = clock.monotonicMs() + (isAnswer(answer.code) ? HOUR_MS : PLAN_RETRY_MS);
      return GO_ON;
    }
    this.#noteSuccess(answer.value.serverNowMs);
    this.#planDueMs = clock.monotonicMs() + PLAN_LIFE_MS;
    this.#knownConfig = answer.value.configHash;
    onPlan(answer.value);
    return GO_ON;
  }

  #settle(sealed: SealedBatch, answer: Answer<BatchReceipt>): Pause {
    if (answer.kind === 'ok') return this.#acknowledge(sealed, answer.value);
    if (answer.kind === 'unreached') {
      this.#easeLine(sealed, answer.code);
      return this.#fail(answer);
    }
    this.#noteOnline();
    const { reason, nextSequence } = answer;
    if (reason === 'malformed' || reason === 'too_large') return this.#split(sealed, reason);
    if (reason !== 'sequence_reused') return this.#fail(answer);
    this.#deps.tell('warn', 'sequence_reused', { sequence: sealed.sequence });
    this.#deps.outbox.dissolve(sealed.sequence, nextSequence);
    return this.#backOff();
  }

  #acknowledge(sealed: SealedBatch, receipt: BatchReceipt): Pause {
    const { outbox, clock, tell, random } = this.#deps;
    const { sequence, refused, serverNowMs, configHash } = receipt;
    const atMs = clock.nowMs();
    const dropped = outbox.acknowledge({
      sequence,
      refused,
      atMs,
      clockOffsetMs: atMs - serverNowMs,
    });
    this.#noteSuccess(serverNowMs);
    this.#tellDropped(dropped);
    if (this.#aside > 0) this.#tellDropped(outbox.dropAside());
    this.#aside = 0;
    this.#maxMeasurements = Math.min(AGENT_LIMITS.maxMeasurements, this.#maxMeasurements * 2);
    const backlog = outbox.countPending();
    const { inserted, duplicates } = receipt;
    tell('info', 'delivered', { count: sealed.count, sequence, inserted, duplicates, backlog });
    // Another plan is asked for once; one that cannot be used is asked for again in an hour.
    if (configHash !== this.#knownConfig && this.#knownConfig !== undefined) {
      this.#knownConfig = configHash;
      this.#planDueMs = clock.monotonicMs();
    }
    return backlog === 0 ? IDLE : { kind: 'wait', ms: (0.5 + random()) * BATCH_PAUSE_MS };
  }

  /**
   * Sends half as much at once when a batch got stuck on its way twice: a line may be too slow for it in the time that
   * the server gives. What arrived after all is known there by its ids.
   */
  #easeLine({ sequence, count, body }: SealedBatch, code: string): void {
    const { outbox, tell } = this.#deps;
    const isStuck = STUCK_CODES.has(code) && body.length > MIN_STUCK_BYTES && count > 1;
    this.#stuck = isStuck ? this.#stuck + 1 : 0;
    if (this.#stuck < STUCK_TRIES) return;
    this.#stuck = 0;
    this.#maxMeasurements = Math.ceil(count / 2);
    outbox.dissolve(sequence);
    tell('info', 'smaller_batches', { measurements: this.#maxMeasurements, reason: code });
  }

  /** Halves what is sent at once until the measurement that the server cannot read is alone. */
  #split({ sequence, count }: SealedBatch, reason: Refusal): Pause {
    const { outbox, tell } = this.#deps;
    if (count > 1) {
      this.#maxMeasurements = Math.ceil(count / 2);
      outbox.dissolve(sequence);
      return { kind: 'wait', ms: MIN_WAIT_MS };
    }
    outbox.setAside(sequence);
    this.#aside += 1;
    tell('warn', 'set_aside', { sequence, reason });
    if (this.#aside < MAX_ASIDE) return { kind: 'wait', ms: MIN_WAIT_MS };
    // It reads nothing that we write, as when it has another version: none of it is to blame, none of it is lost.
    outbox.restoreAside();
    this.#aside = 0;
    this.#maxMeasurements = AGENT_LIMITS.maxMeasurements;
    return this.#stand(reason);
  }

  #tellDropped(rows: readonly DroppedRow[]): void {
    for (const { service, slotMs, seq, reason } of rows)
      this.#deps.tell('warn', 'refused', {
        service,
        slot: new Date(slotMs).toISOString(),
        seq,
        reason,
      });
  }

  /** A request that was not granted. */
  #fail(answer: Exclude<Answer<unknown>, { kind: 'ok' }>): Pause {
    if (answer.kind === 'refused') {
      this.#noteOnline();
      if (STANDING.has(answer.reason)) return this.#stand(answer.reason);
    } else if (!this.#isOffline) {
      this.#isOffline = true;
      const backlog = this.#deps.outbox.countPending();
      this.#deps.tell('warn', 'offline', { reason: answer.code, backlog });
    }
    const pause = this.#backOff();
    // Never longer than an hour, whatever the server says: it could keep what is measured back for ever.
    const told = Math.min(answer.retryAfterMs ?? 0, HOUR_MS);
    return { kind: 'wait', ms: told > 0 ? told + this.#deps.random() * MIN_WAIT_MS : pause.ms };
  }

  /** Full jitter: anything up to a bound that doubles. */
  #backOff(): { readonly kind: 'wait'; readonly ms: number } {
    const most = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 20);
    return { kind: 'wait', ms: Math.max(MIN_WAIT_MS, this.#deps.random() * most) };
  }

  /** Asks again in an hour, beginning with the plan; says so once. */
  #stand(reason: Refusal): Pause {
    const { tell, onDisabled, clock } = this.#deps;
    if (this.#standing !== reason) {
      tell('error', 'not_accepted', { reason, remedy: REMEDIES[reason] });
      if (reason === 'disabled') onDisabled();
    }
    this.#standing = reason;
    this.#planDueMs = clock.monotonicMs();
    return { kind: 'wait', ms: HOUR_MS };
  }

  #noteSuccess(serverNowMs: number): void {
    const { clock, tell, onWelcome } = this.#deps;
    this.#noteOnline();
    this.#failures = 0;
    const offsetMs = clock.nowMs() - serverNowMs;
    const isSkewed = Math.abs(offsetMs) > AGENT_LIMITS.maxClockOffsetMs;
    if (isSkewed && !this.#isSkewed)
      tell('warn', 'clock_differs', { offsetMs, remedy: 'set the clock of this machine' });
    this.#isSkewed = isSkewed;
    if (this.#standing !== undefined) tell('info', 'accepted_again');
    this.#standing = undefined;
    onWelcome();
  }

  #noteOnline(): void {
    if (this.#isOffline) this.#deps.tell('info', 'online');
    this.#isOffline = false;
  }
}

/** True when the server was there, but what it said could not be used. */
function isAnswer(code: string): boolean {
  return code.startsWith('unusable_answer') || code === 'plan_of_another_vantage';
}

/** What whoever runs the agent can do. */
const REMEDIES: Readonly<Partial<Record<Refusal, string>>> = {
  disabled:
    'nothing is measured any more; ask whoever runs the server, and start with --token if you got a new one',
  unknown_agent: 'ask whoever runs the server for a new token and start with --token',
  bad_signature: 'ask whoever runs the server for a new token and start with --token',
  wrong_instance: 'the data of the server are new: ask for a new token and start with --token',
  wrong_version: 'run the same version of Reachline here and on the server',
  malformed: 'run the same version of Reachline here and on the server',
  too_large: 'run the same version of Reachline here and on the server',
};
