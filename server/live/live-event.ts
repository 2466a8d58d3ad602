/** What the stream tells, in its shortest form: at most 200 bytes of data each, since lines are slow where it matters. */
import type { Verdict } from '../../probes/types.ts';

/** A new verdict of a lane. */
export type LaneEvent = {
  /** `<service>/<vantage>/<part>`, e.g. `facebook/ru-volga-fixed/service`. */
  readonly lane: string;
  /** Slot of the run, epoch milliseconds; its verdict holds for [t, until). */
  readonly t: number;
  readonly until: number;
  /** When the run started; the slot where the vantage publishes with a delay. */
  readonly at: number;
  readonly verdict: Verdict;
  /** Which run of the slot, from 1: with lane and t it gives the id of the measurement. */
  readonly n: number;
};

/** A service that turned from one verdict to another on one network. */
export type ChangeEvent = Pick<LaneEvent, 'lane' | 't' | 'verdict' | 'n'> & {
  readonly from: Verdict;
};

/** Something new in the log of an incident, or in it before its log says so. */
export type IncidentEvent = {
  readonly incident: string;
  readonly t: number;
  /** As in the log, e.g. `opened`; `changed` while the log waits, and of what has no entry of its own. */
  readonly change: string;
};

/** Every kind of event with its data; `reset` asks to read the page anew. */
export type LiveEvents = {
  readonly lane: LaneEvent;
  readonly change: ChangeEvent;
  readonly incident: IncidentEvent;
  readonly reset: Readonly<Record<string, never>>;
};

/** Writes the lines of an event, without id and closing blank line. */
export function writeEvent<K extends keyof LiveEvents>(kind: K, data: LiveEvents[K]): string {
  return `event: ${kind}\ndata: ${JSON.stringify(data)}\n`;
}
