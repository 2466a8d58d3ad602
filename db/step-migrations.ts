/** Schemas of the small databases that stand beside the store: a list of steps, counted in `user_version`. */
import type Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/** Brings the tables up to date, in one transaction. @throws StoreError when a newer version wrote them. */
export function applySteps(
  database: Database.Database,
  file: string,
  steps: readonly string[],
): void {
  database
    .transaction(() => {
      const version = Number(database.pragma('user_version', { simple: true }));
      if (version > steps.length)
        throw new StoreError(
          'newer',
          file,
          `The file ${file} was written by a newer Reachline.`,
          'Start the newer Reachline that wrote it.',
        );
      for (const step of steps.slice(version)) database.exec(step);
      database.pragma(`user_version = ${steps.length}`);
    })
    .immediate();
}
