/** Names of networks: real ones as they are, simulated ones marked in the page's language. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { speak } from './catalogue.ts';
import { sayNetwork, shortenNetwork } from './network-names.ts';

suite('names of networks', () => {
  /** language, name, as said, as shortened */
  const rows = [
    ['en', 'Birch Line (simulated)', 'Birch Line (simulated)', 'Birch Line'],
    ['ru', 'Birch Line (simulated)', 'Birch Line (симуляция)', 'Birch Line'],
    ['uk', 'Birch Line (simulated)', 'Birch Line (симуляція)', 'Birch Line'],
    ['ru', 'Rostelecom', 'Rostelecom', 'Rostelecom'],
    ['uk', 'Foo (simulated) Bar', 'Foo (simulated) Bar', 'Foo (simulated) Bar'],
  ] as const;
  for (const [locale, name, said, shortened] of rows)
    test(`${locale}: ${name} → ${said}`, () => {
      assert.equal(sayNetwork(speak(locale, 'UTC'), name), said);
      assert.equal(shortenNetwork(name), shortened);
    });
});
