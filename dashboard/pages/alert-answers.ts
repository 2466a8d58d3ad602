/** The pages behind the links of messages, and what is answered to the forms on them. Nothing on them shows an address. */
import { html } from 'hono/html';
import type { AlertChoices, AlertWish } from '../alert-choices.ts';
import { toFeedPath } from '../feed-address.ts';
import type { MessageKey } from '../i18n/texts.ts';
import { formatInstant } from '../i18n/times.ts';
import { renderWishFields, sayChannel } from './alert-form.ts';
import { sayGone } from './alert-reasons.ts';
import { sayWish } from './alert-words.ts';
import { linkToWish, toWishNames } from './alerts.ts';
import { type Frame, linkTo, type Page } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** A wish and what there was to choose. */
export type WishView = { readonly wish: AlertWish; readonly choices: AlertChoices };

function createPage(title: MessageKey, main: Fragment, frame: Frame): Page {
  const { say } = frame;
  return {
    title: say.text(title),
    description: say.text(title),
    main: html`<p class="crumb"><a href="${linkTo({ ...frame, timeZone: frame.defaultZone }, '/alerts')}">${say.text('alerts.title')}</a></p><h1>${say.text(title)}</h1><div class="alerts">${main}</div>`,
    hasZoneForm: false,
  };
}

function renderWish({ wish, choices }: WishView, { say }: Frame): Fragment {
  return html`<div class="sample">${sayWish(wish, toWishNames(choices), say).map((one) => html`<p>${one}</p>`)}</div>`;
}

function renderButton(frame: Frame, label: MessageKey, fields: Fragment = html``): Fragment {
  return html`<form method="post" action="${frame.base}${frame.path}">${fields}
    <button type="submit" class="primary">${frame.say.text(label)}</button></form>`;
}

const ASKED: Readonly<Record<string, MessageKey>> = {
  email: 'alerts.asked.email',
  web_push: 'alerts.asked.web_push',
};

/** Answer to whoever asked for messages: the same whatever is known of the address. */
export function createAskedPage(wish: AlertWish, frame: Frame): Page {
  const { say } = frame;
  const again = html`<a href="${linkToWish(wish, frame)}#subscribe">${say.text('alerts.asked.again_link')}</a>`;
  const key = ASKED[wish.channel] ?? 'alerts.asked.other';
  const main = html`<p class="lead">${say.text(key)}</p>
  <p>${say.text('alerts.asked.same')}</p>
  <p>${renderMessage(say, 'alerts.asked.again', { link: again })}</p>`;
  return createPage('alerts.asked', main, frame);
}

/** The same for a webhook, whose holder needs the secret and a way back. */
export function createWebhookPage(
  keys: { readonly secret: string; readonly managePath: string },
  frame: Frame,
): Page {
  const { say } = frame;
  const link = linkTo({ ...frame, timeZone: frame.defaultZone }, keys.managePath);
  const challenge = {
    type: html`<code>reachline.challenge</code>`,
    field: html`<code>data.challenge</code>`,
  };
  const main = html`<p>${say.text('alerts.asked.secret')}</p>
  <pre class="secret">${keys.secret}</pre>
  <p>${renderMessage(say, 'alerts.asked.challenge', challenge)}</p>
  <p>${say.text('alerts.asked.manage')}</p>
  <p><a href="${link}">${say.text('alerts.manage.link')}</a></p>
  <p>${say.text('alerts.asked.same')}</p>`;
  return createPage('alerts.asked', main, frame);
}

/** What a link of confirmation shows: a button, since programs that look for spam open links. */
export function createConfirmPage(view: WishView, frame: Frame): Page {
  const { say } = frame;
  // Elsewhere others may be able to confirm too, and must end nothing by it.
  const isPrivate = view.wish.channel === 'email' || view.wish.channel === 'web_push';
  const replaces = isPrivate ? say.text('alerts.confirm.replaces') : '';
  const main = html`${renderWish(view, frame)}<p>${say.text('alerts.confirm.about')} ${replaces}</p>
  ${renderButton(frame, 'alerts.confirm')}`;
  return createPage('alerts.confirm.title', main, frame);
}

