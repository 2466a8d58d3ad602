/** The form of a result per target in answers, described by the columns of the table. */
import { z } from 'zod';
import { fieldOf } from './column-schema.ts';

const of = (name: string) => fieldOf('targets', name);

/** A row of /api/v1/targets. */
export const TargetResult = z.strictObject({
  id: of('measurement_id'),
  target: of('target_id'),
  service: of('service'),
  vantage: of('vantage_id'),
  countryCode: of('country'),
  asn: of('asn'),
  function: of('function'),
  slot: of('scheduled_at'),
  startedAt: of('started_at'),
  attempts: of('attempts'),
  host: of('host'),
  ipVersion: of('ip_version'),
  resolverKind: of('resolver_kind'),
  isReached: of('is_reached'),
  stepFailed: of('step_failed'),
  failureCode: of('failure_code'),
  failureAttribution: of('failure_attribution'),
  httpStatus: of('http_status'),
  dnsAnswersHash: of('dns_answers_hash'),
  remotePrefix: of('remote_prefix'),
  tlsCertSha256: of('tls_cert_sha256'),
  dnsMs: of('dns_ms'),
  tcpMs: of('tcp_ms'),
  tlsMs: of('tls_ms'),
  httpMs: of('http_ms'),
  durationMs: of('duration_ms'),
  verdict: of('verdict'),
  mechanism: of('mechanism'),
  confidence: of('confidence'),
  ruleId: of('rule_id'),
  controlOk: of('control_ok'),
  rulesetVersion: of('ruleset_version'),
  provider: of('provider'),
  licence: of('licence'),
  softwareVersion: of('software_version'),
  probeVersion: of('probe_version'),
  configHash: of('config_hash'),
  url: z.string().describe('The page that shows the measurement with its evidence.'),
});
