/** Runs the tests of a round one by one, within the budget, and dates them from the start of the round. */
import type { Clock } from '../../clock.ts';
import type { Allowance, HourlyBudget } from './budget.ts';
import type { ApiOutcome, GlobalpingClient, TestRequest } from './client.ts';
import type { Answer } from './schema.ts';

/** What a round needs. */
export type RoundDeps = {
  readonly client: Pick<GlobalpingClient, 'create' | 'waitFor'>;
  readonly budget: HourlyBudget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** A test on all probes of the round. */
export type Tested = {
  readonly measurementId: string;
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly results: Answer['results'];
};

export type Tester = {
  readonly run: (
    request: TestRequest,
    allowance: Allowance | undefined,
    mode?: 'keep_when_refused',
  ) => Promise<ApiOutcome<Tested>>;
  readonly take: (tests: number) => Allowance | undefined;
  readonly elapsedMs: () => number;
};

/** Runs tests and keeps the budget and the clock of a round. */
export function createTester({ client, budget, clock, signal }: RoundDeps): Tester {
  const beganMs = clock.monotonicMs();
  const elapsedMs = (): number => Math.round((clock.monotonicMs() - beganMs) * 1000) / 1000;
  return {
    elapsedMs,
    take: (tests) => budget.take(tests),
    async run(request, allowance, mode) {
      if (!allowance) return { kind: 'malformed', reason: 'no_allowance' };
      const startedMs = elapsedMs();
      const created = await client.create(request, signal);
      if (created.kind === 'limited') budget.pause(created.retryAfterMs);
      if (created.kind !== 'ok') {
        // A request without an answer may have been accepted.
        const isRefused = created.kind === 'no_probes' || created.kind === 'limited';
        if (isRefused && !(created.kind === 'no_probes' && mode)) allowance.settle(0);
        return created;
      }
      allowance.settle(created.value.probesCount);
      budget.learn(created.rate);
      const answer = await client.waitFor(created.value.id, signal);
      if (answer.kind === 'limited') budget.pause(answer.retryAfterMs);
      if (answer.kind !== 'ok') return answer;
      const { id, results } = answer.value;
      const tested = { measurementId: id, startedMs, elapsedMs: elapsedMs() - startedMs, results };
      return { kind: 'ok', value: tested, rate: answer.rate };
    },
  };
}
