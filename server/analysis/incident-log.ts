/** What was concluded of an incident, instant by instant: derived from its restrictions, and the same for the same ones. */
import type { Detector } from '../../config/schema.ts';
import type { Mechanism } from '../../probes/types.ts';
import type { FoundEpisode } from './found-episode.ts';
import { weigh, worseOf } from './severity.ts';
import type { IncidentEntry, Severity } from './types.ts';

/** A restriction that counts, with the instant from which it did. */
export type LoggedEpisode = FoundEpisode & { readonly knownAtMs: number };

export type LogInput = {
  readonly service: string;
  readonly countryCode: string;
  /** Of one incident, by onset. */
  readonly episodes: readonly LoggedEpisode[];
  /** Vantages of the country that had data at an instant. */
  readonly withData: (atMs: number) => ReadonlySet<string>;
  readonly rules: Pick<Detector, 'minNetworks' | 'majorShare'>;
};

export type WrittenLog = {
  /** By time. */
  readonly log: readonly IncidentEntry[];
  /** Now, or the worst that it was when nothing is restricted any more. */
  readonly severity: Severity;
  readonly mechanism?: Mechanism;
  /** True when nothing that is restricted is so for certain. */
  readonly isUnstable: boolean;
};

/** Names in a sentence before it says how many more there are. */
const MAX_NAMES = 6;
/** Measurements that an entry names. */
const MAX_IDS = 20;

type Change = {
  readonly atMs: number;
  readonly kind: 'open' | 'worse' | 'lesser' | 'mechanism' | 'unstable' | 'settled' | 'close';
  readonly found: LoggedEpisode;
  readonly measurementId?: string | undefined;
  readonly mechanism?: Mechanism;
  /** Of `settled`: how often it changed. */
  readonly changes?: number;
};

/** Everything that happens to one restriction. */
function listChanges(found: LoggedEpisode): Change[] {
  const { knownAtMs, closedAtMs, levels, unstable, mechanisms } = found;
  const open = { kind: 'open', found, measurementId: found.openedById } as const;
  const later: Change[] = [];
  for (const [index, { kind, knownAtMs: atMs, knownById: measurementId }] of levels.entries())
    if (kind === 'blocked') later.push({ atMs, kind: 'worse', found, measurementId });
    else if (index > 0) later.push({ atMs, kind: 'lesser', found, measurementId });
  for (const { mechanism, knownAtMs: atMs, measurementId } of mechanisms.slice(1))
    later.push({ atMs, kind: 'mechanism', found, measurementId, mechanism });
  for (const { fromMs, fromId, untilMs, lastId, changes } of unstable) {
    later.push({ atMs: fromMs, kind: 'unstable', found, measurementId: fromId });
    if (untilMs !== undefined)
      later.push({ atMs: untilMs, kind: 'settled', found, measurementId: lastId, changes });
  }
  if (closedAtMs !== undefined)
    later.push({ atMs: closedAtMs, kind: 'close', found, measurementId: found.closedById });
  // What was known of it before it counted is told when it counts.
  return [
    { ...open, atMs: knownAtMs },
    ...later.map((change) => ({ ...change, atMs: Math.max(change.atMs, knownAtMs) })),
  ];
}

/** What holds of the restrictions that are open. */
type Active = { isBlocked: boolean; mechanism: Mechanism | undefined; isUnstable: boolean };

/** Writes the log. Pure. */
export function writeLog(input: LogInput): WrittenLog {
  const changes = input.episodes
    .flatMap(listChanges)
    // Sorting is stable: what happens at one instant stays in the order of the restrictions.
    .sort((a, b) => a.atMs - b.atMs);
  const active = new Map<LoggedEpisode, Active>();
  const log: IncidentEntry[] = [];
  let severity: Severity | undefined;
  let worst: Severity = 'minor';
  for (let index = 0; index < changes.length; ) {
    const atMs = changes[index]?.atMs ?? 0;
    const now: Change[] = [];
    for (; changes[index]?.atMs === atMs; index += 1) now.push(...changes.slice(index, index + 1));
    const wasActive = active.size > 0;
    for (const change of now) apply(active, change);
    const isActive = active.size > 0;
    const seen = isActive ? weighActive(active, input, atMs) : severity;
    log.push(...describeInstant({ input, atMs, now, wasActive, isActive, severity, seen }));
    severity = seen;
    if (seen) worst = worseOf(worst, seen);
  }
  const isOpen = active.size > 0;
  const mechanism = findMechanism(input.episodes, active);
  return {
    log,
    severity: isOpen ? (severity ?? 'minor') : worst,
    ...(mechanism === undefined ? {} : { mechanism }),
    isUnstable: isOpen && [...active.values()].every((one) => one.isUnstable),
  };
}

function apply(active: Map<LoggedEpisode, Active>, { kind, found, mechanism }: Change): void {
  if (kind === 'open') {
    const first = found.mechanisms[0]?.mechanism;
    active.set(found, { isBlocked: false, mechanism: first, isUnstable: false });
    return;
  }
  const state = active.get(found);
  if (!state) return;
  switch (kind) {
    case 'worse':
      state.isBlocked = true;
      break;
    case 'lesser':
      state.isBlocked = false;
      break;
    case 'mechanism':
      state.mechanism = mechanism;
      break;
    case 'unstable':
      state.isUnstable = true;
      break;
    case 'settled':
      state.isUnstable = false;
      break;
    case 'close':
      active.delete(found);
      break;
    default:
      kind satisfies never;
  }
}

