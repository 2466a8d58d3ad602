/**
 * How each state of a lane looks: colour, height, pattern, glyph and word, for page, picture and canvas alike.
 * No state rests on colour alone: height and pattern carry it in grey, in print and at one pixel.
 *
 * Checked with palette.test.ts: every fill has at least 3:1 against the page (WCAG 1.4.11), and any two fills
 * stay apart for normal sight and for simulated protan, deutan and tritan sight (Machado 2009, CIEDE2000).
 * Worst pair in light 17.8, in dark 18.4; `ok` against `blocked` for deutan sight 46 and 50.
 */
import type { LaneState } from '../probes/types.ts';

export type Theme = 'light' | 'dark';

/** How the fill of a lane is drawn when a run is wide enough to show it. */
export type Pattern = 'solid' | 'hatch' | 'stripes' | 'cross' | 'dots' | 'empty';

/** The look of one state. */
export type StateLook = {
  /** Colour of the shape, `#rrggbb`. */
  readonly fill: Readonly<Record<Theme, string>>;
  /** Colour of text that lies on the fill; at least 4.5:1. */
  readonly onFill: Readonly<Record<Theme, string>>;
  /** Height of the bar as a share of the lane, 0 to 1. */
  readonly heightShare: number;
  readonly pattern: Pattern;
  /** One character that stands for the state in tables and legends. */
  readonly glyph: string;
  /** What people read. */
  readonly word: string;
  /** Half a sentence for the legend. */
  readonly meaning: string;
  /** Which of two states is the worse: the higher. Only its order matters. */
  readonly severity: number;
};

/** All states of a lane, in the order in which legends list them. */
export const STATES = [
  'ok',
  'likely_blocked',
  'blocked',
  'impaired',
  'down',
  'insufficient',
  'no_data',
] as const satisfies readonly LaneState[];

const BLACK = '#000000';
const WHITE = '#ffffff';

/** The look of every state; what a picture, a page and the canvas share. */
export const LOOKS: Readonly<Record<LaneState, StateLook>> = {
  ok: {
    fill: { light: '#2F97C1', dark: '#2F68B5' },
    onFill: { light: BLACK, dark: WHITE },
    heightShare: 0.25,
    pattern: 'solid',
    glyph: '●',
    word: 'reachable',
    meaning: 'everything that is needed answered',
    severity: 0,
  },
  likely_blocked: {
    fill: { light: '#B8731F', dark: '#F5B737' },
    onFill: { light: BLACK, dark: BLACK },
    heightShare: 0.6,
    pattern: 'hatch',
    glyph: '▲',
    word: 'likely blocked',
    meaning: 'one sign of blocking, not yet confirmed',
    severity: 5,
  },
  blocked: {
    fill: { light: '#75001F', dark: '#E0384C' },
    onFill: { light: WHITE, dark: BLACK },
    heightShare: 1,
    pattern: 'solid',
    glyph: '■',
    word: 'blocked',
    meaning: 'independent signs agree, and it works from elsewhere',
    severity: 6,
  },
  impaired: {
    fill: { light: '#8314AE', dark: '#C296F5' },
    onFill: { light: WHITE, dark: BLACK },
    heightShare: 0.6,
    pattern: 'stripes',
    glyph: '≈',
    word: 'impaired',
    meaning: 'slowed, or a part of it fails',
    severity: 4,
  },
  down: {
    fill: { light: '#62666B', dark: '#8A9098' },
    onFill: { light: WHITE, dark: BLACK },
    heightShare: 1,
    pattern: 'cross',
    glyph: '▽',
    word: 'down everywhere',
    meaning: 'fails from elsewhere too: no sign of blocking',
    severity: 3,
  },
  insufficient: {
    fill: { light: '#908A78', dark: '#D8E6DE' },
    onFill: { light: BLACK, dark: BLACK },
    heightShare: 0.4,
    pattern: 'dots',
    glyph: '?',
    word: 'cannot tell',
    meaning: 'measured, but the evidence does not decide',
    severity: 2,
  },
  no_data: {
    fill: { light: '#7A8490', dark: '#6B7684' },
    onFill: { light: BLACK, dark: WHITE },
    heightShare: 0,
    pattern: 'empty',
    glyph: '–',
    word: 'no data',
    meaning: 'nothing was measured',
    severity: 1,
  },
};

/** Signs of an announcement: shape and ink, never a hue, so that they cannot be taken for a state. */
export const ANNOUNCEMENT_MARKS = {
  announced: { glyph: '▶', word: 'announced' },
  effective: { glyph: '◆', word: 'takes effect' },
  lifted: { glyph: '◇', word: 'lifted' },
} as const;

/** Sign of a statement that denies or contradicts another: hollow, since it adds no measure. */
export const DENIAL_GLYPH = '○';

/** Page colours that the fills were checked against; the second is a raised surface. */
export const PAGE_COLOURS: Readonly<Record<Theme, readonly [page: string, raised: string]>> = {
  light: ['#ffffff', '#f6f8fa'],
  dark: ['#0f1419', '#161b22'],
};

/** Writes the fills as CSS custom properties, e.g. `--state-likely-blocked:#B8731F;--on-state-likely-blocked:#000000;`. */
function toCustomProperties(theme: Theme): string {
  return STATES.map((state) => {
    const name = state.replace('_', '-');
    return `--state-${name}:${LOOKS[state].fill[theme]};--on-state-${name}:${LOOKS[state].onFill[theme]};`;
  }).join('');
}

/** Writes a rule set for both themes that follows the reader's system. */
export function toPaletteCss(): string {
  return `:root{${toCustomProperties('light')}}@media (prefers-color-scheme:dark){:root{${toCustomProperties('dark')}}}`;
}
