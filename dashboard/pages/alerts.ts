/**
 * The page of alerts: feeds first, since they ask for nothing; then what messages one may have, said in words and shown
 * as one would read; the address last, so that it is typed only once it is clear what for, and never stands in a link.
 */
import { html } from 'hono/html';
import {
  type AlertChoices,
  type AlertWish,
  listWishFields,
  OWN_ACCOUNT_CHANNELS,
  TOKEN_CHANNELS,
} from '../alert-choices.ts';
import { isFeedCoarser, toFeedPath } from '../feed-address.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey } from '../i18n/texts.ts';
import { renderHiddenWish, renderWishFields, sayChannel } from './alert-form.ts';
import { sayWish, type WishNames } from './alert-words.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { MAILBOX_PATH } from './mailbox-items.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderSentence } from './sentences.ts';

/** A message as it would read. */
export type SampleMessage = {
  readonly locale: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly url: string;
};

/** What the page shows. */
export type AlertsView = {
  readonly choices: AlertChoices;
  readonly wish: AlertWish;
  readonly names: WishNames;
  /** The latest event of the kind; absent when there was none. */
  readonly sample?: SampleMessage;
  /** What browsers subscribe with; absent where nothing is pushed to them. */
  readonly pushKey?: string;
  /** What was typed and cannot be used, after a form was sent. */
  readonly refused?: {
    readonly address: string;
    readonly detail: string;
    readonly remedy: string;
  };
};

/** Names for a wish, from what there is to choose. */
export function toWishNames({ services, networks }: AlertChoices): WishNames {
  return {
    services: new Map(services.map(({ id, name }) => [id, name])),
    networks: new Map(networks.map(({ asn, name }) => [asn, name])),
  };
}

function renderFeedLinks(
  filter: AlertWish['filter'],
  label: string,
  locale: Say['locale'],
): Fragment {
  return html`<li>${label}: <a href="${toFeedPath(filter, 'atom', locale)}" type="application/atom+xml">Atom</a> ·
    <a href="${toFeedPath(filter, 'json', locale)}" type="application/feed+json">JSON Feed</a></li>`;
}

function renderFeeds({ choices, wish }: AlertsView, frame: Frame): Fragment {
  const { say } = frame;
  const everything = { ...wish.filter, services: [], countryCodes: [] };
  const isChosen = wish.filter.services.length + wish.filter.countryCodes.length > 0;
  return html`<section aria-labelledby="feeds"><h2 id="feeds">${say.text('alerts.feeds')}</h2>
  <p>${say.text('alerts.feeds.about')}</p>
  <ul class="feeds">
    ${renderFeedLinks(everything, say.text('alerts.feeds.everything'), say.locale)}
    ${choices.services.map(({ id, name }) => renderFeedLinks({ ...everything, services: [id] }, name, say.locale))}
    ${isChosen ? renderFeedLinks(wish.filter, say.text('alerts.feeds.chosen'), wish.locale) : ''}
  </ul>
  ${isChosen && isFeedCoarser(wish.filter) ? html`<p class="note">${say.text('alerts.feeds.coarser')}</p>` : ''}
  </section>`;
}

function renderChoice({ choices, wish }: AlertsView, frame: Frame): Fragment {
  const { say } = frame;
  return html`<section aria-labelledby="choose"><h2 id="choose">${say.text('alerts.choose')}</h2>
  <form class="alert-form" method="get" action="${frame.base}/alerts#preview">
    ${renderWishFields(wish, choices, frame, choices.channels)}
    ${choices.channels.length > 1 ? html`<p class="note">${say.text('alerts.channel.about')}</p>` : ''}
    <p><button type="submit">${say.text('alerts.choose.preview')}</button></p>
  </form></section>`;
}

/** A message as one would read it. */
function renderSample(sample: SampleMessage): Fragment {
  return html`<figure class="sample" lang="${sample.locale}"><p class="sample-subject"><strong>${sample.subject}</strong></p>
    ${sample.paragraphs.map((paragraph) => html`<p class="sample-text">${paragraph}</p>`)}
    <p class="sample-text"><a href="${sample.url}">${sample.url}</a></p></figure>`;
}

function renderPreview(view: AlertsView, frame: Frame): Fragment {
  const { say } = frame;
  const { wish, names, sample } = view;
  const [lead = '', ...rest] = sayWish(wish, names, say);
  return html`<section aria-labelledby="preview"><h2 id="preview">${say.text('alerts.preview')}</h2>
  <p class="lead">${lead}</p>${rest.map((sentence) => html`<p>${sentence}</p>`)}
  <h3>${say.text('alerts.preview.sample')}</h3>
  ${sample === undefined ? html`<p class="quiet">${say.text('alerts.preview.none')}</p>` : renderSample(sample)}
  </section>`;
}

function sayAddress(channel: string, say: Say): string {
  const key = `alerts.address.${channel}`;
  return isMessageKey(key) ? say.text(key) : sayChannel(channel, say);
}

function renderToken(isNeeded: boolean, say: Say): Fragment {
  const label = say.text(isNeeded ? 'alerts.address.account_token' : 'alerts.address.token');
  return html`<p><label class="field wide-field" for="token">${label}</label>
    <input class="wide-field" id="token" name="token" maxlength="500" autocomplete="off" spellcheck="false"${isNeeded ? html` required` : ''}></p>`;
}

