/**
 * One event in the reader's language: a headline, lines of facts, and what cannot be known. Names and titles come from
 * records and networks and are cleaned of everything that could deceive or break a message.
 */
import { joinWords, type Say } from '../../../dashboard/i18n/say.ts';
import {
  formatBoth,
  formatClock,
  formatCountry,
  formatDay,
  formatDuration,
  formatZone,
} from '../../../dashboard/i18n/times.ts';
import { sayFunction } from '../../../dashboard/i18n/words.ts';
import type { AlertEvent, AlertFacts, AlertKind } from '../../../db/alert-types.ts';
import { cleanLine } from './clean-text.ts';
import { isSlowed, listRestriction, spanMs } from './restriction-text.ts';

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
    lines.push(
      say.text('alert.line.services', {
        services: nameServices(event, speaker),
        n: event.services.length,
      }),
    );
  if (event.kind === 'announcement_lifted')
    return [...lines, say.text('alert.line.lifted', { when: formatBoth(event.atMs, say) })];
  if (firstMs === undefined || lastMs === undefined)
    return event.facts.isStatement === true
      ? lines
      : [...lines, say.text('alert.line.effective_unknown')];
  const key = lastMs <= event.knownMs ? 'took_effect' : 'effective';
  return [...lines, sayWithin(key, firstMs, lastMs, say)];
}

function listAnnouncedAt({ facts }: AlertEvent, say: Say): string[] {
  const { announcedEarliestMs: firstMs, announcedLatestMs: lastMs } = facts;
  if (firstMs === undefined || lastMs === undefined) return [];
  return [sayWithin('announced', firstMs, lastMs, say)];
}

/** An instant, a whole day where the bounds are that in the reader's zone, or the bounds. */
function sayWithin(
  key: 'announced' | 'effective' | 'took_effect',
  firstMs: number,
  lastMs: number,
  say: Say,
): string {
  if (firstMs === lastMs) return say.text(`alert.line.${key}`, { when: formatBoth(firstMs, say) });
  const isDay =
    formatDay(firstMs, say) === formatDay(lastMs, say) &&
    formatClock(firstMs, say) === '00:00' &&
    formatClock(lastMs, say) === '23:59';
  if (isDay) {
    const when = `${formatDay(firstMs, say)} (${formatZone(say.timeZone, say)})`;
    return say.text(`alert.line.${key}`, { when });
  }
  const bounds = { first: formatBoth(firstMs, say), last: formatBoth(lastMs, say) };
  return say.text(`alert.line.${key}_between`, bounds);
}
