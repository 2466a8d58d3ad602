/** Whether a service is blocked in a country now, as an answer that says when it cannot be given. */
import type { Detector } from '../../config/schema.ts';
import type { Mechanism } from '../../probes/types.ts';
import { tellingOf } from './rounds.ts';
import type { Episode, Interval, LaneRun, RunLane } from './types.ts';

const MINUTE_MS = 60_000;
/** Data of this many rounds ago still tells of now, where rounds are rare. */
const FRESH_ROUNDS = 3;

/** What is found on one network: several vantages of one autonomous system are one network. */
export type NetworkState = {
  readonly asn: number;
  readonly networkName: string;
  readonly vantageIds: readonly string[];
  /** `partly`: some function, or some vantages of the network. */
  readonly state: 'blocked' | 'partly' | 'reachable' | 'cannot_tell';
  readonly mechanism?: Mechanism;
  /** Onset of the earliest restriction that goes on. */
  readonly since?: Interval;
  /** Newest round that says something. */
  readonly lastToldMs?: number;
};

export type Availability = {
  readonly service: string;
  readonly countryCode: string;
  /** Whether the service is blocked in the country. */
  readonly answer: 'yes' | 'no' | 'partly' | 'cannot_tell';
  /** Why there is no answer; one phrase in English, e.g. `1 network, last data 9 h ago`. */
  readonly reason?: string;
  readonly networks: readonly NetworkState[];
  readonly blocked: number;
  readonly partly: number;
  readonly reachable: number;
  readonly cannotTell: number;
  /** Onset of the earliest restriction that goes on and that the answer rests on. */
  readonly since?: Interval;
  /** Newest round of any network. */
  readonly lastCheckedMs?: number;
};

export type AvailabilityInput = {
  readonly service: string;
  readonly countryCode: string;
  /** Lanes of the service as a whole from the vantages of the country; their newest runs are enough. */
  readonly lanes: readonly RunLane[];
  /** Restrictions of the service in the country; those that ended are left aside. */
  readonly episodes: readonly Episode[];
  readonly nowMs: number;
  readonly rules: Detector;
};

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
  return {
    service,
    countryCode,
    answer,
    ...(answer === 'cannot_tell' ? { reason: reasonOf(networks, telling, input.nowMs) } : {}),
    networks,
    blocked,
    partly,
    reachable,
    cannotTell: networks.length - telling,
    ...(since && (answer === 'yes' || answer === 'partly') ? { since } : {}),
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

function assessNetwork(
  group: readonly RunLane[],
  open: readonly Episode[],
  { nowMs, rules }: AvailabilityInput,
): NetworkState {
  const seen = group.map((lane) => {
    const told = lane.runs.findLast(({ state }) => tellingOf(state) !== undefined);
    const own = open.filter(({ vantageId }) => vantageId === lane.vantage.id);
    return { told, own, isFresh: told !== undefined && isFresh(told, nowMs, rules) };
  });
  const fresh = seen.filter((one) => one.isFresh);
  const isBlocked = ({ own }: (typeof seen)[number]): boolean =>
    own.some((one) => one.function === 'service' && one.kind === 'blocked');
  const blocked = fresh.filter(isBlocked);
  const own = fresh.flatMap((one) => one.own);
  const state =
    fresh.length === 0
      ? 'cannot_tell'
      : blocked.length === fresh.length
        ? 'blocked'
        : own.length > 0
          ? 'partly'
          : // A failure that has not lasted yet says neither.
            fresh.some(({ told }) => told?.state === 'ok')
            ? 'reachable'
            : 'cannot_tell';
  const since = sinceOf(own.map(({ onset }) => ({ since: onset })));
  const mechanism = own.toSorted(byPart).at(0)?.mechanisms.at(-1)?.mechanism;
  const slots = seen.flatMap(({ told }) => told?.last.slotMs ?? []);
  const first = group[0]?.vantage;
  return {
    asn: first?.asn ?? 0,
    networkName: first?.networkName ?? '',
    vantageIds: group.map(({ vantage }) => vantage.id),
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    ...(since ? { since } : {}),
    ...(slots.length > 0 ? { lastToldMs: Math.max(...slots) } : {}),
  };
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
  const onsets = ones.flatMap(({ since }) => since ?? []);
  return onsets.toSorted((a, b) => a.byMs - b.byMs || (a.afterMs ?? 0) - (b.afterMs ?? 0))[0];
}

function reasonOf(networks: readonly NetworkState[], telling: number, nowMs: number): string {
  if (networks.length === 0) return 'nothing was measured';
  const count = `${networks.length} ${networks.length === 1 ? 'network' : 'networks'}`;
  const slots = networks.flatMap(({ lastToldMs }) => lastToldMs ?? []);
  if (slots.length === 0) return `${count}, none that told anything`;
  if (telling > 0 && telling === networks.length) return `only ${count}`;
  const age = describeAge(nowMs - Math.max(...slots));
  return telling > 0
    ? `${telling} of ${count} with data, last data ${age} ago`
    : `${count}, last data ${age} ago`;
}

/** `40 min`, `9 h`, `12 d`. */
function describeAge(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / MINUTE_MS));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}
