/** The pages of alerts: subscribing, and what stands behind the links of messages. No answer shows or needs an address. */
import { type AlertChoices, type AlertWish, TOKEN_CHANNELS } from '../dashboard/alert-choices.ts';
import {
  createAskedPage,
  createConfirmedPage,
  createConfirmPage,
  createEndedPage,
  createEndPage,
  createGonePage,
  createManagePage,
  createWebhookPage,
  type ManageView,
} from '../dashboard/pages/alert-answers.ts';
import {
  type AlertsView,
  createAlertsPage,
  type SampleMessage,
  toWishNames,
} from '../dashboard/pages/alerts.ts';
import { type Frame, type Page, renderPage } from '../dashboard/pages/frame.ts';
import { ALERT_SEVERITIES } from '../db/alert-types.ts';
import { PAUSED, type Subscription } from '../db/subscribers/subscription-types.ts';
import { needsAccount } from './alerts/account-channels.ts';
import type { Channel, TargetProblem } from './alerts/channels/channel.ts';
import { renderAlerts } from './alerts/channels/render-text.ts';
import type { AlertDesk } from './alerts/desk.ts';
import {
  listChoices,
  readWish,
  SCRIPTED_CHANNEL,
  WISH_FIELDS,
  zoneOfLanguage,
} from './alerts/wish-form.ts';
import type { FormHandler, FormRequest, Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { replyHtml } from './reply.ts';

/** Events looked through for one that fits; older ones would say little of what is to come. */
const MAX_SOUGHT = 400;
const MAX_ADDRESS_CHARACTERS = 2_000;
/** An access token as servers make them; anything else could only break a header. */
const TOKEN = /^[\x21-\x7e]{1,500}$/;

async function send(
  handled: HandlerRequest,
  frame: Frame,
  page: Page,
  status = 200,
): Promise<Response> {
  return replyHtml(handled, await renderPage(frame, page), status);
}

/** A frame in the zone that readers of the language live in. */
function openFrame(
  handled: HandlerRequest,
  deps: HandlerDeps,
  kept: readonly string[] = [],
): Frame {
  const zone = zoneOfLanguage(handled.locale);
  return createFrame(handled, deps, zone, kept, zone);
}

/** Where messages are switched on. @throws RequestProblem where they are not */
function needDesk({ alerts }: HandlerDeps): AlertDesk {
  if (alerts !== undefined) return alerts;
  throw new RequestProblem({
    kind: 'not-switched-on',
    detail: 'This server sends no messages; its feeds tell the same.',
  });
}

const toSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1_000));

/** Counts the form. @throws RequestProblem when its sender sent too many */
function admit(desk: AlertDesk, { client }: FormRequest): void {
  const refused = desk.admit(client);
  if (refused === undefined) return;
  throw new RequestProblem({
    kind: 'too-many-requests',
    detail: 'Too many forms came from your network. Nothing of this one was kept.',
    retryAfterSeconds: toSeconds(refused.waitMs),
  });
}

/** The latest event that the wish asks for, as its message would read. */
function findSample(
  wish: AlertWish,
  deps: HandlerDeps,
  handled: HandlerRequest,
): SampleMessage | undefined {
  const { services, countryCodes, kinds, asns, minSeverity } = wish.filter;
  const least = ALERT_SEVERITIES.indexOf(minSeverity);
  const event = deps.store
    .listAlerts({
      limit: MAX_SOUGHT,
      ...(services.length === 0 ? {} : { services }),
      ...(countryCodes.length === 0 ? {} : { countryCodes }),
      ...(kinds.length === 0 ? {} : { kinds }),
    })
    .find(
      (one) =>
        ALERT_SEVERITIES.indexOf(one.severity) >= least &&
        (asns.length === 0 || one.asns.length === 0 || one.asns.some((asn) => asns.includes(asn))),
    );
  if (event === undefined) return undefined;
  return renderAlerts([event], {
    deliveryId: 'preview',
    locale: wish.locale,
    timeZone: wish.timeZone,
    publicUrl: deps.alerts?.publicUrl ?? handled.url.origin,
    serviceNames: new Map(deps.config.services.map(({ id, name }) => [id, name])),
  });
}

/** Fields that the addresses of a page in other languages keep; the zone has a parameter of its own. */
const KEPT_FIELDS = WISH_FIELDS.filter((name) => name !== 'tz');

function replyAlerts(
  handled: HandlerRequest,
  deps: HandlerDeps,
  view: Pick<AlertsView, 'wish' | 'choices' | 'refused'>,
  status = 200,
): Promise<Response> {
  const frame = openFrame(handled, deps, KEPT_FIELDS);
  const sample = findSample(view.wish, deps, handled);
  const names = toWishNames(view.choices);
  const { pushKey } = deps.alerts ?? {};
  const more = { ...(sample ? { sample } : {}), ...(pushKey === undefined ? {} : { pushKey }) };
  const page = createAlertsPage({ ...view, names, ...more }, frame);
  return send(handled, frame, page, status);
}

/** GET /alerts: feeds, and what messages one would get. */
export const showAlerts: Handler = (handled, deps) => {
  const choices = listChoices(deps);
  const wish = readWish(handled.url.searchParams, choices, handled.locale);
  return replyAlerts(handled, deps, { wish, choices });
};

