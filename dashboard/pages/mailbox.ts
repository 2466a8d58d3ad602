/** The mailbox of the demo: the list of what arrived, and one message. Complete without scripts. */
import { html } from 'hono/html';
import { formatInstant } from '../i18n/times.ts';
import { type Frame, linkTo, type Page } from './frame.ts';
import {
  MAILBOX_OWNERS,
  MAILBOX_PATH,
  type MailboxItem,
  type MailboxOwner,
  type OpenedItem,
} from './mailbox-items.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

export type MailboxOrder = 'newest' | 'story';

/** What the list shows. */
export type MailboxView = {
  /** How many there are in each mailbox. */
  readonly counts: ReadonlyMap<MailboxOwner, number>;
  /** The mailbox that is shown; all unless given. */
  readonly owner?: MailboxOwner;
  readonly order: MailboxOrder;
  /** Those of this page, in order. */
  readonly items: readonly MailboxItem[];
  /** From 1. */
  readonly pageNumber: number;
  readonly pageSize: number;
  /** Share of the story that has been told; absent when none is being told. */
  readonly share?: number;
};

/** A message and those beside it in its mailbox, in the order of arrival. */
export type MailboxMessageView = {
  readonly opened: OpenedItem;
  readonly previous?: MailboxItem;
  readonly next?: MailboxItem;
  /** What addresses of this site begin with in the text. */
  readonly publicUrl: string;
};

type Choice = Pick<MailboxView, 'owner' | 'order' | 'pageNumber'>;

function linkToList(frame: Frame, { owner, order, pageNumber }: Partial<Choice>): string {
  const query = new URLSearchParams({
    ...(owner === undefined ? {} : { box: owner }),
    ...(order === 'story' ? { order } : {}),
    ...(pageNumber === undefined || pageNumber === 1 ? {} : { page: String(pageNumber) }),
  });
  return linkTo(frame, `${MAILBOX_PATH}${query.size === 0 ? '' : `?${query.toString()}`}`);
}

const sumOf = (counts: MailboxView['counts']): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

function renderBoxes({ counts, owner, order }: MailboxView, frame: Frame): Fragment {
  const { say } = frame;
  const link = (id: MailboxOwner | undefined, count: number): Fragment =>
    html`<li><a href="${linkToList(frame, { order, ...(id === undefined ? {} : { owner: id }) })}"${
      id === owner ? html` aria-current="page"` : ''
    }>${say.text(`mailbox.box.${id ?? 'all'}`)}</a> <span class="quiet">${say.number(count)}</span></li>`;
  return html`<nav class="boxes" aria-label="${say.text('mailbox.boxes')}"><ul>
    ${link(undefined, sumOf(counts))}
    ${MAILBOX_OWNERS.map((id) => {
      const count = counts.get(id) ?? 0;
      return id === 'others' && count === 0 && owner !== 'others' ? '' : link(id, count);
    })}
  </ul></nav>`;
}

function renderOrder({ owner, order }: MailboxView, frame: Frame): Fragment {
  const { say } = frame;
  const chosen = owner === undefined ? {} : { owner };
  return html`<p class="mail-order">${say.text('mailbox.order')}: ${(
    ['newest', 'story'] as const
  ).map(
    (one, index) =>
      html`${index === 0 ? '' : ' · '}${
        one === order
          ? html`<strong>${say.text(`mailbox.order.${one}`)}</strong>`
          : html`<a href="${linkToList(frame, { ...chosen, order: one })}">${say.text(`mailbox.order.${one}`)}</a>`
      }`,
  )}</p>`;
}

function renderWhen(atMs: number, { say }: Frame): Fragment {
  return html`<time datetime="${new Date(atMs).toISOString()}">${formatInstant(atMs, say)}</time>`;
}

function renderSubject({ subject, language }: MailboxItem, { say }: Frame): Fragment {
  if (subject === '') return html`${say.text('mailbox.no_subject')}`;
  return language === undefined || language === say.locale
    ? html`${subject}`
    : html`<span lang="${language}">${subject}</span>`;
}

