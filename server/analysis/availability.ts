/** Whether a service is blocked in a country now, as an answer that says when it cannot be given. */
import type { Detector } from '../../config/schema.ts';
import type { Availability, NetworkState, Unanswered } from '../../db/availability-types.ts';
import type { Mechanism, Verdict } from '../../probes/types.ts';
import { levelNow } from './levels.ts';
import { tellingOf } from './telling.ts';
import type { Episode, Interval, LaneRun, Level, Part, RunLane } from './types.ts';

const MINUTE_MS = 60_000;
/** Data of this many rounds ago still tells of now, where rounds are rare. */
const FRESH_ROUNDS = 3;

export type AvailabilityInput = {
  readonly service: string;
  readonly countryCode: string;
  /** Lanes of the service as a whole from the vantages of the country; their newest runs are enough. */
  readonly lanes: readonly RunLane[];
  /** Restrictions of the service in the country; those that ended are left aside. */
  readonly episodes: readonly Episode[];
  /** What the newest measurement of a vantage says of a part; undefined where it says nothing. */
  readonly newest: (vantageId: string, part: Part) => Said | undefined;
  readonly nowMs: number;
  readonly rules: Detector;
};

/** A verdict with its means. */
export type Said = { readonly verdict: Verdict; readonly mechanism?: Mechanism };

/** Sums up what is known now. Pure. */
export function assessAvailability(input: AvailabilityInput): Availability {
  const { service, countryCode, lanes, rules } = input;
  const open = input.episodes.filter(({ end }) => !end);
  const networks = groupByNetwork(lanes.filter((lane) => lane.function === 'service')).map(
    (group) => assessNetwork(group, open, input),
  );
  const count = (state: NetworkState['state']): number =>
    networks.filter((network) => network.state === state).length;
  const [blocked, partly, reachable] = [count('blocked'), count('partly'), count('reachable')];
  const telling = blocked + partly + reachable;
  const answer = answerOf({ blocked, partly, telling }, rules);
  const checks = lanes.flatMap(
    ({ runs }) => runs.findLast(({ state }) => state !== 'no_data')?.last.slotMs ?? [],
  );
  const lastCheckedMs = checks.length > 0 ? Math.max(...checks) : undefined;
  const since = sinceOf(
    networks.filter(
      ({ state }) => state === 'blocked' || (answer === 'partly' && state === 'partly'),
    ),
  );
  const blockedSince = sinceOf(
    networks.map((one) => (one.blockedSince ? { since: one.blockedSince } : {})),
  );
  return {
    service,
    countryCode,
    answer,
    ...(answer === 'cannot_tell' ? { reason: reasonOf(networks, telling) } : {}),
    networks,
    blocked,
    partly,
    reachable,
    cannotTell: networks.length - telling,
    ...(since && (answer === 'yes' || answer === 'partly') ? { since } : {}),
    ...(blockedSince && answer === 'yes' ? { blockedSince } : {}),
    ...(lastCheckedMs === undefined ? {} : { lastCheckedMs }),
  };
}

/** Yes when at least half of the networks that tell are blocked; no when none is restricted in any way. */
function answerOf(
  { blocked, partly, telling }: { blocked: number; partly: number; telling: number },
  rules: Detector,
): Availability['answer'] {
  if (telling < rules.minNetworks) return 'cannot_tell';
  if (blocked * 2 >= telling) return 'yes';
  return blocked + partly > 0 ? 'partly' : 'no';
}

/** Vantages of one number are one network; where the number is not known, each is its own. */
function groupByNetwork(lanes: readonly RunLane[]): RunLane[][] {
  const groups = new Map<string, RunLane[]>();
  for (const lane of lanes) {
    const { asn, id } = lane.vantage;
    const key = asn === 0 ? id : String(asn);
    groups.set(key, [...(groups.get(key) ?? []), lane]);
  }
  return [...groups.values()];
}

/** A vantage with the newest round that tells, and the restrictions that go on there. */
type Seen = {
  readonly told: LaneRun | undefined;
  readonly own: readonly Episode[];
};

/** What a vantage that has data of now finds; a failure that has not lasted yet says neither. */
function stateOf({ told, own }: Seen): 'blocked' | 'partly' | 'reachable' | 'unsettled' {
  if (own.some((one) => one.function === 'service' && levelNow(one) === 'blocked'))
    return 'blocked';
  if (own.length > 0) return 'partly';
  return told?.state === 'ok' ? 'reachable' : 'unsettled';
}

function combineStates(states: readonly ReturnType<typeof stateOf>[]): NetworkState['state'] {
  if (states.length === 0) return 'cannot_tell';
  if (states.every((state) => state === 'blocked')) return 'blocked';
  if (states.some((state) => state === 'blocked' || state === 'partly')) return 'partly';
  return states.includes('reachable') ? 'reachable' : 'cannot_tell';
}

