/** Webhooks as a receiver sees them, with the public library of the standard as the receiver. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { systemClock } from '../../../probes/clock.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type Reply,
  startReceiver,
} from '../../testing/receiver.ts';
import { makeAlert, makeMessage } from '../../testing/sample-alerts.ts';
import type { Message } from './channel.ts';
import { createGuardedRequest } from './guarded-request.ts';
import { createWebhookChannel, createWebhookSecret, MAX_PAYLOAD_BYTES } from './webhook.ts';

const policy = { allowPrivateTargets: true, allowPlainHttp: true };
const channel = createWebhookChannel({
  policy,
  clock: systemClock,
  request: createGuardedRequest({ policy, clock: systemClock }),
});
const never = new AbortController().signal;
let receiver: Receiver;
before(async () => {
  receiver = await startReceiver();
});
after(() => receiver.close());
beforeEach(() => {
  receiver.requests.splice(0);
  receiver.answer = () => ({ status: 204 });
});

async function deliver(message: Message, secrets: readonly string[]): Promise<ReceivedRequest> {
  const target = { address: `${receiver.url}/hook`, secrets };
  assert.deepEqual(await channel.send(channel.render(message), target, never), { kind: 'ok' });
  const [request] = receiver.requests.splice(0);
  assert.ok(request);
  return request;
}

function verify(request: ReceivedRequest, secret: string): unknown {
  const headers = request.headers as Record<string, string>;
  return new Webhook(secret).verify(String(request.body), headers);
}

test('a receiver can verify with every secret that is valid, and with no other', async () => {
  const [fresh, old, other] = [createWebhookSecret(), createWebhookSecret(), createWebhookSecret()];
  const request = await deliver(makeMessage(), [fresh, old]);
  assert.equal(request.headers['webhook-id'], 'd0123456789abcdef');
  for (const secret of [fresh, old]) {
    const payload = verify(request, secret) as Record<string, Record<string, unknown>>;
    assert.equal(payload['type'], 'reachline.alert');
    assert.equal(payload['timestamp'], '2022-03-13T21:15:00.000Z');
    assert.equal(payload['data']?.['severity'], 'critical');
  }
  assert.throws(() => verify(request, other));
  assert.throws(() =>
    verify({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }, fresh),
  );
  for (const secret of [fresh, old]) assert.ok(!JSON.stringify(request.headers).includes(secret));
});

test('the payload speaks as the API does', async () => {
  const secret = createWebhookSecret();
  const { data } = verify(await deliver(makeMessage(), [secret]), secret) as {
    data: { events: Record<string, unknown>[] };
  };
  const [event] = data.events;
  assert.deepEqual(event, {
    id: 'instagram-ru-20220313t2105z/opened',
    kind: 'incident_opened',
    severity: 'critical',
    services: ['instagram'],
    countries: ['RU'],
    asns: [12389, 8359, 3216, 25513],
    at: '2022-03-13T21:05:00.000Z',
    known_at: '2022-03-13T21:15:00.000Z',
    subject: { kind: 'incident', id: 'instagram-ru-20220313t2105z' },
    mechanism: 'tls.reset.sni',
    networks_restricted: 4,
    networks_measured: 6,
    onset_after: '2022-03-13T21:00:00.000Z',
    onset_by: '2022-03-13T21:05:00.000Z',
    measurement_ids: ['m-2', 'm-1'],
  });
});

test('whatever there is to tell, it stays under 20 kB, and what is left out is counted', async () => {
  const secret = createWebhookSecret();
  const events = Array.from({ length: 500 }, (_, n) =>
    makeAlert({ id: `e-${n}`, measurementIds: Array.from({ length: 50 }, (__, m) => `m-${m}`) }),
  );
  const request = await deliver(makeMessage({ events, paragraphs: ['я'.repeat(30_000)] }), [
    secret,
  ]);
  assert.ok(request.body.length < MAX_PAYLOAD_BYTES, String(request.body.length));
  const { data } = verify(request, secret) as {
    data: { events: unknown[]; events_left_out: number };
  };
  assert.ok(data.events.length > 5);
  assert.equal(data.events.length + data.events_left_out, 500);
});

const CHALLENGES: readonly (readonly [
  what: string,
  answer: (value: string) => Reply,
  outcome: string,
])[] = [
  ['echoes it', (value) => ({ status: 200, body: `${value}\n` }), 'ok'],
  [
    'echoes it in JSON',
    (value) => ({ status: 201, body: JSON.stringify({ challenge: value }) }),
    'ok',
  ],
  ['says yes to everything', () => ({ status: 200, body: 'ok' }), 'challenge_not_answered'],
  [
    'gives the request back',
    (value) => ({ status: 200, body: `${value}${value}` }),
    'challenge_not_answered',
  ],
  ['is gone', () => ({ status: 410 }), 'http_410'],
  ['sends it elsewhere', () => ({ status: 302, headers: { location: '/' } }), 'http_302'],
];
for (const [what, answer, outcome] of CHALLENGES) {
  test(`a receiver that ${what} when challenged: ${outcome}`, async () => {
    const secret = createWebhookSecret();
    receiver.answer = (request) => {
      const { type, data } = verify(request, secret) as {
        type: string;
        data: { challenge: string };
      };
      assert.equal(type, 'reachline.challenge');
      return answer(data.challenge);
    };
    const target = { address: `${receiver.url}/hook`, secrets: [secret] };
    const result = await channel.challenge(target, never);
    assert.equal(result.kind === 'ok' ? 'ok' : result.reason, outcome);
  });
}

for (const secrets of [
  [],
  ['whsec_short'],
  ['secret'],
  [createWebhookSecret(), 'whsec_'],
  ['whsec_ö'],
]) {
  test(`nothing is sent unsigned: ${JSON.stringify(secrets).slice(0, 24)}`, async () => {
    const target = { address: `${receiver.url}/hook`, secrets };
    const result = await channel.send(channel.render(makeMessage()), target, never);
    assert.equal(result.kind === 'retry' && result.reason, 'secret_malformed');
    assert.equal(receiver.requests.length, 0);
  });
}
