/** The changes under the keyboard: j and k move, Enter opens, a acknowledges and takes back, ? shows the keys. */
import type { Say } from '../i18n/say.ts';

/** Where acknowledgements are kept: in this browser alone. */
const STORE_KEY = 'reachline.acknowledged';
const MAX_KEPT = 200;

/** The changes of the board. */
export type Changes = {
  /** Marks what is acknowledged; after the list was written anew. */
  readonly decorate: () => void;
  /** Keys of the changes on the page. */
  readonly listKeys: () => readonly string[];
};

function readKept(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORE_KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return []; // storage is switched off, or holds something of another program
  }
}

function writeKept(keys: readonly string[]): void {
  try {
    localStorage.setItem(STORE_KEY, JSON.stringify(keys.slice(-MAX_KEPT)));
  } catch {
    // Full or switched off: the mark lasts as long as the page.
  }
}

function listCards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('.change[data-key]')];
}

/** What a card is about, in one line: service, place and what it turned to. */
export function describeCard(card: Element): string {
  const parts = ['h3', '.transition'].map((one) => card.querySelector(one)?.textContent ?? '');
  return parts.join(': ').replace(/\s+/g, ' ').trim();
}

/** Sets the keys up. @param announce speaks to screen readers */
export function watchChanges(say: Say, announce: (text: string) => void): Changes {
  let kept = readKept();

  function decorateCard(card: HTMLElement): void {
    const key = card.dataset['key'] ?? '';
    const isKept = kept.includes(key);
    card.classList.toggle('acknowledged', isKept);
    let button = card.querySelector('button');
    if (!button) {
      button = document.createElement('button');
      button.type = 'button';
      button.addEventListener('click', () => toggle(card));
      card.querySelector('.change-facts')?.append(' ', button);
    }
    button.textContent = say.text(isKept ? 'live.undo' : 'live.acknowledge');
    button.setAttribute('aria-label', `${button.textContent}: ${describeCard(card)}`);
  }

  function toggle(card: HTMLElement): void {
    const key = card.dataset['key'] ?? '';
    const isKept = kept.includes(key);
    kept = isKept ? kept.filter((one) => one !== key) : [...kept, key];
    writeKept(kept);
    for (const one of listCards()) decorateCard(one);
    const what = describeCard(card);
    announce(say.text(isKept ? 'live.said_undone' : 'live.said_acknowledged', { what }));
  }

  function move(step: 1 | -1): void {
    const cards = listCards().filter((card) => card.checkVisibility());
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const next = cards[at < 0 ? (step > 0 ? 0 : cards.length - 1) : at + step];
    next?.querySelector<HTMLElement>('h3 a')?.focus();
  }

  function showKeys(): void {
    const dialog = document.getElementById('keys');
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  }

  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target instanceof Element && target.closest('input, select, textarea, dialog[open]'))
      return;
    const card = document.activeElement?.closest<HTMLElement>('.change[data-key]');
    if (key === 'j') move(1);
    else if (key === 'k') move(-1);
    else if (key === '?') showKeys();
    else if (key === 'a' && card) toggle(card);
    else return;
    event.preventDefault();
  });

  addKeysButton(say, showKeys);
  return {
    decorate: () => listCards().forEach(decorateCard),
    listKeys: () => listCards().map((card) => card.dataset['key'] ?? ''),
  };
}

/** Says that there are keys; without the script there are none. */
function addKeysButton(say: Say, showKeys: () => void): void {
  const heading = document.getElementById('changes');
  if (!heading || !document.getElementById('keys')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'keys-button';
  const key = document.createElement('kbd');
  key.textContent = '?';
  button.append(say.text('live.keys_button'), ' ', key);
  button.addEventListener('click', showKeys);
  heading.after(button);
}
