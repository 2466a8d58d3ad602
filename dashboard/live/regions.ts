/**
 * Reads the page anew and puts its parts in place of the old ones. The server alone knows how changes, tables and incidents
 * are written, in every language; what the reader has unfolded or stands on stays so.
 */
import { type Block, readBlock } from './block.ts';

/** Where the keyboard is, in a form that outlives the element. */
function describeFocus(): (() => HTMLElement | null) | undefined {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !focused.closest('[data-region]')) return undefined;
  const key = focused.closest<HTMLElement>('[data-key]')?.dataset['key'];
  if (key !== undefined)
    return () => document.getElementById(`c-${key}`)?.querySelector<HTMLElement>('h3 a') ?? null;
  const href = focused.getAttribute('href');
  const region = focused.closest('[data-region]')?.id ?? '';
  return () =>
    [...(document.getElementById(region)?.querySelectorAll<HTMLElement>('a') ?? [])].find(
      (one) => one.getAttribute('href') === href,
    ) ?? null;
}

function replaceRegion(old: Element, fresh: Element): void {
  for (const details of old.querySelectorAll('details')) {
    const same = details.id === '' ? null : fresh.querySelector(`[id="${details.id}"]`);
    if (same instanceof HTMLDetailsElement) same.open = details.open;
  }
  if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
}

/** Puts the parts of a newer page into this one. */
function replaceRegions(fresh: Document): void {
  const refocus = describeFocus();
  for (const old of document.querySelectorAll('[data-region]')) {
    const same = fresh.getElementById(old.id);
    if (same) replaceRegion(old, document.importNode(same, true));
  }
  refocus?.()?.focus({ preventScroll: true });
}

/** Reads the page anew; gives its block, or undefined when it could not be read. */
export async function readAnew(): Promise<Block | undefined> {
  try {
    const response = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!response.ok) return undefined;
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    const block = readBlock(fresh);
    if (block) replaceRegions(fresh);
    return block;
  } catch (error) {
    if (error instanceof TypeError) return undefined; // what fetch throws without a connection
    throw error;
  }
}
