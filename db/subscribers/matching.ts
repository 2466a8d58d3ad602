/** Which subscribers an event concerns: found by index, so that a national event does not read all of them. */
import { ALERT_SEVERITIES, type AlertEvent } from '../alert-types.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';
import type { QuietHours, SubscriptionMode } from './subscription-types.ts';
import { ANY, ANY_ASN } from './subscription-wishes.ts';

/** What of a subscription decides when it is told. */
export type MatchedSubscription = {
  /** Its place in the order of subscriptions. */
  readonly number: number;
  readonly id: string;
  readonly channel: string;
  readonly timeZone: string;
  readonly mode: SubscriptionMode;
  readonly quiet?: QuietHours;
};

type Wish = {
  readonly table: string;
  readonly column: string;
  readonly values: readonly (string | number)[];
};

/** The text and the values of the search; given apart so that its plan can be looked at. */
export function buildMatch(
  event: Pick<AlertEvent, 'services' | 'countryCodes' | 'asns' | 'kind' | 'severity'>,
  afterNumber: number,
  limit: number,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const wishes: readonly Wish[] = [
    { table: 'subscription_country', column: 'country_code', values: event.countryCodes },
    { table: 'subscription_service', column: 'service', values: event.services },
    { table: 'subscription_kind', column: 'kind', values: [event.kind] },
    { table: 'subscription_asn', column: 'asn', values: event.asns },
  ].filter(({ values }) => values.length > 0);
  // The first is searched, the others are looked up: places divide subscribers most.
  const [first, ...others] = wishes;
  if (first === undefined) throw new Error('an event has a kind');
  const among = ({ column, values }: Wish): string =>
    `${column} IN (?${', ?'.repeat(values.length)})`;
  const given = ({ table, values }: Wish): (string | number)[] => [
    table === 'subscription_asn' ? ANY_ASN : ANY,
    ...values,
  ];
  return {
    sql: `SELECT s.number, s.id, s.channel, s.time_zone, s.mode, s.quiet
      FROM ${first.table} w CROSS JOIN subscription s ON s.number = w.subscription
      WHERE w.${among(first)} AND w.subscription > ? AND s.min_severity <= ?
      ${others.map((wish) => `AND EXISTS (SELECT 1 FROM ${wish.table} o WHERE o.${among(wish)} AND o.subscription = s.number)`).join('\n      ')}
      GROUP BY s.number ORDER BY s.number LIMIT ?`,
    values: [
      ...given(first),
      afterNumber,
      ALERT_SEVERITIES.indexOf(event.severity),
      ...others.flatMap(given),
      limit,
    ],
  };
}

type Row = Omit<MatchedSubscription, 'timeZone' | 'quiet'> & {
  readonly time_zone: string;
  readonly quiet: string | null;
};

/** Active subscriptions that an event concerns, in order, from the one after `afterNumber` on. */
export function findSubscribers(
  connection: SubscriberConnection,
  event: AlertEvent,
  afterNumber: number,
  limit: number,
): MatchedSubscription[] {
  const { sql, values } = buildMatch(event, afterNumber, limit);
  return connection
    .prepare<readonly (string | number)[], Row>(sql)
    .all(...values)
    .map(({ time_zone: timeZone, quiet, ...row }) => ({
      ...row,
      timeZone,
      ...(quiet === null ? {} : { quiet: JSON.parse(quiet) as QuietHours }),
    }));
}
