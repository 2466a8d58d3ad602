/**
 * What people are told, derived of what is concluded. Pure, and the same thing gives the same id however often it is
 * derived, so nothing is lost when deriving is cut short and nothing doubled when it is done again.
 */
import type { AlertEvent, AlertKind } from '../../db/alert-types.ts';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode, Incident } from '../../db/incident-types.ts';
import type { StoredLedger } from '../../db/ledger.ts';
import type { Unannounced } from '../../db/ledger-types.ts';
import { parseMeasurementId } from '../../db/measurement-id.ts';

/** An instant within an id, e.g. `20220304T1205Z`: seconds only where there are any. */
export function toIdTime(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace(/[-:]|\.000/g, '')
    .replace(/00Z$/, 'Z')
    .toLowerCase();
}

/** An incident with everything ever concluded of it. */
export type LoggedIncident = {
  readonly incident: Incident;
  readonly log: readonly StoredIncidentEntry[];
};

/** The entry kinds that people are told, and what is written behind the incident's id. */
const ENTRY_KINDS: Readonly<
  Partial<Record<StoredIncidentEntry['kind'], { readonly kind: AlertKind; readonly tag: string }>>
> = {
  opened: { kind: 'incident_opened', tag: 'opened' },
  scope_changed: { kind: 'scope_changed', tag: 'scope' },
  // Whoever asked for the worst alone must hear when an incident becomes that.
  severity_changed: { kind: 'scope_changed', tag: 'scope' },
  mechanism_changed: { kind: 'mechanism_changed', tag: 'mechanism' },
  unstable: { kind: 'incident_unstable', tag: 'unstable' },
  settled: { kind: 'incident_settled', tag: 'settled' },
  closed: { kind: 'incident_closed', tag: 'closed' },
};

/** The entries that still hold. */
function listStanding(log: readonly StoredIncidentEntry[]): StoredIncidentEntry[] {
  const standing: StoredIncidentEntry[] = [];
  for (const entry of log)
    if (entry.kind === 'revised') standing.length = Math.min(standing.length, entry.kept ?? 0);
    else standing.push(entry);
  return standing;
}

/** Restrictions that go on at an instant. */
function listActive(episodes: readonly Episode[], atMs: number): Episode[] {
  return episodes.filter(
    ({ onset, end }) => onset.byMs <= atMs && (end === undefined || end.byMs > atMs),
  );
}

