/** A region with 36 vantages on a day with news, for tests of what the board weighs and for looking at it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import type { Mechanism, Vantage, Verdict } from '../../probes/types.ts';
import { createApp } from '../app.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './sample.ts';
import { createFixedClock, loadSampleConfig } from './sample-app.ts';

/** Invented networks: country, how many, first private number. */
const COUNTRIES = [
  ['RU', 16],
  ['UA', 6],
  ['BY', 4],
  ['KZ', 4],
  ['PL', 4],
  ['DE', 2],
] as const;
const NAMES = ['Volga', 'Taiga', 'Amber', 'Birch', 'Sunflower', 'Granite', 'Falcon', 'Meadow'];
const KINDS = ['Fixed', 'Mobile'] as const;
const SLOTS = 10;
/** End of the story: the newest slot is half an hour old. */
const BUSY_NOW_MS = SAMPLE_START_MS + (SLOTS - 0.5) * SAMPLE_INTERVAL_MS;

/** The region's vantages; the last country is the control. */
const BUSY_VANTAGES: readonly Vantage[] = COUNTRIES.flatMap(([countryCode, count]) =>
  Array.from({ length: count }, (_, index): Vantage => {
    const kind = KINDS[index % KINDS.length] ?? 'Fixed';
    const isControl = countryCode === 'DE';
    return {
      id: `${countryCode.toLowerCase()}-${index}`,
      kind: 'lab',
      countryCode,
      asn: 64_512 + COUNTRIES.findIndex(([code]) => code === countryCode) * 40 + index,
      networkName: isControl
        ? `Control ${index + 1}`
        : `${NAMES[index % NAMES.length]} ${kind}${index >= NAMES.length ? ' II' : ''}`,
      access: isControl ? 'datacentre' : index % 2 === 0 ? 'fixed' : 'mobile',
      role: isControl ? 'control' : 'vantage',
      note: '',
    };
  }),
);

/**
 * What a lane says in a slot: blocks that spread, one of them likely only, one slowing that ends, a failure that has only just
 * begun, one network that cannot be told, two silent.
 */
function tell(
  { countryCode, id }: Vantage,
  service: string,
  slot: number,
): readonly [Verdict, Mechanism?] | undefined {
  const index = Number(id.split('-')[1]);
  if ((id === 'ru-15' || id === 'by-3') && slot > 3) return undefined;
  if (id === 'kz-1' && slot === 8) return ['insufficient'];
  if (countryCode === 'RU' && service === 'facebook' && slot >= 3 + (index % 4))
    return ['blocked', index % 3 === 0 ? 'dns.nxdomain' : 'tls.reset.sni'];
  if (countryCode === 'RU' && service === 'whatsapp' && slot >= 6 && index < 5)
    return ['impaired', 'tls.throttle.sni'];
  if (countryCode === 'BY' && service === 'instagram' && slot >= 2 && slot < 7)
    return ['likely_blocked', 'tls.timeout.sni'];
  if (countryCode === 'BY' && service === 'facebook' && slot >= 4)
    return ['likely_blocked', 'tls.timeout.sni'];
  if (countryCode === 'KZ' && service === 'whatsapp' && slot === SLOTS - 1)
    return ['likely_blocked', 'tls.timeout.sni'];
  if (countryCode === 'UA' && index === 2 && slot === SLOTS - 1) return ['down'];
  return ['ok'];
}

/** A filled store with its books kept, and the application over it. */
export type BusyRegion = {
  readonly app: Hono;
  readonly store: Store;
  readonly close: () => void;
};

/** Opens it; about two seconds of writing. */
export async function openBusyRegion(): Promise<BusyRegion> {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-busy-'));
  const clock = createFixedClock(BUSY_NOW_MS);
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  const config = loadSampleConfig();
  store.syncVantages(BUSY_VANTAGES);
  store.syncAnnouncements(config.announcements);
  for (let slot = 0; slot < SLOTS; slot += 1)
    for (const vantage of BUSY_VANTAGES)
      for (const { id: service } of config.services) {
        const [verdict, mechanism] = tell(vantage, service, slot) ?? [];
        if (verdict === undefined) continue;
        const slotMs = SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS;
        const { measurement, judgement } = createSample({
          service,
          vantageId: vantage.id,
          slotMs,
          verdict,
          ...(mechanism === undefined ? {} : { mechanism }),
        });
        store.insertMeasurement(measurement, judgement);
      }
  const books = createBookkeeping({ store, config, clock, log: () => {} });
  await books.rebuild('Sample');
  await books.stop();
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: BUSY_NOW_MS };
  const app = createApp({ store, config, clock, info });
  return {
    app,
    store,
    close() {
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
