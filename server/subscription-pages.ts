/** The pages behind the links of messages: confirming, changing and ending. No answer shows or needs an address. */
import {
  createConfirmedPage,
  createConfirmPage,
  createEndedPage,
  createEndPage,
  createGonePage,
  createManagePage,
  type ManageView,
} from '../dashboard/pages/alert-answers.ts';
import { PAUSED, type Subscription } from '../db/subscribers/subscription-types.ts';
import { admit, needDesk, openAlertFrame, readToken, sendAlertPage } from './alert-frame.ts';
import type { AlertDesk } from './alerts/desk.ts';
import { listChoices, readWish, SCRIPTED_CHANNEL } from './alerts/wish-form.ts';
import type { FormHandler, FormRequest, Handler, HandlerDeps, HandlerRequest } from './contract.ts';

/** Of a link that was pasted more is not looked at. */
const MAX_LINK_CHARACTERS = 2_000;

/** GET /alerts/confirm/:token: the button. */
export const showConfirmation: Handler = (handled, deps) => {
  const pending = needDesk(deps).subscriptions.findPending(readToken(handled));
  const frame = openAlertFrame(handled, deps);
  if (pending === undefined)
    return sendAlertPage(handled, frame, createGonePage('confirm', frame), 404);
  const view = { wish: pending, choices: listChoices(deps) };
  return sendAlertPage(handled, frame, createConfirmPage(view, frame));
};

/** POST /alerts/confirm/:token: confirms, once. */
export const takeConfirmation: FormHandler = (form, deps) => {
  const desk = needDesk(deps);
  admit(desk, form);
  const { subscriptions } = desk;
  const confirmed = subscriptions.confirm(readToken(form));
  const frame = openAlertFrame(form, deps);
  if (confirmed === undefined)
    return sendAlertPage(form, frame, createGonePage('confirm', frame), 404);
  const view = { wish: confirmed, choices: listChoices(deps) };
  const managePath = `/alerts/s/${subscriptions.manageToken(confirmed.id)}`;
  return sendAlertPage(form, frame, createConfirmedPage(view, managePath, frame));
};

function replyManage(
  handled: HandlerRequest,
  deps: HandlerDeps,
  subscription: Subscription,
  more: Pick<ManageView, 'done' | 'secret' | 'isUnknownLink'> = {},
): Promise<Response> {
  const frame = openAlertFrame(handled, deps);
  const endpointDigest =
    subscription.channel === SCRIPTED_CHANNEL
      ? needDesk(deps).digestEndpoint(subscription.id)
      : undefined;
  const view = {
    ...(endpointDigest === undefined ? {} : { endpointDigest }),
    wish: subscription,
    choices: listChoices(deps),
    ...describeState(subscription, needDesk(deps)),
    endPath: `/alerts/s/${readToken(handled)}/stop`,
    ...more,
  };
  return sendAlertPage(handled, frame, createManagePage(view, frame));
}

/** Whether messages are sent, why not, and which other subscription is told of it. */
function describeState(
  { state, disabled, substituteId }: Subscription,
  { subscriptions }: AlertDesk,
): Pick<ManageView, 'state' | 'gone' | 'otherChannel'> {
  const other = substituteId === undefined ? undefined : subscriptions.get(substituteId);
  const isPaused = disabled?.reason === PAUSED;
  return {
    state: state === 'active' ? 'active' : isPaused ? 'paused' : 'gone',
    ...(disabled === undefined || isPaused ? {} : { gone: disabled }),
    ...(other === undefined ? {} : { otherChannel: other.channel }),
  };
}

function replyGone(handled: HandlerRequest, deps: HandlerDeps): Promise<Response> {
  const frame = openAlertFrame(handled, deps);
  return sendAlertPage(handled, frame, createGonePage('manage', frame), 404);
}

/** GET /alerts/s/:token: a subscription. */
export const showSubscription: Handler = (handled, deps) => {
  const found = needDesk(deps).subscriptions.findByToken(readToken(handled));
  return found === undefined ? replyGone(handled, deps) : replyManage(handled, deps, found);
};

/** POST /alerts/s/:token: changes it. */
export const changeSubscription: FormHandler = (form, deps) => {
  const desk = needDesk(deps);
  const { subscriptions } = desk;
  const token = readToken(form);
  const found = subscriptions.findByToken(token);
  if (found === undefined) return replyGone(form, deps);
  const more = act(form, deps, desk, found);
  const changed = subscriptions.findByToken(token);
  return changed === undefined ? replyGone(form, deps) : replyManage(form, deps, changed, more);
};

/** The key in the link of a subscription, however much of the link was copied. */
function readLinkToken(link: string): string {
  return (
    /([\w-]{32})[^\w-]*$/.exec(link.slice(0, MAX_LINK_CHARACTERS).split(/[?#]/)[0] ?? '')?.[1] ?? ''
  );
}

function act(
  { fields, locale }: FormRequest,
  deps: HandlerDeps,
  desk: AlertDesk,
  { id, channel, disabled }: Subscription,
): Pick<ManageView, 'done' | 'secret' | 'isUnknownLink'> {
  const { subscriptions } = desk;
  switch (fields.get('do') ?? '') {
    case 'pause':
      subscriptions.disable(id, PAUSED);
      return { done: 'paused' };
    case 'resume':
      subscriptions.enable(id);
      return { done: disabled === undefined || disabled.reason === PAUSED ? 'resumed' : 'retried' };
    case 'tell': {
      const other = subscriptions.findByToken(readLinkToken(fields.get('link') ?? ''));
      const isSet = other !== undefined && subscriptions.setSubstitute(id, other.id);
      return isSet ? { done: 'other_set' } : { isUnknownLink: true };
    }
    case 'tell_none':
      subscriptions.setSubstitute(id, undefined);
      return { done: 'other_dropped' };
    case 'rotate': {
      const secret = channel === 'webhook' ? desk.rotateSecret(id) : undefined;
      return secret === undefined ? {} : { secret };
    }
    case 'drop':
      if (channel === 'webhook') desk.dropOldSecrets(id);
      return { done: 'dropped' };
    case 'change': {
      const wanted = readWish(fields, { ...listChoices(deps), channels: [channel] }, locale);
      const { filter, mode, timeZone, quiet = null } = wanted;
      subscriptions.change(id, { filter, mode, timeZone, quiet, locale: wanted.locale });
      return { done: 'changed' };
    }
    default:
      return {};
  }
}

/** GET /alerts/s/:token/stop and /one-click: the button. The same whether the link is known or not. */
export const showEnd: Handler = (handled, deps) => {
  needDesk(deps);
  const frame = openAlertFrame(handled, deps);
  return sendAlertPage(handled, frame, createEndPage(frame));
};

/** POST to either: ends it at once, without anything but the link (RFC 8058); again it says the same. */
export const takeEnd: FormHandler = (form, deps) => {
  const { subscriptions } = needDesk(deps);
  const found = subscriptions.findByToken(readToken(form));
  if (found !== undefined) subscriptions.unsubscribe(found.id);
  const frame = openAlertFrame(form, deps);
  const filter = {
    services: [],
    countryCodes: [],
    asns: [],
    kinds: [],
    minSeverity: 'info',
  } as const;
  return sendAlertPage(form, frame, createEndedPage(filter, frame));
};
