/**
 * What the courier wants of the place where measurements wait: batches that keep their number and their bytes until
 * they are acknowledged, however often the process dies in between. The spool of db/ is such a place.
 */
import type { Batch } from './batch.ts';
import type { BatchReceipt } from './protocol.ts';

/** Bounds of the next batch. */
export type BatchBounds = {
  readonly maxMeasurements: number;
  /** Of evidence and certificates together; a single measurement may be longer. */
  readonly maxBytes: number;
  readonly maxCertificates: number;
};

/** The oldest measurements that wait, not numbered yet. */
export type NextBatch = { readonly rowIds: readonly number[]; readonly batch: Batch };

/** A batch with its number: the same number never stands for other bytes. */
export type SealedBatch = {
  readonly sequence: number;
  readonly body: Uint8Array;
  readonly count: number;
};

/** A measurement that will not be sent again, for the log. */
export type DroppedRow = {
  readonly service: string;
  readonly slotMs: number;
  readonly seq: number;
  readonly reason: string;
};

/** What a receipt means for the outbox. */
export type Acknowledgement = {
  readonly sequence: number;
  readonly refused: BatchReceipt['refused'];
  /** Wall clock of the agent when the receipt came. */
  readonly atMs: number;
  /** How far the agent's clock is ahead of the server's. */
  readonly clockOffsetMs: number;
};

/** Where measurements wait. Every change is on disk when its method returns. */
export type Outbox = {
  /** Measurements that were not acknowledged, with those of a sealed batch. */
  readonly countPending: () => number;
  /** The batch under way; there is at most one. */
  readonly getSealed: () => SealedBatch | undefined;
  /** The oldest that wait; undefined when none do. */
  readonly takeNext: (bounds: BatchBounds) => NextBatch | undefined;
  /** Gives the next number to these bytes. */
  readonly seal: (rowIds: readonly number[], body: Uint8Array) => SealedBatch;
  /** Forgets what arrived. Gives what was refused and is not sent again. */
  readonly acknowledge: (told: Acknowledgement) => readonly DroppedRow[];
  /** Takes a batch apart; its number is not used again, nor any below `nextSequence`. */
  readonly dissolve: (sequence: number, nextSequence?: number) => void;
  /** Takes a batch apart and keeps its measurements out of the following ones. */
  readonly setAside: (sequence: number) => void;
  /** Forgets what was set aside. */
  readonly dropAside: () => readonly DroppedRow[];
  /** Lets what was set aside wait with the others again. */
  readonly restoreAside: () => void;
};
