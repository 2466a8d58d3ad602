/** What `doctor` says of vantages that do not know where they are, which the default configuration cannot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { loadSettings } from '../../config/settings.ts';
import { checkPlace, type Finding } from './doctor.ts';

const { configFile } = loadSettings({ argv: [], environment: {} });
const [local, ...others] = loadConfig({ file: configFile }).vantages.filter(
  ({ kind }) => kind === 'local' || kind === 'globalping',
);
assert.ok(local);

const rows = [
  { name: 'as shipped', place: {}, says: /^local: country or network/ },
  { name: 'a country alone', place: { countryCode: 'PL' }, says: /^local: country or network/ },
  { name: 'both', place: { countryCode: 'PL', asn: 5617 }, says: undefined },
  { name: 'switched off', place: { enabled: false }, says: undefined },
];
for (const { name, place, says } of rows)
  test(`place: ${name}`, () => {
    const findings: Finding[] = [];
    const vantages = [{ ...local, ...place }, ...others];
    checkPlace({ vantages }, configFile, (finding) => void findings.push(finding));
    assert.equal(findings.length, says === undefined ? 0 : 1);
    if (says) assert.match(findings[0]?.text ?? '', says);
  });
