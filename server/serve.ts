/** `reachline serve`: opens the store, starts the probes and the pages, and takes all of it down again in order. */
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Settings } from '../config/settings.ts';
import type { StoreEvent } from '../db/audit.ts';
import { openStore } from '../db/open.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import { CircumstanceWatch } from '../probes/circumstances.ts';
import { type Clock, systemClock } from '../probes/clock.ts';
import type { Measurement, Provenance } from '../probes/types.ts';
import { type Agents, openAgents } from './agents/open-agents.ts';
import { type Alerting, openAlerting } from './alerts/alerting.ts';
import type { AlertDesk } from './alerts/desk.ts';
import { createApp } from './app.ts';
import { createBookkeeping } from './bookkeeping.ts';
import { startBorrowed } from './borrowed.ts';
import type { ControlWindow } from './control-window.ts';
import { bulkFolder } from './exports/bulk/bulk-folder.ts';
import { type Nightly, startNightly } from './exports/bulk/nightly.ts';
import { createLoggedExporter } from './exports/export-thread.ts';
import { listen } from './http.ts';
import { createLateControls } from './late-controls.ts';
import { createLiveFeed, type LiveFeed } from './live/live-feed.ts';
import type { Log } from './log.ts';
import { createSchedule, type Station } from './observatory.ts';
import { createPatientSink } from './patient-sink.ts';
import { createControlWindow, createPipeline, type OnStored } from './pipeline.ts';
import { startPulse } from './pulse.ts';
import { PROBE_VERSION, readSoftwareVersion } from './software.ts';
import { openStations } from './stations.ts';

/** Name of the database inside the data folder. */
const DATABASE_FILE = 'reachline.db';

/** A running server: where it is, and how to end it. */
export type Running = { readonly url: string; readonly stop: () => Promise<void> };

/** The path of the database in a data folder. */
export function databaseFile(dataFolder: string): string {
  return join(dataFolder, DATABASE_FILE);
}

/**
 * Opens the database of a data folder for writing.
 * @throws StoreError when it cannot be used, with the cause and what to do.
 */
export function openForWriting(dataFolder: string, clock: Clock): Store {
  return openStore({ file: databaseFile(dataFolder), mode: 'write', clock });
}

/** What every row of this process carries. */
export function describeProvenance(config: Config, store: Store): Provenance {
  return {
    softwareVersion: readSoftwareVersion(),
    probeVersion: PROBE_VERSION,
    schemaVersion: store.health().schemaVersion,
    configHash: config.hash,
  };
}

/**
 * Starts everything. Pages are served before the first measurement ends.
 * @param environment holds the secrets whose variables the configuration names.
 */
