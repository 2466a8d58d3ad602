/** The sample with messages switched on: real subscribers, a mail server and a webhook on loopback, a clock set by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERT_CHANNELS, Alerts } from '../../config/alerts.ts';
import { openSubscribers } from '../../db/subscribers/open.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import { TEST_KEY } from '../../db/subscribers/testing/subscriber-fixtures.ts';
import type { Clock } from '../../probes/clock.ts';
import { createChannels } from '../alerts/channels/channels.ts';
import { type AlertDesk, createDesk } from '../alerts/desk.ts';
import { type MailReceiver, startMailReceiver } from './mail-receiver.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './sample.ts';
import { makeAlert, makeClosed } from './sample-alerts.ts';
import { openSampleApp, type SampleApp } from './sample-app.ts';

/** Scheme and host in the links of messages. */
export const PUBLIC_URL = 'https://reachline.example';

/** What a test can reach. */
export type AlertSite = SampleApp & {
  readonly desk: AlertDesk;
  readonly subscribers: Subscribers;
  readonly mail: MailReceiver;
  readonly receiver: Receiver;
  /** Lets time pass, for limits and for what expires. */
  readonly pass: (ms: number) => void;
  /** The time that it is there. */
  readonly nowMs: () => number;
  /** Every method of the subscribers that was called, in order. */
  readonly calls: string[];
  /** Keeps all waiting from ending until the returned function is called. */
  readonly hold: () => () => void;
  /** Sends a form as a browser on this site does. */
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>;
  readonly end: () => Promise<void>;
};

/** What of a site may be otherwise. */
export type AlertSiteOptions = {
  /** The operator has accounts, at the receiver, and every channel is switched on. */
  readonly hasAccounts?: boolean;
  /** Targets are held to the rules that a public site has; nothing on loopback can be sent to. */
  readonly isGuarded?: boolean;
  /** Browsers may have messages pushed to them. */
  readonly hasPush?: boolean;
};

/** Our key for push services; a number that is on every curve. */
const PUSH_KEY = Buffer.alloc(32, 1).toString('base64url');

/** Opens all of it. Waiting in it takes no time. */
export async function openAlertSite({
  hasAccounts = false,
  isGuarded = false,
  hasPush = false,
}: AlertSiteOptions = {}): Promise<AlertSite> {
  let passedMs = 0;
  let gate = Promise.resolve();
  const calls: string[] = [];
  let release = (): void => {};
  const startMs = SAMPLE_START_MS + 2 * SAMPLE_INTERVAL_MS;
  const clock: Clock = {
    nowMs: () => startMs + passedMs,
    monotonicMs: () => passedMs,
    sleep: () => gate,
  };
  const folder = mkdtempSync(join(tmpdir(), 'reachline-alerts-'));
  const [mail, receiver] = await Promise.all([startMailReceiver(), startReceiver()]);
  const smtp = { host: '127.0.0.1', port: mail.port, security: 'none' };
  const alerts = Alerts.parse({
    enabled: true,
    publicUrl: PUBLIC_URL,
    allowPrivateTargets: !isGuarded,
    allowPlainHttp: !isGuarded,
    email: { from: 'alerts@reachline.example', smtp },
    ...(hasPush
      ? {
          channels: ['email', 'webhook', 'web_push'],
          webPush: { privateKeyVariable: 'PUSH', contact: 'mailto:admin@reachline.example' },
        }
      : {}),
    ...(hasAccounts
      ? {
          channels: ALERT_CHANNELS.filter((one) => one !== 'web_push'),
          matrix: { url: receiver.url, tokenVariable: 'TOKEN' },
          mastodon: { url: receiver.url, tokenVariable: 'TOKEN' },
          telegram: { url: receiver.url, tokenVariable: 'TOKEN' },
        }
      : {}),
  });
  const environment = { TOKEN: '1:operator', PUSH: PUSH_KEY };
  const channels = createChannels({ alerts, environment, clock });
  const subscribers = openSubscribers({
    file: join(folder, 'subscribers.db'),
    key: TEST_KEY,
    clock,
  });
  const watched = new Proxy(subscribers, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      return (...given: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(own, target, given);
      };
    },
  });
  const desk = createDesk({
    subscribers: watched,
    channels: channels.byKind,
    clock,
    log: () => {},
    publicUrl: PUBLIC_URL,
    ...(channels.webhook === undefined ? {} : { challenge: channels.webhook.challenge }),
    ...(channels.pushKey === undefined ? {} : { pushKey: channels.pushKey }),
  });
  const sample = openSampleApp({ slots: 2, more: { alerts: desk } });
  sample.store.insertAlerts([
    { event: makeAlert(), isHistory: true },
    { event: makeClosed(), isHistory: true },
  ]);
  return {
    ...sample,
    desk,
    subscribers,
    mail,
    receiver,
    pass: (ms) => {
      passedMs += ms;
    },
    nowMs: clock.nowMs,
    calls,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      release = () => {
        gate = Promise.resolve();
        resolve();
      };
      return release;
    },
    post: async (path, fields, headers = {}) =>
      sample.app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    async end() {
      release();
      await desk.signUp.stop();
      channels.close();
      subscribers.close();
      receiver.close();
      await mail.close();
      sample.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Address of the page with the button in the newest message, as a path. */
export function findConfirmPath({ mails }: MailReceiver): string {
  const [, path = ''] =
    /https:\/\/reachline\.example(\/\S+\/confirm\/\S+)/.exec(mails.at(-1)?.text ?? '') ?? [];
  return path;
}
