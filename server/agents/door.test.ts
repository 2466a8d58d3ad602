/** Agents at the door over real HTTP: what is taken, what is refused and why, and that nothing of a refusal is stored. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { encodeBatch } from '../../probes/agent/batch.ts';
import { Plan } from '../../probes/agent/plan.ts';
import { AGENT_PATHS, BatchReceipt, HEADERS, signRequest } from '../../probes/agent/protocol.ts';
import type { Measurement } from '../../probes/types.ts';
import {
  type Answer,
  encodeMeasurements,
  enrol,
  makeAgentRun,
  makeBatch,
  packMeasurement,
  readAnswer,
  type SignedRequest,
  send,
  signBatch,
  type TestAgent,
} from '../testing/agent-batches.ts';
import {
  AGENT_NOON_MS,
  type AgentServer,
  makeAgentVantage,
  startAgentServer,
} from '../testing/agent-server.ts';
import { ADMISSION_LIMITS } from './admission.ts';

const INTERVAL_MS = 300_000;
const PLENTY = { ...ADMISSION_LIMITS, burst: 1e9, batchesPerMinute: 1e9 };

/** A run so many intervals before noon. */
function makeRun(
  server: AgentServer,
  agent: TestAgent,
  slotsAgo: number,
  more: { service?: string; scenario?: 'ok' | 'reset' } = {},
): Measurement {
  const { config } = server;
  const service = config.services.find(({ id }) => id === (more.service ?? 'facebook'));
  assert.ok(service);
  return makeAgentRun(createRandom(slotsAgo + 1), {
    config,
    service,
    vantageId: agent.vantageId,
    slotMs: AGENT_NOON_MS - slotsAgo * INTERVAL_MS,
    scenario: more.scenario ?? 'ok',
  });
}

function sendRuns(
  agent: TestAgent,
  runs: readonly Measurement[],
  sequence: number,
  sentAtMs = AGENT_NOON_MS,
): Promise<Answer> {
  return send(agent.url, signBatch(agent, encodeMeasurements(runs), sequence, sentAtMs));
}

async function start(t: Parameters<typeof startAgentServer>[0]) {
  const server = await startAgentServer(t, { limits: PLENTY });
  const agent = await server.addAgent(makeAgentVantage('ru-volga-fixed'));
  return { server, agent };
}

function assertRefused(answer: Answer, status: number, reason: string): void {
  assert.equal(answer.body['reason'], reason, JSON.stringify(answer));
  assert.equal(answer.status, status);
  assert.match(String(answer.body['detail']), /\. \S.*\.$/, 'says what to do');
}

suite('enrolment', () => {
  test('a token enrols once, and the same key may hear the answer again', async (t) => {
    const server = await startAgentServer(t);
    server.registry.addVantage(makeAgentVantage('ru-volga-fixed'));
    const secret = server.makeSecret('ru-volga-fixed');
    const first = await enrol(server.url, secret);
    assert.deepEqual(first.answer.body, {
      instance: server.registry.instance,
      vantageId: 'ru-volga-fixed',
    });
    assert.equal(server.store.listVantages()[0]?.id, 'ru-volga-fixed');
    assertRefused((await enrol(server.url, secret)).answer, 403, 'token_used');
    assert.equal(
      server.registry.redeem(
        secret,
        server.registry.findAgent('ru-volga-fixed')?.publicKey ?? '',
        '1',
      ).kind,
      'enrolled',
    );
  });

  test('a token is worth nothing after a day, unknown, or after a newer one was made', async (t) => {
    const server = await startAgentServer(t);
    server.registry.addVantage(makeAgentVantage('ru-volga-fixed'));
    assertRefused((await enrol(server.url, 'x'.repeat(32))).answer, 403, 'token_unknown');
    const older = server.makeSecret('ru-volga-fixed');
    const newer = server.makeSecret('ru-volga-fixed');
    assertRefused((await enrol(server.url, older)).answer, 403, 'token_unknown');
    server.setNow(AGENT_NOON_MS + 86_400_000);
    assertRefused((await enrol(server.url, newer)).answer, 403, 'token_expired');
    assert.deepEqual(server.registry.listAgents(), []);
  });

  const bodies = ['', '{', '[]', '{"secret":"short"}', `{"__proto__":1}`, 'x'.repeat(4_000)];
  for (const body of bodies)
    test(`an enrolment of \`${body.slice(0, 20)}\` is malformed`, async (t) => {
      const server = await startAgentServer(t);
      const response = await fetch(new URL(AGENT_PATHS.enrol, server.url), {
        method: 'POST',
        body,
      });
      assertRefused(await readAnswer(response), 400, 'malformed');
    });
});