/** After the button was pressed. */
export function createConfirmedPage(view: WishView, managePath: string, frame: Frame): Page {
  const { say } = frame;
  const main = html`${renderWish(view, frame)}<p>${say.text('alerts.confirm.done_about')}
    <a href="${linkTo({ ...frame, timeZone: frame.defaultZone }, managePath)}">${say.text('alerts.manage.link')}</a></p>`;
  return createPage('alerts.confirm.done', main, frame);
}

/** A link that leads nowhere any more. */
export function createGonePage(kind: 'confirm' | 'manage', frame: Frame): Page {
  const { say } = frame;
  const key = kind === 'confirm' ? 'alerts.confirm.gone' : 'alerts.manage.gone';
  const title = kind === 'confirm' ? 'alerts.confirm.title' : 'alerts.manage';
  const main = html`<p class="lead">${say.text(key)}</p>
  <p><a href="${linkTo({ ...frame, timeZone: frame.defaultZone }, '/alerts')}">${say.text('alerts.title')}</a></p>`;
  return createPage(title, main, frame);
}

/** What the holder of a subscription sees. */
export type ManageView = WishView & {
  readonly state: 'active' | 'paused' | 'gone';
  /** Why and since when it is switched off. */
  readonly gone?: { readonly reason: string; readonly atMs?: number };
  /** Way of the other subscription that is told when this one is switched off. */
  readonly otherChannel?: string;
  /** True after a link was given that belongs to none. */
  readonly isUnknownLink?: boolean;
  /** SHA-256 of the endpoint of a browser. */
  readonly endpointDigest?: string;
  /** Path of the page that ends it. */
  readonly endPath: string;
  /** What was just done. */
  readonly done?:
    | 'changed'
    | 'paused'
    | 'resumed'
    | 'retried'
    | 'dropped'
    | 'other_set'
    | 'other_dropped';
  /** A secret that was just made. */
  readonly secret?: string;
};

function renderAction(frame: Frame, action: string, label: MessageKey): Fragment {
  return html`<button type="submit" form="act" name="do" value="${action}">${frame.say.text(label)}</button>`;
}

function renderWebhook({ secret }: ManageView, frame: Frame): Fragment {
  const { say } = frame;
  return html`<section aria-labelledby="secret"><h2 id="secret">${say.text('alerts.manage.secret')}</h2>
  <p>${say.text('alerts.manage.secret_about')}</p>
  ${secret === undefined ? '' : html`<p role="status"><strong>${say.text('alerts.manage.rotated')}</strong></p><pre class="secret">${secret}</pre>`}
  <p class="actions">${renderAction(frame, 'rotate', 'alerts.manage.rotate')} ${renderAction(frame, 'drop', 'alerts.manage.drop')}</p></section>`;
}

const DONE = {
  changed: 'alerts.manage.changed',
  paused: 'alerts.manage.paused',
  resumed: 'alerts.manage.resumed',
  retried: 'alerts.manage.retried',
  dropped: 'alerts.manage.dropped',
  other_set: 'alerts.other.done_set',
  other_dropped: 'alerts.other.done_dropped',
} as const satisfies Readonly<Record<NonNullable<ManageView['done']>, MessageKey>>;

/** Why nothing is sent; nothing while it is. */
function renderState({ state, gone }: ManageView, { say }: Frame): Fragment {
  if (state === 'active') return html``;
  if (gone === undefined) return html`<p class="refused">${say.text('alerts.manage.disabled')}</p>`;
  const { reason, atMs } = gone;
  const since =
    atMs === undefined
      ? html`${say.text('alerts.manage.gone_now')}`
      : renderMessage(say, 'alerts.manage.gone_since', {
          when: html`<time datetime="${new Date(atMs).toISOString()}">${formatInstant(atMs, say)}</time>`,
        });
  return html`<p class="refused"><strong>${since}</strong> ${sayGone(reason, say)}</p>
  <p>${say.text('alerts.manage.gone_about')}</p>`;
}

function renderStateAction({ state }: ManageView, frame: Frame): Fragment {
  if (state === 'active') return renderAction(frame, 'pause', 'alerts.manage.pause');
  return renderAction(
    frame,
    'resume',
    state === 'gone' ? 'alerts.manage.retry' : 'alerts.manage.resume',
  );
}

