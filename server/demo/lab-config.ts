/** The real configuration on the lab's network: same services, rules and neutral hosts, shorter silences. */
import type { Config } from '../../config/schema.ts';

/** In the lab a reply takes a millisecond, so silence is silence soon. Confirming waits are skipped by the clock. */
const LAB_BUDGETS = {
  dnsMs: 1_000,
  lateRepliesMs: 0,
  tcpMs: 250,
  tlsMs: 300,
  httpMs: 300,
  stunMs: 250,
} as const;
/** A slot of the story is hours long: what stays restricted in the same way is looked at again in a week. */
const LAB_DEEP = { minIntervalSeconds: 604_800, budgetMs: 5_000, goodputSeconds: 1 } as const;

/** After the story: how often the region is measured live. Longer than a run with its confirming wait of 30 s. */
export const LIVE_INTERVAL_SECONDS = 60;

/** Makes the configuration of the demo out of the real one. */
export function toLabConfig(config: Config): Config {
  return {
    ...config,
    budgets: { ...config.budgets, ...LAB_BUDGETS },
    deep: { ...config.deep, ...LAB_DEEP },
    schedule: {
      ...config.schedule,
      intervalSeconds: LIVE_INTERVAL_SECONDS,
      jitterSeconds: 0,
      startSpacingMs: 0,
      maxConcurrentMeasurements: 64,
      deadlineSeconds: 50,
    },
  };
}
