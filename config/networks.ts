/**
 * Names of networks by AS number, for operators who know only the number and for measurements of others.
 * An offline table (networks.tsv, which names its source); nothing is ever asked of anybody.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const TABLE_FILE = join(import.meta.dirname, 'networks.tsv');

/**
 * Name of the organisation behind an AS number, else `AS64500`, and `Unknown network` for 0.
 * The table is read each time: few names are ever asked for, and 400 KB would stay in memory.
 */
export function nameNetwork(asn: number): string {
  if (asn === 0) return 'Unknown network';
  const table = readFileSync(TABLE_FILE, 'utf8');
  const start = table.indexOf(`\n${asn}\t`);
  if (start < 0) return `AS${asn}`;
  return table.slice(table.indexOf('\t', start) + 1, table.indexOf('\n', start + 1));
}
