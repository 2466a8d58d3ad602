/**
 * One round of one vantage: the neutral host and every target are fetched on the same probes, one after the other, and
 * where a fetch fails the name is asked for too. Gives what came; what it means is the mapper's and the judge's.
 */
import type { Target } from '../../types.ts';
import type { Allowance, HourlyBudget } from './budget.ts';
import type { ApiOutcome, Locations, Refusal, TestRequest } from './client.ts';
import { DnsResult, HttpResult, type Probe } from './schema.ts';
import { createTester, type RoundDeps, type Tested, type Tester } from './tester.ts';

/** What is fetched: an `https` target. */
export type Fetched = Pick<Target, 'id' | 'host' | 'port' | 'path'>;

/** A question for the name of a target, after its fetch failed. */
export type NameTest = {
  /** `network`: the probe's own resolver over UDP. `public`: another over TCP. */
  readonly resolver: 'network' | 'public';
  /** Milliseconds after the round started. */
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly result: DnsResult;
};

/** One fetch on one probe, with what followed. */
export type FetchTest = {
  readonly targetId: string;
  /** Name of the measurement on the platform. */
  readonly measurementId: string;
  readonly startedMs: number;
  /** Until the result was there, so at most the duration of the test. */
  readonly elapsedMs: number;
  readonly result: HttpResult;
  readonly names: readonly NameTest[];
};

/** Everything that one probe did in a round. */
export type ProbeRun = {
  /** Place of the probe in every answer of the round. */
  readonly index: number;
  readonly probe: Probe;
  readonly baseline?: FetchTest;
  /** In the order of the targets; those that were not measured are missing. */
  readonly tests: readonly FetchTest[];
};

/** A round that began. */
export type Round = {
  /** Wall clock of this machine when the round began, epoch ms. */
  readonly startedAtMs: number;
  readonly elapsedMs: number;
  readonly runs: readonly ProbeRun[];
  /** A measurement whose probes the next round can use again; absent when most of them are gone. */
  readonly reuseId?: string;
  /** Why the round ended before its end, if it did. */
  readonly refusal?: Refusal;
};

export type RoundOutcome =
  | { readonly kind: 'done'; readonly round: Round }
  /** There were not tests enough left. */
  | { readonly kind: 'skipped' }
  | Refusal;

export type RoundInput = {
  readonly countryCode: string;
  /** Kind of network that is asked for; any unless given. */
  readonly tag?: 'eyeball-network' | 'datacenter-network';
  readonly probes: number;
  readonly baseline: Fetched;
  readonly targets: readonly Fetched[];
  /** Address of the resolver of the second view. */
  readonly publicResolver: string;
  /** An earlier measurement on the same probes. */
  readonly reuseId?: string;
};

/** Runs a round. Never rejects. Uses no test that the budget does not allow. */
export async function measureRound(input: RoundInput, deps: RoundDeps): Promise<RoundOutcome> {
  const tester = createTester(deps);
  const { targets, probes } = input;
  // All or nothing: a round without its last target or its neutral host is worth little.
  const allowances = takeEach(deps.budget, 1 + targets.length, probes);
  if (!allowances) return { kind: 'skipped' };
  const startedAtMs = deps.clock.nowMs();
  try {
    const first = await fetchFirst(input, tester, allowances.shift());
    if (first.kind !== 'ok') return first;
    const builders = collectProbes(first.value, input);
    const same: Locations = { kind: 'same_as', measurementId: first.value.measurementId };
    let refusal: Refusal | undefined;
    for (const target of targets) {
      const tested = await tester.run(toFetch(target, same), allowances.shift());
      if (tested.kind !== 'ok') {
        // What does not let this through lets nothing else through: what came before is kept.
        refusal = tested;
        break;
      }
      const names = await askForDoubtful(target, tested.value, builders, input, tester);
      addTests(builders, target, tested.value, names);
    }
    if (refusal?.kind === 'interrupted') return refusal;
    const isMostlyThere = builders.length * 2 > first.value.results.length;
    return {
      kind: 'done',
      round: {
        startedAtMs,
        elapsedMs: tester.elapsedMs(),
        runs: builders,
        ...(isMostlyThere ? { reuseId: first.value.measurementId } : {}),
        ...(refusal ? { refusal } : {}),
      },
    };
  } finally {
    for (const unused of allowances) unused.settle(0);
  }
}

function takeEach(budget: HourlyBudget, times: number, tests: number): Allowance[] | undefined {
  const taken: Allowance[] = [];
  for (let i = 0; i < times; i += 1) {
    const allowance = budget.take(tests);
    if (!allowance) {
      for (const one of taken) one.settle(0);
      return undefined;
    }
    taken.push(allowance);
  }
  return taken;
}

