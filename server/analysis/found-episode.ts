/** What is found of one lane: a restriction with the instants at which each thing about it was known. */
import type { Mechanism } from '../../probes/types.ts';
import type { FoundLevel } from './levels.ts';
import type { Episode } from './types.ts';

/** A time in which a lane changes too often to say whether it is restricted. */
export type Unstable = {
  readonly fromMs: number;
  /** The round that was one change too many. */
  readonly fromId: string;
  /** Absent while it goes on. */
  readonly untilMs?: number;
  /** The round of the last change. */
  readonly lastId: string;
  /** Changes so far, those included that made it unstable. */
  readonly changes: number;
};

/** A restriction with the instants at which each thing about it was known. */
export type FoundEpisode = {
  readonly episode: Episode;
  /** Time between rounds when it began. */
  readonly stepMs: number;
  /** Slot of the round that opened it, and its measurement. */
  readonly openedAtMs: number;
  readonly openedById: string;
  /** Changes of how far it reaches, the first known as it opened or later. */
  readonly levels: readonly FoundLevel[];
  /** Changes of mechanism, the first as it opened. */
  readonly mechanisms: readonly {
    readonly mechanism: Mechanism;
    readonly knownAtMs: number;
    readonly measurementId: string;
  }[];
  readonly unstable: readonly Unstable[];
  readonly closedAtMs?: number;
  readonly closedById?: string;
};
