/**
 * Messages in this browser. On the page of alerts: shows the choice where the browser can, asks it on the press of the
 * button, and sends its subscription by the form. On the page of such a subscription: gives it up in the browser too.
 */
import { digestEndpoint, findSubscription, isAble, subscribe } from './browser.ts';

/** What the section may say; each stands in the page, in its language. */
type State = 'script' | 'unable' | 'denied' | 'able' | 'failed';

/** Shows the parts of a state and hides those of all others. */
function show(section: Element, state: State): void {
  for (const part of section.querySelectorAll<HTMLElement>('[data-push]'))
    part.hidden = !(part.dataset['push'] ?? '').split(' ').includes(state);
}

async function showHeld(section: Element): Promise<void> {
  const held = section.querySelector<HTMLElement>('[data-push-held]');
  if (held) held.hidden = (await findSubscription()) === undefined;
}

async function send(section: HTMLElement, form: HTMLFormElement): Promise<void> {
  const address = form.elements.namedItem('address');
  const key = section.dataset['pushKey'];
  if (key === undefined || !(address instanceof HTMLInputElement)) return;
  if ((await Notification.requestPermission()) !== 'granted') {
    show(section, Notification.permission === 'denied' ? 'denied' : 'able');
    return;
  }
  address.value = JSON.stringify(await subscribe(key));
  form.submit();
}

function startChoice(section: HTMLElement): void {
  const form = section.querySelector('form');
  if (!isAble() || form === null) return show(section, 'unable');
  if (Notification.permission === 'denied') return show(section, 'denied');
  show(section, 'able');
  void showHeld(section);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // Private windows and browsers without a push service say no only here.
    send(section, form).catch(() => show(section, 'failed'));
  });
  section.querySelector('[data-push-stop]')?.addEventListener('click', () => {
    void findSubscription()
      .then((held) => held?.unsubscribe())
      .then(() => showHeld(section));
  });
}

/** Ends the subscription of the browser, when it is the one that the page is about. */
async function giveUp(endpointDigest: string): Promise<void> {
  const held = isAble() ? await findSubscription() : undefined;
  if (held && (await digestEndpoint(held.endpoint)) === endpointDigest) await held.unsubscribe();
}

function startEnd(form: HTMLFormElement): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const send = (): void => form.submit();
    // Whatever the browser says, the server forgets the subscription.
    giveUp(form.dataset['pushEndpoint'] ?? '').then(send, send);
  });
}

const section = document.getElementById('push');
if (section) startChoice(section);
const end = document.querySelector<HTMLFormElement>('form[data-push-endpoint]');
if (end) startEnd(end);