function renderSignature({ isSigned }: MailboxItem, { say }: Frame): Fragment {
  if (isSigned === undefined) return html``;
  const key = isSigned ? 'mailbox.signed' : 'mailbox.unsigned';
  return html` · <span class="${isSigned ? 'right' : 'wrong'}">${isSigned ? '✓' : '✗'} ${say.text(key)}</span>`;
}

function renderItem(item: MailboxItem, frame: Frame): Fragment {
  const { say } = frame;
  return html`<li><a href="${linkTo(frame, `${MAILBOX_PATH}/${item.number}`)}">${renderSubject(item, frame)}</a>
    <span class="quiet">${renderWhen(item.receivedAtMs, frame)} · ${say.text(`mailbox.box.${item.owner}`)}${renderSignature(item, frame)}</span></li>`;
}

function renderPager(view: MailboxView, all: number, frame: Frame): Fragment {
  const { say } = frame;
  const { pageNumber, pageSize, items, order, owner } = view;
  const chosen = owner === undefined ? { order } : { order, owner };
  const first = (pageNumber - 1) * pageSize + 1;
  const last = first + items.length - 1;
  const count = { first: say.number(first), last: say.number(last), all: say.number(all) };
  return html`<nav class="pager" aria-label="${say.text('mailbox.pages')}">${
    pageNumber > 1
      ? html`<a rel="prev" href="${linkToList(frame, { ...chosen, pageNumber: pageNumber - 1 })}">← ${say.text('mailbox.earlier_page')}</a>`
      : ''
  } <span class="quiet">${say.text('mailbox.shown', count)}</span> ${
    last < all
      ? html`<a rel="next" href="${linkToList(frame, { ...chosen, pageNumber: pageNumber + 1 })}">${say.text('mailbox.later_page')} →</a>`
      : ''
  }</nav>`;
}

function renderTelling({ share }: MailboxView, frame: Frame): Fragment {
  if (share === undefined) return html``;
  const { say } = frame;
  const percent = say.number(Math.round(share * 100));
  return html`<p class="done" role="status">${say.text('mailbox.telling', { share: percent })}
    <a href="${linkToList(frame, {})}">${say.text('mailbox.telling_link')}</a></p>`;
}

function renderList(view: MailboxView, frame: Frame): Fragment {
  const { say } = frame;
  const { owner, counts, items, share } = view;
  const all = owner === undefined ? sumOf(counts) : (counts.get(owner) ?? 0);
  if (all === 0)
    return html`<p>${
      share === undefined && owner === undefined
        ? renderMessage(say, 'mailbox.none_told', {
            command: html`<code>reachline demo --fresh</code>`,
          })
        : say.text('mailbox.none')
    }</p>`;
  const about =
    owner === undefined
      ? ''
      : html`<p class="quiet">${say.text(`mailbox.box.${owner}_about`)}.</p>`;
  return html`${about}${renderOrder(view, frame)}
  <ol class="mails">${items.map((item) => renderItem(item, frame))}</ol>
  ${renderPager(view, all, frame)}`;
}

/** Makes the list. */
export function createMailboxPage(view: MailboxView, frame: Frame): Page {
  const { say } = frame;
  return {
    title: say.text('mailbox.title'),
    description: say.text('mailbox.description'),
    main: html`<h1>${say.text('mailbox.title')}</h1>
  <p class="lead">${say.text('mailbox.lead')}</p>
  ${renderTelling(view, frame)}
  ${renderBoxes(view, frame)}
  ${renderList(view, frame)}`,
  };
}

