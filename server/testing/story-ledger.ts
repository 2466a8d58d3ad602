/** The ledger of the demo's story, for tests of the pages that show it. */
import type { Announcement } from '../../config/announcement.ts';
import type { LedgerContent } from '../../db/ledger-types.ts';
import { buildLedger } from '../analysis/ledger.ts';
import { LEDGER_RULES } from '../analysis/ledger-input.ts';
import { listStoryEpisodes } from '../analysis/testing/story-episodes.ts';
import type { SampleApp } from './sample-app.ts';

/** What a stored ledger rests on, where nothing asks for it. */
export const STORY_INPUTS = {
  announcements: [],
  episodesSha256: '',
  rulesVersion: LEDGER_RULES.version,
};

/** Builds the ledger of the story; `change` may alter the announcements before. */
export function buildStoryLedger(
  { config }: SampleApp,
  change: (announcement: Announcement) => Announcement = (one) => one,
): LedgerContent {
  return buildLedger({
    ...listStoryEpisodes(config.services),
    announcements: config.announcements.map(change),
    services: config.services,
    rules: LEDGER_RULES,
  });
}