/** POST /alerts: answers at once and the same for every address; what follows happens behind it. */
export const takeSubscription: FormHandler = (form, deps) => {
  const desk = needDesk(deps);
  admit(desk, form);
  const choices = listChoices(deps);
  const wish = readWish(form.fields, addScripted(choices, desk), form.locale);
  const given = (form.fields.get('address') ?? '').trim();
  const checked = checkAddress(desk, wish.channel, given);
  if ('problem' in checked && wish.channel === SCRIPTED_CHANNEL)
    // Nobody typed it, so no field can be mended.
    throw new RequestProblem({ kind: 'invalid-query', detail: checked.problem.detail });
  if ('problem' in checked) {
    const refused = { address: given.slice(0, MAX_ADDRESS_CHARACTERS), ...checked.problem };
    return replyAlerts(form, deps, { wish, choices, refused }, 422);
  }
  const token = (form.fields.get('token') ?? '').trim();
  const isOwnPossible = TOKEN_CHANNELS.has(wish.channel);
  const isToken = isOwnPossible && TOKEN.test(token);
  const secrets = isToken ? [token] : [];
  if (needsAccount({ channel: wish.channel, secrets })) {
    const refused = { address: given, ...tellAccount(isOwnPossible) };
    return replyAlerts(form, deps, { wish, choices, refused }, 422);
  }
  return accept(form, deps, desk, { ...wish, address: checked.address, secrets });
};

/** The ways that a form may name, with the one that only a script can fill in. */
function addScripted(choices: AlertChoices, { pushKey }: AlertDesk): AlertChoices {
  if (pushKey === undefined) return choices;
  return { ...choices, channels: [...choices.channels, SCRIPTED_CHANNEL] };
}

/** Said of a wish that would speak with the operator's account. */
function tellAccount(isOwnPossible: boolean): TargetProblem {
  return {
    detail: 'Only whoever runs this server may let its own account write there.',
    remedy: isOwnPossible
      ? 'Give a token of your own account, or follow the feed.'
      : 'Follow the feed, or choose another way.',
  };
}

/** Looks at the form of an address alone. */
function checkAddress(
  { channels }: AlertDesk,
  kind: string,
  given: string,
): ReturnType<Channel['verify']> {
  const channel = channels.get(kind);
  if (channel !== undefined && given.length <= MAX_ADDRESS_CHARACTERS) return channel.verify(given);
  const detail = 'This is too long for an address.';
  return { problem: { detail, remedy: `Write at most ${MAX_ADDRESS_CHARACTERS} characters.` } };
}

function accept(
  form: FormRequest,
  deps: HandlerDeps,
  { signUp }: AlertDesk,
  wish: AlertWish & { readonly address: string; readonly secrets: readonly string[] },
): Promise<Response> {
  const frame = openFrame(form, deps);
  if (wish.channel === 'webhook') {
    const keys = signUp.askWebhook(wish);
    if (keys === undefined) throw tooBusy(signUp.waitMs(wish.channel));
    const { secret, manageToken } = keys;
    const page = createWebhookPage({ secret, managePath: `/alerts/s/${manageToken}` }, frame);
    return send(form, frame, page, 202);
  }
  if (!signUp.ask(wish, toWishNames(listChoices(deps)))) throw tooBusy(signUp.waitMs(wish.channel));
  const { address: _address, secrets: _secrets, ...shown } = wish;
  return send(form, frame, createAskedPage(shown, frame), 202);
}

function tooBusy(waitMs: number): RequestProblem {
  return new RequestProblem({
    kind: 'too-many-requests',
    detail: 'More people subscribe at present than we can write to. Nothing of this form was kept.',
    retryAfterSeconds: toSeconds(waitMs),
  });
}

const readToken = ({ parameters }: HandlerRequest): string => parameters['token'] ?? '';

/** GET /alerts/confirm/:token: the button. */
export const showConfirmation: Handler = (handled, deps) => {
  const pending = needDesk(deps).subscriptions.findPending(readToken(handled));
  const frame = openFrame(handled, deps);
  if (pending === undefined) return send(handled, frame, createGonePage('confirm', frame), 404);
  const view = { wish: pending, choices: listChoices(deps) };
  return send(handled, frame, createConfirmPage(view, frame));
};

/** POST /alerts/confirm/:token: confirms, once. */
export const takeConfirmation: FormHandler = (form, deps) => {
  const desk = needDesk(deps);
  admit(desk, form);
  const { subscriptions } = desk;
  const confirmed = subscriptions.confirm(readToken(form));
  const frame = openFrame(form, deps);
  if (confirmed === undefined) return send(form, frame, createGonePage('confirm', frame), 404);
  const view = { wish: confirmed, choices: listChoices(deps) };
  const managePath = `/alerts/s/${subscriptions.manageToken(confirmed.id)}`;
  return send(form, frame, createConfirmedPage(view, managePath, frame));
};

function replyManage(
  handled: HandlerRequest,
  deps: HandlerDeps,
  subscription: Subscription,
  more: Pick<ManageView, 'done' | 'secret' | 'isUnknownLink'> = {},
): Promise<Response> {
  const frame = openFrame(handled, deps);
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
  return send(handled, frame, createManagePage(view, frame));
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
  const frame = openFrame(handled, deps);
  return send(handled, frame, createGonePage('manage', frame), 404);
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
    /([\w-]{32})[^\w-]*$/.exec(link.slice(0, MAX_ADDRESS_CHARACTERS).split(/[?#]/)[0] ?? '')?.[1] ??
    ''
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
  const frame = openFrame(handled, deps);
  return send(handled, frame, createEndPage(frame));
};

/** POST to either: ends it at once, without anything but the link (RFC 8058); again it says the same. */
export const takeEnd: FormHandler = (form, deps) => {
  const { subscriptions } = needDesk(deps);
  const found = subscriptions.findByToken(readToken(form));
  if (found !== undefined) subscriptions.unsubscribe(found.id);
  const frame = openFrame(form, deps);
  const filter = {
    services: [],
    countryCodes: [],
    asns: [],
    kinds: [],
    minSeverity: 'info',
  } as const;
  return send(form, frame, createEndedPage(filter, frame));
};
