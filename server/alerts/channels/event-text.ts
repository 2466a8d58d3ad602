/**
 * One event in the reader's language: a headline, lines of facts, and what cannot be known. Names and titles come from
 * records and networks and are cleaned of everything that could deceive or break a message.
 */
import { joinWords, type Say } from '../../../dashboard/i18n/say.ts';
import { isMessageKey } from '../../../dashboard/i18n/texts.ts';
import { formatBoth, formatCountry, formatDuration } from '../../../dashboard/i18n/times.ts';
import { sayFunction } from '../../../dashboard/i18n/words.ts';
import type { AlertEvent, AlertKind } from '../../../db/alert-types.ts';
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
  readonly caveat?: string;
};

const MAX_HEADLINE_CHARACTERS = 200;
/** Titles are at most 200 characters in the records; a headline has other words too. */
const MAX_TITLE_CHARACTERS = 140;
const MAX_NAME_CHARACTERS = 60;
const MAX_NETWORKS = 8;
const MAX_COUNTRIES = 4;

const CAVEATS: Readonly<Record<AlertKind, Parameters<Say['text']>[0] | undefined>> = {
  incident_opened: 'alert.caveat.restricted',
  scope_changed: 'alert.caveat.restricted',
  mechanism_changed: 'alert.caveat.restricted',
  incident_unstable: 'alert.caveat.unstable',
  incident_settled: 'alert.caveat.restricted',
  incident_closed: 'alert.caveat.closed',
  announcement_published: 'alert.caveat.announced',
  announcement_changed: 'alert.caveat.announced',
  announcement_due: 'alert.caveat.announced',
  announcement_lifted: 'alert.caveat.announced',
  measured_not_announced: 'alert.caveat.not_announced',
  announced_not_measured: 'alert.caveat.not_measured',
  vantage_silent: 'alert.caveat.silent',
  vantage_back: 'alert.caveat.back',
};

/** Writes an event. Pure. */
export function describeEvent(event: AlertEvent, speaker: Speaker): EventText {
  const key = CAVEATS[event.kind];
  return {
    headline: cleanLine(writeHeadline(event, speaker), MAX_HEADLINE_CHARACTERS),
    lines: writeLines(event, speaker),
    ...(key === undefined ? {} : { caveat: speaker.say.text(key) }),
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
      return say.text(`alert.subject.${kind}`, { services, how, country, n });
    }
    case 'measured_not_announced':
      return say.text('alert.subject.measured_not_announced', { services, how, country });
    case 'mechanism_changed':
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
    case 'announced_not_measured':
      return say.text(`alert.subject.${kind}`, { country, title });
    case 'vantage_silent':
    case 'vantage_back': {
      const network = cleanLine(facts.networkName ?? event.subject.id, MAX_NAME_CHARACTERS);
      return say.text(`alert.subject.${kind}`, { network, country });
    }
    default:
      return kind satisfies never;
  }
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
  const list = joinWords(
    parts.map((part) => sayFunction(say, part)),
    say,
  );
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
  // The headline may have shortened it.
  if (title !== undefined && title.length > MAX_TITLE_CHARACTERS / 2)
    lines.push(say.text('alert.line.title', { title: cleanLine(title, 400) }));
  if (event.services.length > 0)
    lines.push(say.text('alert.line.services', { services: nameServices(event, speaker) }));
  if (event.kind === 'announcement_lifted')
    return [...lines, say.text('alert.line.lifted', { when: formatBoth(event.atMs, say) })];
  if (firstMs === undefined || lastMs === undefined)
    lines.push(say.text('alert.line.effective_unknown'));
  else if (firstMs === lastMs)
    lines.push(say.text('alert.line.effective', { when: formatBoth(firstMs, say) }));
  else {
    const bounds = { first: formatBoth(firstMs, say), last: formatBoth(lastMs, say) };
    lines.push(say.text('alert.line.effective_between', bounds));
  }
  return lines;
}

function listRestriction(event: AlertEvent, say: Say): string[] {
  const { facts } = event;
  const lines = event.kind === 'incident_closed' ? listSpan(event, say) : listOnset(event, say);
  const { mechanism, previousMechanism, changedTo = mechanism, restricted, measured } = facts;
  if (event.kind === 'mechanism_changed' && changedTo && previousMechanism) {
    const both = {
      before: nameMechanism(previousMechanism, say),
      now: nameMechanism(changedTo, say),
    };
    lines.push(say.text('alert.line.mechanism_changed', both));
    const { changedNetworks = [] } = facts;
    if (changedNetworks.length > 0)
      lines.push(
        say.text('alert.line.changed_networks', { list: nameNetworks(changedNetworks, say) }),
      );
  } else if (mechanism)
    lines.push(say.text('alert.line.mechanism', { mechanism: nameMechanism(mechanism, say) }));
  if (facts.networks && facts.networks.length > 0)
    lines.push(say.text('alert.line.networks', { list: nameNetworks(facts.networks, say) }));
  if (restricted !== undefined && measured !== undefined) {
    const key =
      event.kind === 'incident_closed' ? 'alert.line.measured_before' : 'alert.line.measured';
    const how = isSlowed(event) ? 'slowed' : 'blocked';
    lines.push(say.text(key, { how, n: restricted, all: measured }));
  }
  return lines;
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
