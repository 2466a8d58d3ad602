/** A feed of events, whatever its form: what it is about, and one entry per event, an end included. */
import { hash } from 'node:crypto';
import type { Say } from '../../dashboard/i18n/say.ts';
import { formatCountry } from '../../dashboard/i18n/times.ts';
import { ALERT_KINDS, type AlertKind, type StoredAlert } from '../../db/alert-types.ts';
import type { AlertQuery } from '../../db/alerts.ts';
import { renderAlerts } from '../alerts/channels/render-text.ts';

/** Entries of a feed; whoever looks less often than so many events reads the site. */
const MAX_ENTRIES = 100;

/** What a feed is about: everything, announcements alone, or a service, a country, or both. */
export type FeedTopic = {
  readonly service?: string;
  readonly countryCode?: string;
  readonly isAnnouncements?: boolean;
};

/** One entry. Times are epoch milliseconds. */
export type FeedEntry = {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** When it happened, or became known where it is yet to happen. */
  readonly atMs: number;
  readonly knownMs: number;
  readonly tags: readonly string[];
};

export type Feed = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Of the feed itself, of the page it belongs to. */
  readonly url: string;
  readonly homeUrl: string;
  readonly language: string;
  readonly updatedMs: number;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
};

const ANNOUNCEMENT_KINDS: readonly AlertKind[] = ALERT_KINDS.filter((kind) =>
  kind.startsWith('announcement_'),
);

/** Reads the name of a feed, e.g. `all`, `facebook`, `RU`, `facebook-RU`; undefined for one that does not exist. */
export function parseFeedName(name: string, serviceIds: readonly string[]): FeedTopic | undefined {
  if (name === 'all') return {};
  if (name === 'announcements') return { isAnnouncements: true };
  if (serviceIds.includes(name)) return { service: name };
  if (/^[A-Z]{2}$/.test(name)) return { countryCode: name };
  const service = serviceIds.find((id) => name.startsWith(`${id}-`));
  const countryCode = service === undefined ? '' : name.slice(service.length + 1);
  return service !== undefined && /^[A-Z]{2}$/.test(countryCode)
    ? { service, countryCode }
    : undefined;
}

/** The name of a feed in its address. */
export function toFeedName({ service, countryCode, isAnnouncements }: FeedTopic): string {
  if (isAnnouncements === true) return 'announcements';
  const parts = [service, countryCode].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? 'all' : parts.join('-');
}

/** Which events belong into a feed. */
export function toFeedQuery({ service, countryCode, isAnnouncements }: FeedTopic): AlertQuery {
  return {
    ...(service === undefined ? {} : { services: [service] }),
    ...(countryCode === undefined ? {} : { countryCodes: [countryCode] }),
    ...(isAnnouncements === true ? { kinds: ANNOUNCEMENT_KINDS } : {}),
    limit: MAX_ENTRIES,
  };
}

/** A name for ever, the same at every address of the site: a UUID of version 8 (RFC 9562 §5.8). */
export function toUrn(text: string): string {
  const hex = hash('sha256', `reachline ${text}`);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What a feed is called in the language of the reader. */
export function nameFeed(
  { service, countryCode, isAnnouncements }: FeedTopic,
  serviceNames: ReadonlyMap<string, string>,
  say: Say,
): string {
  if (isAnnouncements === true) return say.text('feeds.announcements');
  const name = service === undefined ? undefined : (serviceNames.get(service) ?? service);
  const country = countryCode === undefined ? undefined : formatCountry(countryCode, say);
  if (name !== undefined && country !== undefined)
    return say.text('feeds.service_in_country', { service: name, country });
  return name ?? country ?? say.text('feeds.all');
}

/** What the making of a feed takes beside its events. */
export type FeedContext = {
  readonly say: Say;
  readonly serviceNames: ReadonlyMap<string, string>;
  /** Scheme and host. */
  readonly publicUrl: string;
  readonly isSimulated: boolean;
  /** When there is no entry. */
  readonly startedAtMs: number;
};

/** Makes a feed. Pure. @param form ending of its own address */
export function createFeed(
  topic: FeedTopic,
  alerts: readonly StoredAlert[],
  form: string,
  { say, serviceNames, publicUrl, isSimulated, startedAtMs }: FeedContext,
): Feed {
  const name = nameFeed(topic, serviceNames, say);
  const mark = isSimulated ? `[${say.text('frame.simulated_data')}] ` : '';
  const entries = alerts.map((alert): FeedEntry => {
    const { subject, paragraphs, url } = renderAlerts([alert], {
      deliveryId: alert.id,
      locale: say.locale,
      timeZone: say.timeZone,
      publicUrl,
      serviceNames,
    });
    return {
      id: toUrn(`event ${alert.id}`),
      url,
      title: `${mark}${subject}`,
      paragraphs,
      atMs: Math.min(alert.atMs, alert.knownMs),
      knownMs: alert.knownMs,
      tags: [alert.kind, alert.severity, ...alert.services, ...alert.countryCodes],
    };
  });
  const root = `${publicUrl}/${say.locale}`;
  return {
    id: toUrn(`feed ${toFeedName(topic)} ${say.locale}`),
    title: `${mark}Reachline: ${name}`,
    description: say.text('feeds.about'),
    url: `${root}/feeds/${toFeedName(topic)}.${form}`,
    homeUrl: root,
    language: say.locale,
    updatedMs: Math.max(
      ...(entries.length === 0 ? [startedAtMs] : entries.map(({ knownMs }) => knownMs)),
    ),
    entries,
  };
}
