/**
 * `reachline demo`: the real probes, judge, store, messages and pages on a simulated region over loopback sockets. Weeks
 * pass in a minute under an injected clock, then the region goes on live. `--verify` compares and exits, `--live` leaves
 * the story out.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { systemClock } from '../../probes/clock.ts';
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { createRegion, type Region } from '../../probes/lab/region.ts';
import { createVirtualClock, type VirtualClock } from '../../probes/lab/virtual-clock.ts';
import type { Measurement } from '../../probes/types.ts';
import { openAgents, openRegistryOf } from '../agents/open-agents.ts';
import type { EventWatch } from '../alerts/event-watch.ts';
import { createApp } from '../app.ts';
import { type Bookkeeping, createBookkeeping } from '../bookkeeping.ts';
import { type CommandContext, stopInTime, untilAborted } from '../command.ts';
import type { ControlWindow } from '../control-window.ts';
import { type DemoDelivery, openDelivery } from '../demo/delivery.ts';
import { findPort, toPublicUrl } from '../demo/find-port.ts';
import { LIVE_INTERVAL_SECONDS, toLabConfig } from '../demo/lab-config.ts';
import { listLiveAgents, listLiveVantages, startLive } from '../demo/live.ts';
import { compareDelivery } from '../demo/verify-delivery.ts';
import { compareIncidents } from '../demo/verify-incidents.ts';
import { compareStoryLedger } from '../demo/verify-ledger.ts';
import { checkLinks } from '../demo/verify-links.ts';
import { compareWithStory, type Line } from '../demo/verify-story.ts';
import { listen } from '../http.ts';
import { createLateControls, type LateControls } from '../late-controls.ts';
import type { LiveFeed } from '../live/live-feed.ts';
import { createRunner, type ObservatoryDeps } from '../observatory.ts';
import { createPatientSink } from '../patient-sink.ts';
import { createControlWindow, createPipeline, type OnStored } from '../pipeline.ts';
import { createProgress } from '../progress.ts';
import { createWatch, describeProvenance, openForWriting, openLiveFeed } from '../serve.ts';
import { readSoftwareVersion } from '../software.ts';

/** Everything that the demo runs on. */
type Stage = {
  readonly config: Config;
  readonly store: Store;
  readonly region: Region;
  readonly clock: VirtualClock;
  readonly deps: ObservatoryDeps;
  /** Changed once, when the story is over. */
  readonly pace: { isLive: boolean };
  /** Judges and stores what was measured in the slot. */
  readonly judgeSlot: () => void;
  readonly controls: ControlWindow;
  readonly late: LateControls;
  readonly books: Bookkeeping;
  readonly live: LiveFeed;
  /** For what is measured live. */
  readonly onStored: OnStored;
  /** Told of what the books have news of; absent while the story is told. */
  readonly news: { watch?: EventWatch };
};

/** How the demo is shown. */
type Show = CommandContext & { readonly folder: string; readonly isStoryTold: boolean };

/** What links of messages begin with where no page is served. */
const VERIFIED_URL = 'http://127.0.0.1';

/** Runs the demo. Exit code 0; with `--verify` 1 when a conclusion differs from what was imposed. */
export async function runDemo(context: CommandContext): Promise<number> {
  const { settings, argv, signal, print } = context;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      verify: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
    },
  });
  const folder = values.verify
    ? mkdtempSync(join(tmpdir(), 'reachline-demo-'))
    : join(settings.dataFolder, 'demo');
  if (values.fresh) rmSync(folder, { recursive: true, force: true });
  const stage = await setStage(folder, context);
  try {
    if (values.verify) {
      await using delivery = await openStageDelivery(stage, context, folder, VERIFIED_URL);
      await playStory(stage, delivery, signal);
      return signal.aborted ? 1 : await verify(stage, delivery, print);
    }
    return await present(stage, { ...context, folder, isStoryTold: !values.live });
  } finally {
    stage.deps.watch[Symbol.dispose]();
    stage.store.close();
    await stage.region.close();
    if (values.verify) rmSync(folder, { recursive: true, force: true });
  }
}

