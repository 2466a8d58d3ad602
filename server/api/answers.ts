/** Answers as JSON: what is blocked where now, network by network. Times are RFC 3339 in UTC, absence is null. */
import type { Availability, NetworkState, Unanswered } from '../../db/availability-types.ts';
import type { Interval } from '../../db/incident-types.ts';
import type { LedgerGroup } from '../../db/ledger-types.ts';
import { toIso } from './iso.ts';

/** An interval, or null. */
export function toIntervalJson(interval: Interval | undefined) {
  if (interval === undefined) return null;
  const { afterMs, byMs } = interval;
  return { after: afterMs === undefined ? null : toIso(afterMs), by: toIso(byMs) };
}

function toReasonJson(reason: Unanswered | undefined) {
  if (reason === undefined) return null;
  if (!('lastToldMs' in reason)) return reason;
  const { lastToldMs, ...rest } = reason;
  return { ...rest, lastTold: toIso(lastToldMs) };
}

function toNetworkJson(network: NetworkState) {
  const { asn, networkName, vantageIds, state, parts, isOnlySlowed } = network;
  const { mechanism, mechanismFromMs } = network;
  const { since, evidence, blockedSince, blockedEvidence, lastToldMs, lastToldId } = network;
  return {
    asn: asn === 0 ? null : asn,
    networkName,
    vantageIds,
    state,
    isUnsettled: network.isUnsettled,
    parts,
    isOnlySlowed,
    mechanism: mechanism ?? null,
    mechanismFrom: mechanismFromMs === undefined ? null : toIso(mechanismFromMs),
    since: toIntervalJson(since),
    blockedSince: toIntervalJson(blockedSince),
    evidence: {
      lastGoodId: evidence?.lastGoodId ?? null,
      firstBadId: evidence?.firstBadId ?? null,
      lastNotBlockedId: blockedEvidence?.lastOtherId ?? null,
      firstBlockedId: blockedEvidence?.firstId ?? null,
      newestId: lastToldId ?? null,
    },
    lastTold: lastToldMs === undefined ? null : toIso(lastToldMs),
  };
}

/** One answer with its networks. */
export function toAnswerJson(availability: Availability) {
  const { service, countryCode, answer, reason, since, blockedSince, lastCheckedMs } = availability;
  const { blocked, partly, reachable, cannotTell } = availability;
  return {
    service,
    countryCode,
    answer,
    reason: toReasonJson(reason),
    since: toIntervalJson(since),
    blockedSince: toIntervalJson(blockedSince),
    lastChecked: lastCheckedMs === undefined ? null : toIso(lastCheckedMs),
    counts: { blocked, partly, reachable, cannotTell },
    networks: availability.networks.map(toNetworkJson),
  };
}

/** A group of the ledger in short; its rows are in the ledger itself. */
export function toGroupJson(group: LedgerGroup) {
  const { announcementId, title, actor, phase, announced, effective, lifted, summary } = group;
  return { announcementId, title, actor, phase, announced, effective, lifted, summary };
}
