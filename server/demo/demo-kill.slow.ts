/**
 * Kills the demo in the middle, without warning, and starts it again: everything that was committed is still
 * there, the story goes on, and spans and buckets equal a recount from the measurements.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../db/open.ts';
import { StoreError } from '../../db/store-error.ts';
import { verifyFile } from '../../db/verify.ts';
import { systemClock } from '../../probes/clock.ts';

/** Measurements after which the demo is killed and, started again, stopped. */
const KILL_AT = 150;
const STOP_AT = 300;
const KILLS = 2;
const DEADLINE_MS = 90_000;

function startDemo(folder: string): ChildProcess {
  return spawn(
    process.execPath,
    ['server/reachline.mjs', 'demo', '--data', folder, '--port', '0'],
    {
      stdio: 'ignore',
    },
  );
}

/** Ids of everything committed so far, read beside the writer. */
function readIds(file: string): string[] {
  using store = openStore({ file, mode: 'read', clock: systemClock });
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = store.listMeasurements({ limit: 500, ...(before ? { before } : {}) });
    ids.push(...page.rows.map((row) => row.id));
    before = page.nextCursor;
  } while (before !== undefined);
  return ids;
}

/** The same, before the demo has made its database as well. */
function readIdsSoFar(file: string): string[] {
  try {
    return existsSync(file) ? readIds(file) : [];
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'missing') return [];
    throw error;
  }
}

async function waitFor(file: string, count: number, demo: ChildProcess): Promise<string[]> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  for (;;) {
    assert.equal(demo.exitCode, null, 'the demo runs');
    assert.ok(Date.now() < deadlineMs, `${count} measurements within ${DEADLINE_MS} ms`);
    const ids = readIdsSoFar(file);
    if (ids.length >= count) return ids;
    await delay(200);
  }
}

test('a demo killed with -9 loses nothing committed and its derived tables equal a recount', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-kill-'));
  const file = join(folder, 'demo', 'reachline.db');
  let demo = startDemo(folder);
  t.after(() => {
    demo.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const committed = new Set<string>();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    for (const id of await waitFor(file, KILL_AT * kill, demo)) committed.add(id);
    const ended = once(demo, 'exit');
    demo.kill('SIGKILL');
    await ended;
    demo = startDemo(folder);
  }
  await waitFor(file, STOP_AT + KILL_AT, demo);
  const ended = once(demo, 'exit');
  const askedMs = Date.now();
  demo.kill('SIGINT');
  await ended;
  assert.ok(Date.now() - askedMs < 2_000, 'Ctrl-C ends it within two seconds');

  const after = new Set(readIds(file));
  for (const id of committed) assert.ok(after.has(id), `${id} was committed and is missing`);
  const report = verifyFile(file, { clock: systemClock });
  assert.deepEqual(report.findings, []);
  assert.ok(report.isSound, 'hash chain, spans and buckets equal a recount');
});
