/** The store: everything that is kept, behind one object that owns the open database. */
import { existsSync, statSync } from 'node:fs';
import type { Announcement } from '../config/announcement.ts';
import type {
  LaneState,
  Measurement,
  MeasurementJudgement,
  Origin,
  Vantage,
} from '../probes/types.ts';
import type { AlertEvent, StoredAlert } from './alert-types.ts';
import {
  type AlertQuery,
  alertWatchSince,
  getAlert,
  insertAlerts,
  listAlerts,
  listAlertsAfter,
  listLastAlerts,
  type NewAlert,
  newestAlertSeq,
  startAlertWatch,
} from './alerts.ts';
import {
  getAnnouncement,
  listAnnouncements,
  type ReviewFilter,
  rederiveAnnouncements,
  type StoredAnnouncement,
  syncAnnouncements,
} from './announcements.ts';
import {
  type ChainHourSummary,
  type EventQuery,
  listChainHours,
  listEvents,
  noteDetectorRules,
  readDataVersion,
  readDetectorRules,
  recordEvent,
  type StoreEvent,
} from './audit.ts';
import { backupTo } from './backup.ts';
import type { MeasurementBatchQuery } from './batch-pages.ts';
import type { Connection } from './connection.ts';
import { type ControlQuery, findControls, listControlIds, listDoubtfulIds } from './controls.ts';
import type { Batch } from './dictionary/batch.ts';
import {
  type EvidenceQuery,
  type JudgedMeasurement,
  readEvidenceBatches,
} from './evidence-batches.ts';
import {
  hasOrigin,
  type ImportedRun,
  insertImports,
  listLicences,
  listRunsInOrder,
  type RunOrderPage,
  type RunOrderQuery,
  rebuildOrigins,
} from './imports.ts';
import { listIncidentLog, type StoredIncidentEntry } from './incident-log.ts';
import type { Episode, Incident } from './incident-types.ts';
import {
  getIncident,
  type IncidentChanges,
  type IncidentQuery,
  type IncidentUpdate,
  listEpisodes,
  listIncidents,
  updateIncidents,
} from './incidents.ts';
import {
  type AgentArrival,
  type BatchArrival,
  type BatchOutcome,
  countDay,
  type DayQuery,
  findBatch,
  findCertificate,
  insertBatches,
  type KnownBatch,
  listArrivals,
  type NewBatch,
} from './ingest.ts';
import { rebuildLanes } from './lane-rebuild.ts';
import {
  type LaneName,
  listRunLanes,
  listStateRanges,
  type RunPage,
  type RunQuery,
  readLaneRuns,
  type StateRanges,
} from './lane-runs.ts';
import {
  type Bucket,
  type FoundLane,
  findLanes,
  type Lane,
  type LaneKey,
  type LaneQuery,
  listBuckets,
  listLanes,
  measuredRange,
} from './lanes.ts';
import {
  getLedger,
  type LedgerInputs,
  type LedgerRevision,
  listLedgerRevisions,
  type StoredLedger,
  saveLedger,
} from './ledger.ts';
import type { LedgerContent } from './ledger-types.ts';
import { readLastStoredMs, readMeasurementBatches } from './measurement-batches.ts';
import {
  latestMeasurements,
  listMeasurements,
  type MeasurementPage,
  type MeasurementQuery,
  type MeasurementSummary,
} from './measurement-list.ts';
import { getMeasurement, type StoredMeasurement } from './measurement-reader.ts';
import { addJudgements, insertMeasurement, type NewJudgement } from './measurements.ts';
import { schemaVersion } from './migrate.ts';
import {
  findRunStart,
  getLaneMonth,
  getMonthVersion,
  type HourRow,
  type LaneMonth,
  listLaneHours,
  type MonthPart,
} from './month-runs.ts';
import { removePagesFile, writePagesFile } from './page-digests.ts';
import { listCoverage, type VantageCoverage, type VantageRange } from './vantage-coverage.ts';
import {
  countRunsFrom,
  getVantageHistory,
  type HistoryRange,
  type VantageHistory,
} from './vantage-facts.ts';
import { listVantages, type StoredVantage, syncVantages } from './vantages.ts';
import { verifyFile } from './verify.ts';
import type { VerifyProgress, VerifyReport } from './verify-report.ts';

