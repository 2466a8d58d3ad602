/** Where readers subscribe, change and end their messages: what the pages may do, and nothing that reads an address. */
import { hash } from 'node:crypto';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Channel } from './channels/channel.ts';
import { findEndpoint } from './channels/web-push.ts';
import { createWebhookSecret } from './channels/webhook.ts';
import { createRateLimit } from './rate-limit.ts';
import { createSignUp, type SignUp, type SignUpDeps } from './sign-up.ts';

/** What the pages may do about subscriptions. */
export type AlertDesk = {
  readonly publicUrl: string;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly signUp: SignUp;
  /** What browsers subscribe with; absent where Web Push is switched off. */
  readonly pushKey?: string;
  /** SHA-256 of the endpoint of a browser's subscription, by which it knows it again; undefined for any other. */
  readonly digestEndpoint: (id: string) => string | undefined;
  /** Counts one more form of a client; when it sent too many, gives for how long it has to wait. */
  readonly admit: (client: string) => { readonly waitMs: number } | undefined;
  readonly subscriptions: Pick<
    Subscribers,
    | 'findPending'
    | 'confirm'
    | 'findByToken'
    | 'manageToken'
    | 'change'
    | 'disable'
    | 'enable'
    | 'get'
    | 'setSubstitute'
    | 'unsubscribe'
  >;
  /** Makes a secret that signs beside the newest one; undefined when the subscription has ended. */
  readonly rotateSecret: (id: string) => string | undefined;
  /** Leaves the newest secret alone. */
  readonly dropOldSecrets: (id: string) => void;
};

export type DeskDeps = Omit<SignUpDeps, 'subscribers'> & {
  readonly pushKey?: string;
  readonly subscribers: SignUpDeps['subscribers'] &
    AlertDesk['subscriptions'] &
    Pick<Subscribers, 'openTarget' | 'changeSecrets'>;
  readonly clock: Clock;
};

/** Ten forms at once and one a minute: more than a person sends, and room for some behind one address. */
const PER_CLIENT = 10;
const PER_CLIENT_MS = 60_000;

/** Makes the desk. */
export function createDesk(deps: DeskDeps): AlertDesk {
  const { subscribers, channels, publicUrl, clock, pushKey } = deps;
  const perClient = createRateLimit({ clock, size: PER_CLIENT, refillMs: PER_CLIENT_MS });
  return {
    publicUrl,
    channels,
    signUp: createSignUp(deps),
    admit: (client) => (perClient(client) ? undefined : { waitMs: perClient.waitMs(client) }),
    subscriptions: subscribers,
    ...(pushKey === undefined ? {} : { pushKey }),
    digestEndpoint(id) {
      const endpoint = findEndpoint(subscribers.openTarget(id)?.address ?? '');
      return endpoint === undefined ? undefined : hash('sha256', endpoint);
    },
    rotateSecret(id) {
      const target = subscribers.openTarget(id);
      if (target === undefined) return undefined;
      const secret = createWebhookSecret();
      subscribers.changeSecrets(id, [secret, ...target.secrets.slice(0, 1)]);
      return secret;
    },
    dropOldSecrets(id) {
      const target = subscribers.openTarget(id);
      if (target !== undefined) subscribers.changeSecrets(id, target.secrets.slice(0, 1));
    },
  };
}
