/** Colours of pictures: of files in light or dark, and of pictures inside a page, which follow its style sheet. */
import type { LaneState } from '../../probes/types.ts';
import { LOOKS, PAGE_COLOURS, type Theme } from '../palette.ts';

/** Every colour that a picture uses. */
export type Paint = {
  readonly page: string;
  readonly raised: string;
  /** Ground of a lane, so that an empty one is seen as such. */
  readonly track: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly fill: (state: LaneState) => string;
  readonly onFill: (state: LaneState) => string;
};

function paintOf(theme: Theme, inks: Omit<Paint, 'page' | 'raised' | 'fill' | 'onFill'>): Paint {
  const [page, raised] = PAGE_COLOURS[theme];
  return {
    page,
    raised,
    ...inks,
    fill: (state) => LOOKS[state].fill[theme],
    onFill: (state) => LOOKS[state].onFill[theme],
  };
}

const toProperty = (prefix: string, state: LaneState): string =>
  `var(--${prefix}-${state.replace('_', '-')})`;

/** Colours by theme; `page` are the custom properties of the main style sheet. */
export const PAINTS: Readonly<Record<Theme | 'page', Paint>> = {
  light: paintOf('light', {
    track: '#eef1f4',
    text: '#14191f',
    quiet: '#556070',
    line: '#d5dbe2',
    accent: '#0b4f7a',
  }),
  dark: paintOf('dark', {
    track: '#1b222b',
    text: '#e4e9ee',
    quiet: '#9aa6b3',
    line: '#2a323c',
    accent: '#79b8f5',
  }),
  page: {
    page: 'var(--page)',
    raised: 'var(--raised)',
    track: 'var(--raised)',
    text: 'var(--ink)',
    quiet: 'var(--quiet)',
    line: 'var(--line)',
    accent: 'var(--accent)',
    fill: (state) => toProperty('state', state),
    onFill: (state) => toProperty('on-state', state),
  },
};

/** Inter is what PNG files are written in; a reader of SVG without it gets the letters of their system. */
export const FONT = "Inter, system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif";
