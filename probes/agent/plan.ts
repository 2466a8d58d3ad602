/** What the server hands out to an agent: what to measure, how often, and how. */
import { z } from 'zod';
import { Baseline, Budgets, Deep, Schedule, Service } from '../../config/schema.ts';

/** The plan of one agent. Only public facts: it may be kept by whoever runs the agent. */
export const Plan = z.object({
  vantageId: z.string(),
  configHash: z.string(),
  /** Time of the server, for the offset of the agent's clock. */
  serverNowMs: z.int(),
  schedule: Schedule,
  budgets: Budgets,
  deep: Deep,
  services: z.array(Service).min(1).readonly(),
  baselines: z.array(Baseline).min(1).readonly(),
  /** When the agent's own machine is said to have stood still or to have had its clock set. */
  stall: z.object({ maxLoopDelayMs: z.int().min(1) }),
  clock: z.object({ maxStepMs: z.int().min(1) }),
});
export type Plan = z.infer<typeof Plan>;
