/**
 * Puts the timeline together: what the reader does changes the view, the view changes the URL, the picture and what is
 * fetched. The picture follows at once with what is loaded; data come after.
 */
import { toFieldTime } from '../format.ts';
import { isLoaded, type LoadedLanes } from './data.ts';
import { make } from './dom.ts';
import { Panel } from './panel.ts';
import type { Source } from './source.ts';
import { readView, type View, writeView } from './view.ts';

/** The running timeline. */
export type Explorer = { readonly dispose: () => void };

/** Brings the page's form to the range on screen, so that another filter keeps it. */
function fillForm({ fromMs, toMs, tz }: View): void {
  const set = (selector: string, value: string): void => {
    const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(selector);
    if (field) field.value = value;
  };
  set('.filters [name="from"]', toFieldTime(fromMs, tz));
  set('.filters [name="to"]', toFieldTime(toMs, tz));
  set('.filters [name="range"]', '');
}

/** Builds the timeline inside `root` and loads it; what was in `root` stays until the first data are there. */
export async function startExplorer(
  root: HTMLElement,
  source: Source,
  home: View,
): Promise<Explorer> {
  let view = readView(new URL(location.href), home);
  const [first, listed] = await Promise.all([source.fetchLanes(view), source.fetchAnnouncements()]);
  if (first.kind !== 'ok') {
    const message = first.kind === 'failed' ? first.message : 'the request was given up';
    root.prepend(
      make('p', { class: 'tl-error', text: `The timeline cannot be drawn: ${message}.` }),
    );
    return { dispose: () => undefined };
  }
  let loaded: LoadedLanes = first.value;
  const announcements = listed.kind === 'ok' ? listed.value : [];
  const explorer = new Panel(root, loaded, announcements, view, {
    onView: (next, isDone) => {
      view = next;
      const url = writeView(new URL(location.href), view);
      if (isDone) history.pushState(null, '', url);
      else history.replaceState(null, '', url);
      if (!isDone) return;
      fillForm(view);
      void load();
    },
    onHome: () => home,
  });
  async function load(): Promise<void> {
    // Spans are complete within what is loaded: a closer look needs nothing new, and clipping would hide where runs began.
    if (isLoaded(loaded, view)) return;
    const fetched = await source.fetchLanes(view);
    if (fetched.kind === 'ok') {
      loaded = fetched.value;
      explorer.setLoaded(loaded);
    }
    if (fetched.kind !== 'superseded')
      explorer.setError(fetched.kind === 'failed' ? fetched.message : undefined);
  }
  if (listed.kind === 'failed') explorer.setError(listed.message);
  const listeners = new AbortController();
  addEventListener(
    'popstate',
    () => {
      view = readView(new URL(location.href), home);
      explorer.showView(view);
      fillForm(view);
      void load();
    },
    { signal: listeners.signal },
  );
  return {
    dispose: () => {
      listeners.abort();
      explorer[Symbol.dispose]();
    },
  };
}
