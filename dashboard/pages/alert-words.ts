/** What somebody who subscribes will get, in words: on the page before they give an address, and in what they confirm. */
import {
  type AlertWish,
  INFO_GROUPS,
  type KindGroup,
  toClockField,
  toKindGroups,
} from '../alert-choices.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatCountry, formatZone } from '../i18n/times.ts';

/** Names of services and networks by what a wish calls them. */
export type WishNames = {
  readonly services: ReadonlyMap<string, string>;
  readonly networks: ReadonlyMap<number, string>;
};

function joinOr(words: readonly string[], { locale }: Pick<Say, 'locale'>): string {
  return new Intl.ListFormat(locale, { style: 'long', type: 'disjunction' }).format(words);
}

/** The groups that can come at all: where only higher severities are wanted, what is mere information never does. */
function listComing({ filter }: AlertWish): { coming: KindGroup[]; left: KindGroup[] } {
  const wanted = filter.kinds.length === 0 ? ALL_GROUPS : toKindGroups(filter.kinds);
  if (filter.minSeverity === 'info') return { coming: [...wanted], left: [] };
  return {
    coming: wanted.filter((one) => !INFO_GROUPS.has(one)),
    left: wanted.filter((one) => INFO_GROUPS.has(one)),
  };
}

const ALL_GROUPS: readonly KindGroup[] = [
  'restriction',
  'return',
  'announcement',
  'mismatch',
  'vantage',
];

function sayScope({ filter }: AlertWish, names: WishNames, say: Say): string {
  const { services, countryCodes, asns, minSeverity } = filter;
  const all = say.text('alerts.words.all');
  return say.text('alerts.words.scope', {
    services:
      services.length === 0
        ? all
        : joinWords(
            services.map((id) => names.services.get(id) ?? id),
            say,
          ),
    countries:
      countryCodes.length === 0
        ? all
        : joinWords(
            countryCodes.map((code) => formatCountry(code, say)),
            say,
          ),
    networks:
      asns.length === 0
        ? all
        : joinWords(
            asns.map((asn) => `${names.networks.get(asn) ?? ''} (AS${asn})`.trim()),
            say,
          ),
    severity: minSeverity,
  });
}

/** The sentences that say what will come, when, and what will not. */
export function sayWish(wish: AlertWish, names: WishNames, say: Say): string[] {
  const { coming, left } = listComing(wish);
  const { quiet } = wish;
  const how = { channel: wish.channel, locale: wish.locale, mode: wish.mode };
  const lead =
    coming.length === 0
      ? say.text('alerts.words.nothing')
      : say.text('alerts.words.lead', {
          ...how,
          kinds: joinOr(
            coming.map((one) => say.text(`alerts.when.${one}`)),
            say,
          ),
        });
  return [
    lead,
    ...(coming.length === 0 ? [] : [sayScope(wish, names, say)]),
    ...(left.length === 0
      ? []
      : [
          say.text('alerts.words.left_out', {
            kinds: joinOr(
              left.map((one) => say.text(`alerts.when.${one}`)),
              say,
            ),
          }),
        ]),
    ...(wish.mode === 'immediate'
      ? []
      : [
          say.text('alerts.words.digest', {
            mode: wish.mode,
            zone: formatZone(wish.timeZone, say),
          }),
        ]),
    ...(quiet === undefined
      ? []
      : [
          say.text('alerts.words.quiet', {
            from: toClockField(quiet.fromMinute),
            until: toClockField(quiet.untilMinute),
            zone: formatZone(wish.timeZone, say),
            severity: quiet.breakThrough,
          }),
        ]),
  ];
}
