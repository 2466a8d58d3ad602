/** Removes what a bulk folder no longer names: old snapshots and tables, and what a run that was ended left half written. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './manifest.ts';

/** Days are never looked at: what is there was given out, and stays. */
export function removeUnlisted(
  folder: string,
  { snapshots, table_revisions: tables, releases }: Manifest,
): void {
  const kept: Readonly<Record<string, readonly string[]>> = {
    snapshot: snapshots.map(({ path }) => path.split('/').at(-1) ?? ''),
    tables,
    releases: releases.map(({ month }) => month),
  };
  for (const [name, names] of Object.entries(kept)) {
    const place = join(folder, name);
    if (!existsSync(place)) continue;
    for (const one of readdirSync(place))
      if (!names.includes(one)) rmSync(join(place, one), { recursive: true, force: true });
  }
}
