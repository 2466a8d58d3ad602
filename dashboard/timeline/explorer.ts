/**
 * Puts the timeline together: what the reader does changes the view, the view changes the URL, the picture and what is
 * fetched. The picture follows at once with what is loaded; data come after.
 */
import { type TimelineChoice, toQuery } from '../timeline-choice.ts';
import type { TimelinePageData } from '../timeline-data.ts';
import { applyPart, fillForm, isOwnPart, showLinks, withView } from './address.ts';
import { isLoaded, type LoadedLanes } from './data.ts';
import { make } from './dom.ts';
import { watchKeyboard } from './keyboard.ts';
import { applyPatch, LANE_EVENT, readPatch } from './live.ts';
import { createPageSay } from './page-data.ts';
import { Panel } from './panel.ts';
import type { Fetched, Source } from './source.ts';
import { readView, type View } from './view.ts';

/** The running timeline. */
export type Explorer = { readonly dispose: () => void };

/** Where lanes come from; those from outside may need a source of their own. */
export type Sources = { readonly main: Source; readonly controls?: Source };

/** Lanes of both sources as one; without the ones from outside the others still tell. */
async function fetchAll({ main, controls }: Sources, view: View): Promise<Fetched<LoadedLanes>> {
  const [inside, outside] = await Promise.all([main.fetchLanes(view), controls?.fetchLanes(view)]);
  if (inside.kind !== 'ok' || outside?.kind !== 'ok') return inside;
  const lanes = [...inside.value.lanes, ...outside.value.lanes];
  return { kind: 'ok', value: { ...inside.value, lanes } };
}

/** Adds language and zone of this page to a path of the site. */
function linkTo(path: string, { tz }: TimelineChoice): string {
  const base = /^\/[a-z]{2}(?=\/t)/.exec(location.pathname)?.[0] ?? '';
  return `${base}${path}${tz === undefined ? '' : `?tz=${encodeURIComponent(tz)}`}`;
}

/** Builds the timeline inside `root` and loads it; what was in `root` stays until the first data are there. */
export async function startExplorer(
  root: HTMLElement,
  sources: Sources,
  pageHome: View,
  page: TimelinePageData,
): Promise<Explorer> {
  let home = pageHome;
  let view = home;
  let { choice } = page;
  const say = createPageSay(page, home.tz);
  const names = { say, serviceNames: new Map(page.services.map(({ id, name }) => [id, name])) };
  const toHref = (part = ''): string =>
    `${location.pathname}${toQuery(part === '' ? choice : applyPart(choice, part))}`;
  // However the reader came here, the address is the one that everybody gets for this view.
  history.replaceState(null, '', `${toHref()}${location.hash}`);
  const [first, listed] = await Promise.all([
    fetchAll(sources, view),
    sources.main.fetchAnnouncements(),
  ]);
  if (first.kind !== 'ok') {
    root.prepend(make('p', { class: 'tl-error', text: say.text('timeline.cannot_draw') }));
    return { dispose: () => undefined };
  }
  let loaded: LoadedLanes = first.value;
  const panel = new Panel(
    root,
    loaded,
    view,
    choice,
    {
      names,
      serviceIds: page.services.map(({ id }) => id),
      lags: page.lags,
      announcements: listed.kind === 'ok' ? listed.value : [],
      toLink: (path) => linkTo(path, choice),
      toTableHref: () => toHref('view=table'),
      ...(choice.cmp === undefined ? {} : { compared: choice.cmp }),
      ...(page.overview === undefined ? {} : { overview: page.overview }),
    },
    {
      onView: (next, isDone) => {
        view = next;
        show(withView(choice, view, home), isDone);
        if (isDone) void load();
      },
      onHome: () => home,
      onPage: (number) => change(`page=${number}`),
    },
  );
  const listeners = new AbortController();
  const { signal } = listeners;
  watchKeyboard(root, panel, names, page.intervalMs, signal);

  /** Brings address, links and form to a choice; a finished step is one that the reader can go back to. */
  function show(next: TimelineChoice, isDone: boolean): void {
    choice = next;
    if (isDone) history.pushState(null, '', toHref());
    else history.replaceState(null, '', toHref());
    if (!isDone) return;
    showLinks(choice);
    fillForm(choice, home.tz);
  }

  function change(part: string): void {
    show(applyPart(choice, part), true);
    panel.setDisplay(choice);
  }

  async function load(): Promise<void> {
    // Spans are complete within what is loaded: a closer look needs nothing new, and clipping would hide where runs began.
    if (isLoaded(loaded, view)) return;
    const fetched = await fetchAll(sources, view);
    if (fetched.kind === 'ok') {
      loaded = fetched.value;
      panel.setLoaded(loaded);
    }
    if (fetched.kind !== 'superseded')
      panel.setError(fetched.kind === 'failed' ? say.text('timeline.not_all_loaded') : undefined);
  }
  if (listed.kind === 'failed') panel.setError(say.text('timeline.not_all_loaded'));
  showLinks(choice);
  fillForm(choice, home.tz);

  addEventListener(
    'popstate',
    () => {
      const url = new URL(location.href);
      view = readView(url, home);
      const own = [...url.searchParams].filter(([name]) => isOwnPart(`${name}=`));
      const bare = ['by=', 'sort=', 'agg=', 'lanes=', 'page='].reduce(applyPart, choice);
      const back = own.reduce((so, [name, value]) => applyPart(so, `${name}=${value}`), bare);
      choice = withView(
        { ...back, ...(page.choice.range ? { range: page.choice.range } : {}) },
        view,
        home,
      );
      panel.setDisplay(choice);
      panel.showView(view);
      showLinks(choice);
      fillForm(choice, home.tz);
      void load();
    },
    { signal },
  );
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[data-part]') : null;
      const part = link instanceof HTMLAnchorElement ? (link.dataset['part'] ?? '') : '';
      // With a key held down the reader wants a tab of its own, which has its own address.
      const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
      if (part === '' || !isPlain || !isOwnPart(part)) return;
      event.preventDefault();
      change(part);
    },
    { signal },
  );
  let isPatched = false;
  document.addEventListener(
    LANE_EVENT,
    (event) => {
      const patch =
        event instanceof CustomEvent ? readPatch(event.detail, page.intervalMs) : undefined;
      const next = patch ? applyPatch(loaded, patch) : loaded;
      if (next === loaded) return;
      const grownMs = next.toMs - loaded.toMs;
      loaded = next;
      if (isPatched) return;
      isPatched = true;
      // A round brings many lanes at once: they are drawn together.
      requestAnimationFrame(() => {
        isPatched = false;
        panel.setLoaded(loaded);
        if (grownMs > 0 && choice.range !== undefined) slide();
      });
    },
    { signal },
  );

  /** A range that ends with the present follows it. */
  function slide(): void {
    const byMs = loaded.toMs - home.toMs;
    if (byMs <= 0) return;
    home = { ...home, fromMs: home.fromMs + byMs, toMs: home.toMs + byMs };
    view = home;
    choice = { ...choice, fromMs: home.fromMs, toMs: home.toMs };
    panel.showView(view);
  }

  return {
    dispose: () => {
      listeners.abort();
      panel[Symbol.dispose]();
    },
  };
}