test('an agent gets its plan, and nobody else does', async (t) => {
  const { server, agent } = await start(t);
  const ask = async (path: string, sequence: number): Promise<Answer> => {
    const { instance, vantageId, privateKey } = agent;
    const base = { method: 'GET', path, instance, agent: vantageId, sequence } as const;
    const parts = { ...base, sentAtMs: AGENT_NOON_MS, encoding: '', body: new Uint8Array() };
    const response = await fetch(new URL(path, server.url), {
      headers: signRequest(parts, privateKey),
    });
    return readAnswer(response);
  };
  const plan = Plan.parse((await ask(AGENT_PATHS.plan, 0)).body);
  assert.equal(plan.vantageId, 'ru-volga-fixed');
  assert.equal(plan.configHash, server.config.hash);
  assert.deepEqual(plan.services, server.config.services);
  assertRefused(await ask(AGENT_PATHS.plan, 1), 400, 'malformed');
  const unsigned = await readAnswer(await fetch(new URL(AGENT_PATHS.plan, server.url)));
  assertRefused(unsigned, 400, 'wrong_version');
});

test('a batch is stored with its evidence as sent, judged, and answered the same when it comes again', async (t) => {
  const { server, agent } = await start(t);
  const runs = [makeRun(server, agent, 2), makeRun(server, agent, 1, { scenario: 'reset' })];
  const request = signBatch(agent, encodeMeasurements(runs), 1, AGENT_NOON_MS);
  const receipt = BatchReceipt.parse((await send(server.url, request)).body);
  assert.deepEqual(receipt, {
    sequence: 1,
    inserted: 2,
    duplicates: 0,
    refused: [],
    serverNowMs: AGENT_NOON_MS,
    configHash: server.config.hash,
  });
  for (const run of runs) {
    const stored = server.store.getMeasurement(formatMeasurementId(run));
    assert.deepEqual(stored?.measurement, run);
  }
  assert.deepEqual((await send(server.url, request)).body, { ...receipt });
  // The same runs under another number are duplicates.
  const again = BatchReceipt.parse((await sendRuns(agent, runs, 2)).body);
  assert.deepEqual([again.inserted, again.duplicates], [0, 2]);
  // Another body under a used number is refused with the number to use.
  const other = await sendRuns(agent, [makeRun(server, agent, 3)], 1);
  assertRefused(other, 409, 'sequence_reused');
  assert.equal(other.body['nextSequence'], 3);
  assert.equal(server.store.health().measurements, 2);
  assert.ok(server.store.verify().isSound);
});

test('1,200 mutated requests: none is accepted and nothing is stored', async (t) => {
  const { server, agent } = await start(t);
  const random = createRandom(7);
  const pick = (below: number): number => Math.floor(random() * below);
  const request = signBatch(
    agent,
    encodeMeasurements([makeRun(server, agent, 1)]),
    1,
    AGENT_NOON_MS,
  );
  const names = [...Object.values(HEADERS), 'content-encoding'];
  const mutate = (): SignedRequest => {
    const kind = pick(4);
    const body = Buffer.from(request.body);
    const headers = { ...request.headers };
    if (kind === 0) {
      const at = pick(body.length);
      body[at] = (body[at] ?? 0) ^ (1 << pick(8));
      return { ...request, body };
    }
    if (kind === 1) {
      const cut = pick(body.length);
      return {
        ...request,
        body: random() < 0.5 ? body.subarray(0, cut) : Buffer.concat([body, body.subarray(cut)]),
      };
    }
    const name = names[pick(names.length)] ?? '';
    const value = headers[name] ?? '';
    if (kind === 2) {
      const at = pick(value.length);
      const digit = 'abcdefghijABCDEFGHIJ0123456789+/='[pick(33)] ?? 'x';
      headers[name] = value.slice(0, at) + digit + value.slice(at + 1);
    } else if (random() < 0.5) delete headers[name];
    else headers[name] = `${value}${pick(10)}`;
    return { ...request, headers };
  };
  let sent = 0;
  while (sent < 1_200) {
    const mutated = mutate();
    const isSame =
      mutated.body.equals(request.body) &&
      JSON.stringify(mutated.headers) === JSON.stringify(request.headers);
    if (isSame) continue;
    sent += 1;
    const { status, body } = await send(server.url, mutated);
    assert.ok(status >= 400 && status < 500, JSON.stringify([mutated.headers, status, body]));
    assert.equal(typeof body['reason'], 'string');
  }
  assert.equal(server.store.health().measurements, 0);
  assert.deepEqual(server.store.listArrivals(), []);
  assert.equal((await send(server.url, request)).status, 200, 'the request itself is good');
});

