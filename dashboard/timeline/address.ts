/** Keeps the address of the page, its links and its form at what is on screen. */
import { toFieldTime } from '../format.ts';
import { EXTRA_LANES, readDisplay, type TimelineChoice, toQuery } from '../timeline-choice.ts';
import type { View } from './view.ts';

/** Parts of an address that the script changes without loading the page anew. */
const OWN_NAMES: readonly string[] = ['by', 'sort', 'agg', 'lanes', 'page'];

/** A choice with one part replaced, as the links of the page name it, e.g. `by=vantage`. */
export function applyPart(choice: TimelineChoice, part: string): TimelineChoice {
  const [name = '', value = ''] = part.split('=');
  // Other rows begin on the first page.
  const page = name === 'page' ? choice.page : 1;
  if (name === 'toggle') {
    const lane = EXTRA_LANES.find((one) => one === value);
    if (lane === undefined) return choice;
    const lanes = choice.lanes.includes(lane)
      ? choice.lanes.filter((one) => one !== lane)
      : EXTRA_LANES.filter((one) => one === lane || choice.lanes.includes(one));
    return { ...choice, lanes, page };
  }
  const query = new URLSearchParams(toQuery({ ...choice, page }));
  query.set(name, value);
  return { ...choice, ...readDisplay(query) };
}

/** Whether a part is one of those that are changed in place. */
export function isOwnPart(part: string): boolean {
  const [name = ''] = part.split('=');
  return name === 'toggle' || OWN_NAMES.includes(name);
}

/** The choice with another range; one that is the page's own keeps the words of the address. */
export function withView(choice: TimelineChoice, view: View, home: View): TimelineChoice {
  const { range, ...rest } = choice;
  const isHome = view.fromMs === home.fromMs && view.toMs === home.toMs;
  return {
    ...rest,
    fromMs: view.fromMs,
    toMs: view.toMs,
    ...(isHome && range !== undefined ? { range } : {}),
  };
}

/** Brings the links that change the display to the present choice. */
export function showLinks(choice: TimelineChoice): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-part]')) {
    const part = link.dataset['part'] ?? '';
    const next = applyPart(choice, part);
    // Forms of the same view have an address of their own.
    const url = new URL(link.href);
    link.href = `${url.pathname}${toQuery(part === '' ? choice : next)}`;
    const [name = '', value = ''] = part.split('=');
    const isOn =
      name === 'toggle'
        ? choice.lanes.some((lane) => lane === value)
        : toQuery(next) === toQuery({ ...choice, page: next.page });
    if (isOn && part !== '') link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

/** Brings the page's form to the range on screen, so that another filter keeps it. */
export function fillForm(choice: TimelineChoice, timeZone: string): void {
  const set = (name: string, value: string): void => {
    for (const field of document.querySelectorAll<HTMLInputElement | HTMLSelectElement>(
      `.filters [name="${name}"]:not([type="checkbox"])`,
    ))
      field.value = value;
  };
  const isCustom = choice.range === undefined;
  set('from', isCustom ? toFieldTime(choice.fromMs, timeZone) : '');
  set('to', isCustom ? toFieldTime(choice.toMs, timeZone) : '');
  set('range', choice.range ?? '');
  const shown = new URLSearchParams(toQuery(choice));
  for (const name of OWN_NAMES) set(name, shown.get(name) ?? '');
}
