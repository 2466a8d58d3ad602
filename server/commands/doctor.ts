/** `reachline doctor`: looks at everything that has to be right on this machine and says what to do where it is not. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import type { Config } from '../../config/schema.ts';
import type { Settings } from '../../config/settings.ts';
import { openStore } from '../../db/open.ts';
import { StoreError } from '../../db/store-error.ts';
import { systemClock } from '../../probes/clock.ts';
import { gatherAttempts } from '../../probes/judge/facts.ts';
import { hasFarNames } from '../../probes/network/network.ts';
import { probeTarget } from '../../probes/probe-target.ts';
import { Recorder } from '../../probes/recorder.ts';
import type { Observation } from '../../probes/types.ts';
import type { CommandContext } from '../command.ts';
import type { Station } from '../observatory.ts';
import { databaseFile } from '../serve.ts';
import { type Environment, openStations } from '../stations.ts';

/** One thing looked at. */
export type Finding = {
  readonly subject: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly text: string;
  /** What to do; present unless all is good. */
  readonly remedy?: string;
};

const SIGNS = { good: '✓', note: '!', bad: '✗' } as const;
/** Below this the evidence of a few months does not fit: about 1.1 GB a year at the default cadence. */
const MIN_FREE_BYTES = 512 * 1024 * 1024;
/** Certificates and slots tolerate seconds; from here on they begin to suffer. */
const MAX_CLOCK_OFFSET_MS = 30_000;

/** Prints the findings. Exit code 0 when nothing is bad, else 1. */
export async function runDoctor({
  settings,
  argv,
  environment = {},
  signal,
  print,
}: CommandContext): Promise<number> {
  parseArgs({ args: [...argv], options: {} }); // it has no flags of its own
  const findings: Finding[] = [];
  const note = (finding: Finding): void => {
    findings.push(finding);
    print(`${SIGNS[finding.state]} ${finding.subject.padEnd(14)} ${finding.text}\n`);
    if (finding.remedy) print(`${' '.repeat(17)}→ ${finding.remedy}\n`);
  };
  const config = checkConfig(settings, note);
  checkFolder(settings, note);
  checkDatabase(settings, note);
  if (config) {
    checkPlace(config, settings.configFile, note);
    const stations = openCheckedStations(config, settings.ownAddresses, environment, note);
    await checkNetwork(config, stations, signal, note);
  }
  const bad = findings.filter((finding) => finding.state === 'bad').length;
  print(bad === 0 ? '\nReachline can measure from here.\n' : `\n${bad} to mend first.\n`);
  return bad === 0 ? 0 : 1;
}

type Note = (finding: Finding) => void;

function checkConfig(settings: Settings, note: Note): Config | undefined {
  try {
    const config = loadConfig({ file: settings.configFile });
    const targets = config.services.reduce((sum, service) => sum + service.targets.length, 0);
    note({
      subject: 'configuration',
      state: 'good',
      text: `${config.services.length} services, ${targets} targets, ${config.baselines.length} neutral hosts, ${config.announcements.length} announcements, ruleset ${config.rules.rulesetVersion}`,
    });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    note({
      subject: 'configuration',
      state: 'bad',
      text: error.message,
      remedy: 'mend the lines above',
    });
    return undefined;
  }
}

/** Looks whether each vantage of this machine says where it is; without that, its results stand beside no other's. */
export function checkPlace(
  { vantages }: Pick<Config, 'vantages'>,
  configFile: string,
  note: Note,
): void {
  const placed = ['local', 'socks5', 'http-proxy'];
  const lost = vantages.filter(
    ({ kind, enabled, countryCode, asn }) =>
      enabled && placed.includes(kind) && (countryCode === 'ZZ' || asn === 0),
  );
  if (lost.length === 0) return;
  note({
    subject: 'place',
    state: 'note',
    text: `${lost.map(({ id }) => id).join(', ')}: country or network is not known, so its results stand under “unknown country”`,
    remedy: `write countryCode (e.g. PL), asn (e.g. 5617) and access of it under \`vantages\` in ${configFile}, and start again`,
  });
}

function checkFolder({ dataFolder }: Settings, note: Note): void {
  const folder = existsSync(dataFolder) ? dataFolder : dirname(dataFolder);
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const text = `${dataFolder} is writable, ${Math.round(free / 1024 ** 2)} MiB free`;
    if (free >= MIN_FREE_BYTES) note({ subject: 'data folder', state: 'good', text });
    else
      note({
        subject: 'data folder',
        state: 'note',
        text,
        remedy: 'free some space, or set REACHLINE_DATA to a larger disk',
      });
  } catch {
    // Whatever the system's reason, the reader can do the same two things about it.
    note({
      subject: 'data folder',
      state: 'bad',
      text: `${dataFolder} cannot be written`,
      remedy: 'make the folder writable for this user, or set REACHLINE_DATA to another one',
    });
  }
}

