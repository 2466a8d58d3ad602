/**
 * Who is let in when many agents come at once: so many bodies in work, a short queue, and for each agent an allowance
 * that fills again with time. Whoever has to wait longer is told when to come again, each at another moment.
 */
import type { Clock } from '../../probes/clock.ts';

export const ADMISSION_LIMITS = {
  /** Bodies in work: each may take a few megabytes. */
  maxInWork: 8,
  /** Requests whose body is not read yet. */
  maxWaiting: 64,
  /** Batches that an agent may send at once after a pause; a month of its measurements is about twice as many. */
  burst: 60,
  batchesPerMinute: 60,
  /** Longest time until an agent shall come again. */
  maxRetrySeconds: 20,
} as const;
export type AdmissionLimits = Readonly<Record<keyof typeof ADMISSION_LIMITS, number>>;

/** Let in, to be given back at the end; or to come again after this time. */
export type Admission =
  | { readonly kind: 'admitted'; readonly release: () => void }
  | { readonly kind: 'busy'; readonly retryAfterSeconds: number };

type Allowance = { tokens: number; atMs: number; isInWork: boolean };

/** Counts what is in work. */
export class Gate {
  readonly #limits: AdmissionLimits;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];
  readonly #allowances = new Map<string, Allowance>();
  #inWork = 0;

  constructor(
    clock: Pick<Clock, 'monotonicMs'>,
    random: () => number,
    limits: AdmissionLimits = ADMISSION_LIMITS,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
  }

  /** Waits for room to read a body. */
  async enter(): Promise<Admission> {
    if (this.#inWork >= this.#limits.maxInWork) {
      if (this.#waiting.length >= this.#limits.maxWaiting) return this.#busy();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#inWork += 1;
    return {
      kind: 'admitted',
      release: () => {
        const next = this.#waiting.shift();
        if (next)
          next(); // the place passes on without being given up
        else this.#inWork -= 1;
      },
    };
  }

  /** Takes one batch off the allowance of an agent whose signature was verified; one at a time. */
  admit(agent: string): Admission {
    const { burst, batchesPerMinute } = this.#limits;
    const nowMs = this.#clock.monotonicMs();
    const before = this.#allowances.get(agent) ?? { tokens: burst, atMs: nowMs, isInWork: false };
    const perMs = batchesPerMinute / 60_000;
    const tokens = Math.min(burst, before.tokens + (nowMs - before.atMs) * perMs);
    const now: Allowance = { tokens, atMs: nowMs, isInWork: before.isInWork };
    this.#allowances.set(agent, now);
    if (now.isInWork) return { kind: 'busy', retryAfterSeconds: 1 };
    if (tokens < 1) {
      const untilMs = (1 - tokens) / perMs;
      return { kind: 'busy', retryAfterSeconds: Math.ceil(untilMs / 1000) };
    }
    now.tokens -= 1;
    now.isInWork = true;
    return {
      kind: 'admitted',
      release: () => {
        const allowance = this.#allowances.get(agent);
        if (allowance) allowance.isInWork = false;
      },
    };
  }

  #busy(): Admission {
    const { maxRetrySeconds } = this.#limits;
    return { kind: 'busy', retryAfterSeconds: 1 + Math.floor(this.#random() * maxRetrySeconds) };
  }
}
