/** The application over a real store with the sample in it, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import type { Clock } from '../../probes/clock.ts';
import { type AppOptions, createApp } from '../app.ts';
import type { ReadStore } from '../contract.ts';
import {
  createSamples,
  HOSTILE,
  SAMPLE_INTERVAL_MS,
  SAMPLE_START_MS,
  SAMPLE_VANTAGES,
} from './sample.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a test can reach. */
export type SampleApp = {
  readonly app: Hono;
  readonly store: Store;
  /** Where its database lies. */
  readonly folder: string;
  readonly config: Config;
  /** Lines that the application logged. */
  readonly logged: readonly string[];
  /** Closes the store and removes its folder. */
  readonly close: () => void;
};

/** How the sample is to be. */
export type SampleAppOptions = {
  /** Hours of measurements; 0 is a first run. 48 unless told. */
  readonly slots?: number;
  readonly isSimulated?: boolean;
  /** Replaces parts of the store, e.g. by ones that fail. */
  readonly override?: Partial<ReadStore>;
  /** Where readers subscribe, and what watches; none unless told. */
  readonly more?: Pick<AppOptions, 'alerts' | 'readAlertHealth' | 'pulse' | 'bulkFolder'>;
  /** Stands still at the end of the sample unless told. */
  readonly clock?: Clock;
};

/** A clock that stands still at the given instant. */
export function createFixedClock(nowMs: number): Clock {
  return { nowMs: () => nowMs, monotonicMs: () => 0, sleep: () => Promise.resolve() };
}

/** Reads the default configuration with one hostile announcement more. */
export function loadSampleConfig(): Config {
  const config = loadConfig({ file: join(ROOT, 'config', 'reachline.yaml') });
  const [first] = config.announcements;
  if (first === undefined) throw new Error('the default configuration has no announcement');
  const hostile = {
    ...first,
    id: 'hostile',
    title: HOSTILE,
    summary: HOSTILE,
    actor: { ...first.actor, name: HOSTILE },
    quotes: [{ text: HOSTILE, source: 'javascript:alert(1)' }],
    sources: [{ kind: 'url' as const, ref: 'javascript:alert(1)', supports: [HOSTILE] }],
    conflicts: [HOSTILE],
    links: [],
  };
  return { ...config, announcements: [...config.announcements, hostile] };
}

/** Opens a store in a folder of its own, fills it, and makes the application. */
export function openSampleApp(options: SampleAppOptions = {}): SampleApp {
  const { slots = 48, isSimulated = true, override = {}, more = {} } = options;
  const folder = mkdtempSync(join(tmpdir(), 'reachline-pages-'));
  const { clock = createFixedClock(SAMPLE_START_MS + slots * SAMPLE_INTERVAL_MS) } = options;
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  const close = () => {
    store.close();
    rmSync(folder, { recursive: true });
  };
  const config = loadSampleConfig();
  store.syncVantages(SAMPLE_VANTAGES);
  store.syncAnnouncements(config.announcements);
  for (const { measurement, judgement } of createSamples(
    config.services.map(({ id }) => id),
    slots,
  ))
    store.insertMeasurement(measurement, judgement);
  const logged: string[] = [];
  const app = createApp({
    store: Object.keys(override).length === 0 ? store : createOverride(store, override),
    config,
    clock,
    info: { version: '0.1.0', isSimulated, startedAtMs: clock.nowMs() },
    ...more,
    log: (level, event, fields) => logged.push(`${level} ${event} ${JSON.stringify(fields)}`),
  });
  return { app, store, folder, config, logged, close };
}

/** The store with some methods replaced; methods keep their own `this`. */
export function createOverride(store: Store, override: Partial<ReadStore>): ReadStore {
  return new Proxy(store, {
    get(target, name) {
      const replaced: unknown = Reflect.get(override, name);
      if (replaced !== undefined) return replaced;
      const own: unknown = Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