function assessNetwork(
  group: readonly RunLane[],
  open: readonly Episode[],
  { nowMs, rules, newest }: AvailabilityInput,
): NetworkState {
  const seen = group.map((lane): Seen => {
    const told = lane.runs.findLast(({ state }) => tellingOf(state) !== undefined);
    return { told, own: open.filter(({ vantageId }) => vantageId === lane.vantage.id) };
  });
  const fresh = seen.filter(({ told }) => told !== undefined && isFresh(told, nowMs, rules));
  const state = combineStates(fresh.map(stateOf));
  const own = fresh.flatMap((one) => one.own).toSorted(byPart);
  const isRestricted = state === 'blocked' || state === 'partly';
  const earliest = own.toSorted(byOnset)[0];
  const whole = state === 'blocked' ? findWhole(own) : undefined;
  const means = isRestricted ? findMeans(own, newest) : undefined;
  const [last] = seen
    .flatMap(({ told }) => told?.last ?? [])
    .toSorted((a, b) => b.slotMs - a.slotMs);
  const first = group[0]?.vantage;
  return {
    asn: first?.asn ?? 0,
    networkName: first?.networkName ?? '',
    vantageIds: group.map(({ vantage }) => vantage.id),
    state,
    isUnsettled: state === 'cannot_tell' && fresh.length > 0,
    parts: isRestricted ? [...new Set(own.map((one) => one.function))] : [],
    isOnlySlowed: isRestricted && own.every((one) => levelNow(one) === 'impaired'),
    ...(means ? { mechanism: means.mechanism, mechanismFromMs: means.fromMs } : {}),
    ...(earliest ? { since: earliest.onset, evidence: pairOf(earliest) } : {}),
    ...(whole ? { blockedSince: whole.since, blockedEvidence: whole.evidence } : {}),
    ...(last ? { lastToldMs: last.slotMs } : {}),
    ...(last?.measurementId === undefined ? {} : { lastToldId: last.measurementId }),
  };
}

/**
 * When all of the network became blocked: with the last of its vantages. One that has never found it otherwise does not
 * tell, where another does.
 */
function findWhole(own: readonly Episode[]): Level | undefined {
  const levels = own.flatMap((one) => {
    const level = one.function === 'service' ? one.levels.at(-1) : undefined;
    return level?.kind === 'blocked' ? [{ ...level, onset: level.since }] : [];
  });
  const witnessed = levels.filter(({ since }) => since.afterMs !== undefined);
  return (witnessed.length > 0 ? witnessed : levels).toSorted(byOnset).at(-1);
}

/** By what it is restricted, where the newest measurement finds any means at all: of the whole before its parts. */
function findMeans(
  own: readonly Episode[],
  newest: AvailabilityInput['newest'],
): Episode['mechanisms'][number] | undefined {
  return own
    .find(({ vantageId, function: part, mechanisms }) => {
      const said = newest(vantageId, part);
      const isStale =
        said !== undefined && tellingOf(said.verdict) !== undefined && said.mechanism === undefined;
      return mechanisms.length > 0 && !isStale;
    })
    ?.mechanisms.at(-1);
}

/** The measurements on both sides of an onset. */
function pairOf({ evidence }: Episode): NonNullable<NetworkState['evidence']> {
  const { lastGoodId, firstBadId } = evidence;
  return lastGoodId === undefined ? { firstBadId } : { lastGoodId, firstBadId };
}

/** The service as a whole before its parts. */
function byPart(a: Episode, b: Episode): number {
  return Number(b.function === 'service') - Number(a.function === 'service');
}

function isFresh({ last, intervalMs }: LaneRun, nowMs: number, rules: Detector): boolean {
  return nowMs - last.slotMs <= Math.max(rules.staleMinutes * MINUTE_MS, FRESH_ROUNDS * intervalMs);
}

/** The earliest onset. */
function sinceOf(ones: readonly { readonly since?: Interval }[]): Interval | undefined {
  return ones
    .flatMap(({ since }) => (since ? [{ onset: since }] : []))
    .toSorted(byOnset)
    .at(0)?.onset;
}

type Begun = { readonly onset: Interval };

function byOnset({ onset: a }: Begun, { onset: b }: Begun): number {
  return a.byMs - b.byMs || (a.afterMs ?? 0) - (b.afterMs ?? 0);
}

/** Why nothing is said, as data: the page that says it knows a language. */
function reasonOf(networks: readonly NetworkState[], telling: number): Unanswered {
  const count = networks.length;
  if (count === 0) return { kind: 'nothing_measured' };
  const slots = networks.flatMap(({ lastToldMs }) => lastToldMs ?? []);
  if (slots.length === 0) return { kind: 'nothing_told', networks: count };
  if (telling === count) return { kind: 'few_networks', networks: count };
  const unsettled = networks.filter(({ isUnsettled }) => isUnsettled).length;
  if (unsettled > 0) return { kind: 'not_lasting', unsettled, networks: count };
  const lastToldMs = Math.max(...slots);
  return telling > 0
    ? { kind: 'few_with_data', telling, networks: count, lastToldMs }
    : { kind: 'no_recent_data', networks: count, lastToldMs };
}
