/**
 * One event in the reader's language: a headline, lines of facts, and what cannot be known. Names and titles come from
 * records and networks and are cleaned of everything that could deceive or break a message.
 */
import { joinWords, type Say } from '../../../dashboard/i18n/say.ts';
import { isMessageKey } from '../../../dashboard/i18n/texts.ts';
import { formatBoth, formatCountry, formatDuration } from '../../../dashboard/i18n/times.ts';
import { sayFunction } from '../../../dashboard/i18n/words.ts';
import type { AlertEvent, AlertFacts, AlertKind } from '../../../db/alert-types.ts';
import { cleanLine } from './clean-text.ts';

/** What the text of events takes beside the events. */
export type Speaker = {
  readonly say: Say;
  /** Names of services by id, e.g. `facebook` → `Facebook`. */
  readonly serviceNames: ReadonlyMap<string, string>;
};

/** An event in words, in the order in which it is read. */
export type EventText = {
  readonly headline: string;
  readonly lines: readonly string[];
  /** What cannot be known, a sentence each. */
  readonly caveats: readonly string[];
};

const MAX_HEADLINE_CHARACTERS = 200;
/** Titles are at most 200 characters in the records; a headline has other words too. */
const MAX_TITLE_CHARACTERS = 140;
const MAX_NAME_CHARACTERS = 60;
const MAX_NETWORKS = 8;
const MAX_COUNTRIES = 4;

type TextKey = Parameters<Say['text']>[0];
const RESTRICTED: readonly TextKey[] = ['alert.caveat.restricted', 'alert.caveat.who'];

const CAVEATS: Readonly<Record<AlertKind, readonly TextKey[]>> = {
  incident_opened: RESTRICTED,
  scope_changed: RESTRICTED,
  mechanism_changed: RESTRICTED,
  incident_unstable: ['alert.caveat.unstable'],
  incident_settled: RESTRICTED,
  incident_closed: ['alert.caveat.closed'],
  announcement_published: ['alert.caveat.announced'],
  announcement_changed: ['alert.caveat.announced'],
  announcement_due: ['alert.caveat.announced'],
  announcement_lifted: ['alert.caveat.announced'],
  measured_not_announced: ['alert.caveat.not_announced', 'alert.caveat.who'],
  announced_not_measured: ['alert.caveat.not_measured'],
  vantage_silent: ['alert.caveat.silent'],
  vantage_back: ['alert.caveat.back'],
};

/** Writes an event. Pure. */
export function describeEvent(event: AlertEvent, speaker: Speaker): EventText {
  return {
    headline: cleanLine(writeHeadline(event, speaker), MAX_HEADLINE_CHARACTERS),
    lines: writeLines(event, speaker),
    caveats: CAVEATS[event.kind].map((key) => speaker.say.text(key)),
  };
}

/** How long a restriction lasted as it was measured: from the first that showed it to the first that did not. */
function spanMs({ facts: { onsetByMs, endByMs } }: AlertEvent): number | undefined {
  if (onsetByMs === undefined || endByMs === undefined || endByMs < onsetByMs) return undefined;
  return endByMs - onsetByMs;
}

function writeHeadline(event: AlertEvent, speaker: Speaker): string {
  const { say } = speaker;
  const { kind, facts } = event;
  const country = nameCountries(event, say);
  const services = nameServices(event, speaker);
  const title = facts.title === undefined ? services : cleanLine(facts.title, MAX_TITLE_CHARACTERS);
  const how = isSlowed(event) ? 'slowed' : 'blocked';
  switch (kind) {
    case 'incident_opened':
    case 'scope_changed': {
      const n = facts.restricted ?? facts.networks?.length ?? event.asns.length;
      const { freedNetworks = [], addedNetworks = [] } = facts;
      if (kind === 'scope_changed' && freedNetworks.length > addedNetworks.length) {
        const where = { ...nameOne(freedNetworks), m: freedNetworks.length };
        return say.text('alert.subject.scope_freed', { services, how, country, n, ...where });
      }
      return say.text(`alert.subject.${kind}`, { services, how, country, n });
    }
    case 'measured_not_announced':
      return say.text('alert.subject.measured_not_announced', { services, how, country });
    case 'mechanism_changed': {
      const { changedNetworks = [] } = facts;
      const where = { ...nameOne(changedNetworks), n: changedNetworks.length };
      return say.text('alert.subject.mechanism_changed', { services, country, ...where });
    }
    case 'incident_unstable':
    case 'incident_settled':
      return say.text(`alert.subject.${kind}`, { services, country });
    case 'incident_closed': {
      const lengthMs = spanMs(event);
      if (lengthMs === undefined)
        return say.text('alert.subject.incident_closed', { services, country });
      const length = formatDuration(lengthMs, say);
      return say.text('alert.subject.incident_closed_after', { services, country, length });
    }
    case 'announcement_published':
    case 'announcement_changed':
    case 'announcement_due':
    case 'announcement_lifted':
    case 'announced_not_measured': {
      const where = event.countryCodes.length === 0 ? 'none' : 'some';
      return say.text(`alert.subject.${kind}`, { where, country, title });
    }
    case 'vantage_silent':
    case 'vantage_back': {
      const network = cleanLine(facts.networkName ?? event.subject.id, MAX_NAME_CHARACTERS);
      return say.text(`alert.subject.${kind}`, { network, country });
    }
    default:
      return kind satisfies never;
  }
}

/** A single network by its name, which says more than the number 1. */
function nameOne(networks: AlertFacts['networks'] & object): { on: string; network: string } {
  const [first] = networks;
  const network = cleanLine(first?.networkName ?? '', MAX_NAME_CHARACTERS);
  const on = networks.length === 0 ? 'none' : networks.length === 1 ? 'one' : 'many';
  return { on, network };
}