test('requests for another server, path or agent are refused', async (t) => {
  const { server, agent } = await start(t);
  const elsewhere = await startAgentServer(t, { limits: PLENTY });
  await elsewhere.addAgent(makeAgentVantage('ru-volga-fixed'));
  const body = encodeMeasurements([makeRun(server, agent, 1)]);
  const request = signBatch(agent, body, 1, AGENT_NOON_MS);
  assertRefused(await send(elsewhere.url, request), 403, 'wrong_instance');
  const bent = {
    ...request,
    headers: { ...request.headers, [HEADERS.instance]: elsewhere.registry.instance },
  };
  assertRefused(await send(elsewhere.url, bent), 401, 'bad_signature');
  assertRefused(
    await send(server.url, { ...request, path: `${request.path}?x=1` }),
    401,
    'bad_signature',
  );
  const nobody = { ...agent, vantageId: 'ru-nobody' };
  assertRefused(
    await send(server.url, signBatch(nobody, body, 1, AGENT_NOON_MS)),
    401,
    'unknown_agent',
  );
  const other = await server.addAgent(makeAgentVantage('ru-ural-fixed'));
  const stolen = { ...agent, vantageId: other.vantageId };
  assertRefused(
    await send(server.url, signBatch(stolen, body, 1, AGENT_NOON_MS)),
    401,
    'bad_signature',
  );
  assert.equal(server.store.health().measurements, 0);
});

test('a disabled agent is refused, an enabled one is taken, a rotated key is refused for good', async (t) => {
  const { server, agent } = await start(t);
  const run = makeRun(server, agent, 1);
  server.registry.setState(agent.vantageId, 'disabled');
  assertRefused(await sendRuns(agent, [run], 1), 403, 'disabled');
  const stranger = {
    ...agent,
    privateKey: (await server.addAgent(makeAgentVantage('x'))).privateKey,
  };
  assertRefused(await sendRuns(stranger, [run], 1), 401, 'bad_signature');
  assert.equal(server.store.health().measurements, 0);
  server.registry.setState(agent.vantageId, 'active');
  assert.equal((await sendRuns(agent, [run], 1)).status, 200);
  server.registry.setState(agent.vantageId, 'rotated');
  assertRefused(await sendRuns(agent, [makeRun(server, agent, 2)], 2), 403, 'disabled');
  const { agent: next } = await enrol(server.url, server.makeSecret(agent.vantageId));
  assertRefused(await sendRuns(agent, [makeRun(server, agent, 2)], 2), 401, 'bad_signature');
  assert.equal((await sendRuns(next, [makeRun(server, agent, 2)], 2)).status, 200);
  server.registry.addVantage(makeAgentVantage('ru-off', { enabled: false }));
  const { agent: off } = await enrol(server.url, server.makeSecret('ru-off'));
  assertRefused(await sendRuns(off, [makeRun(server, off, 1)], 1), 403, 'disabled');
  assert.equal(server.store.health().measurements, 2);
});

