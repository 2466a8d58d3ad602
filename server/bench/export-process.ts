/** One export, or the bare loop beside it, in a process of its own: says rows, processor time and the most memory it had. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { openDatabase } from '../../db/connection.ts';
import { createExporter } from '../exports/export-thread.ts';
import { isFormatName } from '../exports/formats/formats.ts';
import { toPastConfig } from '../past/answer-past.ts';

/** What the process prints, as JSON. */
export type ExportRun = {
  readonly rows: number;
  /** Of processor time, all threads: niceness and other work do not count. */
  readonly cpuSeconds: number;
  readonly peakMib: number;
  readonly bytes: number;
};

/** The last instant that Date knows. */
const LAST_MS = 8.64e15;
/** Pieces that are put together before they are encoded, as any writer does. */
const CHUNK_CHARACTERS = 64 * 1024;

const STAMP = "strftime('%Y%m%dT%H%M%SZ', m.slot_ms / 1000, 'unixepoch')";
const iso = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

/** Lines with the same columns and values as ours, built by SQLite. */
const BARE_SQL = `
  SELECT concat_ws(',', s.name || '.' || n.name || '.' || ${STAMP}, n.name || '.' || ${STAMP}, s.name, n.name,
    r.json ->> 'countryCode', r.json ->> 'asn', r.json ->> 'networkName', r.json ->> 'access', r.json ->> 'kind',
    r.json ->> 'role', ${iso('m.slot_ms')}, m.seq, m.interval_ms, ${iso('m.started_at_ms')}, m.elapsed_ms,
    m.loop_delay_ms, 'simulated', cv.name, COALESCE(cm.name, ''), cc.name, u.name, '', '', '', '', '', '', '',
    COALESCE(j.ruleset_id, ''), COALESCE(j.revision, 1), COALESCE(o.provider, ''), COALESCE(o.licence, 'CC-BY-4.0'),
    COALESCE(o.reference, ''), p.software_version, p.probe_version, p.schema_version, p.config_hash) || char(13, 10)
  FROM measurement m
  JOIN judgement_verdict v ON v.function = 0 AND v.judgement_entry = COALESCE((SELECT MAX(again.entry)
    FROM judgement again WHERE again.measurement_entry = m.entry AND again.revision > 1), m.entry)
  LEFT JOIN judgement j ON j.entry = v.judgement_entry
  LEFT JOIN measurement_origin o ON o.entry = m.entry
  JOIN service s ON s.id = m.service_id
  JOIN vantage n ON n.id = m.vantage_id
  JOIN vantage_revision r ON r.vantage_id = m.vantage_id AND r.revision = 1
  JOIN code_verdict cv ON cv.code = v.verdict
  LEFT JOIN code_mechanism cm ON cm.code = v.mechanism
  JOIN code_confidence cc ON cc.code = v.confidence
  JOIN rule u ON u.id = v.rule_id
  JOIN provenance p ON p.id = m.provenance_id
  WHERE m.slot_ms >= ? ORDER BY m.service_id, m.vantage_id, m.slot_ms, m.seq`;

/** The same rows as the numbers that are stored: the most that any loop over them can do. */
const RAW_SQL = `
  SELECT concat_ws(',', m.service_id, m.vantage_id, m.slot_ms, m.seq, m.interval_ms, m.started_at_ms, m.elapsed_ms,
    m.loop_delay_ms, m.marks, v.verdict, v.mechanism, v.confidence, v.rule_id, m.provenance_id) || char(13, 10)
  FROM measurement m
  JOIN judgement_verdict v ON v.function = 0 AND v.judgement_entry = m.entry
  WHERE m.slot_ms >= ? ORDER BY m.service_id, m.vantage_id, m.slot_ms, m.seq`;

function runBare(file: string, fromMs: number, sql: string): Pick<ExportRun, 'rows' | 'bytes'> {
  const database = openDatabase(file, 'read');
  const lines = database.prepare<[number], string>(sql).pluck().iterate(fromMs);
  let [rows, bytes, text] = [0, 0, ''];
  for (const line of lines) {
    rows += 1;
    text += line;
    if (text.length < CHUNK_CHARACTERS) continue;
    bytes += Buffer.from(text).byteLength;
    text = '';
  }
  database.close();
  return { rows, bytes: bytes + Buffer.byteLength(text) };
}

async function runExport(
  file: string,
  fromMs: number,
  format: string,
): Promise<Pick<ExportRun, 'bytes'>> {
  if (!isFormatName(format)) throw new Error(`no form ${format}`);
  const config = loadConfig({
    file: join(import.meta.dirname, '../../config/reachline.yaml'),
  });
  const nowMs = Date.now();
  const stream = createExporter().open({
    storeFile: file,
    config: toPastConfig(config),
    coding: 'identity',
    work: {
      kind: 'table',
      job: {
        resource: 'measurements',
        format,
        isSafe: true,
        isSimulated: true,
        citation: '',
        nowMs,
        query: {
          fromMs,
          toMs: Number.MAX_SAFE_INTEGER,
          revisionMs: LAST_MS,
          isOwnOnly: false,
          bucket: 'day',
        },
      },
    },
  });
  let bytes = 0;
  for await (const piece of stream ?? []) bytes += piece.byteLength;
  return { bytes };
}

/** Of this process alone: what the runtime tells begins with that of the parent. */
function readPeakMib(): number {
  const [, kib] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kib) / 1_024;
}

async function main([kind = '', file = '', from = '0']: readonly string[]): Promise<void> {
  const before = process.cpuUsage();
  const fromMs = Number(from);
  const done =
    kind === 'bare' || kind === 'raw'
      ? runBare(file, fromMs, kind === 'bare' ? BARE_SQL : RAW_SQL)
      : { rows: 0, ...(await runExport(file, fromMs, kind)) };
  const used = process.cpuUsage(before);
  const run: ExportRun = {
    ...done,
    cpuSeconds: (used.user + used.system) / 1e6,
    peakMib: readPeakMib(),
  };
  process.stdout.write(JSON.stringify(run));
}

await main(process.argv.slice(2));
