/**
 * A healthy network measured by a process to which things happen: stalls, a halt, a clock that is set.
 * None of it may end as a verdict against a service, cost more than one slot, or fill the log.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { STATION_INTERVAL_MS, type StationReport, type StationRequest } from './testing/station.ts';

const HOUR_MS = 3_600_000;
const SERVICES = 3;
/** Time for one more slot to begin and end after something happened. */
const SETTLE_MS = STATION_INTERVAL_MS * 2 + 2_000;

/** A process of its own per fault, so that two can happen at once. */
type Station = AsyncDisposable & {
  readonly process: ChildProcess;
  readonly ask: (request: StationRequest) => void;
  /** Waits until a run has just begun, does the deed in the middle of it, and lets two more runs end. */
  readonly meanwhile: (deed: () => void | Promise<void>) => Promise<readonly StationReport[]>;
};

async function openStation(): Promise<Station> {
  let reports: StationReport[] = [];
  const station = fork(new URL('./testing/station.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  station.on('message', (report) => reports.push(report as StationReport)); // only the station writes here
  while (listMeasured(reports).length < SERVICES) await delay(100);
  return {
    process: station,
    ask: (request) => void station.send(request),
    async meanwhile(deed) {
      reports = [];
      const intoSlotMs = Date.now() % STATION_INTERVAL_MS;
      await delay(STATION_INTERVAL_MS - intoSlotMs + 60);
      await deed();
      await delay(SETTLE_MS);
      return reports;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(station, 'exit');
      station.kill('SIGKILL');
      await exited;
    },
  };
}

function listMeasured(reports: readonly StationReport[]) {
  return reports.filter((report) => report.kind === 'measured');
}

function check(
  reports: readonly StationReport[],
  expected: { readonly mark: string; readonly minRuns: number },
): void {
  const measured = listMeasured(reports);
  for (const report of measured)
    assert.ok(
      report.verdict === 'ok' || report.verdict === 'insufficient',
      `${report.service}: ${report.verdict} [${report.marks.join()}]`,
    );
  assert.ok(
    measured.some((report) => report.verdict === 'ok'),
    'it goes on measuring',
  );
  const told = reports.filter((report) => report.kind === 'circumstance');
  assert.deepEqual(
    told.map((report) => report.mark),
    [expected.mark],
    'one line in the log',
  );
  const runs = new Set(measured.map((report) => `${report.slotMs}#${report.seq}`)).size;
  assert.ok(runs >= expected.minRuns, `${runs} runs, at least ${expected.minRuns} expected`);
}

suite('faults of the machine', { concurrency: 2 }, () => {
  test('a stall of 3 s', async () => {
    await using station = await openStation();
    const reports = await station.meanwhile(() => station.ask({ stallMs: 3_000 }));
    check(reports, { mark: 'local_stall', minRuns: 2 });
  });

  test('stopped for 5 s by the system', async () => {
    await using station = await openStation();
    const reports = await station.meanwhile(async () => {
      station.process.kill('SIGSTOP');
      await delay(5_000);
      station.process.kill('SIGCONT');
    });
    check(reports, { mark: 'sleep', minRuns: 2 });
  });

  test('an hour back', async () => {
    await using station = await openStation();
    const reports = await station.meanwhile(() => station.ask({ stepMs: -HOUR_MS }));
    check(reports, { mark: 'clock_step', minRuns: 2 });
  });

  test('an hour forward', async () => {
    await using station = await openStation();
    const reports = await station.meanwhile(() => station.ask({ stepMs: HOUR_MS }));
    check(reports, { mark: 'clock_step', minRuns: 2 });
  });
});
