/** The form in which a reader chooses what to hear of, on the page of alerts and on that of a subscription. */
import { html } from 'hono/html';
import {
  type AlertChoices,
  type AlertWish,
  KIND_GROUP_NAMES,
  listWishFields,
  toClockField,
  toKindGroups,
} from '../alert-choices.ts';
import { LOCALE_NAMES, LOCALES } from '../i18n/locale.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey } from '../i18n/texts.ts';
import { formatCountry } from '../i18n/times.ts';
import { type Frame, renderZoneOptions, selected } from './frame.ts';
import type { Fragment } from './rich-text.ts';

const SEVERITIES = ['info', 'minor', 'major', 'critical'] as const;
const MODES = ['immediate', 'hourly', 'daily', 'weekly'] as const;

type Option = readonly [value: string, text: string];

/** Names of products, the same in every language. */
const PRODUCTS: ReadonlyMap<string, string> = new Map([
  ['ntfy', 'ntfy'],
  ['matrix', 'Matrix'],
  ['mastodon', 'Mastodon'],
  ['telegram', 'Telegram'],
  ['slack', 'Slack'],
  ['discord', 'Discord'],
  ['web_push', 'Web Push'],
]);

/** The name of a way to be told; one without a name keeps its code. */
export function sayChannel(channel: string, say: Say): string {
  const product = PRODUCTS.get(channel);
  if (product !== undefined) return product;
  const key = `alerts.channel.${channel}`;
  return isMessageKey(key) ? say.text(key) : channel;
}

function renderChecks(
  name: string,
  legend: string,
  options: readonly Option[],
  chosen: readonly string[],
): Fragment {
  return html`<fieldset><legend>${legend}</legend><div class="checks">${options.map(
    ([value, text]) =>
      html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${
        chosen.includes(value) ? html` checked` : ''
      }> ${text}</label>`,
  )}</div></fieldset>`;
}

function renderSelect(
  name: string,
  label: string,
  options: readonly Option[],
  chosen: string,
): Fragment {
  return html`<label class="field">${label} <select name="${name}">${options.map(
    ([value, text]) => html`<option value="${value}"${selected(value === chosen)}>${text}</option>`,
  )}</select></label>`;
}

function renderNetworks(choices: AlertChoices, wish: AlertWish, say: Say): Fragment {
  if (choices.networks.length === 0) return html``;
  const checks = renderChecks(
    'asn',
    say.text('alerts.choose.networks'),
    choices.networks.map(({ asn, name }) => [String(asn), `${sayNetwork(say, name)} (AS${asn})`]),
    wish.filter.asns.map(String),
  );
  const isOpen = wish.filter.asns.length > 0;
  return html`<details class="networks"${isOpen ? html` open` : ''}>
    <summary>${say.text('alerts.choose.networks_some', { n: choices.networks.length })}</summary>${checks}</details>`;
}

function renderQuiet({ quiet }: AlertWish, say: Say): Fragment {
  const value = (minute: number | undefined): string =>
    minute === undefined ? '' : toClockField(minute);
  return html`<fieldset class="quiet-hours"><legend>${say.text('alerts.choose.quiet')}</legend>
    <div class="fields">
    <label class="field">${say.text('alerts.choose.quiet_from')} <input type="time" name="quiet_from" value="${value(quiet?.fromMinute)}"></label>
    <label class="field">${say.text('alerts.choose.quiet_until')} <input type="time" name="quiet_until" value="${value(quiet?.untilMinute)}"></label>
    ${renderSelect(
      'break',
      say.text('alerts.choose.break'),
      SEVERITIES.slice(1).map((one) => [one, say.text(`alerts.severity.${one}`)]),
      quiet?.breakThrough ?? 'critical',
    )}</div>
    <p class="note">${say.text('alerts.choose.quiet_about')}</p></fieldset>`;
}

/** The fields of a wish, without the form around them. `channels` are left out where the way stays as it is. */
export function renderWishFields(
  wish: AlertWish,
  choices: AlertChoices,
  frame: Frame,
  channels: readonly string[] = [],
): Fragment {
  const { say } = frame;
  const { filter } = wish;
  return html`<div class="wish">
    ${renderChecks(
      'service',
      say.text('alerts.choose.services'),
      choices.services.map(({ id, name }) => [id, name]),
      filter.services,
    )}
    ${renderChecks(
      'country',
      say.text('alerts.choose.countries'),
      choices.countryCodes
        .map((code): [string, string] => [code, formatCountry(code, say)])
        .toSorted(([, a], [, b]) => a.localeCompare(b, say.locale)),
      filter.countryCodes,
    )}
    ${renderNetworks(choices, wish, say)}
    ${renderChecks(
      'kind',
      say.text('alerts.choose.kinds'),
      KIND_GROUP_NAMES.map((one) => [one, say.text(`alerts.group.${one}`)]),
      toKindGroups(filter.kinds),
    )}
    <p class="note">${say.text('alerts.choose.none')}</p>
    <div class="fields">
    ${renderSelect(
      'severity',
      say.text('alerts.choose.severity'),
      SEVERITIES.map((one) => [one, say.text(`alerts.severity.${one}`)]),
      filter.minSeverity,
    )}
    ${renderSelect(
      'mode',
      say.text('alerts.choose.mode'),
      MODES.map((one) => [one, say.text(`alerts.mode.${one}`)]),
      wish.mode,
    )}
    ${renderSelect(
      'lang',
      say.text('alerts.choose.language'),
      LOCALES.map((one) => [one, LOCALE_NAMES[one]]),
      wish.locale,
    )}
    <label class="field">${say.text('alerts.choose.zone')} <select name="tz">${renderZoneOptions({ ...frame, timeZone: wish.timeZone })}</select></label>
    ${
      channels.length === 0
        ? ''
        : renderSelect(
            'channel',
            say.text('alerts.choose.channel'),
            channels.map((one) => [one, sayChannel(one, say)]),
            wish.channel,
          )
    }
    </div>
    ${renderQuiet(wish, say)}
  </div>`;
}

/** The same fields, unseen, for the form that sends them on with the address. */
export function renderHiddenWish(wish: AlertWish): Fragment {
  return html`${listWishFields(wish).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}`;
}
