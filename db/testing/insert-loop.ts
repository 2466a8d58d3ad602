/**
 * A child process for the kill test: `node insert-loop.ts <file> <first slot>` inserts one run after the other and
 * prints the id of each when it is on disk, until it is killed.
 */
import { writeSync } from 'node:fs';
import { formatMeasurementId } from '../measurement-id.ts';
import { openStore } from '../open.ts';
import { createHandClock, INTERVAL_MS, NOON_MS } from './fixtures.ts';
import { GENERATED_SCENARIOS, GENERATED_VANTAGES, generateRun } from './generate.ts';
import { createRandom } from './generate-observations.ts';

const [file = '', firstSlot = '0'] = process.argv.slice(2);
const store = openStore({ file, mode: 'write', clock: createHandClock() });
store.syncVantages(GENERATED_VANTAGES);
for (let slot = Number(firstSlot); ; slot += 1) {
  const { measurement, judgement } = generateRun(createRandom(slot), {
    service: 'facebook',
    vantageId: 'ru-volga-fixed',
    slotMs: NOON_MS + slot * INTERVAL_MS,
    scenario: GENERATED_SCENARIOS[Math.floor(slot / 5) % GENERATED_SCENARIOS.length] ?? 'ok',
  });
  store.insertMeasurement(measurement, judgement);
  writeSync(1, `${formatMeasurementId(measurement)}\n`);
}
