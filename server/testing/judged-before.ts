/** A store whose measurements were judged without any control, so that judging them again changes most of them. */
import type { Config } from '../../config/schema.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { judge } from '../../probes/judge/judge.ts';
import { measurementOf, type Visit } from '../../probes/testing/observations.ts';
import type { Measurement, Service, Vantage } from '../../probes/types.ts';
import { createFixedClock } from './sample-app.ts';

/** First slot: 4 March 2022, 00:00 UTC. */
export const FIRST_SLOT_MS = Date.UTC(2022, 2, 4);
const INTERVAL_MS = 300_000;
/** Every so many slots of the vantage have their control; the window spans six. */
const CONTROL_EVERY = 4;

function vantage(id: string, countryCode: string, role: Vantage['role']): Vantage {
  return {
    id,
    kind: 'lab',
    countryCode,
    asn: 64_512,
    networkName: id,
    access: 'fixed',
    role,
    note: '',
  };
}

const VANTAGES = [vantage('here', 'RU', 'vantage'), vantage('outside', 'DE', 'control')];

/** Opens a store for writing in this file, for the vantages of this module. */
export function openJudgedBefore(file: string): Store {
  const clock = createFixedClock(FIRST_SLOT_MS + 400 * INTERVAL_MS);
  return openStore({ file, mode: 'write', clock });
}

function visitsOf(service: Service, attempt: number, isReset: boolean): Visit[] {
  return service.targets.map(({ id, kind }) => ({
    targetId: id,
    kind,
    attempt,
    ...(isReset && kind === 'https' ? { fails: ['tls', 'connection_reset'] as const } : {}),
  }));
}

function measure(service: Service, vantageId: string, slot: number): Measurement {
  const isReset = vantageId === 'here';
  const slotMs = FIRST_SLOT_MS + slot * INTERVAL_MS;
  const visits = [1, ...(isReset ? [2] : [])].flatMap((n) => visitsOf(service, n, isReset));
  const place = { service: service.id, vantageId, slotMs, startedAtMs: slotMs + 1_000 };
  return measurementOf(visits, { ...place, intervalMs: INTERVAL_MS });
}

/** Stores `slots` runs of one service, reset in every handshake here and fine outside. */
export function fillJudgedBefore(store: Store, config: Config, slots: number): void {
  const [service] = config.services;
  if (!service) throw new Error('no service is configured');
  store.syncVantages(VANTAGES);
  const rules = { ...config.rules, rulesetVersion: '2020.1.1' };
  for (let slot = 0; slot < slots; slot += 1)
    for (const { id, countryCode } of VANTAGES) {
      if (id === 'outside' && slot % CONTROL_EVERY > 0) continue;
      const measurement = measure(service, id, slot);
      const { baselines, fingerprints } = config;
      const known = { service, countryCode, baselines, rules, fingerprints };
      store.insertMeasurement(measurement, judge({ measurement, controls: [], ...known }));
    }
}
