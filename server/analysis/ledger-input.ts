/** What the ledger is made from, and the numbers that decide it. */
import type { Announcement } from '../../config/announcement.ts';
import type { LedgerRules } from '../../db/ledger-types.ts';
import type { Service } from '../../probes/types.ts';
import type { Episode, Part } from './types.ts';

/** Where and when one function of a service was measured well enough to tell whether it is restricted. */
export type MeasuredPart = {
  readonly service: string;
  readonly vantageId: string;
  readonly countryCode: string;
  /** 0 when unknown. */
  readonly asn: number;
  readonly networkName: string;
  readonly function: Part;
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

/**
 * The numbers in use. Networks act on their own: what was published of March 2022 shows blocks some hours ahead of
 * their time and some days behind it, so a week before and a month after hold what belongs to an announcement without
 * reaching its neighbours. A day of grace, since operators load the register of blocked sites daily or more often.
 */
export const LEDGER_RULES: LedgerRules = {
  version: '1',
  leadMs: 7 * DAY_MS,
  followMs: 30 * DAY_MS,
  graceMs: DAY_MS,
};
