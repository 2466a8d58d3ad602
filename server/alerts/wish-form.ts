/** Reads what a reader wants from the fields of a form or of a link, against what there is to choose. */
import { z } from 'zod';
import {
  type AlertChoices,
  type AlertWish,
  KIND_GROUP_NAMES,
  toKinds,
} from '../../dashboard/alert-choices.ts';
import { LOCALES, type Locale } from '../../dashboard/i18n/locale.ts';
import { ALERT_SEVERITIES } from '../../db/alert-types.ts';
import { SUBSCRIPTION_MODES } from '../../db/subscribers/subscription-types.ts';
import type { HandlerDeps } from '../contract.ts';
import { asns, countries, listOf, oneOf, parseQuery, zone } from '../query.ts';
import { OPERATOR_CHANNELS } from './account-channels.ts';

/** What a wish is made of, as forms and addresses name it. */
export const WISH_FIELDS = [
  'channel',
  'service',
  'country',
  'asn',
  'kind',
  'severity',
  'lang',
  'mode',
  'tz',
  'quiet_from',
  'quiet_until',
  'break',
] as const;

/** Zone of a reader of a language who has not said another: most of its readers live there. */
const ZONES: Readonly<Record<Locale, string>> = {
  en: 'UTC',
  ru: 'Europe/Moscow',
  uk: 'Europe/Kyiv',
};
/** Told first, since messengers are blocked where people need them most. */
const FIRST_CHANNELS = ['email', 'webhook', 'ntfy'];
/** Browsers subscribe to it by a script, which no form can stand for. */
export const SCRIPTED_CHANNEL = 'web_push';

/** Minutes after midnight. */
const clockTime = z.string().transform((text, context): number => {
  const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?$/.exec(text) ?? [];
  if (hour !== undefined && minute !== undefined) return Number(hour) * 60 + Number(minute);
  context.addIssue({
    code: 'custom',
    message: `\`${text.slice(0, 20)}\` is no time of day`,
    params: { remedy: 'Write hours and minutes, such as 22:00.' },
  });
  return z.NEVER;
});

function createSchema(choices: AlertChoices, locale: Locale) {
  const [firstChannel = 'email', ...channels] = choices.channels;
  return z.object({
    service: listOf(
      choices.services.map(({ id }) => id),
      'service',
    ).default([]),
    country: countries.default([]),
    asn: asns.default([]),
    kind: listOf(KIND_GROUP_NAMES, 'kind of event').default([]),
    severity: oneOf(ALERT_SEVERITIES, 'severity').default('info'),
    lang: oneOf(LOCALES, 'language').default(locale),
    mode: oneOf(SUBSCRIPTION_MODES, 'frequency').default('immediate'),
    tz: zone.default(ZONES[locale]),
    quiet_from: clockTime.optional(),
    quiet_until: clockTime.optional(),
    break: oneOf(ALERT_SEVERITIES, 'severity').default('critical'),
    channel: oneOf([firstChannel, ...channels], 'way').default(firstChannel),
  });
}

/** The zone in which a reader of a language sees times unless they choose another. */
export function zoneOfLanguage(locale: Locale): string {
  return ZONES[locale];
}

/** What there is to choose: what is measured and announced here, and the ways that are switched on. */
export function listChoices({ config, store, alerts }: HandlerDeps): AlertChoices {
  const vantages = store.listVantages();
  const networks = new Map<number, string>();
  for (const { asn, networkName, role } of vantages)
    if (asn > 0 && role !== 'control') networks.set(asn, networkName);
  const measured = vantages.filter(({ role }) => role !== 'control');
  const announced = store
    .listAnnouncements()
    .flatMap(({ announcement }) => announcement.regions.codes.map((code) => code.slice(0, 2)));
  const codes = [...measured.map(({ countryCode }) => countryCode), ...announced];
  const kinds = [...(alerts?.channels.keys() ?? [])].filter(
    // Whatever a stranger asks for by a channel that is always the operator's would be refused.
    (kind) => kind !== SCRIPTED_CHANNEL && !OPERATOR_CHANNELS.has(kind),
  );
  return {
    services: config.services.map(({ id, name }) => ({ id, name })),
    countryCodes: [...new Set(codes)]
      .filter((code) => /^[A-Z]{2}$/.test(code) && code !== 'ZZ')
      .toSorted(),
    networks: [...networks]
      .map(([asn, name]) => ({ asn, name }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    channels: [
      ...FIRST_CHANNELS.filter((kind) => kinds.some((one) => one === kind)),
      ...kinds.filter((kind) => !FIRST_CHANNELS.includes(kind)),
    ],
  };
}

/** The wish in some fields; what is left out is as most readers want it. @throws RequestProblem naming each field that is wrong */
export function readWish(
  fields: URLSearchParams,
  choices: AlertChoices,
  locale: Locale,
): AlertWish {
  const url = new URL(`http://localhost/?${fields.toString()}`);
  const read = parseQuery(createSchema(choices, locale), url);
  const { quiet_from: fromMinute, quiet_until: untilMinute } = read;
  const isQuiet =
    fromMinute !== undefined && untilMinute !== undefined && fromMinute !== untilMinute;
  return {
    channel: read.channel,
    filter: {
      services: read.service,
      countryCodes: read.country,
      asns: read.asn,
      kinds: toKinds(read.kind),
      minSeverity: read.severity,
    },
    locale: read.lang,
    timeZone: read.tz,
    mode: read.mode,
    ...(isQuiet ? { quiet: { fromMinute, untilMinute, breakThrough: read.break } } : {}),
  };
}
