/** The append-only rows in the one form that their digests are made of: words instead of numbers, in a fixed order. */
import { type DigestField, digestEntry } from './chain.ts';

/** A verdict of a judgement in words: function, verdict, mechanism, confidence, rule. */
export type VerdictFields = readonly [string, string, string | null, string, string];

/** A judgement as it is stored. */
export type JudgementEntry = {
  readonly entry: number;
  readonly measurementEntry: number;
  readonly revision: number;
  readonly storedAtMs: number;
  readonly rulesetVersion: string;
  readonly dictionaryId: number;
  /** By function code. */
  readonly verdicts: readonly VerdictFields[];
  readonly content: Uint8Array;
};

/** A measurement as it is stored, with its evidence and first judgement. */
export type MeasurementEntry = {
  readonly entry: number;
  readonly storedAtMs: number;
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly seq: number;
  readonly intervalMs: number;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
  readonly loopDelayMs: number;
  readonly marks: number;
  /** Software version, probe version, schema version, config hash. */
  readonly provenance: readonly [string, string, number, string];
  readonly dictionaryId: number;
  readonly content: Uint8Array;
};

function judgementFields(judgement: JudgementEntry): DigestField[] {
  return [
    judgement.entry,
    judgement.measurementEntry,
    judgement.revision,
    judgement.storedAtMs,
    judgement.rulesetVersion,
    judgement.dictionaryId,
    ...judgement.verdicts.flat(),
  ];
}

/** Digest of a measurement together with its first judgement. */
export function digestMeasurement(row: MeasurementEntry, first: JudgementEntry): Buffer {
  return digestEntry(
    'measurement',
    [
      row.entry,
      row.storedAtMs,
      row.service,
      row.vantageId,
      row.slotMs,
      row.seq,
      row.intervalMs,
      row.startedAtMs,
      row.elapsedMs,
      row.loopDelayMs,
      row.marks,
      ...row.provenance,
      row.dictionaryId,
      ...judgementFields(first),
    ],
    [row.content, first.content],
  );
}

/** Digest of a later judgement. */
export function digestJudgement(row: JudgementEntry): Buffer {
  return digestEntry('judgement', judgementFields(row), [row.content]);
}

/** Digest of a certificate. */
export function digestCertificate(entry: number, storedAtMs: number, der: Uint8Array): Buffer {
  return digestEntry('certificate', [entry, storedAtMs], [der]);
}

/** Digest of a revision of a vantage or of an announcement; `name` is its public id. */
export function digestRevision(
  kind: 'vantage' | 'announcement',
  row: {
    readonly entry: number;
    readonly storedAtMs: number;
    readonly name: string;
    readonly revision: number;
    readonly author: string;
    readonly json: string;
  },
): Buffer {
  return digestEntry(kind, [
    row.entry,
    row.storedAtMs,
    row.name,
    row.revision,
    row.author,
    row.json,
  ]);
}

/** Digest of an event. */
export function digestEvent(row: {
  readonly entry: number;
  readonly storedAtMs: number;
  readonly atMs: number;
  readonly kind: string;
  readonly detail: string;
}): Buffer {
  return digestEntry('event', [row.entry, row.storedAtMs, row.atMs, row.kind, row.detail]);
}

/** Digest of an entry in the log of an incident. */
export function digestIncidentEntry(row: {
  readonly entry: number;
  readonly storedAtMs: number;
  readonly name: string;
  readonly kept: number | null;
  readonly atMs: number;
  readonly kind: string;
  readonly text: string;
  /** As JSON. */
  readonly measurementIds: string;
}): Buffer {
  return digestEntry('incident', [
    row.entry,
    row.storedAtMs,
    row.name,
    row.kept,
    row.atMs,
    row.kind,
    row.text,
    row.measurementIds,
  ]);
}