function isSlowed({ facts: { mechanism } }: AlertEvent): boolean {
  return mechanism?.includes('throttle') ?? false;
}

function nameCountries({ countryCodes }: AlertEvent, say: Say): string {
  if (countryCodes.length === 0) return say.text('alert.all_countries');
  if (countryCodes.length > MAX_COUNTRIES)
    return say.text('alert.many_countries', { n: countryCodes.length });
  return joinWords(
    countryCodes.map((code) => formatCountry(code, say)),
    say,
  );
}

/** e.g. `Facebook and WhatsApp`, `WhatsApp (calls)` when only a part of it is concerned. */
function nameServices({ services, facts }: AlertEvent, { say, serviceNames }: Speaker): string {
  const ids = services.length === 0 ? [...serviceNames.keys()] : services;
  const service = joinWords(
    ids.map((id) => cleanLine(serviceNames.get(id) ?? id, MAX_NAME_CHARACTERS)),
    say,
  );
  const parts = (facts.parts ?? []).filter((part) => part !== 'service');
  if (parts.length === 0 || facts.parts?.includes('service')) return service;
  // Some parts have an `and` in their own name.
  const list = parts.map((part) => sayFunction(say, part)).join(', ');
  return say.text('alert.with_parts', { service, parts: list });
}

function writeLines(event: AlertEvent, speaker: Speaker): string[] {
  const lines =
    event.subject.kind === 'vantage'
      ? listSilence(event, speaker.say)
      : event.kind.startsWith('announcement_') || event.kind === 'announced_not_measured'
        ? listAnnounced(event, speaker)
        : listRestriction(event, speaker.say);
  return lines.map((line) => `${line}.`);
}

function listSilence({ kind, facts, atMs }: AlertEvent, say: Say): string[] {
  const { lastSeenMs } = facts;
  return [
    ...(lastSeenMs === undefined
      ? []
      : [say.text('alert.line.last_data', { when: formatBoth(lastSeenMs, say) })]),
    ...(kind === 'vantage_back'
      ? [say.text('alert.line.back', { when: formatBoth(atMs, say) })]
      : []),
  ];
}

function listAnnounced(event: AlertEvent, speaker: Speaker): string[] {
  const { say } = speaker;
  const { title, effectiveEarliestMs: firstMs, effectiveLatestMs: lastMs } = event.facts;
  const lines: string[] = [];
  // The headline has shortened it.
  if (title !== undefined && title.length > MAX_TITLE_CHARACTERS)
    lines.push(say.text('alert.line.title', { title: cleanLine(title, 400) }));
  lines.push(...listAnnouncedAt(event, say));
  if (event.services.length > 0)
    lines.push(say.text('alert.line.services', { services: nameServices(event, speaker) }));
  if (event.kind === 'announcement_lifted')
    return [...lines, say.text('alert.line.lifted', { when: formatBoth(event.atMs, say) })];
  if (firstMs === undefined || lastMs === undefined)
    return event.facts.isStatement === true
      ? lines
      : [...lines, say.text('alert.line.effective_unknown')];
  const isPast = lastMs <= event.knownMs;
  if (firstMs === lastMs) {
    const when = formatBoth(firstMs, say);
    return [
      ...lines,
      say.text(isPast ? 'alert.line.took_effect' : 'alert.line.effective', { when }),
    ];
  }
  const bounds = { first: formatBoth(firstMs, say), last: formatBoth(lastMs, say) };
  const key = isPast ? 'alert.line.took_effect_between' : 'alert.line.effective_between';
  return [...lines, say.text(key, bounds)];
}

function listAnnouncedAt({ facts }: AlertEvent, say: Say): string[] {
  const { announcedEarliestMs: firstMs, announcedLatestMs: lastMs } = facts;
  if (firstMs === undefined || lastMs === undefined) return [];
  if (firstMs === lastMs)
    return [say.text('alert.line.announced', { when: formatBoth(firstMs, say) })];
  const bounds = { first: formatBoth(firstMs, say), last: formatBoth(lastMs, say) };
  return [say.text('alert.line.announced_between', bounds)];
}

/** Kinds that tell of a restriction that was told before: what is new comes first, and since when it goes on last. */
const LATER_KINDS: ReadonlySet<AlertKind> = new Set([
  'scope_changed',
  'mechanism_changed',
  'incident_unstable',
  'incident_settled',
]);

function listRestriction(event: AlertEvent, say: Say): string[] {
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
    lines.push(say.text('alert.line.networks', { list: nameNetworks(networks, say) }));
  if (restricted !== undefined && measured !== undefined) {
    const key =
      event.kind === 'incident_closed' ? 'alert.line.measured_before' : 'alert.line.measured';
    const how = isSlowed(event) ? 'slowed' : 'blocked';
    lines.push(say.text(key, { how, n: restricted, all: measured }));
  }
  return isLater ? [...lines, ...listSince(event, say)] : lines;
}

/** What came to the restriction, and what is free of it again. */
function listMoves(event: AlertEvent, say: Say): string[] {
  const { addedNetworks = [], addedParts = [], freedNetworks = [] } = event.facts;
  const when = formatBoth(event.atMs, say);
  const added = [
    ...(addedNetworks.length === 0 ? [] : [nameNetworks(addedNetworks, say)]),
    ...(addedParts.length === 0
      ? []
      : [addedParts.map((part) => sayFunction(say, part)).join(', ')]),
  ];
  return [
    ...added.map((list) => say.text('alert.line.added', { when, list })),
    ...(freedNetworks.length === 0
      ? []
      : [say.text('alert.line.freed', { when, list: nameNetworks(freedNetworks, say) })]),
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
