/** The offline table of networks: found, not found, and well-formed throughout. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nameNetwork } from './networks.ts';

const rows = [
  { asn: 12389, name: 'PJSC Rostelecom' },
  { asn: 32934, name: 'Facebook, Inc.' },
  { asn: 64500, name: 'AS64500' },
  { asn: 0, name: 'Unknown network' },
];

for (const { asn, name } of rows)
  test(`AS${asn} is ${name}`, () => assert.equal(nameNetwork(asn), name));

test('every row of the table is a number, a tab and a name, in order', () => {
  const text = readFileSync(join(import.meta.dirname, 'networks.tsv'), 'utf8');
  let last = 0;
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((one) => !one.startsWith('#'))) {
    const match = /^(\d+)\t(\S.*)$/.exec(line);
    assert.ok(match, line);
    assert.ok(Number(match[1]) > last, line);
    last = Number(match[1]);
  }
});