suite('bodies that are no batches', () => {
  const good = (server: AgentServer, agent: TestAgent) => makeBatch([makeRun(server, agent, 1)]);
  const rows: readonly [
    name: string,
    make: (server: AgentServer, agent: TestAgent) => Buffer,
    status: number,
    reason: string,
  ][] = [
    ['nothing', () => Buffer.alloc(0), 400, 'malformed'],
    ['noise', () => Buffer.from('x'.repeat(500)), 400, 'malformed'],
    ['zeros that unpack to 1 GB', () => makeBomb(), 400, 'malformed'],
    ['more than a megabyte', () => Buffer.alloc(1024 * 1024 + 1), 413, 'too_large'],
    ['a first line that is no JSON', () => zstdCompressSync(Buffer.from('{\n')), 400, 'malformed'],
    ['deep JSON', () => zstdCompressSync(Buffer.from(`${'['.repeat(1e6)}\n`)), 400, 'malformed'],
    [
      'bytes that belong to nothing',
      (server, agent) => {
        const whole = encodeBatch(good(server, agent));
        return Buffer.concat([whole.subarray(0, -3)]);
      },
      400,
      'malformed',
    ],
    [
      'another dictionary',
      (server, agent) => encodeBatch({ ...good(server, agent), dictionary: 'ab'.repeat(32) }),
      400,
      'malformed',
    ],
    [
      'a certificate of 65 kB',
      (server, agent) =>
        encodeBatch({
          ...good(server, agent),
          certificates: new Map([['', new Uint8Array(66_000)]]),
        }),
      400,
      'malformed',
    ],
  ];
  for (const [name, make, status, reason] of rows)
    test(`${name} → ${reason}`, async (t) => {
      const { server, agent } = await start(t);
      const body = make(server, agent);
      const rssBefore = process.memoryUsage().rss;
      assertRefused(
        await send(server.url, signBatch(agent, body, 1, AGENT_NOON_MS)),
        status,
        reason,
      );
      const grownMb = (process.memoryUsage().rss - rssBefore) / 1e6;
      assert.ok(grownMb < 60, `${grownMb} MB more`);
      assert.deepEqual(server.store.listArrivals(), []);
      assert.equal((await sendRuns(agent, [makeRun(server, agent, 1)], 1)).status, 200, 'goes on');
    });

  test('a body that is larger than it says, in pieces, is not read to its end', async (t) => {
    const { server, agent } = await start(t);
    const { headers, path } = signBatch(agent, Buffer.alloc(10), 1, AGENT_NOON_MS);
    let pieces = 0;
    const body = new ReadableStream({
      pull(controller) {
        pieces += 1;
        if (pieces > 2_000) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const request = { method: 'POST', headers, body, duplex: 'half' } as const;
    const ended = await fetch(new URL(path, server.url), request).then(
      (response) => response.status,
      () => 'cut off',
    );
    assert.ok(ended === 413 || ended === 'cut off', String(ended));
    assert.ok(pieces < 500, `${pieces} pieces were read`);
  });
});

/** A gigabyte of zeros in about 32 kB. */
function makeBomb(): Buffer {
  const block = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
  return Buffer.concat(Array<Buffer>(16).fill(block));
}

test('hostile evidence is refused row by row, and the good rows of the batch are stored', async (t) => {
  const { server, agent } = await start(t);
  const run = makeRun(server, agent, 1);
  const evidence = { observations: run.observations, certificates: [...run.certificates.keys()] };
  const [first] = run.observations;
  const change = (more: object): object => ({
    ...evidence,
    observations: [{ ...first, ...more }, ...run.observations.slice(1)],
  });
  const corpus: readonly unknown[] = [
    null,
    [],
    'text',
    7,
    {},
    { ...evidence, origin: { provider: 'ooni', licence: 'x', reference: 'y' } },
    { ...evidence, extra: 1 },
    { ...evidence, blindSpots: ['everything'] },
    { ...evidence, observations: {} },
    { ...evidence, observations: [null] },
    { ...evidence, observations: Array(3_000).fill(first) },
    { ...evidence, certificates: ['ab'.repeat(32)] },
    { ...evidence, certificates: [...evidence.certificates, evidence.certificates[0]] },
    JSON.parse(`{"observations":[],"certificates":[],"__proto__":{}}`),
    change({ id: 1 }),
    change({ id: -1 }),
    change({ role: 'control' }),
    change({ role: 'baseline' }),
    change({ targetId: '__proto__' }),
    change({ targetId: 'facebook.web.nothing' }),
    change({ operation: 'ping' }),
    change({ operation: 'constructor' }),
    change({ operation: 'http' }),
    change({ attempt: 1e9 }),
    change({ startedMs: '0' }),
    change({ elapsedMs: -1 }),
    change({ elapsedMs: null }),
    change({ purpose: 'harm' }),
    change({ hop: -1 }),
    change({ input: null }),
    change({ input: { ...first?.input, host: 'x'.repeat(1_000) } }),
    change({ outcome: { kind: 'maybe' } }),
    change({ outcome: { kind: 'ok' } }),
    change({ outcome: { kind: 'ok', value: null } }),
    change({ outcome: { kind: 'ok', value: { addresses: 'x', rcode: '', replies: [] } } }),
    change({
      outcome: { kind: 'ok', value: { addresses: Array(200).fill('x'), rcode: '', replies: [] } },
    }),
    change({ outcome: { kind: 'failed' } }),
    change({
      outcome: {
        kind: 'failed',
        failure: { operation: 'dns', code: '<script>', attribution: 'remote' },
      },
    }),
    change({
      outcome: { kind: 'failed', failure: { operation: 'dns', code: 'x', attribution: 'god' } },
    }),
    change({
      outcome: {
        kind: 'failed',
        failure: { operation: 'dns', code: 'x', attribution: 'remote', raw: 'x'.repeat(201) },
      },
    }),
    change({
      outcome: {
        kind: 'failed',
        failure: { operation: 'dns', code: 'x', attribution: 'remote', raw: '\ud800' },
      },
    }),
    change({ outcome: { kind: 'ok', value: {}, seen: {} } }),
  ];
  const packed = corpus.map((one, index) =>
    packMeasurement(
      {
        ...run,
        slotMs: run.slotMs - index * INTERVAL_MS,
        startedAtMs: run.startedAtMs - index * INTERVAL_MS,
      },
      one,
    ),
  );
  const noise = { ...packMeasurement(run), evidence: Buffer.from('no zstd') };
  const batch = { ...makeBatch([run]), measurements: [...packed, noise, packMeasurement(run)] };
  const answer = await send(server.url, signBatch(agent, encodeBatch(batch), 1, AGENT_NOON_MS));
  const receipt = BatchReceipt.parse(answer.body);
  assert.deepEqual(
    receipt.refused.map(({ index }) => index),
    [...corpus.keys(), corpus.length],
  );
  for (const { reason } of receipt.refused) assert.match(reason, /^invalid_evidence: /);
  assert.equal(receipt.inserted, 1);
  assert.ok(server.store.verify().isSound);
  for (const path of ['/', '/t?range=all', `/m/${formatMeasurementId(run)}`, '/api/v1/lanes'])
    assert.equal((await fetch(new URL(path, server.url))).status, 200, path);
});

suite('rows that are not taken', () => {
  const DAY_MS = 86_400_000;
  const at = (run: Measurement, slotMs: number): Measurement => ({
    ...run,
    slotMs,
    startedAtMs: slotMs + 1_000,
  });
  const rows: readonly [
    name: string,
    change: (run: Measurement) => Measurement,
    reason: RegExp | undefined,
  ][] = [
    ['30 days old', (run) => at(run, AGENT_NOON_MS - 30 * DAY_MS), undefined],
    ['32 days old', (run) => at(run, AGENT_NOON_MS - 32 * DAY_MS), /^too_old$/],
    ['a slot ahead', (run) => at(run, AGENT_NOON_MS + 300_000), undefined],
    ['between two slots', (run) => at(run, AGENT_NOON_MS - 60_000), /^invalid_times/],
    ['more often than once a minute', (run) => ({ ...run, intervalMs: 1_000 }), /^invalid_times/],
    ['an hour ahead', (run) => at(run, AGENT_NOON_MS + 3_600_000), /^in_the_future$/],
    ['of no whole second', (run) => at(run, AGENT_NOON_MS - 1), /^invalid_times/],
    [
      'started two days later',
      (run) => ({ ...run, startedAtMs: run.slotMs + 2 * DAY_MS }),
      /^invalid_times/,
    ],
    ['of an unknown service', (run) => ({ ...run, service: 'constructor' }), /^unknown_service$/],
    [
      'with a version that is none',
      (run) => ({ ...run, provenance: { ...run.provenance, softwareVersion: '<b>' } }),
      /^invalid_provenance/,
    ],
    [
      'of an older configuration with a target that is gone',
      (run) => ({
        ...run,
        observations: run.observations.map((one, index) =>
          index < 4 ? { ...one, targetId: 'facebook.web.gone' } : one,
        ),
        provenance: { ...run.provenance, configHash: 'cd'.repeat(32) },
      }),
      undefined,
    ],
  ];
  for (const [name, change, reason] of rows)
    test(`${name} → ${reason?.source ?? 'taken'}`, async (t) => {
      const { server, agent } = await start(t);
      const answer = await sendRuns(agent, [change(makeRun(server, agent, 1))], 1);
      const receipt = BatchReceipt.parse(answer.body);
      if (reason) assert.match(receipt.refused[0]?.reason ?? '', reason);
      assert.deepEqual([receipt.inserted, receipt.refused.length], reason ? [0, 1] : [1, 0]);
      assert.equal(server.store.health().measurements, receipt.inserted);
    });

  test('without its certificate, unless that is stored already', async (t) => {
    const { server, agent } = await start(t);
    const run = makeRun(server, agent, 1);
    const bare = encodeBatch({ ...makeBatch([run]), certificates: new Map() });
    const first = BatchReceipt.parse(
      (await send(server.url, signBatch(agent, bare, 1, AGENT_NOON_MS))).body,
    );
    assert.match(first.refused[0]?.reason ?? '', /^missing_certificate/);
    await sendRuns(agent, [run], 2);
    const later = makeRun(server, agent, 2);
    const second = encodeBatch({ ...makeBatch([later]), certificates: new Map() });
    const answer = await send(server.url, signBatch(agent, second, 3, AGENT_NOON_MS));
    assert.equal(BatchReceipt.parse(answer.body).inserted, 1);
    assert.equal(
      server.store.getMeasurement(formatMeasurementId(later))?.measurement.certificates.size,
      later.certificates.size,
    );
  });
});

test('a clock that is off marks its measurements, and a slot ahead of time is taken when that explains it', async (t) => {
  const { server, agent } = await start(t);
  const HOUR_MS = 3_600_000;
  for (const [sequence, offsetMs, marks] of [
    [1, 4 * 60_000, ['simulated']],
    [2, -HOUR_MS, ['simulated', 'clock_skewed']],
    [3, HOUR_MS, ['simulated', 'clock_skewed']],
  ] as const) {
    const base = makeRun(server, agent, 10 + sequence);
    const nowMs = AGENT_NOON_MS + sequence;
    server.setNow(nowMs);
    const slotMs = Math.floor((nowMs + offsetMs) / INTERVAL_MS) * INTERVAL_MS;
    const run = { ...base, slotMs, startedAtMs: slotMs + 1_000 };
    const answer = await sendRuns(agent, [run], sequence, nowMs + offsetMs);
    assert.equal(BatchReceipt.parse(answer.body).inserted, 1);
    const stored = server.store.getMeasurement(formatMeasurementId(run));
    assert.deepEqual([...(stored?.measurement.marks ?? [])].sort(), [...marks].sort());
    assert.equal(server.store.listArrivals()[0]?.clockOffsetMs, offsetMs);
  }
});

test('controls of agents judge what comes after them, and each stored run is told of', async (t) => {
  const told: string[] = [];
  const server = await startAgentServer(t, {
    limits: PLENTY,
    onStored: (facts, { service }) => told.push(`${facts.vantageId} ${service.verdict}`),
  });
  const control = await server.addAgent(
    makeAgentVantage('de-control', { countryCode: 'DE', role: 'control' }),
  );
  const agent = await server.addAgent(makeAgentVantage('ru-volga-fixed'));
  const blocked = (slotsAgo: number) => makeRun(server, agent, slotsAgo, { scenario: 'reset' });
  await sendRuns(agent, [blocked(40)], 1);
  await sendRuns(control, [makeRun(server, control, 1)], 1);
  await sendRuns(agent, [blocked(1)], 2);
  assert.deepEqual(
    told.map((one) => one.replace(/likely_/, '')),
    ['ru-volga-fixed insufficient', 'de-control ok', 'ru-volga-fixed blocked'],
  );
});

test('an agent that sends too much waits, and others do not', async (t) => {
  const server = await startAgentServer(t, {
    limits: { ...ADMISSION_LIMITS, burst: 2, batchesPerMinute: 6 },
  });
  const greedy = await server.addAgent(makeAgentVantage('ru-volga-fixed'));
  const modest = await server.addAgent(makeAgentVantage('ru-ural-fixed'));
  for (const sequence of [1, 2])
    assert.equal(
      (await sendRuns(greedy, [makeRun(server, greedy, sequence)], sequence)).status,
      200,
    );
  const busy = await sendRuns(greedy, [makeRun(server, greedy, 3)], 3);
  assertRefused(busy, 429, 'too_busy');
  assert.equal(busy.retryAfter, '10');
  assert.equal((await sendRuns(modest, [makeRun(server, modest, 1)], 1)).status, 200);
  server.setNow(AGENT_NOON_MS + 10_000);
  assert.equal((await sendRuns(greedy, [makeRun(server, greedy, 3)], 3)).status, 200);
});
