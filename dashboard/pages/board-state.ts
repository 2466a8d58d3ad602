/** What the board knows: the newest results, and which of them still hold at an instant. */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Availability } from '../../db/availability-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StateChange } from '../../db/state-change-types.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import type { FunctionId, LaneState } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry } from '../i18n/times.ts';

/** What the board is drawn from. */
export type BoardData = {
  readonly services: readonly {
    readonly id: string;
    readonly name: string;
    /** Parts that are measured apart, in the order of the configuration. */
    readonly functions: readonly FunctionId[];
  }[];
  readonly vantages: readonly StoredVantage[];
  /** Ids of vantages that the operator switched off. */
  readonly disabled: readonly string[];
  /** Newest measurement of each service and vantage. */
  readonly latest: readonly MeasurementSummary[];
  /** Changes of the last 24 hours that lasted, newest first. */
  readonly changes: readonly StateChange[];
  /** Measurements with a new state that a control outside confirms. */
  readonly confirmed: ReadonlySet<string>;
  /** Whether each service is blocked in each country. */
  readonly availability: readonly Availability[];
  /** Incidents that go on, the gravest first. */
  readonly incidents: readonly Incident[];
  /** Announcements in force or to come, newest first. */
  readonly openAnnouncements: readonly StoredAnnouncement[];
  readonly measurementCount: number;
  /** When the next scheduled run starts; only asked for while nothing is measured yet. */
  readonly nextSlotMs: number;
  /** Tells two boards apart that show other changes or incidents. */
  readonly mark: string;
  /** Which other pages there are to link to. */
  readonly has: { readonly answers: boolean; readonly incidents: boolean; readonly map: boolean };
};

/** The newest result of one service from one vantage, and what it stands for now. */
export type Cell = { readonly state: LaneState; readonly measurement?: MeasurementSummary };

/** A result counts as current until the second run after it is due. */
const CURRENT_INTERVALS = 2;

/**
 * The state that a result stands for at an instant: its verdict while current, then `no_data`. What is published with
 * a delay is current for as much longer.
 */
export function toCurrentState(
  measurement: MeasurementSummary | undefined,
  nowMs: number,
  vantage: Pick<StoredVantage, 'publishDelayMinutes'> = {},
): LaneState {
  if (measurement === undefined) return 'no_data';
  const { slotMs, verdict } = measurement;
  return nowMs < slotMs + toCurrentMs(measurement, vantage) ? verdict : 'no_data';
}

/** For how long after its slot began a result stands for the present. */
export function toCurrentMs(
  { intervalMs }: Pick<MeasurementSummary, 'intervalMs'>,
  vantage: Pick<StoredVantage, 'publishDelayMinutes'> = {},
): number {
  return CURRENT_INTERVALS * intervalMs + toDelayMs(vantage, intervalMs);
}

/** How long after its slot began a run of the vantage is shown at the earliest; 0 without a publication delay. */
export function toDelayMs(
  { publishDelayMinutes = 0 }: Pick<StoredVantage, 'publishDelayMinutes'>,
  intervalMs: number,
): number {
  return publishDelayMinutes === 0 ? 0 : publishDelayMinutes * 60_000 + intervalMs;
}

/** Finds the cell of a vantage and a service. */
export function findCell(data: BoardData, vantageId: string, service: string, nowMs: number): Cell {
  const measurement = data.latest.find(
    (candidate) => candidate.vantageId === vantageId && candidate.service === service,
  );
  const vantage = data.vantages.find(({ id }) => id === vantageId);
  const state = toCurrentState(measurement, nowMs, vantage);
  return measurement === undefined ? { state } : { state, measurement };
}

/** Vantages by country in the order of the language, controls left out. */
export function groupByCountry(
  vantages: readonly StoredVantage[],
  say: Say,
): [string, StoredVantage[]][] {
  const measured = vantages.filter((vantage) => vantage.role === 'vantage');
  const groups = Map.groupBy(measured, (vantage) => vantage.countryCode);
  return [...groups].toSorted(([a], [b]) =>
    formatCountry(a, say).localeCompare(formatCountry(b, say), say.locale),
  );
}

/** True for states in which something is kept from people. */
export function isRestricted(state: LaneState): boolean {
  return state === 'blocked' || state === 'likely_blocked' || state === 'impaired';
}
