/** What the text of a restriction says: what is new, by which means, on which networks, and since when. */
import type { Say } from '../../../dashboard/i18n/say.ts';
import { isMessageKey } from '../../../dashboard/i18n/texts.ts';
import { formatBoth, formatDuration } from '../../../dashboard/i18n/times.ts';
import { sayFunction } from '../../../dashboard/i18n/words.ts';
import type { AlertEvent, AlertKind } from '../../../db/alert-types.ts';
import { cleanLine } from './clean-text.ts';

const MAX_NAME_CHARACTERS = 60;
const MAX_NETWORKS = 8;

/** How long a restriction lasted as it was measured: from the first that showed it to the first that did not. */
export function spanMs({ facts: { onsetByMs, endByMs } }: AlertEvent): number | undefined {
  if (onsetByMs === undefined || endByMs === undefined || endByMs < onsetByMs) return undefined;
  return endByMs - onsetByMs;
}

/** True for a service that is slowed rather than cut off. */
export function isSlowed({ facts: { mechanism } }: AlertEvent): boolean {
  return mechanism?.includes('throttle') ?? false;
}

/** Kinds that tell of a restriction that was told before: what is new comes first, and since when it goes on last. */
const LATER_KINDS: ReadonlySet<AlertKind> = new Set([
  'scope_changed',
  'mechanism_changed',
  'incident_unstable',
  'incident_settled',
]);

/** The lines of facts of a restriction: what is new, by which means, where, since when. */
export function listRestriction(event: AlertEvent, say: Say): string[] {
  const { facts, kind } = event;
  const isLater = LATER_KINDS.has(kind);
  const lines =
    kind === 'incident_closed'
      ? listSpan(event, say)
      : isLater
        ? listMoves(event, say)
        : listOnset(event, say);
  const { networks = [], restricted, measured } = facts;
  lines.push(...listMechanism(event, say));
  if (networks.length > 0)
    lines.push(
      say.text('alert.line.networks', { list: nameNetworks(networks, say), n: networks.length }),
    );
  if (restricted !== undefined && measured !== undefined) {
    const key =
      event.kind === 'incident_closed' ? 'alert.line.measured_before' : 'alert.line.measured';
    const how = isSlowed(event) ? 'slowed' : 'blocked';
    lines.push(say.text(key, { how, n: restricted, all: measured }));
  }
  return isLater ? [...lines, ...listSince(event, say)] : lines;
}

/** What came to the restriction, and what is free of it again. */
function listMoves({ facts, atMs }: AlertEvent, say: Say): string[] {
  const { addedNetworks = [], addedParts = [], addedPartNetworks = [], freedNetworks = [] } = facts;
  const { freedByMs = atMs, addedByMs = atMs } = facts;
  const parts = addedParts.map((part) => sayFunction(say, part)).join(', ');
  const added = [
    ...(addedNetworks.length === 0 ? [] : [nameNetworks(addedNetworks, say)]),
    ...(parts === ''
      ? []
      : [
          say.text('alert.line.part_on', { parts, networks: nameNetworks(addedPartNetworks, say) }),
        ]),
  ];
  const when = formatBoth(addedByMs, say);
  const freed = { when: formatBoth(freedByMs, say), list: nameNetworks(freedNetworks, say) };
  return [
    ...added.map((list) => say.text('alert.line.added', { when, list })),
    ...(freedNetworks.length === 0 ? [] : [say.text('alert.line.freed', freed)]),
  ];
}

/** By which means, or from which to which. */
function listMechanism({ kind, facts, atMs }: AlertEvent, say: Say): string[] {
  const { mechanism, previousMechanism, changedTo = mechanism, changedNetworks = [] } = facts;
  if (kind !== 'mechanism_changed' || !changedTo || !previousMechanism) {
    if (!mechanism) return [];
    const key =
      facts.isMechanismMixed === true ? 'alert.line.mechanism_mostly' : 'alert.line.mechanism';
    return [say.text(key, { mechanism: nameMechanism(mechanism, say) })];
  }
  const both = {
    before: nameMechanism(previousMechanism, say),
    now: nameMechanism(changedTo, say),
  };
  const changed = say.text('alert.line.mechanism_changed', both);
  if (changedNetworks.length === 0) return [changed];
  const where = { when: formatBoth(atMs, say), list: nameNetworks(changedNetworks, say) };
  return [changed, say.text('alert.line.changed_networks', where)];
}

function listSince({ facts: { onsetAfterMs, onsetByMs } }: AlertEvent, say: Say): string[] {
  if (onsetByMs === undefined) return [];
  const by = formatBoth(onsetByMs, say);
  if (onsetAfterMs === undefined) return [say.text('alert.line.since_by', { by })];
  return [say.text('alert.line.since_between', { after: formatBoth(onsetAfterMs, say), by })];
}

function listOnset({ facts: { onsetAfterMs, onsetByMs } }: AlertEvent, say: Say): string[] {
  if (onsetByMs === undefined) return [];
  const by = formatBoth(onsetByMs, say);
  if (onsetAfterMs === undefined) return [say.text('alert.line.onset_by', { by })];
  return [say.text('alert.line.onset_between', { after: formatBoth(onsetAfterMs, say), by })];
}

function listSpan(event: AlertEvent, say: Say): string[] {
  const { onsetAfterMs, onsetByMs, endAfterMs, endByMs } = event.facts;
  const lengthMs = spanMs(event);
  if (onsetByMs === undefined || endByMs === undefined || lengthMs === undefined) {
    if (endByMs === undefined) return [];
    const by = formatBoth(endByMs, say);
    if (endAfterMs === undefined) return [say.text('alert.line.end_by', { by })];
    return [say.text('alert.line.end_between', { after: formatBoth(endAfterMs, say), by })];
  }
  const span = say.text('alert.line.span', {
    how: isSlowed(event) ? 'slowed' : 'blocked',
    from: formatBoth(onsetByMs, say),
    until: formatBoth(endByMs, say),
    length: formatDuration(lengthMs, say),
  });
  if (onsetAfterMs === undefined || endAfterMs === undefined) return [span];
  const least = formatDuration(Math.max(endAfterMs - onsetByMs, 0), say);
  const most = formatDuration(endByMs - onsetAfterMs, say);
  return [span, say.text('alert.line.bounds', { least, most })];
}

/** The mechanism in words; a code that has none stays a code. */
function nameMechanism(mechanism: string, say: Say): string {
  const key = `words.mechanism.${mechanism}`;
  return isMessageKey(key) ? say.text(key) : cleanLine(mechanism, MAX_NAME_CHARACTERS);
}

function nameNetworks(
  networks: readonly { readonly asn: number; readonly networkName: string }[],
  say: Say,
): string {
  const list = networks
    .slice(0, MAX_NETWORKS)
    .map(({ asn, networkName }) => `${cleanLine(networkName, MAX_NAME_CHARACTERS)} (AS${asn})`)
    .join(', ');
  const n = networks.length - MAX_NETWORKS;
  return n > 0 ? say.text('alert.line.more_networks', { list, n }) : list;
}