/** Fetches the neutral host: on the probes of the last round when they are still there, else on new ones. */
async function fetchFirst(
  { baseline, reuseId, countryCode, tag, probes }: RoundInput,
  tester: Tester,
  allowance: Allowance | undefined,
): Promise<ApiOutcome<Tested>> {
  const filter: Locations = {
    kind: 'filter',
    country: countryCode,
    probes,
    ...(tag ? { tag } : {}),
  };
  if (reuseId === undefined) return tester.run(toFetch(baseline, filter), allowance);
  const again = await tester.run(
    toFetch(baseline, { kind: 'same_as', measurementId: reuseId }),
    allowance,
    'keep_when_refused',
  );
  return again.kind === 'no_probes' ? tester.run(toFetch(baseline, filter), allowance) : again;
}

function toFetch({ host, port, path }: Fetched, locations: Locations): TestRequest {
  return { type: 'http', target: host, port, path, locations };
}

type Builder = {
  readonly index: number;
  readonly probe: Probe;
  readonly baseline?: FetchTest;
  readonly tests: FetchTest[];
};

/** The probes of a round: those that answered for the neutral host and are where they were asked for. */
function collectProbes(first: Tested, { baseline, countryCode }: RoundInput): Builder[] {
  return first.results.flatMap((item, index) => {
    if (item === undefined || item.probe.country !== countryCode) return [];
    const result = HttpResult.safeParse(item.result);
    if (!result.success || !isDone(result.data)) return [];
    const test = toFetchTest(baseline, first, result.data, []);
    return [{ index, probe: item.probe, baseline: test, tests: [] }];
  });
}

function addTests(
  builders: readonly Builder[],
  target: Fetched,
  tested: Tested,
  names: ReadonlyMap<number, readonly NameTest[]>,
): void {
  for (const { index, probe, tests } of builders) {
    const result = readResult(tested, index, probe, HttpResult);
    if (result && isDone(result))
      tests.push(toFetchTest(target, tested, result, names.get(index) ?? []));
  }
}

function toFetchTest(
  target: Fetched,
  { measurementId, startedMs, elapsedMs }: Tested,
  result: HttpResult,
  names: readonly NameTest[],
): FetchTest {
  return { targetId: target.id, measurementId, startedMs, elapsedMs, result, names };
}

/** The result of a probe, when it is still the same one. */
function readResult<T>(
  { results }: Tested,
  index: number,
  probe: Probe,
  schema: { safeParse: (value: unknown) => { success: true; data: T } | { success: false } },
): T | undefined {
  const item = results[index];
  if (item?.probe.asn !== probe.asn || item.probe.country !== probe.country) return undefined;
  const parsed = schema.safeParse(item.result);
  return parsed.success ? parsed.data : undefined;
}

/** A probe that went away has measured nothing. */
function isDone({ status }: Pick<HttpResult, 'status'>): boolean {
  return status === 'finished' || status === 'failed';
}

function isDoubtful(result: HttpResult): boolean {
  return result.status === 'failed' || result.tls?.authorized !== true;
}

/** Asks for the name where a fetch failed on a probe whose network works, as far as the budget goes. */
async function askForDoubtful(
  target: Fetched,
  fetched: Tested,
  builders: readonly Builder[],
  { publicResolver }: RoundInput,
  tester: Tester,
): Promise<ReadonlyMap<number, readonly NameTest[]>> {
  const doubtful = builders.filter(({ index, probe, baseline }) => {
    const result = readResult(fetched, index, probe, HttpResult);
    return (
      result && isDone(result) && isDoubtful(result) && baseline && !isDoubtful(baseline.result)
    );
  });
  const found = new Map<number, NameTest[]>();
  if (doubtful.length === 0) return found;
  const locations: Locations = { kind: 'same_as', measurementId: fetched.measurementId };
  for (const resolver of ['network', 'public'] as const) {
    const allowance = tester.take(fetched.results.length);
    if (!allowance) break;
    const request: TestRequest = {
      type: 'dns',
      target: target.host,
      locations,
      ...(resolver === 'public' ? { resolver: publicResolver } : {}),
    };
    const tested = await tester.run(request, allowance);
    if (tested.kind !== 'ok') break;
    for (const { index, probe } of doubtful) {
      const result = readResult(tested.value, index, probe, DnsResult);
      if (!result || !isDone(result)) continue;
      const { startedMs, elapsedMs } = tested.value;
      const names = found.get(index) ?? [];
      found.set(index, [...names, { resolver, startedMs, elapsedMs, result }]);
    }
  }
  return found;
}