async function setStage(folder: string, { settings, log }: CommandContext): Promise<Stage> {
  const real = loadConfig({ file: settings.configFile });
  const startMs = listDemoSlots()[0]?.slotMs ?? systemClock.nowMs();
  const clock = createVirtualClock(startMs);
  const region = await createRegion({
    services: real.services,
    baselines: real.baselines,
    startMs,
  });
  const config = toLabConfig(real);
  const store = openForWriting(folder, clock);
  // Where it stopped, if it was begun before: seen from the first day, what was concluded since would not be known yet, and
  // what is written now would stand under that day.
  clock.advanceTo(firstIncompleteSlot(store, region));
  store.syncVantages(region.vantages);
  const watch = createWatch(config, store, systemClock, log);
  const pace = { isLive: false };
  const control = region.vantages.find((vantage) => vantage.role === 'control');
  const waiting: Measurement[] = [];
  const quiet = () => undefined;
  const controls = createControlWindow(config);
  const live = openLiveFeed(store, config, clock);
  const news: { watch?: EventWatch } = {};
  const books = createBookkeeping({
    store,
    config,
    clock,
    log: quiet,
    graceMs: 0,
    onIncidents(place, changes) {
      live.noteIncidents(place, changes);
      news.watch?.noteIncidents(changes);
    },
    onLedger: () => news.watch?.noteLedger(),
  });
  const noteJudged: OnStored = (facts, verdicts) => {
    books.note(facts);
    live.noteRun(facts, verdicts);
  };
  const late = createLateControls({ store, config, log: quiet, onJudged: noteJudged });
  const onStored: OnStored = (facts, verdicts) => {
    noteJudged(facts, verdicts);
    late.note(facts);
  };
  const told = { store, config, vantages: region.vantages, log: quiet, controls };
  const pipeline = createPipeline({ ...told, onStored: (facts) => books.note(facts) });
  const vantages = listLiveVantages(region);
  const livePipeline = createPipeline({ ...told, vantages, onStored });
  const patient = createPatientSink(livePipeline, log);
  const deps: ObservatoryDeps = {
    config,
    stations: region.vantages.map((vantage) => ({
      vantage,
      network: region.networkOf(vantage.id),
    })),
    clock,
    watch,
    provenance: describeProvenance(config, store),
    standingMarks: ['simulated'],
    sink: (measurement) => {
      if (measurement.marks.includes('interrupted')) return;
      if (pace.isLive) patient.take(measurement);
      else waiting.push(measurement);
    },
    // While the story is told waiting is skipped; live, the region keeps the time of the world.
    around: (task) => (pace.isLive ? task() : clock.track(task)),
  };
  /** The control first, so that whoever is judged in this slot has one. */
  const judgeSlot = (): void => {
    const isControl = ({ vantageId }: Measurement): boolean => vantageId === control?.id;
    for (const measurement of waiting.filter(isControl)) pipeline(measurement);
    for (const measurement of waiting.filter((one) => !isControl(one))) pipeline(measurement);
    waiting.length = 0;
  };
  return {
    config,
    store,
    region,
    clock,
    deps,
    pace,
    judgeSlot,
    controls,
    late,
    books,
    live,
    onStored,
    news,
  };
}

/** Opens the messages of the demo; what the books have news of is told there from now on. */
async function openStageDelivery(
  { store, config, clock, news }: Stage,
  { log }: CommandContext,
  folder: string,
  publicUrl: string,
): Promise<DemoDelivery> {
  const delivery = await openDelivery({ store, config, clock, log, folder, publicUrl });
  news.watch = delivery.alerting.watch;
  return delivery;
}

