/** The changes of the last day, as the board, its JSON and the site as tables show them. */
import type { Config } from '../config/schema.ts';
import type { Incident } from '../db/incident-types.ts';
import type { StateChange } from '../db/state-change-types.ts';
import { listStateChanges } from './analysis/state-changes.ts';
import type { ReadStore } from './contract.ts';
import { DAY_MS } from './query.ts';

/** Changes, newest first, and the incidents of that day that they come from. */
export function readRecent(
  store: Pick<ReadStore, 'listIncidents'>,
  { rules }: Pick<Config, 'rules'>,
  nowMs: number,
): { readonly changes: readonly StateChange[]; readonly incidents: readonly Incident[] } {
  const fromMs = nowMs - DAY_MS;
  const incidents = store.listIncidents({ fromMs });
  const episodes = incidents.flatMap((one) => one.episodes);
  return { changes: listStateChanges(episodes, fromMs, rules.detector), incidents };
}
