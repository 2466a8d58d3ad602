/**
 * `reachline vantage`: adds the machines of others as vantages, lists all vantages, and takes keys back. Works while the
 * server runs: it writes to the registry of agents alone and only reads what was measured.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import { nameNetwork } from '../../config/networks.ts';
import { ConfigError } from '../../config/problem.ts';
import { type ConfiguredVantage, Vantage } from '../../config/schema.ts';
import type { Settings } from '../../config/settings.ts';
import type { AgentArrival } from '../../db/ingest.ts';
import { openStore } from '../../db/open.ts';
import type { Agent, Registry } from '../../db/registry.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { AGENT_LIMITS, formatToken } from '../../probes/agent/protocol.ts';
import { isSafeServer } from '../../probes/agent/uplink.ts';
import { systemClock } from '../../probes/clock.ts';
import { openRegistryOf } from '../agents/open-agents.ts';
import type { CommandContext } from '../command.ts';
import { databaseFile } from '../serve.ts';

/** Arguments that make no sense (EX_USAGE). */
const EXIT_USAGE = 64;

const USAGE = `Usage: reachline vantage <action>

  add <id>      prints a one-time token for the agent of this vantage. For an id that the configuration
                does not list: --country RU --asn 12389 [--network "…"] [--access fixed|mobile|datacentre]
                [--role vantage|control] [--note "…"] [--publish-delay 60]
                [--url https://…]  where the agent finds this server
                (else at --public-url or REACHLINE_URL, or where it listens)
  list          all vantages, and when each was last heard of
  show <id>     one vantage
  disable <id>  nothing is taken from its agent any more, until
  enable <id>
  rotate <id>   refuses the agent's key from now on and prints a token for another one
`;

const text = { type: 'string' } as const;
const FLAGS = {
  country: text,
  asn: text,
  network: text,
  access: text,
  role: text,
  note: text,
  'publish-delay': text,
  url: text,
} as const;
const HELP = { help: { type: 'boolean', short: 'h' } } as const;
type Flags = Partial<Record<keyof typeof FLAGS, string>>;

/** What the actions work with. */
type Desk = {
  readonly settings: Settings;
  readonly registry: Registry;
  readonly vantages: ReadonlyMap<string, ConfiguredVantage>;
  readonly print: (text: string) => void;
};

const ACTIONS: Readonly<
  Record<
    string,
    { readonly needsId: boolean; readonly run: (desk: Desk, id: string, flags: Flags) => void }
  >
> = {
  add: { needsId: true, run: add },
  list: { needsId: false, run: list },
  show: { needsId: true, run: show },
  disable: { needsId: true, run: (desk, id) => setState(desk, id, 'disabled') },
  enable: { needsId: true, run: (desk, id) => setState(desk, id, 'active') },
  rotate: { needsId: true, run: rotate },
};

