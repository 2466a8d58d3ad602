/**
 * Builds the ledger from the store and keeps it there: called whenever announcements or episodes have changed.
 * A build that says what is stored already changes nothing, so calling it too often costs time alone.
 */
import { hash } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { toCanonicalJson } from '../db/announcements.ts';
import type { Store } from '../db/store.ts';
import { FUNCTIONS } from '../probes/types.ts';
import { buildLedger } from './analysis/ledger.ts';
import { toLedgerRules } from './analysis/ledger-input.ts';
import { toMeasuredParts } from './analysis/ledger-measured.ts';
import type { Episode } from './analysis/types.ts';

/** What a build reads, and where it writes. */
export type LedgerBuild = {
  readonly store: Pick<
    Store,
    'listAnnouncements' | 'listLanes' | 'listVantages' | 'range' | 'saveLedger'
  >;
  readonly config: Pick<Config, 'services' | 'rules'>;
  /** All episodes, of every service and vantage. */
  readonly episodes: readonly Episode[];
};

/** Gives a fixed order, so that the digest does not depend on the order of arrival. */
function sortEpisodes(episodes: readonly Episode[]): Episode[] {
  const keyOf = (one: Episode) => `${one.service} ${one.vantageId} ${one.function}`;
  return episodes.toSorted(
    (a, b) => keyOf(a).localeCompare(keyOf(b)) || a.onset.byMs - b.onset.byMs,
  );
}

/** Builds the ledger and stores it when it says something new. Takes some milliseconds per thousand spans of lanes. */
export function rebuildLedger({ store, config, episodes }: LedgerBuild): {
  readonly revision: number;
  readonly isNew: boolean;
} {
  const rules = toLedgerRules(config.rules.ledger);
  const stored = store.listAnnouncements();
  const { firstSlotMs = 0, lastUntilMs = 0 } = store.range();
  const lanes =
    firstSlotMs < lastUntilMs
      ? store.listLanes({
          functions: ['service', ...FUNCTIONS],
          fromMs: firstSlotMs,
          toMs: lastUntilMs,
        })
      : [];
  const controls = new Set(
    store.listVantages().flatMap(({ id, role }) => (role === 'control' ? [id] : [])),
  );
  const own = sortEpisodes(episodes.filter(({ vantageId }) => !controls.has(vantageId)));
  const content = buildLedger({
    announcements: stored.map(({ announcement }) => announcement),
    episodes: own,
    measured: toMeasuredParts(lanes),
    services: config.services,
    rules,
  });
  return store.saveLedger(content, {
    announcements: stored
      .map(({ announcement, revision }) => `${announcement.id}@${revision}`)
      .toSorted(),
    episodesSha256: hash('sha256', toCanonicalJson(own)),
    rulesVersion: rules.version,
  });
}
