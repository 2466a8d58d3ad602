/** What each target gave in one run, as one row: read out of its observations and the judgement. Pure. */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import type { RowOf } from '../db/dictionary/column.ts';
import { DATA_LICENCE } from '../db/dictionary/licence.ts';
import type { TARGETS } from '../db/dictionary/targets.ts';
import type { JudgedMeasurement } from '../db/evidence-batches.ts';
import { type Attempt, codeOf, gatherAttempts } from '../probes/judge/facts.ts';
import type { Judgement, Observation, Operation, Service, ServiceTarget } from '../probes/types.ts';

/** A row of the table `targets`. */
export type TargetRow = RowOf<typeof TARGETS>;

/** Gives the rows of a measurement, by target. */
export type ReadTargets = (
  measurement: JudgedMeasurement,
  /** True for vantages that publish with a delay: nothing finer than slots. */
  isBlurred: boolean,
) => TargetRow[];

/** Makes a reader for targets as they are configured; others are read by what was done with them. */
export function createTargetReader(services: readonly Pick<Service, 'targets'>[]): ReadTargets {
  const known = new Map(
    services.flatMap(({ targets }) => targets.map((target) => [target.id, target] as const)),
  );
  return (of, isBlurred) => {
    const { measurement, judgement } = of;
    const own = measurement.observations.filter(({ role }) => role === 'target');
    const byTarget = Map.groupBy(own, ({ targetId }) => targetId);
    return [...byTarget]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([targetId, observations]) => {
        const target = known.get(targetId);
        const kind = target?.kind ?? guessKind(observations);
        const attempts = gatherAttempts(observations, targetId, kind);
        const attempt = attempts.findLast((one) => one.isReached) ?? attempts.at(-1);
        // A target of which only details were asked has no result of its own.
        if (attempt === undefined) return [];
        return [
          {
            ...describeRun(of),
            target_id: targetId,
            function: target?.function ?? null,
            started_at: isBlurred
              ? measurement.slotMs
              : measurement.startedAtMs + Math.floor(attempt.observations[0]?.startedMs ?? 0),
            attempts: attempts.length,
            ...describeAttempt(attempt),
            ...describeJudgement(judgement.targets[targetId]),
          },
        ];
      });
  };
}

/** The kind of a target that is configured no more. */
function guessKind(observations: readonly Observation[]): ServiceTarget['kind'] {
  const has = (operation: Operation) => observations.some((one) => one.operation === operation);
  if (has('stun')) return 'stun';
  if (has('tls')) return 'https';
  return has('http') ? 'http' : 'tcp';
}

function describeRun({ id, vantage, measurement, judgement }: JudgedMeasurement) {
  const { origin, provenance } = measurement;
  return {
    measurement_id: id,
    service: measurement.service,
    vantage_id: vantage.id,
    country: vantage.countryCode,
    asn: vantage.asn === 0 ? null : vantage.asn,
    network_name: vantage.networkName,
    network_type: vantage.access,
    scheduled_at: measurement.slotMs,
    ruleset_version: judgement.rulesetVersion,
    provider: origin?.provider ?? null,
    licence: origin?.licence ?? DATA_LICENCE.name,
    software_version: provenance.softwareVersion,
    probe_version: provenance.probeVersion,
    config_hash: provenance.configHash,
  };
}

/** The last of an operation: that of the last hop, or of the resolver that was asked last. */
function lastOf<O extends Operation>(
  observations: readonly Observation[],
  operation: O,
): Extract<Observation, { operation: O }> | undefined {
  return observations.findLast(
    (one): one is Extract<Observation, { operation: O }> => one.operation === operation,
  );
}

/** What an operation gave, whether it succeeded or not. */
function valueOf<V>({
  outcome,
}: {
  readonly outcome:
    | { readonly kind: 'ok'; readonly value: V }
    | { readonly kind: 'failed'; readonly seen?: Partial<V> };
}): Partial<V> | undefined {
  return outcome.kind === 'ok' ? outcome.value : outcome.seen;
}

function describeAttempt({ observations, isReached, failed, addresses, dialled }: Attempt) {
  const [dns, tcp, tls, http] = [
    lastOf(observations, 'dns'),
    lastOf(observations, 'tcp'),
    lastOf(observations, 'tls'),
    lastOf(observations, 'http'),
  ];
  const first = observations[0];
  const last = observations.at(-1);
  const version = dialled === undefined ? 0 : isIP(dialled);
  return {
    host: hostOf(first),
    ip_version: version === 0 ? null : version,
    resolver_kind: dns?.input.resolver ?? null,
    is_reached: isReached,
    step_failed: failed?.operation ?? null,
    failure_code: failed === undefined ? null : codeOf(failed),
    failure_attribution:
      failed?.outcome.kind === 'failed' ? failed.outcome.failure.attribution : null,
    http_status: (http && valueOf(http)?.statusCode) ?? null,
    dns_answers_hash: addresses.length === 0 ? null : hashAddresses(addresses),
    remote_prefix: dialled === undefined ? null : toPrefix(dialled),
    tls_cert_sha256: (tls && valueOf(tls)?.chain?.[0]) ?? null,
    dns_ms: dns?.elapsedMs ?? null,
    tcp_ms: tcp?.elapsedMs ?? null,
    tls_ms: tls?.elapsedMs ?? null,
    http_ms: http?.elapsedMs ?? null,
    duration_ms: first && last ? toMicros(last.startedMs + last.elapsedMs - first.startedMs) : null,
  };
}

/** Clocks tell microseconds; what sums of them have beyond is an error of arithmetic. */
const toMicros = (lengthMs: number) => Math.round(lengthMs * 1_000) / 1_000;

/** The name that was asked for first. */
function hostOf(first: Observation | undefined): string | null {
  switch (first?.operation) {
    case 'dns':
      return first.input.host;
    case 'tls':
    case 'quic':
      return first.input.serverName;
    case 'http':
      return URL.canParse(first.input.url) ? new URL(first.input.url).hostname : null;
    case 'tcp':
    case 'stun':
    case undefined:
      return null;
    default:
      return first satisfies never;
  }
}

function hashAddresses(addresses: readonly string[]): string {
  return hash('sha256', [...new Set(addresses)].toSorted().join(' '));
}

/** The network of an address: /24 or /48; null for what is a name. */
export function toPrefix(address: string): string | null {
  const version = isIP(address);
  if (version === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (version === 0) return null;
  // The URL standard writes addresses in one way: RFC 5952, without leading zeros.
  const written = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1);
  const [left = '', right = ''] = written.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === '' ? [] : right.split(':');
  const zeros = written.includes('::') ? 8 - before.length - after.length : 0;
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 3);
  while (groups.at(-1) === '0') groups.pop();
  return `${groups.join(':')}::/48`;
}

function describeJudgement(judgement: Judgement | undefined) {
  return {
    verdict: judgement?.verdict ?? null,
    mechanism: judgement?.mechanism ?? null,
    confidence: judgement?.confidence ?? null,
    rule_id: judgement?.ruleId ?? null,
    control_ok: judgement === undefined ? null : readControl(judgement),
  };
}

/** What the judgement says of controls; it names each by what it did. */
function readControl({ reasons }: Judgement): boolean | null {
  if (reasons.some(({ code }) => code === 'control_succeeded')) return true;
  return reasons.some(({ code }) => code === 'control_failed_too') ? false : null;
}
