/** The ledger as CSV: one line per announcement, service, country and network, or per restriction without announcement. */
import { LEDGER, UNANNOUNCED } from '../../db/dictionary/ledger.ts';
import type { LedgerContent } from '../../db/ledger-types.ts';
import { writeCsvTable } from './formats/csv.ts';
import { type LedgerOrigin, toLedgerRows, toUnannouncedRows } from './rows/ledger.ts';

/** Options of both files. */
export type CsvOptions = {
  readonly revision: number;
  /** True when the measured network is a simulation; every line says so. */
  readonly isSimulated: boolean;
  /** Guards text cells against being run as formulas; changes their bytes. */
  readonly isSafe?: boolean;
};

function toOrigin({ revision, isSimulated }: CsvOptions): LedgerOrigin {
  return { ledger_revision: revision, is_simulated: isSimulated };
}

/** Writes one line per announcement, service, country, phase and network. */
export function toLedgerCsv(
  { groups }: Pick<LedgerContent, 'groups'>,
  options: CsvOptions,
): string {
  return writeCsvTable(LEDGER, toLedgerRows(groups, toOrigin(options)), options.isSafe ?? false);
}

/** Writes one line per restriction that no announcement covers. */
export function toUnannouncedCsv(
  { unannounced }: Pick<LedgerContent, 'unannounced'>,
  options: CsvOptions,
): string {
  const rows = toUnannouncedRows(unannounced, toOrigin(options));
  return writeCsvTable(UNANNOUNCED, rows, options.isSafe ?? false);
}
