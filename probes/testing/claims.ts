/** How much a verdict claims against a network, for tests of what must never claim more. */
import type { Verdict } from '../types.ts';

/** The higher, the worse; 0 claims nothing. */
export const CLAIM: Readonly<Record<Verdict, number>> = {
  ok: 0,
  down: 0,
  insufficient: 0,
  impaired: 1,
  likely_blocked: 2,
  blocked: 3,
};