function checkDatabase(settings: Settings, note: Note): void {
  const file = databaseFile(settings.dataFolder);
  if (!existsSync(file)) {
    note({ subject: 'database', state: 'good', text: 'none yet; the first `npm start` makes it' });
    return;
  }
  try {
    using store = openStore({ file, mode: 'read', clock: systemClock });
    const { measurements, lastMeasuredMs, databaseBytes, schemaVersion } = store.health();
    const last = lastMeasuredMs === undefined ? 'never' : new Date(lastMeasuredMs).toISOString();
    note({
      subject: 'database',
      state: 'good',
      text: `schema ${schemaVersion}, ${measurements} measurements, last ${last}, ${Math.round(databaseBytes / 1024)} KiB; \`reachline verify\` checks every byte`,
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    note({
      subject: 'database',
      state: 'bad',
      text: error.message,
      remedy: 'see the message above',
    });
  }
}

function openCheckedStations(
  config: Config,
  ownAddresses: readonly string[],
  environment: Environment,
  note: Note,
): readonly Station[] {
  try {
    return openStations(config, ownAddresses, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = 'set what is named above and try again';
    note({ subject: 'vantages', state: 'bad', text: error.message, remedy });
    return [];
  }
}

async function checkNetwork(
  config: Config,
  stations: readonly Station[],
  signal: AbortSignal,
  note: Note,
): Promise<void> {
  for (const { vantage, network } of stations) {
    const count = network.resolvers.length;
    if (count === 0 && !hasFarNames(network)) {
      note({
        subject: 'resolver',
        state: 'bad',
        text: `vantage ${vantage.id} has no resolver`,
        remedy: 'name one under vantages[].resolvers in reachline.yaml',
      });
      continue;
    }
    const resolverText = hasFarNames(network) ? 'leaves names to its proxy' : `has ${count}`;
    note({ subject: 'resolver', state: 'good', text: `vantage ${vantage.id} ${resolverText}` });
    const recorder = new Recorder(systemClock, systemClock.monotonicMs());
    const deps = { network, clock: systemClock, budgets: config.budgets, signal, recorder };
    await Promise.all(
      config.baselines.map((target) =>
        probeTarget(target, { targetId: target.id, role: 'baseline', attempt: 1 }, deps),
      ),
    );
    const observations = recorder.list().map((one, id): Observation => ({ ...one, id }));
    reportBaselines(config, observations, note);
    reportClock(observations, note);
  }
}

function reportBaselines(config: Config, observations: readonly Observation[], note: Note): void {
  const proxyReasons = new Set<string>();
  const failures = config.baselines.flatMap((target) => {
    const [attempt] = gatherAttempts(observations, target.id, target.kind);
    if (attempt?.isReached) return [];
    const outcome = attempt?.failed?.outcome;
    const code = outcome?.kind === 'failed' ? outcome.failure.code : 'no usable address';
    const raw = code === 'proxy_failed' && outcome?.kind === 'failed' ? outcome.failure.raw : '';
    if (raw) proxyReasons.add(raw);
    return [`${target.host} (${attempt?.failed?.operation ?? 'dns'}: ${code})`];
  });
  const total = config.baselines.length;
  const text = `${total - failures.length} of ${total} neutral hosts answered`;
  if (failures.length === 0) note({ subject: 'network', state: 'good', text });
  else {
    const isDead = total - failures.length < config.rules.minBaselinesOk;
    note({
      subject: 'network',
      state: isDead ? 'bad' : 'note',
      text: `${text}; not: ${failures.join(', ')}`,
      remedy: isDead
        ? `${
            proxyReasons.size === 0
              ? 'check the connection of this machine'
              : `see that the proxy runs at the address in reachline.yaml and takes this login (${[...proxyReasons].join(', ')})`
          }; until then every failure is judged "cannot tell"`
        : 'if this stays so, put neutral hosts that answer here under baselines in reachline.yaml',
    });
  }
}

/** Compares the wall clock with the Date headers of neutral hosts, which are good to a second. */
function reportClock(observations: readonly Observation[], note: Note): void {
  const offsets = observations.flatMap((one) => {
    if (one.operation !== 'http' || one.outcome.kind !== 'ok') return [];
    const theirs = Date.parse(one.outcome.value.headers['date'] ?? '');
    return Number.isNaN(theirs) ? [] : [systemClock.nowMs() - theirs];
  });
  const offset = offsets.toSorted((a, b) => a - b)[Math.floor(offsets.length / 2)];
  if (offset === undefined) {
    note({
      subject: 'clock',
      state: 'note',
      text: `${new Date(systemClock.nowMs()).toISOString()}; could not be compared, since no neutral host answered`,
      remedy: 'compare it with another clock yourself',
    });
  } else if (Math.abs(offset) <= MAX_CLOCK_OFFSET_MS) {
    note({
      subject: 'clock',
      state: 'good',
      text: `agrees with neutral hosts within ${Math.ceil(Math.abs(offset) / 1000)} s`,
    });
  } else {
    note({
      subject: 'clock',
      state: 'bad',
      text: `${Math.round(Math.abs(offset) / 1000)} s ${offset > 0 ? 'ahead of' : 'behind'} neutral hosts`,
      remedy:
        'set the clock (for example with `timedatectl set-ntp true`); a wrong clock makes true certificates look false',
    });
  }
}
