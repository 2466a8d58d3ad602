/** Exports of a store and what becomes of them: the same verdicts in another store, files that are whole or not there. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { loadSettings } from '../../config/settings.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { systemClock } from '../../probes/clock.ts';
import { judge } from '../../probes/judge/judge.ts';
import { CONFIG, CONTEXT, readFixtures } from '../../probes/providers/ooni/testing/judged-lines.ts';
import { withRealUrls } from '../../probes/providers/ooni/testing/real-urls.ts';
import { measurementOf } from '../../probes/testing/observations.ts';
import type { Measurement, Vantage } from '../../probes/types.ts';
import { runExport } from '../commands/export.ts';
import { importStream } from '../imports/import-file.ts';
import { exportOoni } from './ooni.ts';

const FIRST_SLOT_MS = Date.UTC(2022, 2, 4, 12);
const INTERVAL_MS = 300_000;
const SLOTS = 40;

function makeVantage(id: string, role: Vantage['role'], publishDelayMinutes?: number): Vantage {
  return {
    id,
    kind: 'lab',
    countryCode: role === 'control' ? 'DE' : 'RU',
    asn: 64_496,
    networkName: id,
    access: 'fixed',
    role,
    note: '',
    ...(publishDelayMinutes === undefined ? {} : { publishDelayMinutes }),
  };
}

const FATES = [
  undefined,
  ['tls', 'connection_reset'],
  ['dns', 'dns_nxdomain_error'],
  ['tcp', 'generic_timeout_error'],
  ['http', 'generic_timeout_error'],
] as const;

function makeRun(vantageId: string, slot: number, isControl: boolean): Measurement {
  const service = CONFIG.services[slot % CONFIG.services.length];
  assert.ok(service);
  const visits = service.targets.flatMap(({ id, kind }, index) => {
    const fate = isControl
      ? slot % 7 === 0
        ? FATES[3]
        : undefined
      : FATES[(slot + index) % FATES.length];
    const isFit =
      fate !== undefined &&
      (kind === 'https' || (fate[0] !== 'tls' && fate[0] !== 'http' && kind === 'tcp'));
    return [1, 2].map((attempt) => ({
      targetId: id,
      kind,
      attempt,
      ...(isFit ? { fails: fate } : {}),
    }));
  });
  const slotMs = FIRST_SLOT_MS + slot * INTERVAL_MS;
  const startedAtMs = slotMs + 1_234;
  return withRealUrls(
    measurementOf(visits, { service: service.id, vantageId, slotMs, startedAtMs }),
  );
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function openIn(folder: string): Store {
  return openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock: systemClock });
}

/** Two vantages in one network and a control, over some hours; judged as the server would. */
function fill(store: Store, delays: Readonly<Record<string, number>> = {}): void {
  const places = [
    makeVantage('de-control', 'control', delays['de-control']),
    makeVantage('ru-one', 'vantage'),
    makeVantage('ru-two', 'vantage', delays['ru-two']),
  ];
  store.syncVantages(places);
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const control = withDates(makeRun('de-control', slot, true));
    for (const { id, role, countryCode } of places) {
      const measurement = role === 'control' ? control : withDates(makeRun(id, slot, false));
      const service = CONFIG.services.find((one) => one.id === measurement.service);
      assert.ok(service);
      const { rules, fingerprints, baselines } = CONFIG;
      const controls = role === 'control' ? [] : [control];
      store.insertMeasurement(
        measurement,
        judge({ measurement, service, controls, countryCode, baselines, rules, fingerprints }),
      );
    }
  }
}

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, isOwnOnly: true };

async function exportAll(store: Store, changes: Partial<Parameters<typeof exportOoni>[0]> = {}) {
  const lines: string[] = [];
  const report = await exportOoni({
    store,
    config: CONFIG,
    query: ALL,
    nowMs: Date.now(),
    signal: new AbortController().signal,
    write: (line) => Promise.resolve(void lines.push(line)),
    ...changes,
  });
  return { report, lines };
}

/** Service verdict and mechanism of every run, by vantage and slot. */
function listVerdicts(store: Store, toVantage: (id: string) => string): Map<string, string> {
  const { rows } = store.listMeasurements({ limit: 1_000 });
  return new Map(
    rows.map((row) => {
      const stored = store.getMeasurement(row.id);
      const targets = Object.entries(stored?.judgement.targets ?? {}).map(
        ([id, one]) => `${id} ${one.verdict} ${one.mechanism ?? ''}`,
      );
      return [
        `${toVantage(row.vantageId)} ${row.service} ${row.slotMs}`,
        [row.verdict, row.mechanism, ...targets.sort()].join('\n'),
      ];
    }),
  );
}

