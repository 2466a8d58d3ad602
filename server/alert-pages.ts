/** The page of alerts: feeds, and subscribing. No answer shows an address. */
import { type AlertChoices, type AlertWish, TOKEN_CHANNELS } from '../dashboard/alert-choices.ts';
import { createAskedPage, createWebhookPage } from '../dashboard/pages/alert-answers.ts';
import {
  type AlertsView,
  createAlertsPage,
  type SampleMessage,
  toWishNames,
} from '../dashboard/pages/alerts.ts';
import { ALERT_SEVERITIES } from '../db/alert-types.ts';
import { admit, needDesk, openAlertFrame, sendAlertPage, toSeconds } from './alert-frame.ts';
import { needsAccount } from './alerts/account-channels.ts';
import type { Channel, TargetProblem } from './alerts/channels/channel.ts';
import { renderAlerts } from './alerts/channels/render-text.ts';
import type { AlertDesk } from './alerts/desk.ts';
import { listChoices, readWish, SCRIPTED_CHANNEL, WISH_FIELDS } from './alerts/wish-form.ts';
import type { FormHandler, FormRequest, Handler, HandlerDeps, HandlerRequest } from './contract.ts';
import { RequestProblem } from './problem.ts';

/** Events looked through for one that fits; older ones would say little of what is to come. */
const MAX_SOUGHT = 400;
const MAX_ADDRESS_CHARACTERS = 2_000;
/** An access token as servers make them; anything else could only break a header. */
const TOKEN = /^[\x21-\x7e]{1,500}$/;

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
  const frame = openAlertFrame(handled, deps, KEPT_FIELDS);
  const sample = findSample(view.wish, deps, handled);
  const names = toWishNames(view.choices);
  const { pushKey } = deps.alerts ?? {};
  const more = { ...(sample ? { sample } : {}), ...(pushKey === undefined ? {} : { pushKey }) };
  const page = createAlertsPage({ ...view, names, ...more }, frame);
  return sendAlertPage(handled, frame, page, status);
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
  const frame = openAlertFrame(form, deps);
  if (wish.channel === 'webhook') {
    const keys = signUp.askWebhook(wish);
    if (keys === undefined) throw tooBusy(signUp.waitMs(wish.channel));
    const { secret, manageToken } = keys;
    const page = createWebhookPage({ secret, managePath: `/alerts/s/${manageToken}` }, frame);
    return sendAlertPage(form, frame, page, 202);
  }
  if (!signUp.ask(wish, toWishNames(listChoices(deps)))) throw tooBusy(signUp.waitMs(wish.channel));
  const { address: _address, secrets: _secrets, ...shown } = wish;
  return sendAlertPage(form, frame, createAskedPage(shown, frame), 202);
}

function tooBusy(waitMs: number): RequestProblem {
  return new RequestProblem({
    kind: 'too-many-requests',
    detail: 'More people subscribe at present than we can write to. Nothing of this form was kept.',
    retryAfterSeconds: toSeconds(waitMs),
  });
}
