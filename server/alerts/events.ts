/**
 * What people are told, derived of what is concluded. Pure, and the same thing gives the same id however often it is
 * derived, so nothing is lost when deriving is cut short and nothing doubled when it is done again.
 */
import type { AlertEvent, AlertKind } from '../../db/alert-types.ts';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode, Incident } from '../../db/incident-types.ts';
import type { StoredLedger } from '../../db/ledger.ts';
import type { Unannounced } from '../../db/ledger-types.ts';
import {
  describeScope,
  findChange,
  findMechanism,
  findMoves,
  listActive,
  listKnown,
  listParts,
  nameNetworks,
} from './incident-scope.ts';

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

/** Entries that tell what moved. */
const MOVING: ReadonlySet<StoredIncidentEntry['kind']> = new Set([
  'scope_changed',
  'severity_changed',
]);

/** Restrictions that go on as an entry tells it, and as they were told last. */
type Scope = { readonly active: readonly Episode[]; readonly before?: readonly Episode[] };

/** What an incident was at an instant, as the text of an event needs it. */
function describeIncident(
  { episodes, onset, end, mechanism }: Incident,
  entry: Pick<StoredIncidentEntry, 'atMs' | 'kind' | 'measurementIds'>,
  { active, before = active }: Scope,
): Pick<AlertEvent, 'asns' | 'facts'> {
  const isOver = entry.kind === 'closed';
  const shown = isOver ? episodes : active;
  const networks = nameNetworks(shown);
  return {
    asns: networks.map(({ asn }) => asn),
    facts: {
      networks,
      restricted: networks.length,
      parts: listParts(shown),
      ...(mechanism === undefined ? {} : { mechanism }),
      ...findMechanism(active, entry.atMs),
      ...(MOVING.has(entry.kind) ? findMoves(before, active, entry.atMs) : {}),
      ...(entry.kind === 'mechanism_changed' ? findChange(active, entry) : {}),
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

/** Events of one incident, in order. */
export function deriveIncidentEvents({ incident, log }: LoggedIncident): AlertEvent[] {
  const events = new Map<string, AlertEvent>();
  let toldScope: string | undefined;
  let toldChange: string | undefined;
  let before: readonly Episode[] | undefined;
  const standing = listStanding(log);
  const known = listKnown(incident.episodes, standing);
  for (const [index, entry] of standing.entries()) {
    const active = known[index] ?? [];
    const told = ENTRY_KINDS[entry.kind];
    if (told === undefined) continue;
    const scope = describeScope(active);
    const isSame = entry.kind === 'scope_changed' && scope === toldScope;
    const isWorse = log.some((one) => one.kind === 'severity_changed' && one.atMs === entry.atMs);
    // A reader would see the same message again.
    if (isSame && !isWorse) continue;
    toldScope = scope;
    const { asns, facts } = describeIncident(incident, entry, {
      active,
      ...(before && { before }),
    });
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
    before = active;
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
      ...describeIncident(
        incident,
        { atMs: incident.onset.byMs, kind: 'opened', measurementIds: [] },
        { active: listActive(incident.episodes, incident.onset.byMs) },
      ),
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