/** Runs one action. Exit code 0, or 64 when the arguments name none. @throws ConfigError, StoreError */
export async function runVantage({ settings, argv, print }: CommandContext): Promise<number> {
  const {
    values: { help, ...values },
    positionals,
  } = parseArgs({ args: [...argv], options: { ...FLAGS, ...HELP }, allowPositionals: true });
  if (help) {
    print(USAGE);
    return 0;
  }
  const [name = '', id = '', ...rest] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  const fault = findUsageFault(name, action, id, rest, values);
  if (fault !== undefined || !action) {
    process.stderr.write(`${fault}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const config = loadConfig({ file: settings.configFile });
  using registry = openRegistryOf(settings.dataFolder, systemClock);
  const isAsking = config.globalping?.enabled === true;
  const listed = config.vantages.map((vantage) =>
    vantage.kind === 'globalping' && !isAsking ? { ...vantage, enabled: false } : vantage,
  );
  const all = [...registry.listVantages(), ...listed];
  const vantages = new Map(all.map((vantage) => [vantage.id, vantage]));
  action.run({ settings, registry, vantages, print }, id, values);
  return 0;
}

function findUsageFault(
  name: string,
  action: { readonly needsId: boolean } | undefined,
  id: string,
  rest: readonly string[],
  flags: Flags,
): string | undefined {
  if (name === '') return 'Say what to do.';
  if (!action) return `No action \`${name}\`.`;
  if (action.needsId && id === '') return `\`vantage ${name}\` needs the id of a vantage.`;
  if (rest.length > 0 || (!action.needsId && id !== ''))
    return `Unexpected argument \`${rest[0] ?? id}\`.`;
  const [flag] = Object.keys(flags);
  const isRotatedUrl = name === 'rotate' && Object.keys(flags).every((one) => one === 'url');
  return flag === undefined || name === 'add' || isRotatedUrl
    ? undefined
    : `\`vantage ${name}\` has no flag \`--${flag}\`.`;
}

function refuse(path: string, problem: string, remedy: string): never {
  throw new ConfigError([{ file: 'command line', line: 0, column: 0, path, problem, remedy }]);
}

function add(desk: Desk, id: string, flags: Flags): void {
  const { registry, vantages } = desk;
  const known = vantages.get(id);
  const { url, ...described } = flags;
  const isAdded = registry.listVantages().some((one) => one.id === id);
  if (known && known.kind !== 'agent')
    refuse(
      id,
      `is a vantage of kind \`${known.kind}\``,
      'choose another id, or write `kind: agent` in reachline.yaml',
    );
  if (known && !isAdded && Object.keys(described).length > 0)
    refuse(id, 'is described in reachline.yaml', 'leave the flags out, or change it there');
  const agent = registry.findAgent(id);
  if (agent?.state === 'active')
    refuse(id, 'has an agent already', `use \`vantage rotate ${id}\` to put another in its place`);
  if (agent?.state === 'disabled')
    refuse(
      id,
      'is disabled',
      `use \`vantage enable ${id}\`, or \`vantage rotate ${id}\` for another agent`,
    );
  const address = readAddress(desk.settings, url);
  if (!known || Object.keys(described).length > 0) {
    // What is not told again stays as it is: a delay above all, which protects somebody.
    const vantage = readVantage(id, described, known);
    registry.addVantage(vantage);
    desk.print(describeAdded(vantage));
  }
  issueToken(desk, id, address);
}

/** The vantage that the flags describe. @throws ConfigError with every flag that cannot be used. */
function readVantage(
  id: string,
  flags: Omit<Flags, 'url'>,
  before?: ConfiguredVantage,
): ConfiguredVantage {
  const { country, asn, network, access, role, note } = flags;
  const delay = flags['publish-delay'];
  const number = (value: string): unknown => (/^\d+$/.test(value) ? Number(value) : value);
  const { networkName, asn: _asn, ...kept } = before ?? {};
  const parsed = Vantage.safeParse({
    access: 'unknown',
    role: 'vantage',
    note: '',
    ...kept,
    id,
    kind: 'agent',
    asn: asn === undefined ? before?.asn : number(asn.replace(/^AS/i, '')),
    // The name goes with the number: another network has another one.
    ...(networkName === undefined || asn !== undefined ? {} : { networkName }),
    ...(country === undefined ? {} : { countryCode: country.toUpperCase() }),
    ...(access === undefined ? {} : { access }),
    ...(role === undefined ? {} : { role }),
    ...(note === undefined ? {} : { note }),
    ...(network === undefined ? {} : { networkName: network }),
    ...(delay === undefined ? {} : { publishDelayMinutes: number(delay) }),
  });
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => toProblem(issue, { id, ...flags })));
  const vantage = parsed.data;
  return { ...vantage, networkName: vantage.networkName ?? nameNetwork(vantage.asn) };
}

/** What everybody will read of the vantage. */
function describeAdded(vantage: ConfiguredVantage): string {
  const { id, countryCode, networkName, asn, access, role, note, publishDelayMinutes } = vantage;
  const delay =
    publishDelayMinutes === undefined ? 'at once' : `after ${publishDelayMinutes} minutes`;
  const told = note === '' ? '' : `, with the note \`${note}\``;
  return `${id}: ${role} in ${countryCode}, ${networkName} (AS${asn}), ${access}; results are shown ${delay}. All of this is public${told}.\n`;
}

/** Flag of each field, and what to write. */
const FIELD_FLAGS: Readonly<
  Record<string, readonly [flag: `--${keyof Flags}` | 'id', remedy: string]>
> = {
  id: ['id', 'write lower-case letters, digits and single hyphens, e.g. `ru-volga-fixed`'],
  countryCode: ['--country', 'write two letters of ISO 3166-1, e.g. --country RU'],
  asn: ['--asn', 'write the number of the network, e.g. --asn 12389, or 0 when it is not known'],
  networkName: ['--network', 'write the name of the network'],
  access: ['--access', 'write fixed, mobile, datacentre or unknown'],
  role: ['--role', 'write vantage or control'],
  publishDelayMinutes: ['--publish-delay', 'write minutes, from 0 to 43200'],
};

function toProblem(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>) {
  const [path, remedy] = FIELD_FLAGS[String(issue.path[0])] ?? [
    String(issue.path[0]),
    'correct it',
  ];
  const value = given[path.replace('--', '')];
  const problem = value === undefined ? 'is missing' : `\`${value}\` cannot be used`;
  return { file: 'command line', line: 0, column: 0, path, problem, remedy };
}

