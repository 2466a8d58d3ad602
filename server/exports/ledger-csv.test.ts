/** The ledger as CSV: one line per network, true bytes unless asked to be safe, and never a broken line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { buildLedger } from '../analysis/ledger.ts';
import { LEDGER_RULES } from '../analysis/ledger-input.ts';
import { listStoryEpisodes } from '../analysis/testing/story-episodes.ts';
import { toLedgerCsv, toUnannouncedCsv } from './ledger-csv.ts';

const config = loadConfig({
  file: new URL('../../config/reachline.yaml', import.meta.url).pathname,
});
const ledger = buildLedger({
  ...listStoryEpisodes(config.services),
  announcements: config.announcements,
  services: config.services,
  rules: LEDGER_RULES,
});
const OPTIONS = { revision: 7, isSimulated: true };

/** Reads RFC 4180 text, strictly: every line ends with CRLF, quotes are doubled. */
function parse(text: string): string[][] {
  const lines: string[][] = [];
  let cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    assert.ok(match, 'the text is no CSV');
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    lines.push(cells);
    cells = [];
  }
  return lines;
}

const toRecords = (text: string): Record<string, string>[] => {
  const [names = [], ...lines] = parse(text);
  return lines.map((cells) => {
    assert.equal(cells.length, names.length);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
};

test('one line per network, with times in ISO and lags in milliseconds', () => {
  const records = toRecords(toLedgerCsv(ledger, OPTIONS));
  assert.equal(
    records.length,
    ledger.groups.reduce((sum, { rows }) => sum + rows.length, 0),
  );
  const ural = records.find(
    (one) =>
      one['announcement_id'] === 'ru-rkn-2022-03-11-instagram-block' && one['asn'] === '64611',
  );
  assert.equal(ural?.['outcome'], 'on_time');
  assert.equal(ural['effective_earliest'], '2022-03-13T21:00:00Z');
  assert.equal(ural['effective_zone'], 'Europe/Moscow');
  assert.equal(ural['onset_after'], '2022-03-13T16:00:00Z');
  assert.equal(ural['onset_by'], '2022-03-13T18:00:00Z');
  assert.equal(ural['lag_effective_least_ms'], '-18000000');
  assert.equal(ural['lag_effective_most_ms'], '-10800000');
  assert.equal(ural['first_bad_id'], 'instagram.ru-ural-mobile.20220313T180000Z');
  assert.equal(ural['lifted_earliest'], '');
  assert.equal(ural['ledger_revision'], '7');
  assert.equal(ural['is_simulated'], 'true');
});

test('what was never announced has a file of its own', () => {
  const records = toRecords(toUnannouncedCsv(ledger, OPTIONS));
  assert.equal(records.length, ledger.unannounced.length);
  assert.ok(records.every((one) => one['service'] === 'whatsapp'));
});

test('hostile text stays one cell; formulas are guarded when asked, numbers never', () => {
  const [group] = ledger.groups;
  assert.ok(group);
  const title = '=HYPERLINK("http://x","a"),\r\n"b"';
  const hostile = {
    groups: [
      { ...group, title, rows: group.rows.map((row) => ({ ...row, networkName: '+1\t@' })) },
    ],
  };
  const [plain] = toRecords(toLedgerCsv(hostile, OPTIONS));
  assert.equal(plain?.['title'], title);
  assert.equal(plain['network_name'], '+1\t@');
  const instagram = {
    groups: ledger.groups.filter(({ announcementId }) => announcementId.includes('instagram')),
  };
  const [safe] = toRecords(toLedgerCsv(hostile, { ...OPTIONS, isSafe: true }));
  assert.equal(safe?.['title'], `'${title}`);
  assert.equal(safe['network_name'], "'+1\t@");
  assert.equal(
    toLedgerCsv(instagram, { ...OPTIONS, isSafe: true }),
    toLedgerCsv(instagram, OPTIONS),
  );
});

test('an empty ledger is a header', () => {
  assert.equal(toRecords(toLedgerCsv({ groups: [] }, OPTIONS)).length, 0);
  assert.match(
    toLedgerCsv({ groups: [] }, OPTIONS),
    /^announcement_id,title,[^\n]*is_simulated\r\n$/,
  );
});
