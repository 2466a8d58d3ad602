/**
 * The demo gone live: two vantages are agents in processes of their own, two go through proxies, and what comes of them
 * is stored, judged and shown like everything else. Ctrl-C ends all of it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';

const SERVICES = 3;
const KINDS = ['agent', 'agent', 'http-proxy', 'lab', 'lab', 'lab', 'socks5'];
/** What is restricted is tried again after 30 s before anything is said of it. */
const DEADLINE_MS = 90_000;

test('live, agents and proxies measure beside the others, and Ctrl-C ends all of them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-live-'));
  const args = ['server/reachline.mjs', 'demo', '--live', '--data', folder, '--port', '0'];
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => {
    demo.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const url = await readUrl(demo.stdout);
  const file = join(folder, 'demo', 'reachline.db');
  const vantages = await waitForAll(file);
  assert.deepEqual(vantages.map(({ kind }) => kind).sort(), KINDS);

  using store = openStore({ file, mode: 'read', clock: systemClock });
  for (const { id, kind } of vantages) {
    const page = await fetch(new URL(`v/${id}`, url));
    assert.equal(page.status, 200, id);
    const latest = store.latestMeasurements().filter((one) => one.vantageId === id);
    assert.equal(latest.length, SERVICES, id);
    for (const { id: measurementId, marks } of latest) {
      assert.ok(marks.includes('simulated'), measurementId);
      const { measurement } = store.getMeasurement(measurementId) ?? {};
      const isBlind = measurement?.blindSpots?.includes('udp') === true;
      assert.equal(isBlind, kind === 'socks5' || kind === 'http-proxy', measurementId);
    }
  }

  const ended = once(demo, 'exit');
  const askedMs = performance.now();
  demo.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  assert.ok(performance.now() - askedMs < 2_000);
});

async function readUrl(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const url = /http:\/\/\S+\//.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error('the demo ended before it said where it is');
}

/** Waits until every vantage has measured every service live; gives the vantages. */
async function waitForAll(file: string) {
  const deadlineMs = Date.now() + DEADLINE_MS;
  for (;;) {
    assert.ok(Date.now() < deadlineMs, 'every vantage has measured');
    await delay(500);
    using store = openStore({ file, mode: 'read', clock: systemClock });
    const vantages = store.listVantages();
    if (store.latestMeasurements().length === vantages.length * SERVICES) return vantages;
  }
}