/** Where the agent is to find this server: as told, or where readers find it, or where it listens. */
function readAddress({ host, port, publicUrl }: Settings, url: string | undefined): URL {
  const shown = isIP(host) === 6 ? `[${host}]` : host;
  const given = url ?? publicUrl ?? `http://${shown}:${port}/`;
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    refuse('--url', `\`${given}\` is no web address`, 'write e.g. https://reachline.example.org/');
  const address = new URL(given);
  // The same rule as the agent's own, so that no token is made that none can use.
  if (!isSafeServer(address) && !isAnyAddress(address))
    refuse(
      '--url',
      `\`${given}\` is not https`,
      'put a web server that speaks HTTPS in front, as SECURITY.md says, and write its address',
    );
  return address;
}

/** What listening on every network looks like in an address. */
function isAnyAddress({ hostname }: URL): boolean {
  return hostname === '0.0.0.0' || hostname === '[::]';
}

function issueToken({ registry, print }: Desk, id: string, address: URL): void {
  const isReplacing = registry.findToken(id) !== undefined;
  const secret = randomBytes(24).toString('base64url');
  const { expiresAtMs } = registry.addToken(id, secret, AGENT_LIMITS.tokenLifeMs);
  const token = formatToken({ url: address.href, secret });
  print(`
A token for the agent of ${id}. It works once, until ${toIso(expiresAtMs)}.
Pass it on in private, and run this on the other machine:

  npm run agent -- --token ${token}

`);
  if (isReplacing) print('The token that was made before it is worth nothing now.\n\n');
  print(
    isSafeServer(address) && address.protocol === 'https:'
      ? ''
      : `Note: the token leads to ${address.href}, which only this machine can reach.\n` +
          'Give the address that others see: --url https://…\n\n',
  );
}

function find({ vantages }: Desk, id: string): ConfiguredVantage {
  const known = vantages.get(id);
  if (known) return known;
  const listed = [...vantages.keys()].slice(0, 20).join(', ');
  return refuse(id, 'is no vantage that is known here', `write one of: ${listed}`);
}

function setState(desk: Desk, id: string, state: 'active' | 'disabled'): void {
  find(desk, id);
  const agent = desk.registry.findAgent(id);
  if (!agent && !desk.registry.findToken(id)) {
    const remedy =
      find(desk, id).kind === 'agent'
        ? `use \`vantage add ${id}\` for a token`
        : `write \`enabled: ${state === 'active'}\` in reachline.yaml`;
    refuse(id, 'has no agent', remedy);
  }
  if (agent?.state === 'rotated' && state === 'active')
    refuse(
      id,
      'waits for its new agent',
      `enrol that one, or use \`vantage rotate ${id}\` for another token`,
    );
  desk.registry.setState(id, state);
  desk.print(
    state === 'active'
      ? `${id} is enabled; its agent is heard again. One that runs asks within an hour, or at once when it is started anew.\n`
      : `${id} is disabled; its agent is refused from now on and its token is worth nothing. What it sent before stays.\n`,
  );
  if (!agent) desk.print(`It had not enrolled yet; \`vantage add ${id}\` makes another token.\n`);
}

function rotate(desk: Desk, id: string, { url }: Flags): void {
  const address = readAddress(desk.settings, url);
  const { kind } = find(desk, id);
  if (kind !== 'agent')
    refuse(id, `is a vantage of kind \`${kind}\``, 'only agents have keys; name one of those');
  if (!desk.registry.setState(id, 'rotated'))
    refuse(id, 'has no agent', `use \`vantage add ${id}\``);
  desk.print(`The key of ${id} is refused from now on. What it signed before stays.\n`);
  issueToken(desk, id, address);
}

/** What lists show of a vantage. */
type Listed = StoredVantage & Pick<ConfiguredVantage, 'enabled'>;

/** A vantage with what is known of it. */
type Known = {
  readonly vantage: Listed;
  /** False for one that only the store knows, as the networks that Globalping was asked in. */
  readonly isListed: boolean;
  readonly agent: Agent | undefined;
  readonly arrival: AgentArrival | undefined;
  readonly lastSlotMs: number | undefined;
  readonly tokenExpiresAtMs: number | undefined;
};