function renderSubscribe({ wish, refused }: AlertsView, frame: Frame): Fragment {
  const { say } = frame;
  const { channel } = wish;
  const isMail = channel === 'email';
  const about = channel === 'webhook' ? 'alerts.subscribe.webhook' : 'alerts.subscribe.about';
  return html`<section aria-labelledby="subscribe"><h2 id="subscribe">${say.text('alerts.subscribe')}</h2>
  <form class="alert-form" method="post" action="${frame.base}/alerts#subscribe">
    ${renderHiddenWish(wish)}
    <p><label class="field wide-field" for="address">${sayAddress(channel, say)}</label>
      <input class="wide-field" id="address" name="address" required maxlength="2000" autocapitalize="none" spellcheck="false"
        type="${isMail ? 'email' : 'text'}" autocomplete="${isMail ? 'email' : 'off'}" value="${refused?.address ?? ''}"${
          refused === undefined ? '' : html` aria-invalid="true" aria-describedby="refused"`
        }></p>
    ${
      refused === undefined
        ? ''
        : html`<p id="refused" class="refused"><strong>${say.text('alerts.problem.address')}.</strong> ${renderSentence(say, 'alerts', refused.detail)} ${renderSentence(say, 'alerts', refused.remedy)}</p>`
    }
    ${TOKEN_CHANNELS.has(channel) ? renderToken(OWN_ACCOUNT_CHANNELS.has(channel), say) : ''}
    <p><button type="submit" class="primary">${say.text('alerts.subscribe')}</button></p>
    <p class="note">${say.text(about)}</p>
    <p class="note">${say.text('alerts.subscribe.kept')}</p>
  </form></section>`;
}

/**
 * Messages in this browser: all that its script may say stands here, and of that only what is true is shown. Without a
 * script it says why there is no button.
 */
function renderPush({ wish, pushKey }: AlertsView, frame: Frame): Fragment {
  const { say } = frame;
  return html`<section id="push" aria-labelledby="push-title" data-push-key="${pushKey ?? ''}"><h2 id="push-title">${say.text('alerts.push')}</h2>
  <div data-push="script"><p class="note">${say.text('alerts.push.script')}</p></div>
  <div data-push="unable" hidden><p class="note">${say.text('alerts.push.unable')}</p></div>
  <div data-push="denied" role="status" hidden><p class="note">${say.text('alerts.push.denied')}</p></div>
  <div data-push="failed" role="status" hidden><p class="refused">${say.text('alerts.push.failed')}</p></div>
  <form class="alert-form" method="post" action="${frame.base}/alerts#push" data-push="able failed" hidden>
    ${renderHiddenWish({ ...wish, channel: 'web_push' })}
    <input type="hidden" name="address" value="">
    <p>${say.text('alerts.push.about')}</p>
    <p><button type="submit">${say.text('alerts.push.subscribe')}</button></p>
    <p class="note">${say.text('alerts.push.seen')}</p>
  </form>
  <div data-push-held hidden><p>${say.text('alerts.push.held')}</p>
    <p><button type="button" data-push-stop>${say.text('alerts.push.stop')}</button></p></div>
  </section>`;
}

function renderOff({ say }: Frame): Fragment {
  const key = (name: string) => html`<code>${name}</code>`;
  return html`<section aria-labelledby="off"><h2 id="off">${say.text('alerts.off')}</h2>
  <p>${renderMessage(say, 'alerts.off.about', {
    file: key('config/reachline.yaml'),
    enabled: key('enabled: true'),
    url: key('publicUrl'),
    section: key('alerts'),
  })}</p></section>`;
}

/** Where messages go in the demo; nothing anywhere else. */
function renderDemoNote(frame: Frame): Fragment {
  const { say } = frame;
  if (frame.hasMailbox !== true) return html``;
  const mailbox = html`<a href="${linkTo({ ...frame, timeZone: frame.defaultZone }, MAILBOX_PATH)}">${say.text('mailbox.alerts_link')}</a>`;
  return html`<p class="done">${renderMessage(say, 'mailbox.alerts_note', { mailbox })}</p>`;
}

/** Makes the page. */
export function createAlertsPage(view: AlertsView, frame: Frame): Page {
  const { say } = frame;
  const hasForm = view.choices.channels.length > 0;
  const hasPush = view.pushKey !== undefined;
  const main = html`<h1>${say.text('alerts.title')}</h1>
  <p class="lead">${say.text('alerts.lead')}</p>
  ${renderDemoNote(frame)}
  ${renderFeeds(view, frame)}
  ${
    hasForm || hasPush
      ? html`<div class="alert-columns">${renderChoice(view, frame)}<div>${renderPreview(view, frame)}${hasForm ? renderSubscribe(view, frame) : ''}${hasPush ? renderPush(view, frame) : ''}</div></div>`
      : renderOff(frame)
  }`;
  return {
    title: say.text('alerts.title'),
    description: say.text('alerts.description'),
    main,
    hasZoneForm: false,
    hasPush,
  };
}

/** The link to the page with a wish filled in. */
export function linkToWish(wish: AlertWish, frame: Frame): string {
  const query = new URLSearchParams(listWishFields(wish).map(([name, value]) => [name, value]));
  return `${linkTo({ ...frame, timeZone: frame.defaultZone }, '/alerts')}?${query.toString()}`;
}