test('exported, imported into another store: the same verdicts and mechanisms, run by run and target by target', async (t) => {
  using store = openIn(makeFolder(t));
  fill(store);
  const { report, lines } = await exportAll(store);
  assert.deepEqual(report, { written: SLOTS * 3, held: 0, imported: 0, isComplete: true });
  using other = openIn(makeFolder(t));
  const source = (async function* () {
    yield* lines.map((line) => Buffer.from(line));
  })();
  const { signal } = new AbortController();
  const imported = await importStream(source, {
    store: other,
    config: CONFIG,
    context: CONTEXT,
    signal,
  });
  assert.equal(imported.bad, 0, JSON.stringify(imported.badLines));
  assert.equal(imported.stored, SLOTS * 3);
  const toOriginal = (id: string): string => id.replace(/^ooni-[a-z]{2}-as64496-/, '');
  const before = listVerdicts(store, (id) => id);
  assert.ok(
    new Set([...before.values()].map((one) => one.split('\n')[0])).size >= 3,
    'the runs differ',
  );
  assert.deepEqual(listVerdicts(other, toOriginal), before);
  assert.equal(other.verify().isSound, true);
  assert.ok(
    other.listVantages().every(({ role, kind }) => role === 'vantage' && kind === 'import'),
    'nobody’s file makes a control of ours',
  );
});

test('what others measured carries its licence, and can be left out', async (t) => {
  using store = openIn(makeFolder(t));
  fill(store);
  const source = (async function* () {
    yield* readFixtures('classic.jsonl').map(({ text }) => Buffer.from(`${text}\n`));
  })();
  const { signal } = new AbortController();
  const { stored } = await importStream(source, {
    store,
    config: CONFIG,
    context: CONTEXT,
    signal,
  });
  assert.equal((await exportAll(store)).report.written, SLOTS * 3);
  const { lines, report } = await exportAll(store, { query: { ...ALL, isOwnOnly: false } });
  assert.equal(report.imported, stored, 'only what is there is said to be of others');
  const borrowed = lines.filter((line) => line.includes('"licence":"CC-BY-NC-SA-4.0"'));
  assert.equal(lines.length, SLOTS * 3 + stored);
  assert.equal(borrowed.length, stored);
  // Borrowed once more, they keep licence and verdict.
  using other = openIn(makeFolder(t));
  const again = await importStream(
    (async function* () {
      yield* borrowed.map((line) => Buffer.from(line));
    })(),
    { store: other, config: CONFIG, context: CONTEXT, signal },
  );
  assert.equal(again.stored, stored, JSON.stringify(again.badLines));
  const [row] = other.listMeasurements({ limit: 1 }).rows;
  assert.equal(other.getMeasurement(row?.id ?? '')?.measurement.origin?.licence, 'CC-BY-NC-SA-4.0');
  const count = (one: Store): unknown => {
    const { rows } = one.listMeasurements({ limit: 1_000 });
    const verdicts = rows
      .filter(({ vantageId }) => vantageId.startsWith('ooni-'))
      .map(({ verdict }) => verdict);
    return verdicts.sort();
  };
  assert.deepEqual(count(other), count(store));
});

test('a vantage that publishes later is left out until then, and stretches and names select', async (t) => {
  using store = openIn(makeFolder(t));
  fill(store, { 'ru-two': 60 });
  const nowMs = FIRST_SLOT_MS + SLOTS * INTERVAL_MS;
  const { report, lines } = await exportAll(store, { nowMs });
  // The hour before, and the one slot that was not over an hour ago.
  assert.equal(report.held, 60 / 5 + 1);
  assert.ok(lines.every((line) => !line.includes('[object')));
  const toMs = FIRST_SLOT_MS + 3 * INTERVAL_MS;
  const part = await exportAll(store, { query: { ...ALL, toMs, vantageIds: ['ru-one'] } });
  assert.equal(part.report.written, 3);
  const times = part.lines.map(
    (line) => (JSON.parse(line) as { measurement_start_time: string }).measurement_start_time,
  );
  assert.deepEqual(times, times.toSorted());
});

/** The run with the hour of the server in each of its answers. */
function withDates(measurement: Measurement): Measurement {
  const headers = { server: 'x', date: DATE };
  const observations = measurement.observations.map((one) =>
    one.operation === 'http' && one.outcome.kind === 'ok'
      ? { ...one, outcome: { kind: 'ok' as const, value: { ...one.outcome.value, headers } } }
      : one,
  );
  return { ...measurement, observations };
}

const DATE = 'Fri, 04 Mar 2022 12:00:01 GMT';

type Line = {
  readonly annotations: { readonly vantage: string };
  readonly measurement_start_time: string;
  readonly measurement_uid: string;
  readonly test_start_time: string;
  readonly test_keys: {
    readonly requests: readonly unknown[];
    readonly x_control: Readonly<Record<string, readonly unknown[]>>;
    readonly x_measurement: { readonly startedAtMs: number };
  };
};

