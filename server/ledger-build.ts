/**
 * Builds the ledger from the store and keeps it there: called whenever announcements, incidents or what was measured have
 * changed. A build that says what is stored already changes nothing, so calling it too often costs time alone. Other
 * events go on between its pieces.
 */
import { createHash } from 'node:crypto';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { toCanonicalJson } from '../db/announcements.ts';
import type { Store } from '../db/store.ts';
import { buildLedger } from './analysis/ledger.ts';
import { type MeasuredPart, toLedgerRules } from './analysis/ledger-input.ts';
import { TELLING, toMeasuredParts } from './analysis/ledger-measured.ts';
import type { Episode } from './analysis/types.ts';

/** What a build reads, and where it writes. */
export type LedgerBuild = {
  readonly store: Pick<
    Store,
    'listAnnouncements' | 'listStateRanges' | 'listEpisodes' | 'listVantages' | 'saveLedger'
  >;
  readonly config: Pick<Config, 'services' | 'rules'>;
};

/** Episodes that are digested at once. */
const DIGEST_PIECE = 100;

/** Gives a fixed order, so that the digest does not depend on the order of arrival. */
function sortEpisodes(episodes: readonly Episode[]): Episode[] {
  const keyOf = (one: Episode) => `${one.service} ${one.vantageId} ${one.function}`;
  return episodes
    .map((one) => ({ one, key: keyOf(one) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.one.onset.byMs - b.one.onset.byMs))
    .map(({ one }) => one);
}

async function digest(episodes: readonly Episode[]): Promise<string> {
  const sum = createHash('sha256');
  for (const [index, episode] of episodes.entries()) {
    if (index % DIGEST_PIECE === 0) await yieldToEvents();
    sum.update(`${toCanonicalJson(episode)}\n`);
  }
  return sum.digest('hex');
}

/** Builds the ledger and stores it when it says something new. */
export async function rebuildLedger({ store, config }: LedgerBuild): Promise<{
  readonly revision: number;
  readonly isNew: boolean;
}> {
  const rules = toLedgerRules(config.rules.ledger);
  const vantages = store.listVantages().filter(({ role }) => role === 'vantage');
  const ids = new Set(vantages.map(({ id }) => id));
  const measured: MeasuredPart[] = [];
  const found: Episode[] = [];
  for (const { id: service } of config.services) {
    await yieldToEvents();
    found.push(...store.listEpisodes(service).filter(({ vantageId }) => ids.has(vantageId)));
    for (const vantage of vantages) {
      await yieldToEvents();
      const lanes = store.listStateRanges({ service, vantageId: vantage.id }, TELLING);
      measured.push(...toMeasuredParts(vantage, lanes));
    }
  }
  const episodes = sortEpisodes(found);
  const episodesSha256 = await digest(episodes);
  const stored = store.listAnnouncements();
  const content = buildLedger({
    announcements: stored.map(({ announcement }) => announcement),
    episodes,
    measured,
    services: config.services,
    rules,
  });
  await yieldToEvents();
  return store.saveLedger(content, {
    announcements: stored
      .map(({ announcement, revision }) => `${announcement.id}@${revision}`)
      .toSorted(),
    episodesSha256,
    rulesVersion: rules.version,
  });
}
