/** The client against a server that follows the public description, and one that misbehaves in every known way. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ApiOutcome, GlobalpingClient, type TestRequest } from './client.ts';
import {
  ApiServer,
  type ApiServerOptions,
  type FakeProbe,
  type Fault,
} from './testing/api-server.ts';
import { QuickClock } from './testing/quick-clock.ts';
import { finishedHttp } from './testing/results.ts';

const REQUEST: TestRequest = {
  type: 'http',
  target: 'www.facebook.com',
  path: '/robots.txt?a=b',
  port: 443,
  locations: { kind: 'filter', country: 'RU', tag: 'eyeball-network', probes: 2 },
};

const probe = (asn: number, tag: string): FakeProbe => ({
  country: 'RU',
  asn,
  network: 'Example Telecom',
  tags: [tag],
  isOnline: true,
});

async function open(
  t: { after: (task: () => Promise<void>) => void },
  options: Partial<ApiServerOptions> = {},
  token?: string,
) {
  const clock = new QuickClock(0);
  const probes = [
    probe(12389, 'eyeball-network'),
    probe(64500, 'datacenter-network'),
    probe(8402, 'eyeball-network'),
  ];
  const answer = ({ target }: { target: string }) => finishedHttp(target);
  const server = await ApiServer.start({ probes, answer, clock, ...options });
  const client = new GlobalpingClient({
    apiUrl: server.url,
    userAgent: 'Reachline/0.1.0',
    clock,
    requestBudgetMs: 500,
    ...(token === undefined ? {} : { token }),
  });
  t.after(async () => {
    await client.close();
    await server.stop();
  });
  return { server, client, clock, probes, signal: new AbortController().signal };
}

function value<T>(outcome: ApiOutcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

suite('client of Globalping', () => {
  test('starts a measurement, polls with an ETag, and reads the result', async (t) => {
    const { server, client, signal } = await open(t, { polls: 3 }, 'secret');
    const created = await client.create(REQUEST, signal);
    assert.equal(value(created).probesCount, 2);
    const rate = created.kind === 'ok' ? created.rate : {};
    assert.deepEqual({ ...rate, resetMs: 0 }, { limit: 250, remaining: 248, resetMs: 0 });
    assert.ok(rate.resetMs !== undefined && rate.resetMs > 3_500_000 && rate.resetMs <= 3_600_000);
    const answer = value(await client.waitFor(value(created).id, signal));
    assert.equal(answer.status, 'finished');
    assert.deepEqual(
      answer.results.map((item) => item?.probe.asn),
      [12389, 8402],
    );

    const [post, ...polls] = server.seen;
    assert.deepEqual(post?.body, {
      type: 'http',
      target: 'www.facebook.com',
      limit: 2,
      locations: [{ country: 'RU', tags: ['eyeball-network'] }],
      measurementOptions: {
        protocol: 'HTTPS',
        port: 443,
        request: { method: 'GET', path: '/robots.txt', query: 'a=b' },
      },
    });
    assert.deepEqual(
      polls.map(({ statusCode }) => statusCode),
      [200, 304, 304, 200],
    );
    for (const { headers } of server.seen) {
      assert.equal(headers['user-agent'], 'Reachline/0.1.0');
      assert.equal(headers['accept-encoding'], 'br, gzip');
      assert.equal(headers.authorization, 'Bearer secret');
    }
    const gaps = server.seen
      .slice(1)
      .map(({ atMs }, index) => atMs - (server.seen[index]?.atMs ?? 0));
    assert.ok(
      gaps.every((gap) => gap >= 500),
      `polls after ${gaps.join(', ')} ms`,
    );
    assert.equal(await server.countConnections(), 1);
  });

  test('the probes of an earlier measurement are used again, in their order, until they are gone', async (t) => {
    const { server, client, signal, probes } = await open(t);
    const first = value(await client.create(REQUEST, signal));
    const locations = { kind: 'same_as', measurementId: first.id } as const;
    const again = {
      type: 'dns',
      target: 'www.facebook.com',
      resolver: '8.8.8.8',
      locations,
    } as const;
    const second = value(await client.create(again, signal));
    const answer = value(await client.waitFor(second.id, signal));
    assert.deepEqual(
      answer.results.map((item) => item?.probe.asn),
      [12389, 8402],
    );
    assert.deepEqual(server.seen[1]?.body, {
      type: 'dns',
      target: 'www.facebook.com',
      locations: first.id,
      measurementOptions: { query: { type: 'A' }, resolver: '8.8.8.8', protocol: 'TCP' },
    });
    for (const one of probes) one.isOnline = false;
    assert.deepEqual(await client.create(again, signal), { kind: 'no_probes' });
  });

  test('of a probe nothing but country, network and tags is read', async (t) => {
    const { client, signal } = await open(t);
    const { id } = value(await client.create(REQUEST, signal));
    const answer = value(await client.waitFor(id, signal));
    assert.doesNotMatch(
      JSON.stringify(answer.results.map((item) => item?.probe)),
      /Canary|\d\d\.\d{6}|192\.168/,
    );
  });

  test('the allowance is asked for, and its end is an answer', async (t) => {
    const { client, signal } = await open(t, { limit: 3 });
    value(await client.create(REQUEST, signal));
    assert.equal(value(await client.getLimits(signal)).remaining, 1);
    const refused = await client.create(REQUEST, signal);
    assert.equal(refused.kind, 'limited');
    assert.ok(refused.kind === 'limited' && refused.retryAfterMs > 3_500_000);
  });

  test('a result that cannot be read leaves a gap in its place', async (t) => {
    const { client, signal } = await open(t, {
      answer: (_test, { asn }) =>
        asn === 12389 ? { status: 17 } : finishedHttp('www.facebook.com'),
    });
    const { id } = value(await client.create(REQUEST, signal));
    const { results } = value(await client.waitFor(id, signal));
    assert.equal(results.length, 2);
  });

  const FAULTS: readonly (readonly [Fault, unknown])[] = [
    ['error_500', { kind: 'unavailable', reason: 'status_500' }],
    ['unauthorized', { kind: 'unavailable', reason: 'status_401' }],
    ['too_many_requests', { kind: 'limited', retryAfterMs: 120_000 }],
    ['malformed_json', { kind: 'malformed', reason: 'answer_of_another_shape' }],
    ['another_shape', { kind: 'malformed', reason: 'answer_of_another_shape' }],
    ['huge', { kind: 'malformed', reason: 'answer_too_large' }],
    ['bomb', { kind: 'malformed', reason: 'answer_not_readable' }],
    ['silent', { kind: 'unavailable', reason: 'generic_timeout_error' }],
    ['cut', { kind: 'unavailable', reason: 'eof_error' }],
  ];
  for (const [fault, expected] of FAULTS) {
    test(`${fault} → ${JSON.stringify(expected)}, and the next request works`, async (t) => {
      const { server, client, signal } = await open(t);
      server.fault = fault;
      assert.deepEqual(await client.create(REQUEST, signal), expected);
      server.fault = 'none';
      value(await client.create(REQUEST, signal));
    });
  }

  test('a server that is not there → unavailable', async (t) => {
    const { server, client, signal } = await open(t);
    await server.stop();
    const refused = await client.create(REQUEST, signal);
    assert.deepEqual(refused, { kind: 'unavailable', reason: 'connection_refused' });
  });

  test('a measurement that is never done is given up after a minute', async (t) => {
    const { client, signal, clock } = await open(t, { polls: 1_000 });
    const { id } = value(await client.create(REQUEST, signal));
    const fromMs = clock.monotonicMs();
    assert.equal(value(await client.waitFor(id, signal)).status, 'in-progress');
    assert.ok(clock.monotonicMs() - fromMs < 70_000);
  });

  test('an abort ends the wait', async (t) => {
    const { client } = await open(t, { polls: 1_000 });
    const stop = new AbortController();
    const { id } = value(await client.create(REQUEST, stop.signal));
    const waiting = client.waitFor(id, stop.signal);
    stop.abort();
    assert.deepEqual(await waiting, { kind: 'interrupted' });
  });
});