export async function serve(
  settings: Settings,
  config: Config,
  log: Log,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Running> {
  const clock = systemClock;
  const stations = openStations(config, settings.ownAddresses, environment);
  const store = openForWriting(settings.dataFolder, clock);
  const vantages = stations.map((station) => station.vantage);
  const watch = createWatch(config, store, clock, log);
  const pulse = startPulse();
  const controls = createControlWindow(config);
  const exporter = createLoggedExporter(log);
  let agents: Agents | undefined;
  let alerting: Alerting | undefined;
  let desk: AlertDesk | undefined;
  let live: LiveFeed | undefined;
  try {
    store.syncVantages(vantages);
    store.syncAnnouncements(config.announcements);
    const info = {
      version: readSoftwareVersion(),
      isSimulated: false,
      startedAtMs: clock.nowMs(),
      ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
    };
    const { dataFolder } = settings;
    const random = Math.random;
    live = openLiveFeed(store, config, clock);
    const { noteRun, noteIncidents, stop: endStreams } = live;
    const books = createBookkeeping({
      store,
      config,
      clock,
      log,
      onIncidents(place, changes) {
        noteIncidents(place, changes);
        alerting?.watch.noteIncidents(changes);
      },
      onLedger: () => alerting?.watch.noteLedger(),
    });
    const noteJudged: OnStored = (facts, verdicts) => {
      books.note(facts);
      noteRun(facts, verdicts);
    };
    const late = createLateControls({ store, config, log, onJudged: noteJudged });
    const onStored: OnStored = (facts, verdicts) => {
      noteJudged(facts, verdicts);
      late.note(facts);
    };
    agents = openAgents({ dataFolder, config, store, clock, log, controls, random, onStored });
    const { door, listDisabled, stop: stopAgents } = agents;
    const told = { store, config, dataFolder, environment, clock, log, random };
    const alerts = await openAlerting({ ...told, listDisabledAgents: listDisabled });
    alerting = alerts;
    desk = await openDesk(alerts, config, clock, log);
    const entrances = { agents: door, listDisabledAgents: listDisabled, live, pulse };
    const files = { exporter, bulkFolder: bulkFolder(dataFolder) };
    const watched = { readAlertHealth: alerts.alertHealth, ...(desk ? { alerts: desk } : {}) };
    const app = createApp({ store, config, clock, info, log, ...files, ...entrances, ...watched });
    const http = await listen(app, { host: settings.host, port: settings.port });
    const probing = { config, store, stations, clock, watch, log, controls, onStored };
    const schedule = startSchedule(probing);
    store.recordEvent({ atMs: clock.nowMs(), kind: 'started', detail: info.version });
    log('info', 'serving', { url: http.url, data: settings.dataFolder });
    const provenance = describeProvenance(config, store);
    const shared = { config, store, clock, log, controls, random, onStored };
    void books.rebuild('Derived again at the start').then(() => {
      books.start();
      alerts.start();
    });
    const nightly = openNightly(settings, config, log, clock);
    const borrowed = startBorrowed({ ...shared, provenance, environment });
    return {
      url: http.url,
      async stop() {
        endStreams();
        await Promise.all([exporter.stop(), nightly?.stop()]);
        await Promise.all([schedule.stop(), borrowed.stop(), http.close(), desk?.signUp.stop()]);
        await alerts.stop();
        await stopAgents();
        await late.stop();
        await books.stop();
        noteEvent(store, { atMs: clock.nowMs(), kind: 'stopped', detail: info.version }, log);
        watch[Symbol.dispose]();
        pulse[Symbol.dispose]();
        store.close();
      },
    };
  } catch (error) {
    watch[Symbol.dispose]();
    pulse[Symbol.dispose]();
    live?.stop();
    await agents?.stop();
    await desk?.signUp.stop();
    await alerting?.stop();
    store.close();
    throw error;
  }
}

/** The task that makes bulk files at night; undefined where it is switched off. */
function openNightly(
  { dataFolder, configFile, publicUrl }: Settings,
  { bulk, alerts }: Config,
  log: Log,
  { nowMs }: Clock,
): Nightly | undefined {
  if (!bulk.enabled) return undefined;
  const site = publicUrl ?? alerts.publicUrl;
  return startNightly({
    bulk,
    folder: bulkFolder(dataFolder),
    settings: ['--data', dataFolder, '--config', configFile],
    ...(site === undefined ? {} : { homepage: new URL('/data', site).href }),
    log,
    nowMs,
  });
}

/** Opens the desk where readers subscribe; undefined where messages are switched off. */
async function openDesk(
  { subscribers, channels }: Alerting,
  config: Config,
  clock: Clock,
  log: Log,
): Promise<AlertDesk | undefined> {
  const { publicUrl } = config.alerts;
  if (subscribers === undefined || channels === undefined || publicUrl === undefined)
    return undefined;
  const { byKind, webhook, pushKey } = channels;
  const { createDesk } = await import('./alerts/desk.ts');
  return createDesk({
    subscribers,
    channels: byKind,
    clock,
    log,
    publicUrl,
    ...(webhook === undefined ? {} : { challenge: webhook.challenge }),
    ...(pushKey === undefined ? {} : { pushKey }),
  });
}

/** The stream of what becomes known from now on. */
export function openLiveFeed(store: Store, config: Config, clock: Clock): LiveFeed {
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  return createLiveFeed({ store, clock, slotLengthMs, latest: store.latestMeasurements() });
}

/** Watches the machine; every circumstance is one line in the log and one event in the store. */
export function createWatch(
  config: Config,
  store: Pick<Store, 'recordEvent'>,
  clock: Clock,
  log: Log,
): CircumstanceWatch {
  const watch = new CircumstanceWatch({
    clock,
    maxLoopDelayMs: config.rules.stall.maxLoopDelayMs,
    maxStepMs: config.rules.clock.maxStepMs,
    onCircumstance({ kind, atMs, byMs }) {
      log('warn', kind, { byMs });
      noteEvent(store, { atMs, kind, detail: `${byMs} ms` }, log);
    },
  });
  watch.start();
  return watch;
}

/** Records an event; a store that cannot be written, as on a full disk, must not end the process for its sake. */
function noteEvent(store: Pick<Store, 'recordEvent'>, event: StoreEvent, log: Log): void {
  try {
    store.recordEvent(event);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log('error', 'event_not_stored', { event: event.kind, reason: error.message });
  }
}

type Probing = {
  readonly config: Config;
  readonly store: Store;
  readonly stations: readonly Station[];
  readonly clock: Clock;
  readonly watch: CircumstanceWatch;
  readonly log: Log;
  readonly controls: ControlWindow;
  readonly onStored: OnStored;
};

function startSchedule(probing: Probing) {
  const { config, store, stations, clock, watch, log, controls, onStored } = probing;
  const vantages = stations.map((station) => station.vantage);
  const patient = createPatientSink(
    createPipeline({ store, config, vantages, log, controls, onStored }),
    log,
  );
  let isStopping = false;
  const sink = (measurement: Measurement): void => {
    // A run that our own stop cut short says nothing; its slot is measured again at the next start. One that its
    // deadline cut short is kept: no later run would say more.
    if (isStopping && measurement.marks.includes('interrupted'))
      log('info', 'interrupted', { service: measurement.service });
    else patient.take(measurement);
  };
  const provenance = describeProvenance(config, store);
  const schedule = createSchedule(
    { config, stations, clock, watch, provenance, standingMarks: [], sink },
    (vantage, slot) => {
      log('warn', 'skipped', { vantage, slot: new Date(slot.slotMs).toISOString() });
      noteEvent(store, { atMs: clock.nowMs(), kind: 'skipped', detail: vantage }, log);
    },
  );
  for (const latest of store.latestMeasurements()) schedule.remember(latest.slotMs, latest.seq);
  schedule.start();
  return {
    async stop(): Promise<void> {
      isStopping = true;
      await schedule.stop();
      const lost = patient.flush();
      if (lost > 0) log('error', 'measurements_lost', { count: lost });
    },
  };
}