/** Records what was announced up to an instant; everything unless told. */
function recordAnnounced({ store, config }: Stage, untilMs = Number.POSITIVE_INFINITY): void {
  const isKnown = (latest: string | null): boolean =>
    untilMs === Number.POSITIVE_INFINITY || Date.parse(latest ?? '') <= untilMs;
  store.syncAnnouncements(
    config.announcements.filter(({ announced_at: { latest } }) => isKnown(latest)),
  );
}

/**
 * Plays every slot that is not stored yet, so that a demo that was killed goes on where it stopped. What follows from a
 * slot is concluded and delivered before the next one.
 */
async function playStory(
  stage: Stage,
  { alerting, mailbox, tell }: DemoDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { store, region, clock, deps, judgeSlot, books } = stage;
  const slots = listDemoSlots();
  const resumeMs = firstIncompleteSlot(store, region);
  const runStation = createRunner(deps);
  // Before anything is known, so that the whole story is news; what a demo that was killed had concluded is told too.
  await alerting.watch.look();
  alerting.startSending();
  const isResumed = slots.some(({ slotMs }) => slotMs >= resumeMs) && Number.isFinite(resumeMs);
  if (isResumed) await books.rebuild('The story goes on');
  const progress = createProgress(process.stderr, 'simulated');
  for (const [index, { slotMs, intervalMs }] of slots.entries()) {
    if (signal.aborted) break;
    if (slotMs < resumeMs) continue;
    clock.advanceTo(slotMs);
    region.setTime(slotMs);
    mailbox.story = { share: index / slots.length };
    recordAnnounced(stage, slotMs);
    await Promise.all(
      region.vantages.map(({ id }) => runStation(id, { slotMs, seq: 0 }, intervalMs, signal)),
    );
    if (signal.aborted) break;
    judgeSlot();
    await books.look();
    await tell();
    progress.update((index + 1) / slots.length, new Date(slotMs).toISOString().slice(0, 10));
  }
  mailbox.story = undefined;
  progress.end(signal.aborted ? 'interrupted' : 'story complete');
}

/** The earliest of the newest slots per lane: everything before it is complete, itself perhaps not. */
function firstIncompleteSlot(store: Store, region: Region): number {
  const latest = store.latestMeasurements();
  const services = new Set(latest.map((one) => one.service)).size;
  if (services === 0 || latest.length < services * region.vantages.length)
    return Number.NEGATIVE_INFINITY;
  return Math.min(...latest.map((one) => one.slotMs));
}

async function present(stage: Stage, show: Show): Promise<number> {
  const { config, store, clock, region, controls, late, books, live, onStored, deps } = stage;
  const { signal, print, log, folder } = show;
  const settings = { ...show.settings, port: await findPort(show.settings) };
  await using stack = new AsyncDisposableStack();
  const info = {
    version: readSoftwareVersion(),
    isSimulated: true,
    startedAtMs: systemClock.nowMs(),
  };
  const shared = { store, clock, log, controls, random: Math.random, onStored };
  const agents = openAgents({
    ...shared,
    dataFolder: folder,
    config: { ...config, vantages: listLiveAgents(region) },
  });
  stack.defer(books.stop);
  stack.defer(() => late.stop());
  stack.defer(agents.stop);
  const delivery = stack.use(await openStageDelivery(stage, show, folder, toPublicUrl(settings)));
  const { alerting, desk, mailbox } = delivery;
  const messages = { alerts: desk, readAlertHealth: alerting.alertHealth, mailbox };
  const entrances = { agents: agents.door, live, ...messages };
  const app = createApp({ store, config: delivery.config, clock, info, ...entrances });
  const http = await listen(app, { host: settings.host, port: settings.port });
  stack.defer(http.close);
  stack.defer(live.stop);
  const timeline = 't?from=2022-02-22T00:00Z&to=2022-04-01T00:00Z&tz=Europe/Moscow&country=RU';
  if (show.isStoryTold) {
    print(
      `\n  The simulated region is at ${http.url}${timeline}\n  It fills while the story runs. Stop it with Ctrl-C.\n  Its messages arrive at ${http.url}demo/mailbox\n\n`,
    );
    await playStory(stage, delivery, signal);
    if (signal.aborted) return 0;
    print('  The story is complete.\n');
  }
  await books.rebuild('The story was told');
  if (show.isStoryTold) await delivery.tell();
  stage.pace.isLive = true;
  clock.advanceTo(systemClock.nowMs());
  region.setTime(systemClock.nowMs());
  // After the clock has moved on: what was announced since the story is no news.
  recordAnnounced(stage);
  books.start();
  alerting.start();
  const registry = stack.use(openRegistryOf(folder, systemClock));
  const { configFile } = settings;
  const place = { dataFolder: folder, configFile, serverUrl: http.url };
  stack.use(await startLive({ region, store, config, deps, registry, ...place }));
  print(
    `  The region is now measured live every ${LIVE_INTERVAL_SECONDS} s: two vantages are agents, processes of their own, and two go through proxies. ${http.url}v\n`,
  );
  await untilAborted(signal);
  return stopInTime(() => stack.disposeAsync());
}

