/**
 * Holds what arrived in the mailbox of the demo against what was to be told: every event of the story once to each reader
 * who asked for it, and nothing else. Who asked for what is decided here anew, without the search of the outbox.
 */
import type { MailboxItem } from '../../dashboard/pages/mailbox-items.ts';
import { ALERT_SEVERITIES, type AlertEvent } from '../../db/alert-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { SubscriptionFilter } from '../../db/subscribers/subscription-types.ts';
import { toMailTag } from '../alerts/channels/email.ts';
import type { DeliveryRecord } from './delivery.ts';
import { DEMO_READERS, type DemoReader } from './demo-readers.ts';
import type { Line } from './verify-story.ts';

export type DeliveryComparison = {
  readonly lines: readonly Line[];
  readonly events: number;
  readonly messages: number;
};

/** What is compared. */
export type Delivered = {
  readonly record: DeliveryRecord;
  readonly items: readonly MailboxItem[];
  readonly incidents: readonly Incident[];
};

/** Compares; one line per reader and per difference. */
export function compareDelivery({ record, items, incidents }: Delivered): DeliveryComparison {
  const { events } = record;
  const strays = items.filter(({ owner }) => owner === 'others');
  return {
    lines: [
      ...compareTold(events, incidents),
      ...DEMO_READERS.flatMap((reader) => compareReader(reader, record, items)),
      {
        isRight: strays.length === 0,
        text: `messages to anybody else: ${strays.length}`,
      },
    ],
    events: events.length,
    messages: items.length,
  };
}

/** Each incident is told to have begun, and to have ended when it has. */
function compareTold(events: readonly AlertEvent[], incidents: readonly Incident[]): Line[] {
  const count = (kind: AlertEvent['kind'], id: string): number =>
    events.filter((event) => event.kind === kind && event.subject.id === id).length;
  return incidents.map(({ id, end }) => {
    const begun = count('incident_opened', id);
    const ended = count('incident_closed', id);
    const isOver = end !== undefined;
    return {
      isRight: begun === 1 && ended === Number(isOver),
      text: `${id}: told to have begun ${begun} times, to have ended ${ended} times, ${isOver ? 'is over' : 'goes on'}`,
    };
  });
}

function compareReader(
  { owner, filter }: DemoReader,
  record: DeliveryRecord,
  items: readonly MailboxItem[],
): Line[] {
  const wanted = new Set(
    record.events.filter((event) => isWanted(event, filter)).map(({ id }) => id),
  );
  const own = items.filter((item) => item.owner === owner);
  const told = new Map<string, number>();
  const differences: string[] = [];
  for (const item of own) {
    const ids = item.eventIds ?? findEvents(item, record, owner);
    if (ids.length === 0) differences.push(`message ${item.number} speaks of no event`);
    if (item.isSigned === false) differences.push(`request ${item.number} is not signed`);
    for (const id of ids) told.set(id, (told.get(id) ?? 0) + 1);
  }
  for (const id of wanted) if (!told.has(id)) differences.push(`${id} was not told`);
  for (const [id, times] of told) {
    if (times > 1) differences.push(`${id} was told ${times} times`);
    if (!wanted.has(id)) differences.push(`${id} was told and not asked for`);
  }
  const once = [...told].filter(([id, times]) => times === 1 && wanted.has(id)).length;
  return [
    {
      isRight: differences.length === 0 && wanted.size > 0,
      text: `${owner}: ${wanted.size} of ${record.events.length} events asked for, ${own.length} messages arrived, ${once} events told once`,
    },
    ...differences.map((text) => ({ isRight: false, text: `${owner}: ${text}` })),
  ];
}

/** The events of an e-mail, which names none: by its id, through the log of the outbox. */
function findEvents(
  { deliveryId }: MailboxItem,
  { deliveries, subscriptions }: DeliveryRecord,
  owner: DemoReader['owner'],
): string[] {
  const subscription = subscriptions.get(owner);
  return deliveries
    .filter(
      ({ messageId, subscriptionId }) =>
        subscriptionId === subscription && toMailTag(messageId ?? '') === deliveryId,
    )
    .map(({ eventId }) => eventId);
}

/** True when a choice has the event in it; an empty list stands for all, on either side. */
export function isWanted(event: AlertEvent, filter: SubscriptionFilter): boolean {
  const meet = <T>(wanted: readonly T[], given: readonly T[]): boolean =>
    wanted.length === 0 || given.length === 0 || given.some((one) => wanted.includes(one));
  return (
    meet(filter.services, event.services) &&
    meet(filter.countryCodes, event.countryCodes) &&
    meet(filter.asns, event.asns) &&
    meet(filter.kinds, [event.kind]) &&
    ALERT_SEVERITIES.indexOf(event.severity) >= ALERT_SEVERITIES.indexOf(filter.minSeverity)
  );
}