function weighActive(
  active: ReadonlyMap<LoggedEpisode, Active>,
  { withData, rules }: LogInput,
  atMs: number,
): Severity {
  const reaches = [...active].map(([{ episode }, { isBlocked }]) => ({
    vantageId: episode.vantageId,
    asn: episode.asn,
    isServiceBlocked: episode.function === 'service' && isBlocked,
  }));
  return weigh(reaches, withData(atMs), rules);
}

type Instant = {
  readonly input: LogInput;
  readonly atMs: number;
  readonly now: readonly Change[];
  readonly wasActive: boolean;
  readonly isActive: boolean;
  readonly severity: Severity | undefined;
  readonly seen: Severity | undefined;
};

function describeInstant(instant: Instant): IncidentEntry[] {
  const { input, atMs, now, wasActive, isActive, severity, seen } = instant;
  const of = (kind: Change['kind']): Change[] => now.filter((change) => change.kind === kind);
  const entry = (kind: IncidentEntry['kind'], text: string, from: readonly Change[]) => ({
    atMs,
    kind,
    text,
    measurementIds: listIds(from),
  });
  const [opens, closes] = [of('open'), of('close')];
  const entries: IncidentEntry[] = [];
  const where = `${input.service} in ${input.countryCode}`;
  if (opens.length > 0 && !wasActive)
    entries.push(
      entry(
        'opened',
        `${where} is restricted: ${nameParts(opens)}. Severity: ${seen ?? ''}.`,
        opens,
      ),
    );
  else if (opens.length > 0)
    entries.push(entry('scope_changed', `Restricted as well: ${nameParts(opens)}.`, opens));
  const changed = of('mechanism');
  if (changed.length > 0)
    entries.push(
      entry(
        'mechanism_changed',
        `Restricted by other means: ${listText(changed.map((one) => `${nameParts([one])} by ${one.mechanism ?? ''}`))}.`,
        changed,
      ),
    );
  const unstable = of('unstable');
  if (unstable.length > 0)
    entries.push(entry('unstable', `Changes too often to tell: ${nameParts(unstable)}.`, unstable));
  const settled = of('settled');
  if (settled.length > 0)
    entries.push(entry('settled', summariseSettled(settled, closes), settled));
  if (closes.length > 0 && isActive)
    entries.push(entry('scope_changed', `No longer restricted: ${nameParts(closes)}.`, closes));
  if (wasActive && isActive && seen !== severity && seen && severity)
    entries.push(entry('severity_changed', `Severity: ${seen}, before ${severity}.`, now));
  if (closes.length > 0 && !isActive)
    entries.push(
      entry('closed', `${where} is no longer restricted. Last: ${nameParts(closes)}.`, closes),
    );
  return entries;
}

/** What became of what changed too often, e.g. `Settled after 7 changes, restricted: Volga (AS64500): service.` */
function summariseSettled(settled: readonly Change[], closes: readonly Change[]): string {
  const isOver = ({ found }: Change): boolean => closes.some((close) => close.found === found);
  const groups = [
    ['restricted', settled.filter((one) => !isOver(one))],
    ['reachable', settled.filter(isOver)],
  ] as const;
  return groups
    .filter(([, own]) => own.length > 0)
    .map(([word, own]) => {
      const changes = own.reduce((sum, one) => sum + (one.changes ?? 0), 0);
      return `Settled after ${changes} changes, ${word}: ${nameParts(own)}.`;
    })
    .join(' ');
}

/** Networks with their parts, e.g. `Volga (AS64500): service, media`. */
function nameParts(changes: readonly Change[]): string {
  const parts = new Map<string, Set<string>>();
  for (const { found } of changes) {
    const { networkName, asn, function: part } = found.episode;
    const name = asn === 0 ? networkName : `${networkName} (AS${asn})`;
    parts.set(name, (parts.get(name) ?? new Set()).add(part));
  }
  return listText([...parts].map(([name, functions]) => `${name}: ${[...functions].join(', ')}`));
}

function listText(texts: readonly string[]): string {
  const more = texts.length - MAX_NAMES;
  return `${texts.slice(0, MAX_NAMES).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function listIds(changes: readonly Change[]): string[] {
  const ids = changes.flatMap(({ kind, found, measurementId }) => {
    const { evidence } = found.episode;
    const own = measurementId === undefined ? [] : [measurementId];
    if (kind === 'open') return [evidence.lastGoodId, evidence.firstBadId, ...own];
    if (kind === 'close') return [evidence.lastBadId, evidence.firstGoodId, ...own];
    return own;
  });
  const named = ids.filter((id) => id !== undefined && id !== '') as string[];
  return [...new Set(named)].slice(0, MAX_IDS);
}

/** By which most vantages are restricted, now or at the end; of several as many, the first by name. */
function findMechanism(
  episodes: readonly LoggedEpisode[],
  active: ReadonlyMap<LoggedEpisode, Active>,
): Mechanism | undefined {
  const counted = active.size > 0 ? [...active.keys()] : episodes;
  const counts = new Map<Mechanism, number>();
  const whole = new Set(
    counted.flatMap(({ episode }) => (episode.function === 'service' ? [episode.vantageId] : [])),
  );
  for (const { episode, mechanisms } of counted) {
    // Parts of a service count only where the service itself tells none.
    if (episode.function !== 'service' && whole.has(episode.vantageId)) continue;
    const mechanism = mechanisms.at(-1)?.mechanism;
    if (mechanism !== undefined) counts.set(mechanism, (counts.get(mechanism) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}
