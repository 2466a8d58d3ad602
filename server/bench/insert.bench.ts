/** The benchmark that lives beside the database code, in the words of this folder. */
import { benchInsert } from '../../db/insert.bench.ts';
import type { BenchResult, OnProgress } from './result.ts';

/** Storing measurements with evidence and rollups, against bare prepared statements that write the same rows. */
export async function runInsert(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  onProgress(0, 'storing');
  const { target, ...rest } = await benchInsert();
  return [{ ...rest, target: `ratio >= ${target}` }];
}
