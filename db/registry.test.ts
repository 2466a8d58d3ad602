/** The registry of agents: several processes may have it open, and nothing of it is kept that could be used. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase } from './connection.ts';
import { openRegistry, type Registry } from './registry.ts';
import { createHandClock, makeFolder, NOON_MS } from './testing/fixtures.ts';

function open(t: TestContext) {
  const opened: Registry[] = [];
  const folder = makeFolder(t, () => {
    for (const one of opened) one.close();
  });
  const file = join(folder, 'deeper', 'agents.db');
  const clock = createHandClock();
  const openOne = (): Registry => {
    const registry = openRegistry({ file, clock });
    opened.push(registry);
    return registry;
  };
  return { file, clock, openOne };
}

const KEY = 'A'.repeat(43);

test('two that have it open see the same instance, and each what the other wrote', (t) => {
  const { openOne } = open(t);
  const [server, desk] = [openOne(), openOne()];
  assert.equal(server.instance, desk.instance);
  assert.match(server.instance, /^[0-9a-f-]{36}$/);
  desk.addToken('ru-volga-fixed', 'secret', 1_000);
  assert.equal(server.redeem('secret', KEY, '0.1.0').kind, 'enrolled');
  assert.equal(desk.findAgent('ru-volga-fixed')?.state, 'active');
  desk.setState('ru-volga-fixed', 'disabled');
  assert.equal(server.findAgent('ru-volga-fixed')?.state, 'disabled');
  assert.equal(server.findAgent('ru-volga-fixed')?.disabledAtMs, NOON_MS);
});

test('the secret of a token is not in the file, which only its user may read', (t) => {
  const { file, openOne } = open(t);
  const registry = openOne();
  registry.addToken('ru-volga-fixed', 'a-secret-that-nobody-guesses', 1_000);
  for (const one of [file, `${file}-wal`])
    assert.ok(!readFileSync(one).includes('a-secret-that-nobody-guesses'), one);
  assert.equal(statSync(file).mode & 0o077, 0);
});

test('taking a vantage out of use takes its token back', (t) => {
  const { openOne, clock } = open(t);
  const registry = openOne();
  registry.addToken('ru-volga-fixed', 'secret', 1_000);
  assert.deepEqual(registry.findToken('ru-volga-fixed'), { expiresAtMs: NOON_MS + 1_000 });
  assert.equal(registry.setState('ru-volga-fixed', 'disabled'), false, 'there is no agent yet');
  assert.equal(registry.findToken('ru-volga-fixed'), undefined);
  const refused = { kind: 'refused', reason: 'token_unknown' };
  assert.deepEqual(registry.redeem('secret', KEY, '0.1.0'), refused);
  registry.addToken('ru-volga-fixed', 'late', 1_000);
  clock.set(NOON_MS + 1_000);
  assert.equal(registry.findToken('ru-volga-fixed'), undefined);
});

test('a file of a newer version is left alone', (t) => {
  const { file, openOne } = open(t);
  openOne();
  const database = openDatabase(file, 'write');
  database.pragma('user_version = 99');
  database.close();
  assert.throws(openOne, /newer Reachline/);
});
