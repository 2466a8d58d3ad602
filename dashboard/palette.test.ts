/** Contrast and colour-vision figures of the palette, computed and not believed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERDICTS } from '../probes/types.ts';
import { LOOKS, PAGE_COLOURS, STATES, type Theme, toPaletteCss } from './palette.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const dot = (row: Triple, [r, g, b]: Triple): number => row[0] * r + row[1] * g + row[2] * b;

function toLinear(colour: string): Triple {
  const channel = (at: number): number => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [a, b]
    .map((colour) => dot([0.2126, 0.7152, 0.0722], toLinear(colour)))
    .sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** CIE L*a*b* (D65) of a colour as someone with that sight sees it. */
function toLab(colour: string, sight: Matrix): Triple {
  const linear = toLinear(colour);
  const clamp = (share: number): number => Math.min(1, Math.max(0, share));
  const seen: Triple = [
    clamp(dot(sight[0], linear)),
    clamp(dot(sight[1], linear)),
    clamp(dot(sight[2], linear)),
  ];
  const curve = (t: number): number =>
    t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  const x = curve(dot([0.4124564, 0.3575761, 0.1804375], seen) / 0.95047);
  const y = curve(dot([0.2126729, 0.7151522, 0.072175], seen));
  const z = curve(dot([0.0193339, 0.119192, 0.9503041], seen) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const RADIANS = Math.PI / 180;

/** CIEDE2000 distance (Sharma, Wu and Dalal 2005). */
function distance([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const stretch = 1.5 - 0.5 * Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7));
  const c1 = Math.hypot(a1 * stretch, b1);
  const c2 = Math.hypot(a2 * stretch, b2);
  const hue = (b: number, a: number): number => (Math.atan2(b, a) / RADIANS + 360) % 360;
  const h1 = hue(b1, a1 * stretch);
  const h2 = hue(b2, a2 * stretch);
  let turn = c1 * c2 === 0 ? 0 : h2 - h1;
  if (Math.abs(turn) > 180) turn += turn > 0 ? -360 : 360;
  let h = h1 + h2;
  if (c1 * c2 !== 0) h = (Math.abs(h1 - h2) > 180 ? h + (h < 360 ? 360 : -360) : h) / 2;
  const l = (l1 + l2) / 2;
  const c = (c1 + c2) / 2;
  const cosine = (degrees: number): number => Math.cos(degrees * RADIANS);
  const t =
    1 -
    0.17 * cosine(h - 30) +
    0.24 * cosine(2 * h) +
    0.32 * cosine(3 * h + 6) -
    0.2 * cosine(4 * h - 63);
  const dl = (l2 - l1) / (1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = (2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * RADIANS)) / (1 + 0.015 * c * t);
  const swing = 60 * Math.exp(-(((h - 275) / 25) ** 2));
  const rotate = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(swing * RADIANS);
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + rotate * dc * dh);
}

const THEMES: readonly Theme[] = ['light', 'dark'];
/** `no_data` has no fill of its own: it is a dotted line in an empty lane. */
const FILLED = STATES.filter((state) => state !== 'no_data');

test('the distance agrees with published pairs', () => {
  // Pairs 1, 7 and 25 of the test data of Sharma, Wu and Dalal.
  assert.ok(Math.abs(distance([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 1e-4);
  assert.ok(Math.abs(distance([50, 0, 0], [50, -1, 2]) - 2.3669) < 1e-4);
  assert.ok(
    Math.abs(distance([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387]) - 1.2644) < 1e-4,
  );
});

for (const theme of THEMES) {
  test(`${theme}: every fill stands out from the page by 3:1`, () => {
    for (const state of STATES)
      for (const page of PAGE_COLOURS[theme])
        assert.ok(contrast(LOOKS[state].fill[theme], page) >= 3, `${state} on ${page}`);
  });

  test(`${theme}: text on a fill has 4.5:1`, () => {
    for (const state of FILLED) {
      const look = LOOKS[state];
      assert.ok(contrast(look.fill[theme], look.onFill[theme]) >= 4.5, state);
    }
  });

  for (const [sight, matrix] of Object.entries(SIGHTS)) {
    test(`${theme}, ${sight}: any two fills are at least 17 apart`, () => {
      for (const a of FILLED)
        for (const b of FILLED)
          if (a < b) {
            const apart = distance(
              toLab(LOOKS[a].fill[theme], matrix),
              toLab(LOOKS[b].fill[theme], matrix),
            );
            assert.ok(apart >= 17, `${a} and ${b}: ${apart.toFixed(1)}`);
          }
    });
  }

  test(`${theme}: ok and blocked are at least 40 apart for deutan sight`, () => {
    const deutan = SIGHTS['deutan'];
    assert.ok(deutan);
    const apart = distance(
      toLab(LOOKS.ok.fill[theme], deutan),
      toLab(LOOKS.blocked.fill[theme], deutan),
    );
    assert.ok(apart >= 40, apart.toFixed(1));
  });
}

test('every verdict and no data have a look, and shape tells any two apart without colour', () => {
  assert.deepEqual([...STATES], [...VERDICTS, 'no_data']);
  const shapes = STATES.map((state) => `${LOOKS[state].heightShare} ${LOOKS[state].pattern}`);
  assert.equal(new Set(shapes).size, STATES.length);
  assert.equal(new Set(STATES.map((state) => LOOKS[state].glyph)).size, STATES.length);
  assert.equal(new Set(STATES.map((state) => LOOKS[state].severity)).size, STATES.length);
});

test('blocked is the worst of all', () => {
  assert.equal(Math.max(...STATES.map((state) => LOOKS[state].severity)), LOOKS.blocked.severity);
});

test('custom properties carry both themes', () => {
  const css = toPaletteCss();
  assert.match(css, /^:root\{--state-ok:#2F97C1;/);
  assert.match(css, /prefers-color-scheme:dark\)\{:root\{--state-ok:#2F68B5;/);
  assert.match(css, /--on-state-likely-blocked:#000000;/);
});
