/**
 * What the ledger must say of the story, written by hand from what the networks did and what was announced, so that it
 * shares nothing with the code that builds ledgers. Instants are UTC and stand in the story; a network that did nothing
 * of its own has none.
 */
import type { LedgerOutcome, LedgerPhase } from '../../db/ledger-types.ts';
import type { FunctionId } from '../../probes/types.ts';

/** The outcome that a network earned, and the instant that it is about. */
export type ImposedOutcome = readonly [outcome: LedgerOutcome, at?: string];

/** One announcement, service and phase of the ledger. */
export type ImposedGroup = {
  readonly announcementId: string;
  readonly service: string;
  readonly phase: LedgerPhase;
  readonly networks: Readonly<Record<string, ImposedOutcome>>;
};

const VOLGA = 'ru-volga-fixed';
const NEVA = 'ru-neva-fixed';
const URAL = 'ru-ural-mobile';
const SIBERIA = 'ru-siberia-mobile';

function ofAll(outcome: ImposedOutcome): ImposedGroup['networks'] {
  return Object.fromEntries([VOLGA, NEVA, URAL, SIBERIA].map((id) => [id, outcome]));
}

function group(
  announcementId: string,
  service: string,
  networks: ImposedGroup['networks'],
  phase: LedgerPhase = 'restriction',
): ImposedGroup {
  return { announcementId, service, phase, networks };
}

const RULING = 'ru-court-2022-03-21-meta-ban';
const APPEAL = 'ru-court-2022-06-20-meta-appeal';
const REMOVAL = 'ru-rkn-2026-02-11-national-dns-removal';

/** By time of the announcement. */
export const IMPOSED_GROUPS: readonly ImposedGroup[] = [
  group('ru-rkn-2022-02-25-facebook-partial-restriction', 'facebook', {
    [VOLGA]: ['on_time', '2022-02-25T14:20'],
    [NEVA]: ['announced_not_measured'],
    [URAL]: ['on_time', '2022-02-26T07:40'],
    [SIBERIA]: ['announced_not_measured'],
  }),
  group('ru-rkn-2022-03-04-facebook-block', 'facebook', {
    [VOLGA]: ['on_time', '2022-03-04T16:40'],
    [NEVA]: ['on_time', '2022-03-04T19:15'],
    [URAL]: ['on_time', '2022-03-04T21:25'],
    [SIBERIA]: ['on_time', '2022-03-05T13:10'],
  }),
  group('ru-rkn-2022-03-11-instagram-block', 'instagram', {
    [VOLGA]: ['on_time', '2022-03-13T22:30'],
    [NEVA]: ['on_time', '2022-03-14T06:30'],
    // Four hours before it took effect, and after it was announced.
    [URAL]: ['on_time', '2022-03-13T17:00'],
    [SIBERIA]: ['late', '2022-03-15T03:50'],
  }),
  group('ru-2022-03-11-whatsapp-not-blocked', 'whatsapp', ofAll(['exemption_held']), 'exemption'),
  group(RULING, 'facebook', {
    [VOLGA]: ['already_restricted', '2022-03-04T16:40'],
    // Back ten minutes after the day of the ruling began in Moscow.
    [NEVA]: ['on_time', '2022-03-20T21:10'],
    [URAL]: ['already_restricted', '2022-03-04T21:25'],
    [SIBERIA]: ['already_restricted', '2022-03-05T13:10'],
  }),
  group(RULING, 'instagram', {
    [VOLGA]: ['already_restricted', '2022-03-13T22:30'],
    [NEVA]: ['already_restricted', '2022-03-14T06:30'],
    [URAL]: ['already_restricted', '2022-03-13T17:00'],
    [SIBERIA]: ['already_restricted', '2022-03-15T03:50'],
  }),
  group(RULING, 'whatsapp', ofAll(['exemption_held']), 'exemption'),
  // Nothing is measured in that summer.
  group(APPEAL, 'facebook', ofAll(['no_data'])),
  group(APPEAL, 'instagram', ofAll(['no_data'])),
  group(APPEAL, 'whatsapp', ofAll(['exemption_held']), 'exemption'),
  group('ru-rkn-2025-08-13-calls-restricted', 'whatsapp', {
    [VOLGA]: ['on_time', '2025-08-13T08:30'],
    [NEVA]: ['on_time', '2025-08-13T15:20'],
    [URAL]: ['on_time', '2025-08-14T05:40'],
    [SIBERIA]: ['late', '2025-08-15T18:10'],
  }),
  group('ru-rkn-2025-10-22-messengers-partly-restricted', 'whatsapp', {
    [VOLGA]: ['already_restricted', '2025-08-13T08:30'],
    [NEVA]: ['already_restricted', '2025-08-13T15:20'],
    [URAL]: ['already_restricted', '2025-08-14T05:40'],
    [SIBERIA]: ['already_restricted', '2025-08-15T18:10'],
  }),
  group(REMOVAL, 'facebook', {
    [VOLGA]: ['already_restricted', '2022-02-25T14:20'],
    [NEVA]: ['already_restricted', '2022-03-20T21:10'],
    [URAL]: ['already_restricted', '2022-02-26T07:40'],
    [SIBERIA]: ['already_restricted', '2022-03-05T13:10'],
  }),
  group(REMOVAL, 'instagram', {
    [VOLGA]: ['already_restricted', '2022-03-13T22:30'],
    [NEVA]: ['already_restricted', '2022-03-14T06:30'],
    [URAL]: ['already_restricted', '2022-03-13T17:00'],
    [SIBERIA]: ['already_restricted', '2022-03-15T03:50'],
  }),
  // Noticed, not announced: the reports name two days, and the removal may be a day older.
  group(REMOVAL, 'whatsapp', {
    [VOLGA]: ['time_uncertain', '2026-02-11T07:40'],
    [NEVA]: ['time_uncertain', '2026-02-11T07:40'],
    [URAL]: ['time_uncertain', '2026-02-12T06:50'],
    [SIBERIA]: ['time_uncertain', '2026-02-11T16:30'],
  }),
];

/** A restriction that nobody announced. */
export type ImposedUnannounced = {
  readonly service: string;
  readonly networkId: string;
  readonly part: FunctionId;
  readonly at: string;
};

const unannounced = (networkId: string, part: FunctionId, at: string): ImposedUnannounced => ({
  service: 'whatsapp',
  networkId,
  part,
  at,
});

/** Measured, never announced; by time. */
export const IMPOSED_UNANNOUNCED: readonly ImposedUnannounced[] = [
  unannounced(VOLGA, 'registration', '2025-10-22T09:10'),
  unannounced(URAL, 'registration', '2025-10-22T18:30'),
  unannounced(VOLGA, 'media', '2025-12-22T10:20'),
  unannounced(URAL, 'media', '2025-12-22T19:10'),
  unannounced(NEVA, 'media', '2025-12-23T15:30'),
];
