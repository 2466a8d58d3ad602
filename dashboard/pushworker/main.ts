/**
 * The worker that a browser wakes when a push message comes: shows it, and opens its page when it is pressed. It answers
 * no request and keeps nothing.
 */
import type { PushNote } from '../push/push-note.ts';

/** The parts of a service worker's global that are used here; the types of workers and pages exclude one another. */
type Waiting = { readonly waitUntil: (work: Promise<unknown>) => void };
type PushEvent = Waiting & { readonly data: { readonly json: () => unknown } | null };
type ClickEvent = Waiting & { readonly action: string; readonly notification: Notification };
type Scope = {
  readonly location: Location;
  readonly registration: {
    readonly showNotification: (title: string, options: object) => Promise<void>;
  };
  readonly clients: { readonly openWindow: (url: string) => Promise<unknown> };
  readonly addEventListener: ((kind: 'push', hear: (event: PushEvent) => void) => void) &
    ((kind: 'notificationclick', hear: (event: ClickEvent) => void) => void);
};

const scope = globalThis as unknown as Scope;

/** A message that cannot be read is shown all the same: browsers take the subscription away from who shows none. */
function readNote(event: PushEvent): PushNote {
  const unread: PushNote = { title: 'Reachline', body: '', url: '/', lang: '' };
  try {
    const value = event.data?.json();
    return typeof value === 'object' && value !== null
      ? { ...unread, ...(value as Partial<PushNote>) }
      : unread;
  } catch {
    return unread; // not JSON, as from a tool for tests
  }
}

/** The page of an address on this server, by whatever name it was written. */
function toOwnPage(address: string): string {
  const { origin } = scope.location;
  const { pathname, search } = new URL(address, origin);
  return pathname.startsWith('/') ? `${origin}${pathname}${search}` : `${origin}/`;
}

scope.addEventListener('push', (event) => {
  const { title, body, url, manage, lang } = readNote(event);
  event.waitUntil(
    scope.registration.showNotification(title, {
      body,
      lang,
      tag: url,
      renotify: true,
      data: { url, manage: manage?.url },
      actions: manage ? [{ action: 'manage', title: manage.text }] : [],
    }),
  );
});

scope.addEventListener('notificationclick', (event) => {
  const { url, manage } = event.notification.data as { url: string; manage?: string };
  event.notification.close();
  const wanted = event.action === 'manage' && manage !== undefined ? manage : url;
  event.waitUntil(scope.clients.openWindow(toOwnPage(wanted)));
});
