/** What of a stored log can be said in another language, and which of its entries no longer hold. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import { speak } from '../i18n/catalogue.ts';
import { findWithdrawn, sayEntry } from './incident-log.ts';

const NAMES = new Map([
  ['volga', 'Volga (Fixed)'],
  ['taiga', 'Taiga'],
]);
const VOLGA = 'facebook.volga.20220304T120000Z';
const TAIGA = 'facebook.taiga.20220304T120000Z';

function makeEntry(change: Partial<StoredIncidentEntry>): StoredIncidentEntry {
  return { atMs: 0, storedAtMs: 0, kind: 'opened', text: '', measurementIds: [VOLGA], ...change };
}

const rows = [
  {
    name: 'opened',
    entry: {
      kind: 'opened',
      text: 'facebook in RU is restricted: Volga (Fixed) (AS64500): service, media. Severity: minor.',
      measurementIds: [VOLGA, TAIGA, VOLGA],
    },
    said: 'Volga (Fixed) и Taiga; тяжесть: малая',
  },
  {
    name: 'wider',
    entry: {
      kind: 'scope_changed',
      text: 'Restricted as well: Taiga: service.',
      measurementIds: [TAIGA],
    },
    said: 'ограничен также: Taiga',
  },
  {
    name: 'narrower',
    entry: {
      kind: 'scope_changed',
      text: 'No longer restricted: Taiga: service.',
      measurementIds: [TAIGA],
    },
    said: 'больше не ограничен: Taiga',
  },
  {
    name: 'worse',
    entry: { kind: 'severity_changed', text: 'Severity: critical, before major.' },
    said: 'теперь критическая, было большая',
  },
  {
    name: 'by other means',
    entry: {
      kind: 'mechanism_changed',
      text: 'Restricted by other means: Volga (Fixed) (AS64500): service by tls.reset.sni.',
    },
    said: 'Volga (Fixed): соединение сбрасывается, как только названо имя сервиса',
  },
  {
    name: 'closed',
    entry: { kind: 'closed', text: 'facebook in RU is no longer restricted. Last: Volga.' },
    said: 'Volga (Fixed)',
  },
  {
    name: 'unstable names no measurement',
    entry: { kind: 'unstable', text: 'Changes too often to tell: Volga.', measurementIds: [] },
    said: undefined,
  },
  {
    name: 'a revision is a sentence',
    entry: {
      kind: 'revised',
      text: 'Late data of volga: it is no longer found here.',
      measurementIds: [],
    },
    said: undefined,
  },
  {
    name: 'a list that is cut',
    entry: {
      kind: 'scope_changed',
      text: 'Restricted as well: A: service; B: service; and 3 more.',
      measurementIds: [VOLGA],
    },
    said: undefined,
  },
  {
    name: 'a vantage that is not known',
    entry: { kind: 'closed', text: 'x', measurementIds: ['facebook.gone.20220304T120000Z'] },
    said: undefined,
  },
] as const;

suite('an entry in Russian', () => {
  const say = speak('ru', 'UTC');
  for (const { name, entry, said } of rows)
    test(name, () => assert.equal(sayEntry(makeEntry(entry), NAMES, say), said));
});

suite('what no longer holds', () => {
  const entry = (kept?: number) => makeEntry(kept === undefined ? {} : { kind: 'revised', kept });
  const logs = [
    { name: 'nothing revised', log: [entry(), entry()], withdrawn: [] },
    { name: 'the last one', log: [entry(), entry(), entry(1), entry()], withdrawn: [1] },
    { name: 'everything', log: [entry(), entry(), entry(0)], withdrawn: [0, 1] },
    {
      name: 'twice',
      log: [entry(), entry(), entry(1), entry(), entry(1)],
      withdrawn: [1, 3],
    },
  ];
  for (const { name, log, withdrawn } of logs)
    test(name, () => assert.deepEqual([...findWithdrawn(log)], withdrawn));
});
