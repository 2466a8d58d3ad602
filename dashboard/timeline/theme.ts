/** Colours of the canvas that are not states, and the reader's preference for light or dark. */
import { PAGE_COLOURS, type Theme } from '../palette.ts';

/** Everything on the canvas that is not a state. */
export type Ink = {
  readonly page: string;
  /** Ground of a lane, so that an empty one is seen as such. */
  readonly track: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
};

/** Canvas colours by theme; `text` and `muted` keep 4.5:1 on the page. */
export const INKS: Readonly<Record<Theme, Ink>> = {
  light: {
    page: PAGE_COLOURS.light[0],
    track: '#eef1f4',
    text: '#1b2026',
    muted: '#57606a',
    grid: '#e3e7eb',
  },
  dark: {
    page: PAGE_COLOURS.dark[0],
    track: '#1b222b',
    text: '#e6edf3',
    muted: '#9aa4af',
    grid: '#262d36',
  },
};

const DARK_QUERY = '(prefers-color-scheme: dark)';

/** The theme that the reader's system asks for. */
export function currentTheme(): Theme {
  return matchMedia(DARK_QUERY).matches ? 'dark' : 'light';
}

/** Calls `onChange` whenever the reader's system turns light or dark, until the signal aborts. */
export function watchTheme(signal: AbortSignal, onChange: () => void): void {
  matchMedia(DARK_QUERY).addEventListener('change', onChange, { signal });
}
