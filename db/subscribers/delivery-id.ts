/** Ids of deliveries: made of what they are about, so that the same thing is never told twice to the same person. */
import { hash } from 'node:crypto';

/** Characters of the ids of deliveries and messages, hexadecimal. */
export const ID_CHARACTERS = 32;

/** Id of the delivery of an event to a subscription: the same for ever. */
export function toDeliveryId(eventId: string, subscriptionId: string): string {
  return hash('sha256', `${eventId}\0${subscriptionId}`).slice(0, ID_CHARACTERS);
}
