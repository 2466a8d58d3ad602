/**
 * Judging stored evidence again under the rules of today. The old judgement stays as it is; the new one becomes a
 * further revision beside it, and lanes and counts follow in the same transaction.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { StoredMeasurement } from '../db/measurement-reader.ts';
import type { Store } from '../db/store.ts';
import type { Judgement, MeasurementJudgement } from '../probes/types.ts';
import { createStoredJudge, isSameContent } from './stored-judge.ts';

/** Which measurements to judge again. */
export type RejudgeQuery = {
  /** First slot, included. */
  readonly fromMs: number;
  /** Last slot, not included. */
  readonly toMs: number;
  readonly service?: string;
  readonly vantageId?: string;
};

export type RejudgeDeps = {
  /** Opened for writing, unless nothing is to be written. */
  readonly store: Store;
  readonly config: Config;
  readonly query: RejudgeQuery;
  /** True to look only: nothing is written. */
  readonly isDryRun: boolean;
  /** Ends the work after the batch in hand; what was judged until then is stored. */
  readonly signal: AbortSignal;
  /** @param share of the stretch of time that is done, 0 to 1 */
  readonly onProgress?: (share: number, judged: number) => void;
};

/** One way in which verdicts of the service changed. */
export type VerdictChange = {
  /** e.g. `blocked (tls.reset.sni)`. */
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** The first measurements in order of time. */
  readonly ids: readonly string[];
};

export type RejudgeReport = {
  readonly rulesetVersion: string;
  /** Measurements that were judged. */
  readonly judged: number;
  /** Whose newest judgement says the same under the same ruleset: left alone. */
  readonly unchanged: number;
  /** With the verdict and mechanism of before and another reason, rule, part or ruleset version. */
  readonly sameVerdict: number;
  /** Most frequent first. */
  readonly changes: readonly VerdictChange[];
  /** Of services or vantages that are not known any more. */
  readonly unknown: number;
  /** New revisions, written or, in a dry run, to be written. */
  readonly revisions: number;
  /** False when the signal ended it early. */
  readonly isComplete: boolean;
};

/** Measurements per transaction: few enough that a stop is quick, many enough that the disk is not what counts. */
const BATCH_SIZE = 200;
/** Ids that are shown of each change. */
const MAX_IDS = 3;

/** Judges what the query selects, newest first, and adds a revision where the result differs. */
export async function rejudge(deps: RejudgeDeps): Promise<RejudgeReport> {
  const { store, config, query, isDryRun, signal, onProgress } = deps;
  const judgeAgain = createStoredJudge(store, config);
  const tally = createTally(config.rules.rulesetVersion);
  let before: string | undefined;
  let isComplete = true;
  do {
    const { service, vantageId, ...range } = query;
    const page = store.listMeasurements({
      ...range,
      ...(service === undefined ? {} : { services: [service] }),
      ...(vantageId === undefined ? {} : { vantageIds: [vantageId] }),
      limit: BATCH_SIZE,
      ...(before === undefined ? {} : { before }),
    });
    const news: { id: string; judgement: MeasurementJudgement }[] = [];
    for (const { id } of page.rows) {
      const stored = store.getMeasurement(id);
      if (!stored) continue;
      const judgement = judgeAgain(stored);
      if (tally.add(stored, judgement) && judgement) news.push({ id, judgement });
    }
    if (!isDryRun && news.length > 0) store.addJudgements(news);
    before = page.nextCursor;
    const lastMs = page.rows.at(-1)?.slotMs ?? query.fromMs;
    const share = (query.toMs - lastMs) / Math.max(1, query.toMs - query.fromMs);
    onProgress?.(before === undefined ? 1 : share, tally.judged());
    // So that a signal is heard between two batches.
    await yieldToEvents();
    if (signal.aborted && before !== undefined) isComplete = false;
  } while (before !== undefined && isComplete);
  return tally.report(isComplete);
}

/** Counts what changes. `add` tells whether there is something new to be stored. */
function createTally(rulesetVersion: string) {
  const changes = new Map<string, { from: string; to: string; count: number; ids: string[] }>();
  let [judged, unchanged, sameVerdict, unknown] = [0, 0, 0, 0];
  return {
    judged: () => judged,
    add({ id, judgement: old }: StoredMeasurement, now: MeasurementJudgement | undefined): boolean {
      if (!now) {
        unknown += 1;
        return false;
      }
      judged += 1;
      if (isSameContent(old, now)) {
        unchanged += 1;
        return false;
      }
      const [from, to] = [describe(old.service), describe(now.service)];
      if (from === to) {
        sameVerdict += 1;
        return true;
      }
      const change = changes.get(`${from}\n${to}`) ?? { from, to, count: 0, ids: [] };
      change.count += 1;
      // They come newest first, and the first in time are shown.
      change.ids = [id, ...change.ids].slice(0, MAX_IDS);
      changes.set(`${from}\n${to}`, change);
      return true;
    },
    report: (isComplete: boolean): RejudgeReport => ({
      rulesetVersion,
      judged,
      unchanged,
      sameVerdict,
      changes: [...changes.values()].toSorted((a, b) => b.count - a.count),
      unknown,
      revisions: judged - unchanged,
      isComplete,
    }),
  };
}

function describe({ verdict, mechanism }: Judgement): string {
  return mechanism === undefined ? verdict : `${verdict} (${mechanism})`;
}
