/**
 * A server's alerts in a process of its own, to be killed: an event every so often to all subscribers of a data folder, by
 * HTTP to a loopback address, until every delivery is settled. Prints `ready` before it begins and `done`
 * at the end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../db/open.ts';
import { openSubscribers } from '../../db/subscribers/open.ts';
import { systemClock } from '../../probes/clock.ts';
import type { Channel, Message, SendResult } from '../alerts/channels/channel.ts';
import { createDispatcher } from '../alerts/dispatcher.ts';
import { makeEvent } from '../alerts/testing/alert-fixtures.ts';

const [folder = '', eventCount = '0'] = process.argv.slice(2);
const EVENT_EVERY_MS = 40;
const LOOK_MS = 20;

/** Posts the id of the delivery and of its events. */
const channel: Channel = {
  kind: 'webhook',
  verify: (address) => ({ address }),
  render: (message) => message,
  async send(rendered, { address }, signal): Promise<SendResult> {
    const { deliveryId, events } = rendered as Message;
    try {
      const body = JSON.stringify({ deliveryId, events: events.map(({ id }) => id) });
      const response = await fetch(address, { method: 'POST', body, signal });
      return response.ok ? { kind: 'ok' } : { kind: 'retry', reason: `http_${response.status}` };
    } catch {
      // What the receiver saw of it is not known.
      return { kind: 'retry', reason: 'network' };
    }
  },
};

const clock = systemClock;
const store = openStore({ file: `${folder}/reachline.db`, mode: 'write', clock });
const key = new Uint8Array(32).fill(7);
const subscribers = openSubscribers({ file: `${folder}/subscribers.db`, key, clock });
subscribers.readCursor(0);
const dispatcher = createDispatcher({
  subscribers,
  store,
  channels: new Map([['webhook', channel]]),
  config: { services: [] },
  publicUrl: 'http://127.0.0.1',
  rules: { groupMs: 0, digestHour: 8 },
  maxConcurrent: 4,
  clock,
  log: () => undefined,
  random: Math.random,
});
process.stdout.write('ready\n');
dispatcher.start();
// Derived from the start each time, as the watch does: only those that are new are stored.
for (let index = 0; index < Number(eventCount); index += 1) {
  const event = makeEvent({ id: `e${index}`, subject: { kind: 'incident', id: `i${index}` } });
  if (store.insertAlerts([{ event, isHistory: false }]).length > 0) {
    dispatcher.wake();
    await delay(EVENT_EVERY_MS);
  }
}
const isSettled = (): boolean => {
  const { byState } = subscribers.figures();
  return (
    subscribers.readCursor(0).seq === store.newestAlertSeq() &&
    byState.queued + byState.sending + byState.failed === 0
  );
};
while (!isSettled()) await delay(LOOK_MS);
await dispatcher.stop();
subscribers.close();
store.close();
process.stdout.write('done\n');