/** Compares verdicts, incidents and the ledger with what was imposed, and what was delivered with what was concluded. */
async function verify(
  stage: Stage,
  delivery: DemoDelivery,
  print: (text: string) => void,
): Promise<number> {
  const { store, region, config, books } = stage;
  const slots = listDemoSlots();
  const { story, vantages } = region;
  const { services } = config;
  const comparison = compareWithStory({
    store,
    story,
    services,
    vantages,
    fromMs: slots[0]?.slotMs ?? 0,
    toMs: (slots.at(-1)?.slotMs ?? 0) + (slots.at(-1)?.intervalMs ?? 0),
  });
  const printLines = (title: string, lines: readonly Line[]): number => {
    print(`\n${title}\n`);
    for (const { isRight, text } of lines) print(`${isRight ? '✓' : '✗'} ${text}\n`);
    return lines.filter(({ isRight }) => !isRight).length;
  };
  const verdictsOff = printLines('Verdicts', comparison.lines);
  await books.rebuild('The story was told');
  await delivery.tell();
  recordAnnounced(stage);
  await books.rebuild('All announcements are known');
  const rules = config.rules.detector;
  const incidents = compareIncidents(store.listIncidents(), {
    story,
    services,
    vantages,
    slots,
    rules,
  });
  const incidentsOff = printLines('Incidents', incidents);
  const ledger = compareStoryLedger(store.getLedger()?.content, story);
  const ledgerOff = printLines(
    'Ledger: announcement | service | network | imposed onset | reported interval | imposed lag in reported lag | outcome',
    ledger.lines,
  );
  const delivered = compareDelivery({
    record: delivery.record(),
    items: delivery.mailbox.items(),
    incidents: store.listIncidents(),
  });
  const links = await checkLinks(delivery, { ...stage, url: VERIFIED_URL });
  const deliveryOff = printLines('Delivery', [...delivered.lines, ...links]);
  const { measurements, targets, exact, falseAlarms, isRight } = comparison;
  print(
    `\n${measurements} measurements, ${targets} target verdicts, ${exact} exactly as imposed, ${falseAlarms} false alarms, ${verdictsOff} differences\n`,
  );
  print(`${incidents.length} lines of incidents, ${incidentsOff} differences\n`);
  print(
    `${ledger.lines.length} lines of the ledger, ${ledger.vague} of them left open by the measurements, ${ledgerOff} differences\n`,
  );
  print(
    `${delivered.events} events, ${delivered.messages} messages in the mailbox, ${deliveryOff} differences\n`,
  );
  return isRight && incidentsOff + ledgerOff + deliveryOff === 0 ? 0 : 1;
}
