/** Rows of results per target, measurement by measurement. */
import { toBatch } from '../../../db/dictionary/batch.ts';
import { TARGETS } from '../../../db/dictionary/targets.ts';
import { createTargetReader } from '../../target-results.ts';
import { toBatchQuery } from './measurements.ts';
import { lets, type RowSource } from './source.ts';

export const listTargetBatches: RowSource = function* (context) {
  const { config, query, stored } = context;
  const read = createTargetReader(config.services);
  const batchQuery = toBatchQuery(context);
  for (const page of stored.readEvidenceBatches(batchQuery)) {
    const rows = page
      .flatMap((one) => read(one, batchQuery.cuts.has(one.vantage.id)))
      .filter(
        (row) =>
          query.functions === undefined || lets<string | null>(query.functions, row.function),
      );
    yield toBatch(TARGETS, rows);
  }
};