/** The way to the page that ends it; for a browser the button itself, so that its script can end it there as well. */
function renderEnd({ endPath, endpointDigest }: ManageView, frame: Frame): Fragment {
  const end = linkTo({ ...frame, timeZone: frame.defaultZone }, endPath);
  const text = frame.say.text('alerts.end');
  if (endpointDigest === undefined) return html`<a class="button" href="${end}">${text}</a>`;
  return html`<button type="submit" form="end">${text}</button>`;
}

/** The other subscription that is told when this one stops. */
function renderOther({ otherChannel, isUnknownLink }: ManageView, frame: Frame): Fragment {
  const { say } = frame;
  const title = html`<h2 id="other">${say.text('alerts.other')}</h2>`;
  if (otherChannel !== undefined)
    return html`<section aria-labelledby="other">${title}
  <p>${say.text('alerts.other.is_set', { channel: sayChannel(otherChannel, say) })}</p>
  <p class="actions">${renderAction(frame, 'tell_none', 'alerts.other.drop')}</p></section>`;
  const isWrong = isUnknownLink === true;
  return html`<section aria-labelledby="other">${title}
  <p>${say.text('alerts.other.about')}</p>
  <form class="alert-form" method="post" action="${frame.base}${frame.path}#other">
    <input type="hidden" name="do" value="tell">
    <p><label class="field wide-field" for="link">${say.text('alerts.other.link')}</label>
      <input class="wide-field" id="link" name="link" required maxlength="2000" autocomplete="off" spellcheck="false"${
        isWrong ? html` aria-invalid="true" aria-describedby="unknown-link"` : ''
      }></p>
    ${isWrong ? html`<p id="unknown-link" class="refused">${say.text('alerts.other.unknown')}</p>` : ''}
    <p><button type="submit">${say.text('alerts.other.set')}</button></p>
  </form></section>`;
}

/** The page of a subscription: what it is, and what may be done about it. */
export function createManagePage(view: ManageView, frame: Frame): Page {
  const { say } = frame;
  const { wish, choices, done } = view;
  const main = html`${done === undefined ? '' : html`<p role="status" class="done"><strong>${say.text(DONE[done])}</strong></p>`}
  ${renderState(view, frame)}
  ${renderWish(view, frame)}
  <form id="act" method="post" action="${frame.base}${frame.path}"></form>
  ${view.endpointDigest === undefined ? '' : html`<form id="end" method="post" action="${frame.base}${view.endPath}" data-push-endpoint="${view.endpointDigest}"></form>`}
  <p class="actions">${renderStateAction(view, frame)} ${renderEnd(view, frame)}</p>
  <section aria-labelledby="change"><h2 id="change">${say.text('alerts.manage.change')}</h2>
  <form class="alert-form" method="post" action="${frame.base}${frame.path}">
    <input type="hidden" name="do" value="change">
    ${renderWishFields(wish, choices, frame)}
    <p><button type="submit" class="primary">${say.text('alerts.choose.save')}</button></p>
  </form></section>
  ${wish.channel === 'webhook' ? renderWebhook(view, frame) : ''}
  ${renderOther(view, frame)}
  <p class="note">${say.text('alerts.manage.private')}</p>`;
  return {
    ...createPage('alerts.manage', main, frame),
    hasPush: view.endpointDigest !== undefined,
  };
}

/** What a link to unsubscribe shows: a button, for the same reason. */
export function createEndPage(frame: Frame): Page {
  const main = html`<p class="lead">${frame.say.text('alerts.end.about')}</p>
  ${renderButton(frame, 'alerts.end', html`<input type="hidden" name="List-Unsubscribe" value="One-Click">`)}`;
  return createPage('alerts.end.title', main, frame);
}

/** After a subscription ended; the same when it had ended before. */
export function createEndedPage(filter: AlertWish['filter'], frame: Frame): Page {
  const { say } = frame;
  const link = html`<a href="${toFeedPath(filter, 'atom', say.locale)}">${say.text('alerts.feeds')}</a>`;
  const main = html`<p class="lead">${say.text('alerts.end.done_about')}</p>
  <p>${renderMessage(say, 'alerts.end.feeds', { link })}</p>`;
  return createPage('alerts.end.done', main, frame);
}
