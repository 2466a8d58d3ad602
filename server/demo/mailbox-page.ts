/** Pages of the mailbox of the demo. Their routes exist where there is a mailbox, and nowhere else. */
import { z } from 'zod';
import { renderPage } from '../../dashboard/pages/frame.ts';
import {
  createMailboxMessagePage,
  createMailboxPage,
  type MailboxView,
} from '../../dashboard/pages/mailbox.ts';
import {
  MAILBOX_OWNERS,
  type MailboxItem,
  type MailboxOwner,
} from '../../dashboard/pages/mailbox-items.ts';
import { zoneOfLanguage } from '../alerts/wish-form.ts';
import type { Handler, HandlerDeps, HandlerRequest } from '../contract.ts';
import { createFrame } from '../pages.ts';
import { RequestProblem } from '../problem.ts';
import { oneOf, parseQuery, wholeNumber, zone } from '../query.ts';
import { replyHtml, SHARED_HEADERS } from '../reply.ts';
import type { Mailbox } from './mailbox.ts';

const PAGE_SIZE = 50;
const MAX_PAGE = 200;

const listQuery = z.object({
  box: oneOf(MAILBOX_OWNERS, 'mailbox').optional(),
  order: oneOf(['newest', 'story'], 'order').default('newest'),
  page: wholeNumber(1, MAX_PAGE).default(1),
  tz: zone.optional(),
});
const messageQuery = z.object({ tz: zone.optional() });

/** The mailbox. @throws RequestProblem where there is none, which no route leads to */
function needMailbox({ mailbox }: HandlerDeps): Mailbox {
  if (mailbox !== undefined) return mailbox;
  throw new RequestProblem({ kind: 'not-found', detail: 'This server has no mailbox.' });
}

function openFrame(
  handled: HandlerRequest,
  deps: HandlerDeps,
  timeZone: string | undefined,
  kept: readonly string[] = [],
) {
  const usual = zoneOfLanguage(handled.locale);
  return createFrame(handled, deps, timeZone ?? usual, kept, usual);
}

function countByOwner(items: readonly MailboxItem[]): ReadonlyMap<MailboxOwner, number> {
  const groups = Map.groupBy(items, ({ owner }) => owner);
  return new Map([...groups].map(([owner, own]) => [owner, own.length]));
}

/** GET /demo/mailbox: what arrived. */
export const showMailbox: Handler = async (handled, deps) => {
  const mailbox = needMailbox(deps);
  const { box: owner, order, page: pageNumber, tz } = parseQuery(listQuery, handled.url);
  const all = mailbox.items();
  const own = owner === undefined ? all : all.filter((item) => item.owner === owner);
  const ordered = order === 'newest' ? own.toReversed() : own;
  const first = (pageNumber - 1) * PAGE_SIZE;
  const items = ordered.slice(first, first + PAGE_SIZE);
  if (items.length === 0 && pageNumber > 1)
    throw new RequestProblem({ kind: 'not-found', detail: 'The list has fewer pages than that.' });
  const view: MailboxView = {
    counts: countByOwner(all),
    order,
    items,
    pageNumber,
    pageSize: PAGE_SIZE,
    ...(owner === undefined ? {} : { owner }),
    ...(mailbox.story === undefined ? {} : { share: mailbox.story.share }),
  };
  const frame = openFrame(handled, deps, tz, ['box', 'order', 'page']);
  return replyHtml(handled, await renderPage(frame, createMailboxPage(view, frame)));
};

/** The number in the address; no message has the number 0. */
function readNumber({ parameter }: HandlerRequest): number {
  return /^\d{1,9}$/.test(parameter) ? Number(parameter) : 0;
}

function noMessage(): RequestProblem {
  return new RequestProblem({
    kind: 'not-found',
    detail: 'No message has this number; the oldest ones go when there are too many.',
  });
}

/** GET /demo/mailbox/:id: one message. */
export const showMailboxMessage: Handler = async (handled, deps) => {
  const mailbox = needMailbox(deps);
  const { tz } = parseQuery(messageQuery, handled.url);
  const opened = await mailbox.open(readNumber(handled));
  if (opened === undefined) throw noMessage();
  const own = mailbox.items().filter(({ owner }) => owner === opened.item.owner);
  const index = own.findIndex(({ number }) => number === opened.item.number);
  const [previous, next] = [own[index - 1], own[index + 1]];
  const view = {
    opened,
    publicUrl: deps.alerts?.publicUrl ?? handled.url.origin,
    ...(previous === undefined ? {} : { previous }),
    ...(next === undefined ? {} : { next }),
  };
  const frame = openFrame(handled, deps, tz);
  return replyHtml(handled, await renderPage(frame, createMailboxMessagePage(view, frame)));
};

/** GET /demo/mailbox/:id/raw: the file. */
export const sendMailboxFile: Handler = async (handled, deps) => {
  const file = await needMailbox(deps).readRaw(readNumber(handled));
  if (file === undefined) throw noMessage();
  const { name, bytes } = file;
  return new Response(bytes, {
    headers: {
      ...SHARED_HEADERS,
      'content-type': name.endsWith('.eml') ? 'message/rfc822' : 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
    },
  });
};