/** The mechanism of most restrictions at an instant, and whether there are others. */
function findMechanism(
  episodes: readonly Episode[],
  atMs: number,
): Pick<AlertEvent['facts'], 'mechanism' | 'isMechanismMixed'> {
  const counts = new Map<string, number>();
  for (const { mechanisms } of listActive(episodes, atMs)) {
    const mechanism = mechanisms.findLast(({ fromMs }) => fromMs <= atMs)?.mechanism;
    if (mechanism !== undefined) counts.set(mechanism, (counts.get(mechanism) ?? 0) + 1);
  }
  const most = [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  if (most === undefined) return {};
  return { mechanism: most, ...(counts.size > 1 ? { isMechanismMixed: true } : {}) };
}

/** What came to the scope of an incident between what was told last and an instant, and what left it. */
function findMoves(
  episodes: readonly Episode[],
  toldMs: number,
  atMs: number,
): AlertEvent['facts'] {
  const [before, now] = [listActive(episodes, toldMs), listActive(episodes, atMs)];
  const without = (some: readonly Episode[], others: readonly Episode[]): Episode[] => {
    const known = new Set(others.map(({ asn }) => asn));
    return some.filter(({ asn }) => !known.has(asn));
  };
  const [added, freed] = [without(now, before), without(before, now)];
  const known = listParts(before);
  const parts = listParts(now).filter((part) => !known.includes(part));
  // That a service is restricted as a whole says it of its parts too.
  const addedParts = parts.includes('service') ? (['service'] as const) : parts;
  const inParts = now.filter((one) => addedParts.some((part) => part === one.function));
  const freedByMs = Math.max(...freed.map(({ end }) => end?.byMs ?? atMs));
  return {
    ...(added.length === 0 ? {} : { addedNetworks: nameNetworks(added) }),
    ...(addedParts.length === 0 ? {} : { addedParts, addedPartNetworks: nameNetworks(inParts) }),
    ...(freed.length === 0 ? {} : { freedNetworks: nameNetworks(freed), freedByMs }),
  };
}

/** The networks of restrictions, each once. */
function nameNetworks(episodes: readonly Episode[]): { asn: number; networkName: string }[] {
  const names = new Map(episodes.map(({ asn, networkName }) => [asn, networkName]));
  return [...names].map(([asn, networkName]) => ({ asn, networkName }));
}

/** From which mechanism to which most of the restrictions that an entry speaks of have changed, and where. */
function findChange(
  episodes: readonly Episode[],
  { atMs, measurementIds }: Pick<StoredIncidentEntry, 'atMs' | 'measurementIds'>,
): Pick<AlertEvent['facts'], 'previousMechanism' | 'changedTo' | 'changedNetworks'> {
  const vantages = new Set(measurementIds.map((id) => parseMeasurementId(id)?.vantageId));
  const changes = listActive(episodes, atMs)
    .filter(({ vantageId }) => vantages.has(vantageId))
    .flatMap((episode) => {
      const index = episode.mechanisms.findLastIndex(({ fromMs }) => fromMs <= atMs);
      const [before, now] = [episode.mechanisms[index - 1], episode.mechanisms[index]];
      if (before === undefined || now === undefined) return [];
      return [{ episode, fromMs: now.fromMs, before: before.mechanism, now: now.mechanism }];
    });
  // Of a vantage all parts stand here; those that changed long before are not meant.
  const newestMs = Math.max(...changes.map(({ fromMs }) => fromMs));
  const newest = changes.filter(({ fromMs }) => fromMs === newestMs);
  const kinds = Map.groupBy(newest, ({ before, now }) => `${before} ${now}`);
  const [most = []] = [...kinds.values()].toSorted((a, b) => b.length - a.length);
  const [first] = most;
  if (first === undefined) return {};
  return {
    previousMechanism: first.before,
    changedTo: first.now,
    changedNetworks: nameNetworks(most.map(({ episode }) => episode)),
  };
}

/**
 * The parts that are restricted. A service of which only some parts are is not restricted as a whole, so these stand
 * alone, unless it is the only thing known.
 */
function listParts(episodes: readonly Episode[]): AlertEvent['facts']['parts'] & object {
  const parts = new Set(episodes.map((episode) => episode.function));
  const isWhole = episodes.some((one) => one.function === 'service' && one.kind === 'blocked');
  if (!isWhole && parts.size > 1) parts.delete('service');
  return [...parts];
}

/** Entries that tell what moved. */
const MOVING: ReadonlySet<StoredIncidentEntry['kind']> = new Set([
  'scope_changed',
  'severity_changed',
]);

/** What an incident was at an instant, as the text of an event needs it. */
function describeIncident(
  { episodes, onset, end, mechanism }: Incident,
  entry: Pick<StoredIncidentEntry, 'atMs' | 'kind' | 'measurementIds'>,
  /** When it was last told of. */
  toldMs = entry.atMs,
): Pick<AlertEvent, 'asns' | 'facts'> {
  const isOver = entry.kind === 'closed';
  const shown = isOver ? episodes : listActive(episodes, entry.atMs);
  const networks = nameNetworks(shown);
  return {
    asns: networks.map(({ asn }) => asn),
    facts: {
      networks,
      restricted: networks.length,
      parts: listParts(shown),
      ...(mechanism === undefined ? {} : { mechanism }),
      ...findMechanism(episodes, entry.atMs),
      ...(MOVING.has(entry.kind) ? findMoves(episodes, toldMs, entry.atMs) : {}),
      ...(entry.kind === 'mechanism_changed' ? findChange(episodes, entry) : {}),
      ...(onset.afterMs === undefined ? {} : { onsetAfterMs: onset.afterMs }),
      onsetByMs: onset.byMs,
      ...(isOver && end
        ? {
            ...(end.afterMs === undefined ? {} : { endAfterMs: end.afterMs }),
            endByMs: end.byMs,
          }
        : {}),
    },
  };
}

/**
 * On which networks and in which parts. The service as a whole is left out: that it is judged restricted a round later
 * than its part changes nothing for a reader.
 */
function describeScope(episodes: readonly Episode[]): string {
  const networks = new Set(episodes.map(({ asn }) => asn));
  const parts = new Set(episodes.map((episode) => episode.function));
  if (parts.size > 1) parts.delete('service');
  return JSON.stringify([[...networks].toSorted((a, b) => a - b), [...parts].toSorted()]);
}

/** Events of one incident, in order. */
export function deriveIncidentEvents({ incident, log }: LoggedIncident): AlertEvent[] {
  const events = new Map<string, AlertEvent>();
  let toldScope: string | undefined;
  let toldChange: string | undefined;
  let toldMs: number | undefined;
  for (const entry of listStanding(log)) {
    const told = ENTRY_KINDS[entry.kind];
    if (told === undefined) continue;
    const scope = describeScope(listActive(incident.episodes, entry.atMs));
    const isSame = entry.kind === 'scope_changed' && scope === toldScope;
    const isWorse = log.some((one) => one.kind === 'severity_changed' && one.atMs === entry.atMs);
    // A reader would see the same message again.
    if (isSame && !isWorse) continue;
    toldScope = scope;
    const { asns, facts } = describeIncident(incident, entry, toldMs);
    if (entry.kind === 'mechanism_changed' && facts.changedTo !== undefined) {
      const { previousMechanism, changedTo, changedNetworks } = facts;
      const change = JSON.stringify([previousMechanism, changedTo, changedNetworks]);
      // A service and its parts change one after another.
      if (change === toldChange) continue;
      toldChange = change;
    }
    const when = entry.kind === 'opened' ? '' : `-${toIdTime(entry.atMs)}`;
    const id = `${incident.id}/${told.tag}${when}`;
    // Several entries of one kind and instant are one event; the first is about most.
    if (events.has(id)) continue;
    toldMs = entry.atMs;
    events.set(id, {
      id,
      kind: told.kind,
      severity: incident.severity,
      services: [incident.service],
      countryCodes: [incident.countryCode],
      atMs: entry.atMs,
      knownMs: entry.storedAtMs,
      subject: { kind: 'incident', id: incident.id },
      measurementIds: entry.measurementIds,
      asns,
      facts,
    });
  }
  return [...events.values()];
}

const toFindingKey = (
  finding: Pick<Episode, 'service' | 'vantageId' | 'function' | 'onset'>,
): string => `${finding.service} ${finding.vantageId} ${finding.function} ${finding.onset.byMs}`;

/** Incidents that no announcement covers, not even in part. */
function deriveUnannounced(
  unannounced: readonly Unannounced[],
  incidents: readonly Incident[],
  knownMs: number,
): AlertEvent[] {
  const findings = new Set(unannounced.map(toFindingKey));
  return incidents
    .filter(
      ({ episodes }) =>
        episodes.length > 0 && episodes.every((episode) => findings.has(toFindingKey(episode))),
    )
    .map((incident) => ({
      id: `${incident.id}/not-announced`,
      kind: 'measured_not_announced',
      severity: incident.severity,
      services: [incident.service],
      countryCodes: [incident.countryCode],
      atMs: incident.onset.byMs,
      knownMs,
      subject: { kind: 'incident', id: incident.id },
      measurementIds: incident.episodes
        .slice(0, 1)
        .flatMap(({ evidence }) => [
          ...(evidence.lastGoodId === undefined ? [] : [evidence.lastGoodId]),
          evidence.firstBadId,
        ]),
      ...describeIncident(incident, {
        atMs: incident.onset.byMs,
        kind: 'opened',
        measurementIds: [],
      }),
    }));
}

/** Events of the ledger: measured and never announced, announced and not measured by the end of its window. */
export function deriveLedgerEvents(
  { content, builtAtMs }: Pick<StoredLedger, 'content' | 'builtAtMs'>,
  incidents: readonly Incident[],
  nowMs: number,
): AlertEvent[] {
  const missed = content.groups.flatMap((group): AlertEvent[] => {
    const { untilMs } = group.window;
    const rows = group.rows.filter(({ outcome }) => outcome === 'announced_not_measured');
    const isFound = group.rows.some(({ finding }) => finding !== undefined);
    if (group.phase !== 'restriction' || untilMs === undefined || untilMs > nowMs) return [];
    if (rows.length === 0 || isFound) return [];
    const place = `${group.service}-${group.countryCode.toLowerCase()}`;
    const effective = group.effective ?? group.announced;
    return [
      {
        id: `${group.announcementId}/not-measured-${place}`,
        kind: 'announced_not_measured',
        severity: 'info',
        services: [group.service],
        countryCodes: [group.countryCode],
        asns: rows.map(({ asn }) => asn).filter((asn) => asn !== 0),
        atMs: untilMs,
        knownMs: Math.max(builtAtMs, untilMs),
        subject: { kind: 'announcement', id: group.announcementId },
        measurementIds: [],
        facts: {
          title: group.title,
          networks: rows.map(({ asn, networkName }) => ({ asn, networkName })),
          restricted: 0,
          measured: rows.length,
          parts: group.functions,
          ...(effective === undefined
            ? {}
            : {
                effectiveEarliestMs: effective.earliestMs,
                effectiveLatestMs: effective.latestMs,
              }),
        },
      },
    ];
  });
  return [...deriveUnannounced(content.unannounced, incidents, builtAtMs), ...missed];
}