for (const [name, delays] of [
  ['a vantage', { 'ru-two': 60 }],
  ['a control', { 'de-control': 60 }],
  ['both', { 'ru-two': 30, 'de-control': 60 }],
] as const)
  test(`the second of a visit is in no line when ${name} publishes later, nor a control before its time`, async (t) => {
    using store = openIn(makeFolder(t));
    fill(store, delays);
    const nowMs = FIRST_SLOT_MS + SLOTS * INTERVAL_MS;
    const { lines } = await exportAll(store, { nowMs });
    const isLate = (id: string): boolean => Object.hasOwn(delays, id);
    const isHidden = (id: string, slotMs: number): boolean => {
      const minutes = Object.entries(delays).find(([one]) => one === id)?.[1];
      return minutes !== undefined && slotMs >= nowMs - minutes * 60_000 - INTERVAL_MS;
    };
    const seen = { late: 0, exact: 0, withControl: 0, withoutControl: 0 };
    for (const text of lines) {
      const line = JSON.parse(text) as Line;
      const { vantage } = line.annotations;
      const { startedAtMs } = line.test_keys.x_measurement;
      const slotMs = Math.floor(startedAtMs / INTERVAL_MS) * INTERVAL_MS;
      assert.ok(!isHidden(vantage, slotMs));
      const own = JSON.stringify(line.test_keys.requests);
      if (isLate(vantage)) {
        seen.late += 1;
        assert.equal(startedAtMs, slotMs);
        assert.equal(line.measurement_start_time, line.test_start_time);
        assert.match(line.measurement_uid, /^\d{12}00\.000000_/);
        assert.ok(!own.includes(DATE), own);
      } else {
        seen.exact += 1;
        assert.equal(startedAtMs, slotMs + 1_234);
      }
      if (vantage === 'de-control') continue;
      const control = JSON.stringify(line.test_keys.x_control);
      const isSeen = Object.values(line.test_keys.x_control).some((list) => list.length > 0);
      if (isSeen) seen.withControl += 1;
      else seen.withoutControl += 1;
      if (isLate('de-control')) assert.ok(!control.includes(DATE));
    }
    assert.ok(seen.late > 20 && seen.exact > 20 && seen.withControl > 20, JSON.stringify(seen));
    const hiddenOnly = lines
      .map((text) => JSON.parse(text) as Line)
      .filter(
        ({ annotations, test_keys }) =>
          annotations.vantage === 'ru-one' &&
          // Every control in the window of this run is still to come.
          test_keys.x_measurement.startedAtMs - CONFIG.rules.controlWindowSeconds * 1_000 >
            nowMs - 60 * 60_000,
      );
    for (const { test_keys } of hiddenOnly)
      assert.equal(
        Object.values(test_keys.x_control).every((list) => list.length === 0),
        isLate('de-control'),
      );
    assert.ok(hiddenOnly.length > 0);
  });

for (const [name, unpack] of [
  ['out.jsonl', (bytes: Buffer) => bytes],
  ['out.jsonl.gz', gunzipSync],
  ['out.jsonl.zst', zstdDecompressSync],
] as const)
  test(`the command writes ${name} whole, and never over a file that is there`, async (t) => {
    const folder = makeFolder(t);
    {
      using store = openIn(folder);
      fill(store);
    }
    const out = join(folder, name);
    const settings = loadSettings({ argv: ['--data', folder], environment: {} });
    const { signal } = new AbortController();
    const context = {
      settings,
      argv: ['ooni', '--out', out],
      signal,
      log: () => {},
      print: () => {},
    };
    assert.equal(await runExport(context), 0);
    const lines = unpack(readFileSync(out)).toString('utf8').trimEnd().split('\n');
    assert.equal(lines.length, SLOTS * 3);
    await assert.rejects(runExport(context), /exists already/);
    writeFileSync(out, 'mine');
    assert.equal(await runExport({ ...context, argv: [...context.argv, '--force'] }), 0);
    assert.notEqual(readFileSync(out, 'utf8'), 'mine');
    const stopped = {
      ...context,
      argv: ['ooni', '--out', `${out}.2`],
      signal: AbortSignal.abort(),
    };
    assert.equal(await runExport(stopped), 1);
    assert.ok(!existsSync(`${out}.2`));
    assert.deepEqual(
      readdirSync(folder).filter((one) => one.includes('.part')),
      [],
    );
  });

test('names and formats that are not known are refused with the known ones', async (t) => {
  const folder = makeFolder(t);
  {
    using store = openIn(folder);
    fill(store);
  }
  const settings = loadSettings({ argv: ['--data', folder], environment: {} });
  const { signal } = new AbortController();
  const run = (...argv: string[]): Promise<number> =>
    runExport({ settings, argv, signal, log: () => {}, print: () => {} });
  await assert.rejects(run('csv'), /no export/);
  await assert.rejects(run('ooni', '--vantage', 'nowhere'), /ru-one/);
  await assert.rejects(run('ooni', '--until', '2020-01-01', '--since', '2021-01-01'), /not after/);
});
