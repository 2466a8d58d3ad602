/**
 * What a channel is: one way to reach a subscriber. A channel checks a target, writes a message for it and sends it; it
 * keeps nothing. Adding one is a file here, its test, and a line in `channels.ts`.
 */
import type { ALERT_CHANNELS } from '../../../config/alerts.ts';
import type { Locale } from '../../../dashboard/i18n/locale.ts';
import type { AlertEvent } from '../../../db/alert-types.ts';
import type { AttemptEnd } from '../../../db/subscribers/attempts.ts';

/** Kinds of channels, as the configuration names them. */
export type ChannelKind = (typeof ALERT_CHANNELS)[number];

/** A message before a channel has written it in its own form: plain text in the reader's language, safe to show. */
export type Message = {
  /** Stable for every attempt at the same delivery; sent as idempotency key where the channel has one. */
  readonly deliveryId: string;
  /** What stands in the address that reports of mail come back to; 32 hexadecimal digits that nobody can make up. */
  readonly bounceTag?: string;
  readonly locale: Locale;
  /** One line without control characters, at most 200 characters. */
  readonly subject: string;
  /** Paragraphs without markup. */
  readonly paragraphs: readonly string[];
  /** Absolute address of the page that says more. */
  readonly url: string;
  readonly severity: AlertEvent['severity'];
  /** What the message speaks of, for channels that carry data. */
  readonly events: readonly AlertEvent[];
  /** Absolute addresses; absent for a target that nobody can manage, such as the confirmation itself. */
  readonly links?: {
    readonly manage: string;
    /** Shows a button. */
    readonly unsubscribe: string;
    /** RFC 8058: acts on POST at once. */
    readonly oneClick: string;
  };
};

/** Where a message goes. */
export type Target = {
  /** Address as `verify` returned it. */
  readonly address: string;
  /** Secret of a webhook, newest first while one is being replaced; token of a bot. */
  readonly secrets: readonly string[];
};

/** What became of an attempt that was not cut short. */
export type SendResult = Exclude<AttemptEnd, { readonly kind: 'interrupted' }>;

/** What is wrong with a target, for the person who gave it. */
export type TargetProblem = { readonly detail: string; readonly remedy: string };

export type Channel<Rendered = unknown> = {
  readonly kind: ChannelKind;
  /** Checks the form of a target and writes it one way; sends nothing. */
  readonly verify: (
    address: string,
  ) => { readonly address: string } | { readonly problem: TargetProblem };
  /** Writes the message in the channel's form. Pure. */
  readonly render: (message: Message) => Rendered;
  /** Sends it. Never rejects; ends when the signal says so. */
  readonly send: (rendered: Rendered, target: Target, signal: AbortSignal) => Promise<SendResult>;
};
