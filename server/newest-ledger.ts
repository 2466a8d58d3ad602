/** The newest ledger, unpacked once per revision: every page about a place reads some of it. */

import type { AnnouncementEffect } from '../dashboard/pages/announcement-effect.ts';
import type { StoredLedger } from '../db/ledger.ts';
import type { LedgerGroup } from '../db/ledger-types.ts';
import type { HandlerDeps, ReadStore } from './contract.ts';

type LedgerStore = Pick<ReadStore, 'getLedger' | 'listLedgerRevisions'>;

/** By store, which lives as long as the server. */
const kept = new WeakMap<LedgerStore, StoredLedger>();

/** Reads the newest revision; undefined before the first. */
export function readNewestLedger(store: LedgerStore): StoredLedger | undefined {
  const [newest] = store.listLedgerRevisions({ limit: 1 });
  if (newest === undefined) return undefined;
  const known = kept.get(store);
  if (known?.revision === newest.revision) return known;
  const ledger = store.getLedger(newest.revision);
  if (ledger !== undefined) kept.set(store, ledger);
  return ledger;
}

/** Groups about a service in a country, newest announcement first. */
export function findGroups(
  ledger: StoredLedger,
  service: string,
  countryCode: string,
): LedgerGroup[] {
  return ledger.content.groups.filter(
    (group) => group.service === service && group.countryCode === countryCode,
  );
}

/** What the ledger says of one announcement. */
export function findEffect(
  announcementId: string,
  { store, config }: HandlerDeps,
): AnnouncementEffect {
  const ledger = readNewestLedger(store);
  return {
    ...(ledger === undefined ? {} : { revision: ledger.revision }),
    groups: (ledger?.content.groups ?? []).filter((one) => one.announcementId === announcementId),
    nameOf: new Map(config.services.map(({ id, name }) => [id, name])),
  };
}
