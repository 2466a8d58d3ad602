/** What the mailbox of the demo holds, as its pages show it. */

/** Path of the list; a message is behind it by its number. */
export const MAILBOX_PATH = '/demo/mailbox';

/** The mailboxes of the demo: one per reader, and what visitors of the demo asked for. */
export const MAILBOX_OWNERS = ['en', 'ru', 'uk', 'webhook', 'others'] as const;
export type MailboxOwner = (typeof MAILBOX_OWNERS)[number];

/** One e-mail or one request, as a line of the list. */
export type MailboxItem = {
  /** Place in the order in which they came, from 1. */
  readonly number: number;
  readonly owner: MailboxOwner;
  /** By the clock of the demo, in whole seconds. */
  readonly receivedAtMs: number;
  readonly subject: string;
  readonly to: string;
  /** Language of the message, when it says one. */
  readonly language?: string;
  /** Of the delivery, the same for every attempt; empty when the message has none. */
  readonly deliveryId: string;
  /** Of a request: whether its signature is right. Absent for e-mail. */
  readonly isSigned?: boolean;
  /** Of a request: the events in it. Absent for e-mail, which names none. */
  readonly eventIds?: readonly string[];
};

/** An item with all that its page shows. */
export type OpenedItem = {
  readonly item: MailboxItem;
  /** Headers that matter, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Of an e-mail its text, of a request its body. */
  readonly text: string;
};
