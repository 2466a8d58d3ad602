/** What active subscriptions want, in rows: so that an event finds its subscribers by index. */
import type { SubscriberConnection } from './subscriber-connection.ts';
import type { SubscriptionFilter } from './subscription-types.ts';

/** Stands for every service, country and kind; 0 for every network. */
export const ANY = '';
export const ANY_ASN = 0;

/** Each table with its column. */
const TABLES = [
  ['subscription_service', 'service'],
  ['subscription_country', 'country_code'],
  ['subscription_asn', 'asn'],
  ['subscription_kind', 'kind'],
] as const;

/** Writes the rows of a subscription in place of those that were there, inside a transaction of the caller. */
export function writeWishes(
  connection: SubscriberConnection,
  number: number,
  filter: SubscriptionFilter,
): void {
  dropWishes(connection, number);
  const wanted: Readonly<Record<(typeof TABLES)[number][0], readonly (string | number)[]>> = {
    subscription_service: orAny(filter.services, ANY),
    subscription_country: orAny(filter.countryCodes, ANY),
    subscription_asn: orAny(filter.asns, ANY_ASN),
    subscription_kind: orAny(filter.kinds, ANY),
  };
  for (const [table, column] of TABLES)
    for (const value of new Set(wanted[table]))
      connection
        .prepare(`INSERT INTO ${table} (${column}, subscription) VALUES (?, ?)`)
        .run(value, number);
}

/** Takes a subscription out of the index. */
export function dropWishes(connection: SubscriberConnection, number: number): void {
  for (const [table] of TABLES)
    connection.prepare(`DELETE FROM ${table} WHERE subscription = ?`).run(number);
}

function orAny<T>(values: readonly T[], any: T): readonly T[] {
  return values.length === 0 ? [any] : values;
}