/** Reads the store beside the server, if there is one yet. */
function gather({ settings, registry, vantages }: Desk): Known[] {
  const file = databaseFile(settings.dataFolder);
  const agents = new Map(registry.listAgents().map((agent) => [agent.vantageId, agent]));
  const arrivals = new Map<string, AgentArrival>();
  const slots = new Map<string, number>();
  const all = new Map<string, Listed>(vantages);
  if (existsSync(file)) {
    using store = openStore({ file, mode: 'read', clock: systemClock });
    for (const arrival of store.listArrivals()) arrivals.set(arrival.vantageId, arrival);
    for (const { lastMeasuredMs, ...stored } of store.listVantages()) {
      if (lastMeasuredMs === undefined) continue;
      slots.set(stored.id, lastMeasuredMs);
      if (!all.has(stored.id)) all.set(stored.id, { ...stored, enabled: true });
    }
  }
  return [...all.values()]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((vantage) => ({
      vantage,
      isListed: vantages.has(vantage.id),
      agent: agents.get(vantage.id),
      arrival: arrivals.get(vantage.id),
      lastSlotMs: vantages.has(vantage.id) ? findNewest(vantage, slots) : slots.get(vantage.id),
      tokenExpiresAtMs: registry.findToken(vantage.id)?.expiresAtMs,
    }));
}

/** When a listed vantage was measured last; what Globalping is asked for under one id is stored by network. */
function findNewest(
  { id, kind }: Pick<Listed, 'id' | 'kind'>,
  slots: ReadonlyMap<string, number>,
): number | undefined {
  if (kind !== 'globalping') return slots.get(id);
  const own = [...slots].filter(([stored]) => stored === id || stored.startsWith(`${id}-as`));
  return own.length === 0 ? undefined : Math.max(...own.map(([, slotMs]) => slotMs));
}

/** Of vantages that come from what was measured, not from a list. */
const UNLISTED: Readonly<Partial<Record<Listed['kind'], string>>> = {
  globalping: 'in use',
  import: 'imported',
};

function describeState({ vantage, isListed, agent, tokenExpiresAtMs }: Known): string {
  if (!isListed) return UNLISTED[vantage.kind] ?? 'not listed any more';
  if (!vantage.enabled) return 'switched off';
  if (vantage.kind !== 'agent') return 'in use';
  if (tokenExpiresAtMs !== undefined) return 'waits for its agent';
  if (!agent) return 'no agent';
  return { active: 'active', disabled: 'disabled', rotated: 'no agent' }[agent.state];
}

function describeSeen({ arrival, lastSlotMs }: Known): string {
  const lastMs = Math.max(arrival?.receivedAtMs ?? 0, lastSlotMs ?? 0);
  return lastMs === 0 ? 'never' : toIso(lastMs);
}

function list(desk: Desk): void {
  const rows = gather(desk).map((known) => {
    const { id, kind, countryCode, networkName } = known.vantage;
    return [id, countryCode, networkName, kind, describeState(known), describeSeen(known)];
  });
  const table = [['id', 'country', 'network', 'kind', 'state', 'last seen'], ...rows];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  for (const row of table)
    desk.print(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}

function show(desk: Desk, id: string): void {
  const known = gather(desk).find(({ vantage }) => vantage.id === id);
  if (!known) {
    find(desk, id);
    return;
  }
  const { vantage, agent, arrival, lastSlotMs, tokenExpiresAtMs } = known;
  const asn = vantage.asn === 0 ? 'unknown' : `AS${vantage.asn}`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['id', vantage.id],
    ['kind', vantage.kind],
    ['country', vantage.countryCode],
    ['network', `${vantage.networkName} (${asn}, ${vantage.access})`],
    ['role', vantage.role],
    ['note', vantage.note || undefined],
    [
      'published after',
      vantage.publishDelayMinutes ? `${vantage.publishDelayMinutes} minutes` : undefined,
    ],
    ['state', describeState(known)],
    ['token until', tokenExpiresAtMs === undefined ? undefined : toIso(tokenExpiresAtMs)],
    ['enrolled', agent && toIso(agent.enrolledAtMs)],
    [
      'key refused since',
      agent?.disabledAtMs === undefined ? undefined : toIso(agent.disabledAtMs),
    ],
    ['software', agent?.softwareVersion],
    ['last batch', arrival && `${toIso(arrival.receivedAtMs)} (number ${arrival.sequence})`],
    ['clock', arrival && describeClock(arrival.clockOffsetMs)],
    ['last measured', lastSlotMs === undefined ? 'never' : toIso(lastSlotMs)],
    ['backlog', vantage.kind === 'agent' ? 'only the agent itself knows' : undefined],
  ];
  for (const [name, value] of rows)
    if (value !== undefined) desk.print(`${name.padEnd(18)} ${value}\n`);
}

function describeClock(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 100) / 10;
  return seconds < 1 ? 'agrees with ours' : `${seconds} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}
