/**
 * Writing batches of agents: each with its number inside one transaction, so that a batch is stored whole and once,
 * however often it is sent and in whatever order batches come.
 */
import type { BatchReceipt } from '../probes/agent/protocol.ts';
import type { Connection } from './connection.ts';
import { LaneTails } from './lane-tails.ts';
import { assertStorable, insertRun, type PackedRun } from './measurements.ts';

const DAY_MS = 86_400_000;

/** A batch as it came. */
export type BatchArrival = {
  readonly vantageId: string;
  /** From 1. */
  readonly sequence: number;
  /** Of the body as it was sent. */
  readonly bodySha256: Uint8Array;
  readonly receivedAtMs: number;
  /** How far the agent's clock was ahead of ours. */
  readonly clockOffsetMs: number;
  /** Rows that are not taken, by index in the batch, and why. */
  readonly refused: BatchReceipt['refused'];
};

/** The part of a receipt that is kept and given again. */
export type KeptReceipt = Pick<BatchReceipt, 'inserted' | 'duplicates' | 'refused'>;

/** What is known of a batch by its number. */
export type KnownBatch =
  /** The same one was stored before. */
  | { readonly kind: 'known'; readonly receipt: KeptReceipt }
  /** Another one was. */
  | { readonly kind: 'reused'; readonly nextSequence: number };

/** What came of a batch. */
export type BatchOutcome =
  | KnownBatch
  | {
      readonly kind: 'stored';
      readonly receipt: KeptReceipt;
      /** Of each run, in the order given. */
      readonly rows: readonly ('inserted' | 'duplicate')[];
    };

type BatchRow = { body_sha256: Buffer; receipt: string };

/** Looks a batch up by its number; undefined when it is new. */
export function findBatch(
  connection: Connection,
  { vantageId, sequence, bodySha256 }: Pick<BatchArrival, 'vantageId' | 'sequence' | 'bodySha256'>,
): KnownBatch | undefined {
  const vantage = connection.words.find('vantage', vantageId);
  if (vantage === undefined) return undefined;
  const row = connection
    .prepare<[number, number], BatchRow>(
      'SELECT body_sha256, receipt FROM agent_batch WHERE vantage_id = ? AND sequence = ?',
    )
    .get(vantage, sequence);
  if (!row) return undefined;
  if (row.body_sha256.equals(bodySha256))
    return { kind: 'known', receipt: JSON.parse(row.receipt) as KeptReceipt };
  const last = connection
    .prepare<[number], { sequence: number }>(
      'SELECT MAX(sequence) AS sequence FROM agent_batch WHERE vantage_id = ?',
    )
    .get(vantage);
  return { kind: 'reused', nextSequence: (last?.sequence ?? sequence) + 1 };
}

/** A batch with its runs. */
export type NewBatch = { readonly arrival: BatchArrival; readonly runs: readonly PackedRun[] };

/**
 * Stores batches in one transaction; on disk when this returns. Runs that are there already are left as they are, and
 * so is everything of a batch whose number was used before. Gives what came of each, in the same order.
 * @throws StoreError; then nothing of any of them is stored.
 */
export function insertBatches(
  connection: Connection,
  batches: readonly NewBatch[],
): BatchOutcome[] {
  for (const { runs } of batches) for (const { facts } of runs) assertStorable(facts);
  return connection.write(() =>
    batches.map(
      ({ arrival, runs }) =>
        findBatch(connection, arrival) ?? insertNewBatch(connection, arrival, runs),
    ),
  );
}

/** Inside a transaction: writes a batch whose number is new. */
function insertNewBatch(
  connection: Connection,
  arrival: BatchArrival,
  runs: readonly PackedRun[],
): BatchOutcome {
  // In order of time, which costs a tenth of taking each in where later ones are already.
  const rows: ('inserted' | 'duplicate')[] = [];
  const order = [...runs.entries()].toSorted(
    ([, a], [, b]) => a.facts.slotMs - b.facts.slotMs || a.facts.seq - b.facts.seq,
  );
  const tails = new LaneTails(connection);
  for (const [index, run] of order) rows[index] = insertRun(connection, run, tails);
  tails.flush();
  const inserted = rows.filter((row) => row === 'inserted').length;
  const receipt = { inserted, duplicates: rows.length - inserted, refused: arrival.refused };
  connection
    .prepare(
      `INSERT INTO agent_batch (vantage_id, sequence, body_sha256, received_at_ms, clock_offset_ms, receipt)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(
      connection.words.find('vantage', arrival.vantageId),
      arrival.sequence,
      arrival.bodySha256,
      arrival.receivedAtMs,
      arrival.clockOffsetMs,
      JSON.stringify(receipt),
    );
  forgetOld(connection, arrival);
  return { kind: 'stored', receipt, rows };
}

/** Runs of a batch that is older are refused for their age, so that its number need not be known any more. */
const MAX_BATCH_AGE_MS = 90 * DAY_MS;

/** Drops the receipts of long ago; the newest number of the vantage stays. */
function forgetOld(
  connection: Connection,
  { vantageId, sequence, receivedAtMs }: BatchArrival,
): void {
  connection
    .prepare('DELETE FROM agent_batch WHERE vantage_id = ? AND received_at_ms < ? AND sequence < ?')
    .run(connection.words.find('vantage', vantageId), receivedAtMs - MAX_BATCH_AGE_MS, sequence);
}

/** When an agent was last heard of. */
export type AgentArrival = {
  readonly vantageId: string;
  readonly receivedAtMs: number;
  readonly sequence: number;
  readonly clockOffsetMs: number;
};

/** The latest batch of each agent, by vantage. */
export function listArrivals(connection: Connection): AgentArrival[] {
  return connection
    .prepare<[], AgentArrival>(
      `SELECT v.name AS vantageId, MAX(b.received_at_ms) AS receivedAtMs, b.sequence,
         b.clock_offset_ms AS clockOffsetMs
       FROM agent_batch b JOIN vantage v ON v.id = b.vantage_id GROUP BY b.vantage_id ORDER BY v.name`,
    )
    .all();
}

/** The DER of a stored certificate. */
export function findCertificate(connection: Connection, sha256: string): Uint8Array | undefined {
  const row = connection
    .prepare<[Buffer], { der: Buffer }>('SELECT der FROM certificate WHERE sha256 = ?')
    .get(Buffer.from(sha256, 'hex'));
  return row && new Uint8Array(row.der);
}

/** A day of one service from one vantage. */
export type DayQuery = {
  readonly service: string;
  readonly vantageId: string;
  /** Start of the day. */
  readonly dayMs: number;
  /** Shortest interval that is a regular one. */
  readonly regularMs: number;
};

/** How many measurements have a slot on that day, and how many of them an interval that is not too short. */
export function countDay(
  connection: Connection,
  { service, vantageId, dayMs, regularMs }: DayQuery,
): { all: number; regular: number } {
  const { words } = connection;
  const ids = [words.find('service', service), words.find('vantage', vantageId)] as const;
  const row = connection
    .prepare<[number, number, number, number, number], { all: number; regular: number }>(
      `SELECT COUNT(*) AS "all", COUNT(*) FILTER (WHERE interval_ms >= ?) AS regular FROM measurement
       WHERE service_id = ? AND vantage_id = ? AND slot_ms >= ? AND slot_ms < ?`,
    )
    .get(regularMs, ids[0] ?? -1, ids[1] ?? -1, dayMs, dayMs + DAY_MS);
  return row ?? { all: 0, regular: 0 };
}
