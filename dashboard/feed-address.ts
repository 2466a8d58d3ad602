/** Where the feed of a choice is: feeds are filtered by service and country, in the path, so that a proxy can keep them. */
import type { AlertWish } from './alert-choices.ts';

/** The forms of a feed. */
export type FeedForm = 'atom' | 'json';

/** The path of the feed that comes closest to a filter and leaves nothing of it out, in a language. */
export function toFeedPath(
  { services, countryCodes }: AlertWish['filter'],
  form: FeedForm,
  locale: AlertWish['locale'],
): string {
  const [service, ...moreServices] = services;
  const [country, ...moreCountries] = countryCodes;
  const parts = [
    ...(service === undefined || moreServices.length > 0 ? [] : [service]),
    ...(country === undefined || moreCountries.length > 0 ? [] : [country]),
  ];
  return `/${locale}/feeds/${parts.length === 0 ? 'all' : parts.join('-')}.${form}`;
}

/** True when the feed of a filter also has what the filter leaves out. */
export function isFeedCoarser({
  services,
  countryCodes,
  asns,
  kinds,
  minSeverity,
}: AlertWish['filter']): boolean {
  return (
    services.length > 1 ||
    countryCodes.length > 1 ||
    asns.length > 0 ||
    kinds.length > 0 ||
    minSeverity !== 'info'
  );
}
