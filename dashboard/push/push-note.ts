/** What a push message carries, agreed on between the server that writes it and the worker that shows it. */

/** One notification, in the reader's language. */
export type PushNote = {
  readonly title: string;
  readonly body: string;
  /** Absolute address of the page that says more. */
  readonly url: string;
  /** Where the subscription is changed and ended, and what the button for it says; absent in a confirmation. */
  readonly manage?: { readonly url: string; readonly text: string };
  /** BCP 47. */
  readonly lang: string;
};

/** Path of the worker; it is told of nothing but messages, since no page lies below its folder but those of links. */
export const PUSH_WORKER_PATH = '/alerts/push-worker.js';
/** Where it would be asked for pages, which it never answers. */
export const PUSH_SCOPE = '/alerts/';
