/** What a browser can do about push messages; every step that it refuses ends in a word, not in an error. */
import { PUSH_SCOPE, PUSH_WORKER_PATH } from './push-note.ts';

/** True where messages can be had at all: not on plain HTTP, not in private windows of some browsers. */
export function isAble(): boolean {
  return (
    isSecureContext &&
    'serviceWorker' in navigator &&
    'PushManager' in window &&
    'Notification' in window
  );
}

/** The subscription that this browser has here. */
export async function findSubscription(): Promise<PushSubscription | undefined> {
  const registration = await navigator.serviceWorker.getRegistration(PUSH_SCOPE);
  return (await registration?.pushManager.getSubscription()) ?? undefined;
}

/** Subscribes; a subscription under another key is given up first. @throws DOMException when the browser cannot */
export async function subscribe(key: string): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.register(PUSH_WORKER_PATH, {
    scope: PUSH_SCOPE,
  });
  await untilActive(registration);
  const { pushManager } = registration;
  const old = await pushManager.getSubscription();
  if (old !== null && !hasKey(old, key)) await old.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64Url(key) });
}

/** A worker that is not active yet takes no subscription. */
async function untilActive(registration: ServiceWorkerRegistration): Promise<void> {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active !== null || worker === null) return;
  await new Promise<void>((resolve) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve();
    });
  });
}

function hasKey({ options }: PushSubscription, key: string): boolean {
  const { applicationServerKey: held } = options;
  if (held === null) return false;
  const wanted = fromBase64Url(key);
  const bytes = new Uint8Array(held);
  return bytes.length === wanted.length && bytes.every((byte, index) => byte === wanted[index]);
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

/** What the page of a subscription knows of its endpoint: SHA-256 in hexadecimal. */
export async function digestEndpoint(endpoint: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
