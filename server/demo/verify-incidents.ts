/**
 * Compares incidents with what the lab imposed: no restriction is concluded where none was imposed, each imposed one
 * that was measured often enough is there, and the true onset and end lie in the intervals.
 */
import type { Detector } from '../../config/schema.ts';
import type { Episode, Incident, Interval } from '../../db/incident-types.ts';
import type { DemoSlot } from '../../probes/lab/demo-slots.ts';
import { isOutageAt, type Story } from '../../probes/lab/restrictions.ts';
import type { Service, Vantage } from '../../probes/types.ts';
import { type Imposed, type ImposedLane, listImposed } from './imposed-restrictions.ts';
import { formatMinute } from './verify-ledger.ts';
import type { Line } from './verify-story.ts';

export type IncidentTruth = {
  readonly story: Story;
  readonly services: readonly Service[];
  readonly vantages: readonly Vantage[];
  readonly slots: readonly DemoSlot[];
  readonly rules: Pick<Detector, 'openFailures'>;
};

const isIn = ({ afterMs = Number.NEGATIVE_INFINITY, byMs }: Interval, atMs: number): boolean =>
  afterMs < atMs && atMs <= byMs;

const formatInterval = (one: Interval | undefined): string =>
  one === undefined ? 'goes on' : `(${formatMinute(one.afterMs)}, ${formatMinute(one.byMs)}]`;

/** Compares all incidents with the story, both ways. */
export function compareIncidents(incidents: readonly Incident[], truth: IncidentTruth): Line[] {
  const lines = truth.vantages
    .filter(({ role }) => role === 'vantage')
    .flatMap(({ id: networkId }) =>
      truth.services.flatMap((service) => {
        const parts = new Set(service.targets.map((target) => target.function));
        return [...parts, 'service' as const].flatMap((part) =>
          compareLane(incidents, { networkId, service, part }, truth),
        );
      }),
    );
  return [...incidents.map((incident) => compareWhole(incident, truth)), ...lines];
}

const endOf = ({ slots }: IncidentTruth): number => {
  const last = slots.at(-1);
  return last === undefined ? 0 : last.slotMs + last.intervalMs;
};

/** The restrictions of one lane beside those that were imposed there. */
function compareLane(
  incidents: readonly Incident[],
  lane: ImposedLane,
  truth: IncidentTruth,
): Line[] {
  const head = `${lane.networkId.padEnd(18)} ${lane.service.id.padEnd(9)} ${lane.part.padEnd(12)}`;
  const found = incidents
    .filter(({ service }) => service === lane.service.id)
    .flatMap((incident) => incident.episodes)
    .filter((one) => one.vantageId === lane.networkId && one.function === lane.part);
  const matched = new Set<Episode>();
  const lines = listImposed(truth.story, lane, endOf(truth)).flatMap((imposed) => {
    const own = found.find((one) => isIn(one.onset, imposed.fromMs));
    if (own) matched.add(own);
    if (!own && countRounds(imposed, lane.networkId, truth) < truth.rules.openFailures) return [];
    return [compareOne(head, imposed, own)];
  });
  const strangers = found
    .filter((one) => !matched.has(one))
    .map((one) => ({
      isRight: false,
      text: `${head} nothing imposed, concluded ${one.kind} ${formatInterval(one.onset)}`,
    }));
  return [...lines, ...strangers];
}

/** Rounds in which the restriction could be seen: a network without uplink sees nothing. */
function countRounds(
  { fromMs, untilMs = Number.POSITIVE_INFINITY }: Imposed,
  networkId: string,
  { slots, story }: IncidentTruth,
): number {
  return slots.filter(
    ({ slotMs }) => slotMs >= fromMs && slotMs < untilMs && !isOutageAt(story, networkId, slotMs),
  ).length;
}

function compareOne(head: string, { fromMs, untilMs }: Imposed, own: Episode | undefined): Line {
  const imposed = `imposed ${formatMinute(fromMs)} to ${untilMs === undefined ? 'now' : formatMinute(untilMs)}`;
  if (!own) return { isRight: false, text: `${head} ${imposed}: no incident` };
  const isEndRight =
    untilMs === undefined || own.end === undefined
      ? untilMs === own.end?.byMs
      : isIn(own.end, untilMs);
  return {
    isRight: isEndRight,
    text: `${head} ${imposed}, incident ${formatInterval(own.onset)} to ${formatInterval(own.end)}`,
  };
}

/** The incident as a whole: the first onset and the last end of everything that it is made of. */
function compareWhole(incident: Incident, truth: IncidentTruth): Line {
  const imposed = incident.episodes.flatMap((episode) => {
    const service = truth.services.find(({ id }) => id === episode.service);
    if (!service) return [];
    const lane = { networkId: episode.vantageId, service, part: episode.function };
    const all = listImposed(truth.story, lane, endOf(truth));
    return all.filter(({ fromMs }) => isIn(episode.onset, fromMs));
  });
  const fromMs = Math.min(...imposed.map((one) => one.fromMs));
  const isLasting = imposed.some(({ untilMs }) => untilMs === undefined);
  const untilMs = Math.max(...imposed.map((one) => one.untilMs ?? fromMs));
  const text = `incident ${incident.id} (${incident.severity}, ${incident.episodes.length} restrictions):`;
  if (imposed.length === 0) return { isRight: false, text: `${text} nothing imposed` };
  const isEndRight =
    incident.end === undefined ? isLasting : !isLasting && isIn(incident.end, untilMs);
  return {
    isRight: isIn(incident.onset, fromMs) && isEndRight,
    text: `${text} imposed ${formatMinute(fromMs)} to ${isLasting ? 'now' : formatMinute(untilMs)}, concluded ${formatInterval(incident.onset)} to ${formatInterval(incident.end)}`,
  };
}