/** A text with its addresses as links; those of this site lead to it under whatever name it was reached. */
function renderText(text: string, publicUrl: string): Fragment {
  const pieces = text.split(/(https?:\/\/[^\s<>"]+)/);
  return html`${pieces.map((piece, index) => {
    if (index % 2 === 0) return piece;
    const isOwn = piece.startsWith(`${publicUrl}/`);
    // Whatever leads elsewhere stays text: nothing that anybody may send here is made a link.
    return isOwn ? html`<a href="${piece.slice(publicUrl.length)}">${piece}</a>` : piece;
  })}`;
}

function renderFacts({ item }: OpenedItem, frame: Frame): Fragment {
  const { say } = frame;
  const { owner, receivedAtMs, deliveryId, isSigned, eventIds, number } = item;
  const box = html`<a href="${linkToList(frame, { owner })}">${say.text(`mailbox.box.${owner}`)}</a>`;
  const raw = linkTo(frame, `${MAILBOX_PATH}/${number}/raw`);
  return html`<dl class="facts">
    <dt>${say.text('mailbox.box')}</dt><dd>${box}</dd>
    <dt>${say.text('mailbox.arrived')}</dt><dd>${renderWhen(receivedAtMs, frame)}</dd>
    <dt>${say.text('mailbox.delivery')}</dt><dd><code>${deliveryId}</code></dd>
    ${
      isSigned === undefined
        ? ''
        : html`<dt>${say.text('mailbox.signature')}</dt><dd><span class="${isSigned ? 'right' : 'wrong'}">${isSigned ? '✓' : '✗'}</span> ${say.text(isSigned ? 'mailbox.signature_right' : 'mailbox.signature_wrong')}</dd>`
    }
    ${
      eventIds === undefined
        ? ''
        : html`<dt>${say.text('mailbox.events')}</dt><dd>${eventIds.map((id) => html`<code class="line">${id}</code>`)}</dd>`
    }
  </dl>
  <p><a href="${raw}" download>${say.text(isSigned === undefined ? 'mailbox.raw' : 'mailbox.raw_hook')}</a></p>`;
}

function renderBeside({ previous, next }: MailboxMessageView, frame: Frame): Fragment {
  const { say } = frame;
  const link = (item: MailboxItem | undefined, key: 'previous' | 'next'): Fragment => {
    if (item === undefined) return html``;
    const subject = html`<a rel="${key === 'next' ? 'next' : 'prev'}" href="${linkTo(frame, `${MAILBOX_PATH}/${item.number}`)}">${renderSubject(item, frame)}</a>`;
    return html`<li>${renderMessage(say, `mailbox.${key}`, { subject })}</li>`;
  };
  return html`<ul class="beside">${link(previous, 'previous')}${link(next, 'next')}</ul>`;
}

/** Makes the page of one message. */
export function createMailboxMessagePage(view: MailboxMessageView, frame: Frame): Page {
  const { say } = frame;
  const { opened, publicUrl } = view;
  const { item, headers, text } = opened;
  const isMail = item.isSigned === undefined;
  const title =
    item.subject === '' ? say.text('mailbox.message', { n: item.number }) : item.subject;
  const lang = item.language === undefined || !isMail ? '' : html` lang="${item.language}"`;
  const body = renderText(text, publicUrl);
  const main = html`<p class="crumb"><a href="${linkToList(frame, {})}">${say.text('mailbox.title')}</a></p>
  <h1>${renderSubject(item, frame)}</h1>
  <section aria-labelledby="text"><h2 id="text">${say.text(isMail ? 'mailbox.text' : 'mailbox.body')}</h2>
    ${isMail ? html`<div class="sample sample-text mail"${lang}>${body}</div>` : html`<pre class="secret" tabindex="0">${body}</pre>`}
    ${isMail ? html`<p class="note">${say.text('mailbox.links_note')}</p>` : ''}
  </section>
  <section aria-labelledby="delivery"><h2 id="delivery">${say.text('mailbox.delivery')}</h2>${renderFacts(opened, frame)}</section>
  <section aria-labelledby="headers"><h2 id="headers">${say.text('mailbox.headers')}</h2>
    <dl class="facts mail-headers">${headers.map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}</dl></section>
  ${renderBeside(view, frame)}`;
  return { title, description: say.text('mailbox.description'), main };
}