/** A few figures about the store. */
export type StoreHealth = {
  readonly measurements: number;
  /** Slot of the newest measurement. */
  readonly lastMeasuredMs?: number;
  readonly databaseBytes: number;
  readonly schemaVersion: number;
};

/** Digests of a larger file would keep a stopping server for more than about a second (5 µs per page of 4 KiB). */
const MAX_DIGESTED_BYTES = 768 * 1024 * 1024;

/** All reads and writes; made by `openStore`. Close it, or let `using` do so. */
export class Store {
  readonly #connection: Connection;
  readonly #releaseLock: () => void;
  #isClosed = false;

  constructor(connection: Connection, releaseLock: () => void) {
    this.#connection = connection;
    this.#releaseLock = releaseLock;
  }

  /** The database file. */
  get file(): string {
    return this.#connection.file;
  }

  /** Adds new vantages, and a revision of each that changed. */
  syncVantages(vantages: readonly Vantage[]): void {
    syncVantages(this.#connection, vantages);
  }

  /** All vantages by id. */
  listVantages(): StoredVantage[] {
    return listVantages(this.#connection);
  }

  /** How much each vantage measured in a range, by id. */
  listCoverage(range: VantageRange): VantageCoverage[] {
    return listCoverage(this.#connection, range);
  }

  /** Silences, revisions, marks and clock of a vantage in a range; undefined when there is no such vantage. */
  getVantageHistory(id: string, range: HistoryRange): VantageHistory | undefined {
    return getVantageHistory(this.#connection, id, range);
  }

  /** How many runs of a vantage have a slot from `fromMs` on. */
  countRunsFrom(id: string, fromMs: number): number {
    return countRunsFrom(this.#connection, id, fromMs);
  }

  /** Stores a run with everything derived of it; on disk when this returns. */
  insertMeasurement(
    measurement: Measurement,
    judgement: MeasurementJudgement,
  ): 'inserted' | 'duplicate' {
    return insertMeasurement(this.#connection, measurement, judgement);
  }

  /** Stores runs of others, all or none, each under the next free number of its slot; a name known already is left alone. */
  insertImports(runs: readonly ImportedRun[]): ('inserted' | 'duplicate')[] {
    return insertImports(this.#connection, runs);
  }

  /** Tells whether a measurement of others is stored under its name there, for one service or for any. */
  hasOrigin(origin: Pick<Origin, 'provider' | 'reference'>, service?: string): boolean {
    return hasOrigin(this.#connection, origin, service);
  }

  /** Ids of runs, oldest slot first. */
  listRunsInOrder(query: RunOrderQuery): RunOrderPage {
    return listRunsInOrder(this.#connection, query);
  }

  /** Stores batches of agents, all of them or none; on disk when this returns. */
  insertBatches(batches: readonly NewBatch[]): BatchOutcome[] {
    return insertBatches(this.#connection, batches);
  }

  /** How many measurements of a service and a vantage a day has. */
  countDay(query: DayQuery): { all: number; regular: number } {
    return countDay(this.#connection, query);
  }

  /** What is known of a batch by its number. */
  findBatch(
    batch: Pick<BatchArrival, 'vantageId' | 'sequence' | 'bodySha256'>,
  ): KnownBatch | undefined {
    return findBatch(this.#connection, batch);
  }

  /** The latest batch of each agent. */
  listArrivals(): AgentArrival[] {
    return listArrivals(this.#connection);
  }

  /** The DER of a stored certificate by its SHA-256 in hex. */
  findCertificate(sha256: string): Uint8Array | undefined {
    return findCertificate(this.#connection, sha256);
  }

  /** Adds a judgement of a stored run, in force from now on; gives its revision, or undefined when there is no such run. */
  addJudgement(id: string, judgement: MeasurementJudgement): number | undefined {
    return addJudgements(this.#connection, [{ id, judgement }])[0];
  }

  /** Adds judgements of several runs, all or none; gives their revisions in the same order. */
  addJudgements(judgements: readonly NewJudgement[]): (number | undefined)[] {
    return addJudgements(this.#connection, judgements);
  }

  /** One run with its evidence, judgements and neighbours. */
  getMeasurement(id: string): StoredMeasurement | undefined {
    return getMeasurement(this.#connection, id);
  }

  /** Ids of the control runs that a run may be compared with, the nearest in time first. */
  listControlIds(run: ControlQuery, windowMs: number): string[] {
    return listControlIds(this.#connection, run, windowMs);
  }

  /** The control runs that a run may be compared with, the nearest in time first. */
  findControls(run: ControlQuery, windowMs: number): StoredMeasurement[] {
    return findControls(this.#connection, run, windowMs);
  }

  /** Ids of the runs, other than ok, that a control run may say something of; oldest slot first. */
  listDoubtfulIds(control: ControlQuery, windowMs: number): string[] {
    return listDoubtfulIds(this.#connection, control, windowMs);
  }

  /** Runs in short, newest slot first. */
  listMeasurements(query: MeasurementQuery): MeasurementPage {
    return listMeasurements(this.#connection, query);
  }

  /** The newest run of every service and vantage. */
  latestMeasurements(): MeasurementSummary[] {
    return latestMeasurements(this.#connection);
  }

  /** Lanes with their spans, by service, vantage and function. */
  listLanes(query: LaneQuery): Lane[] {
    return listLanes(this.#connection, query);
  }

  /** Counts per verdict and hour or day of each lane. */
  listBuckets(
    query: LaneQuery & { readonly resolution: 'hour' | 'day' },
  ): (LaneKey & { readonly buckets: readonly Bucket[] })[] {
    return listBuckets(this.#connection, query);
  }

  /** Which lanes there are, by service, vantage and function. */
  findLanes(query: Omit<LaneQuery, 'fromMs' | 'toMs'>): FoundLane[] {
    return findLanes(this.#connection, query);
  }

  /** The runs of one lane in a month, in codes, as if there were nothing from `shownUntilMs` on. */
  getLaneMonth(lane: FoundLane, part: MonthPart, shownUntilMs?: number): LaneMonth {
    return getLaneMonth(this.#connection, lane, part, shownUntilMs);
  }

  /** Counts per hour of one lane in a month, in codes. */
  listLaneHours(lane: FoundLane, part: MonthPart): HourRow[] {
    return listLaneHours(this.#connection, lane, part);
  }

  /** The first measurement of the run that is under way at an instant and began before it. */
  findRunStart(lane: FoundLane, atMs: number): ReturnType<typeof findRunStart> {
    return findRunStart(this.#connection, lane, atMs);
  }

  /** Another value whenever the month of a lane may read differently, while the process runs. */
  getMonthVersion(lane: FoundLane, part: MonthPart): string {
    return String(getMonthVersion(this.#connection, lane, part));
  }

  /** The words of mechanisms by their codes, which never change. */
  listMechanismCodes(): Readonly<Record<number, string>> {
    const { names, toCode } = this.#connection.codes.mechanism;
    return Object.fromEntries(names.map((name) => [toCode(name), name]));
  }

  /** From the first slot to the end of the newest span; empty when nothing was measured. */
  range(): { readonly firstSlotMs?: number; readonly lastUntilMs?: number } {
    return measuredRange(this.#connection);
  }

  /** Brings the stored records up to the given ones; others stay as they are. */
  syncAnnouncements(announcements: readonly Announcement[]): {
    inserted: number;
    updated: number;
    unchanged: number;
  } {
    return syncAnnouncements(this.#connection, announcements);
  }

  /** All records by the earliest time of their announcement; those not reviewed only when asked for. */
  listAnnouncements(filter?: ReviewFilter): StoredAnnouncement[] {
    return listAnnouncements(this.#connection, filter);
  }

  /** One record by its id; one that is not reviewed only when asked for. */
  getAnnouncement(id: string, filter?: ReviewFilter): StoredAnnouncement | undefined {
    return getAnnouncement(this.#connection, id, filter);
  }

  /** Lanes of one service that hold anything. */
  listRunLanes(service: string): LaneName[] {
    return listRunLanes(this.#connection, service);
  }

  /** The next runs of equal rounds of one lane, for the detector. */
  readLaneRuns(query: RunQuery): RunPage {
    return readLaneRuns(this.#connection, query);
  }

  /** When the lanes of a service at a vantage were in any of some states. */
  listStateRanges(
    lane: Pick<LaneName, 'service' | 'vantageId'>,
    states: readonly LaneState[],
  ): StateRanges[] {
    return listStateRanges(this.#connection, lane, states);
  }

  /** Restrictions of all incidents of a service, without their logs. */
  listEpisodes(service: string): Episode[] {
    return listEpisodes(this.#connection, service);
  }

  /** Incidents with everything concluded of them, newest onset first. */
  listIncidents(query?: IncidentQuery): Incident[] {
    return listIncidents(this.#connection, query);
  }

  /** One incident with everything concluded of it. */
  getIncident(id: string): Incident | undefined {
    return getIncident(this.#connection, id);
  }

  /** Everything ever concluded of an incident, also of one that was withdrawn; empty when there never was one. */
  listIncidentLog(id: string): StoredIncidentEntry[] {
    return listIncidentLog(this.#connection, id);
  }

  /** Puts derived incidents in place of the stored ones and adds to their logs; on disk when this returns. */
  updateIncidents(update: IncidentUpdate): IncidentChanges {
    return updateIncidents(this.#connection, update);
  }

  /** Stores the events that are new and gives them; on disk when this returns. */
  insertAlerts(alerts: readonly NewAlert[]): StoredAlert[] {
    return insertAlerts(this.#connection, alerts);
  }

  /** Events, newest first. */
  listAlerts(query: AlertQuery): StoredAlert[] {
    return listAlerts(this.#connection, query);
  }

  /** Events to be sent that became known after another, in that order. */
  listAlertsAfter(seq: number, limit: number): StoredAlert[] {
    return listAlertsAfter(this.#connection, seq, limit);
  }

  /** Place of the newest event; 0 when there is none. */
  newestAlertSeq(): number {
    return newestAlertSeq(this.#connection);
  }

  /** One event by its id. */
  getAlert(id: string): StoredAlert | undefined {
    return getAlert(this.#connection, id);
  }

  /** The last event about each subject of a kind, by the subject's id. */
  listLastAlerts(subjectKind: AlertEvent['subject']['kind']): Map<string, StoredAlert> {
    return listLastAlerts(this.#connection, subjectKind);
  }

  /** Since when events are watched for; undefined before `startAlertWatch`. */
  alertWatchSince(): number | undefined {
    return alertWatchSince(this.#connection);
  }

  /** Makes what comes from now on news. */
  startAlertWatch(): void {
    startAlertWatch(this.#connection);
  }

  /** Stores a ledger when it says something new; gives the revision that holds it. */
  saveLedger(
    content: LedgerContent,
    inputs: LedgerInputs,
  ): { readonly revision: number; readonly isNew: boolean } {
    return saveLedger(this.#connection, content, inputs);
  }

  /** One revision of the ledger, the newest unless told; undefined when it was never built. */
  getLedger(revision?: number): StoredLedger | undefined {
    return getLedger(this.#connection, revision);
  }

  /** Revisions of the ledger without their content, newest first. */
  listLedgerRevisions(query: { limit: number }): LedgerRevision[] {
    return listLedgerRevisions(this.#connection, query);
  }

  /** Records what happened to the process. */
  recordEvent(event: StoreEvent): void {
    recordEvent(this.#connection, event);
  }

  /** Notes the numbers of the detector, as JSON, when they are others than before. */
  noteDetectorRules(rules: string): void {
    noteDetectorRules(this.#connection, rules);
  }

  /** The numbers of the detector that were noted last, as JSON. */
  detectorRules(): string | undefined {
    return readDetectorRules(this.#connection);
  }

  /** Events, newest first. */
  listEvents(query: EventQuery): StoreEvent[] {
    return listEvents(this.#connection, query);
  }

  /** Hours of the hash chain, newest first. */
  listChainHours(query: { limit: number }): ChainHourSummary[] {
    return listChainHours(this.#connection, query);
  }

  /** Measurements for exports, lane by lane in order of their slots; each batch is a read of its own. */
  readMeasurementBatches(query: MeasurementBatchQuery): Generator<Batch> {
    return readMeasurementBatches(this.#connection, query);
  }

  /** Measurements with their evidence, for exports; each page is a read of its own. */
  readEvidenceBatches(query: EvidenceQuery): Generator<JudgedMeasurement[]> {
    return readEvidenceBatches(this.#connection, query);
  }

  /** Licences of what others measured, by lane; empty for what is ours alone. */
  listLicences(lane: { readonly service: string; readonly vantageId: string }): string[] {
    return listLicences(this.#connection, lane);
  }

  /** When anything that a revision has was stored last; 0 in an empty store. */
  lastStoredMs(): number {
    return readLastStoredMs(this.#connection);
  }

  /** Grows with every write that changes what can be read. */
  dataVersion(): number {
    return readDataVersion(this.#connection);
  }

  /** Count, newest slot, size and schema. */
  health(): StoreHealth {
    const connection = this.#connection;
    const row = connection
      .prepare<[], { measurements: number; last: number | null }>(
        'SELECT (SELECT COUNT(*) FROM evidence) AS measurements, (SELECT MAX(slot_ms) FROM measurement) AS last',
      )
      .get();
    const databaseBytes = [this.file, `${this.file}-wal`]
      .filter((file) => existsSync(file))
      .reduce((sum, file) => sum + statSync(file).size, 0);
    return {
      measurements: row?.measurements ?? 0,
      ...(row?.last == null ? {} : { lastMeasuredMs: row.last }),
      databaseBytes,
      schemaVersion: schemaVersion(connection.database),
    };
  }

  /** Checks the whole database on a connection of its own. Never throws; takes about a second per 100 MB. */
  verify(options: { readonly onProgress?: VerifyProgress } = {}): VerifyReport {
    return verifyFile(this.file, { clock: this.#connection.clock, ...options });
  }

  /** Makes everything derived again: lanes, spans and buckets, and the searched columns of announcements. */
  rebuild(): void {
    this.#connection.write(() => {
      rebuildLanes(this.#connection);
      rebuildOrigins(this.#connection);
      rederiveAnnouncements(this.#connection);
    });
    const atMs = this.#connection.clock.nowMs();
    this.recordEvent({ atMs, kind: 'rebuilt', detail: '' });
  }

  /** Copies the database to another file while it is in use. */
  backupTo(file: string): Promise<void> {
    return backupTo(this.#connection, file);
  }

  /** Closes the database and writes its page digests. Does nothing the second time. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { mode, database, file } = this.#connection;
    try {
      if (mode === 'write') database.pragma('wal_checkpoint(TRUNCATE)');
      this.#connection.close();
      if (mode === 'write' && isComplete(file)) addPagesFile(file);
    } finally {
      this.#releaseLock();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** True when the file alone holds everything, and is small enough to be digested on the way out. */
function isComplete(file: string): boolean {
  const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
  const database = statSync(file, { throwIfNoEntry: false });
  const isInFile = log === undefined || log.size === 0;
  return isInFile && database !== undefined && database.size <= MAX_DIGESTED_BYTES;
}

function addPagesFile(file: string): void {
  try {
    writePagesFile(file);
  } catch {
    // Everything is stored; without the digests, for want of room perhaps, `verify` says that it has none.
    removePagesFile(file);
  }
}
