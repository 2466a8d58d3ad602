import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { systemClock } from './clock.ts';
import { toEndFailure, withBudget } from './deadline.ts';

const never = (): Promise<never> => new Promise(() => {});

const budgetOf = (budgetMs: number, signal = new AbortController().signal) => ({
  budgetMs,
  signal,
  clock: systemClock,
});

/** Holds the event loop, as a long garbage collection or a stopped process does. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

/** A paused socket whose peer, in this same process, has written its reply already. */
async function connectToReply(t: TestContext): Promise<{ readonly socket: net.Socket }> {
  const server = net.createServer((peer) => peer.end('reply'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const socket = net.connect(address.port, '127.0.0.1');
  socket.pause();
  await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  return { socket };
}

suite('withBudget', () => {
  test('work that settles in time → its value', async () => {
    const result = await withBudget(budgetOf(1000), () => Promise.resolve(7));
    assert.deepEqual(result, { kind: 'settled', value: 7 });
  });

  test('work that rejects in time → rejects with the same error', async () => {
    const error = new Error('refused');
    await assert.rejects(
      withBudget(budgetOf(1000), () => Promise.reject(error)),
      error,
    );
  });

  test('work that throws at once → rejects, and the timer is gone', async () => {
    const countTimers = () =>
      process.getActiveResourcesInfo().filter((k) => k === 'Timeout').length;
    const timersBefore = countTimers();
    const throwing = (): Promise<never> => {
      throw new RangeError('port');
    };
    await assert.rejects(withBudget(budgetOf(60_000), throwing), RangeError);
    assert.equal(countTimers(), timersBefore);
  });

  test('silence → timeout after the budget, and the work is told', async () => {
    const startedMs = performance.now();
    let isTold = false;
    const result = await withBudget(budgetOf(60), (signal) => {
      signal.addEventListener('abort', () => {
        isTold = true;
      });
      return never();
    });
    const elapsedMs = performance.now() - startedMs;
    assert.deepEqual(result, { kind: 'ended', reason: 'timeout', isStalled: false });
    assert.ok(isTold);
    assert.ok(elapsedMs >= 55 && elapsedMs < 500, `${elapsedMs} ms`);
  });

  test('a value that comes after the end → discarded, not lost', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = Promise.withResolvers<string>();
    const result = await withBudget(budgetOf(10), () => promise, late.resolve);
    assert.equal(result.kind, 'ended');
    resolve('socket');
    assert.equal(await late.promise, 'socket');
  });

  const reasons = [
    { name: 'shutdown → interrupted', reason: undefined, expected: 'interrupted' },
    {
      name: 'deadline of the measurement → timeout',
      reason: new DOMException('too late', 'TimeoutError'),
      expected: 'timeout',
    },
  ] as const;
  for (const { name, reason, expected } of reasons) {
    test(`shared signal aborts: ${name}`, async () => {
      const controller = new AbortController();
      const pending = withBudget(budgetOf(10_000, controller.signal), never);
      const startedMs = performance.now();
      controller.abort(reason);
      const result = await pending;
      assert.deepEqual(result, { kind: 'ended', reason: expected, isStalled: false });
      assert.ok(performance.now() - startedMs < 100);
    });

    test(`shared signal was aborted before: ${name}, work never starts`, async () => {
      let isStarted = false;
      const result = await withBudget(budgetOf(1000, AbortSignal.abort(reason)), () => {
        isStarted = true;
        return never();
      });
      assert.deepEqual(result, { kind: 'ended', reason: expected, isStalled: false });
      assert.ok(!isStarted);
    });
  }

  test('loop blocked past the budget, reply already in the socket buffer → no timeout', async (t) => {
    const { socket } = await connectToReply(t);
    const pending = withBudget(budgetOf(200), async () => String((await once(socket, 'data'))[0]));
    socket.resume();
    block(600);
    assert.deepEqual(await pending, { kind: 'settled', value: 'reply' });
  });

  test('loop blocked a little past the budget, reply already in the buffer → no timeout', async (t) => {
    const { socket } = await connectToReply(t);
    const pending = withBudget(budgetOf(50), async () => String((await once(socket, 'data'))[0]));
    socket.resume();
    block(150);
    assert.deepEqual(await pending, { kind: 'settled', value: 'reply' });
  });

  test('loop blocked past the budget, then silence → timeout that says so', async () => {
    const pending = withBudget(budgetOf(60), never);
    block(400);
    const result = await pending;
    assert.deepEqual(result, { kind: 'ended', reason: 'timeout', isStalled: true });
    assert.ok(result.kind === 'ended');
    const failure = toEndFailure(result, 'tls');
    assert.equal(failure.code, 'generic_timeout_error');
    assert.equal(failure.attribution, 'vantage');
    assert.equal(failure.raw, 'local_stall');
  });

  test('loop blocked past the budget and past the deadline of the whole → timeout that says so', async () => {
    const controller = new AbortController();
    const pending = withBudget(budgetOf(60, controller.signal), never);
    block(400);
    controller.abort(new DOMException('too late', 'TimeoutError'));
    assert.deepEqual(await pending, { kind: 'ended', reason: 'timeout', isStalled: true });
  });

  test('a thousand runs leave no listener on the shared signal', async () => {
    const { signal } = new AbortController();
    let count = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      count += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      count -= 1;
      remove(...args);
    };
    for (let run = 0; run < 1000; run += 1) {
      await withBudget(budgetOf(1000, signal), () => Promise.resolve());
    }
    assert.equal(count, 0);
  });
});

const endRows = [
  { reason: 'interrupted', operation: 'tcp', code: 'interrupted', attribution: 'vantage' },
  { reason: 'timeout', operation: 'tcp', code: 'generic_timeout_error', attribution: 'remote' },
  { reason: 'timeout', operation: 'dns', code: 'generic_timeout_error', attribution: 'resolver' },
] as const;
for (const { reason, operation, code, attribution } of endRows) {
  test(`toEndFailure: ${operation} ${reason} → ${code} of the ${attribution}`, () => {
    const failure = toEndFailure({ reason, isStalled: false }, operation);
    assert.deepEqual(failure, { operation, code, attribution });
  });
}
