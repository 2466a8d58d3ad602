/** What the ledger is made from, and the numbers that decide it. */
import type { Announcement } from '../../config/announcement.ts';
import { LedgerNumbers } from '../../config/schema.ts';
import type { LedgerRules } from '../../db/ledger-types.ts';
import type { Service } from '../../probes/types.ts';
import type { Episode } from './types.ts';

/** Where and when one function of a service was measured well enough to tell whether it is restricted. */
export type MeasuredPart = Pick<
  Episode,
  'service' | 'vantageId' | 'countryCode' | 'asn' | 'networkName' | 'function'
> & {
  /** Sorted, apart from each other; `untilMs` is exclusive. */
  readonly ranges: readonly { readonly fromMs: number; readonly untilMs: number }[];
};

/** Everything that the ledger depends on. */
export type LedgerInput = {
  /** In any order; those not for the public are left out of the ledger. */
  readonly announcements: readonly Announcement[];
  /** Of vantages only, not of controls. */
  readonly episodes: readonly Episode[];
  readonly measured: readonly MeasuredPart[];
  readonly services: readonly Pick<Service, 'id' | 'requiredFunctions'>[];
  readonly rules: LedgerRules;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Raised when the meaning of an outcome changes; the numbers stand beside it. */
const LEDGER_VERSION = '2';

/** Makes the rules of a ledger out of the numbers of rules.yaml. */
export function toLedgerRules({ leadDays, followDays, graceHours }: LedgerNumbers): LedgerRules {
  return {
    version: LEDGER_VERSION,
    leadMs: leadDays * DAY_MS,
    followMs: followDays * DAY_MS,
    graceMs: graceHours * HOUR_MS,
  };
}

/** With the numbers that hold when rules.yaml gives none. */
export const LEDGER_RULES: LedgerRules = toLedgerRules(LedgerNumbers.parse({}));
