import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from './address.ts';

const ROWS = [
  ['/', { path: '/' }],
  ['/t', { path: '/t' }],
  ['/ru', { path: '/', locale: 'ru' }],
  ['/ru/', { path: '/', locale: 'ru' }],
  ['/uk/t.csv', { path: '/t', locale: 'uk', form: 'csv' }],
  ['/index.json', { path: '/', form: 'json' }],
  ['/is/instagram/in/RU.png', { path: '/is/instagram/in/RU', form: 'png' }],
  ['/en/c/UA.svg', { path: '/c/UA', locale: 'en', form: 'svg' }],
  // Not a language of ours, so it is a path like any other.
  ['/pl/t', { path: '/pl/t' }],
  ['/rules', { path: '/rules' }],
  ['/t.exe', { path: '/t.exe' }],
  ['/.csv', { path: '/.csv' }],
  ['/api/v1/lanes.json', { path: '/api/v1/lanes.json' }],
  ['/assets/main-AB.css', { path: '/assets/main-AB.css' }],
] as const;

for (const [pathname, expected] of ROWS)
  test(`${pathname} → ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseAddress(pathname), expected);
  });
