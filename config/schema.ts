/**
 * The shape of every configuration file, as zod schemas with their types inferred.
 * Files of an operator are hostile to nobody but easy to get wrong, so schemas are strict: an unknown key
 * is a problem. Rules that span rows or files stand in checks.ts. Parsed values are frozen.
 */
import { z } from 'zod';
import { Alerts } from './alerts.ts';
import type { Announcement } from './announcement.ts';
import { Bulk } from './bulk.ts';
import {
  countryCode,
  evidence,
  filled,
  host,
  id,
  ipAddress,
  path,
  port,
  proxyHost,
  targetId,
  text,
  variableName,
  webAddress,
} from './fields.ts';

/** Functions that a service may have; the same words as in the domain types of the probes. */
export const FUNCTION_IDS = [
  'web',
  'app',
  'media',
  'messages',
  'registration',
  'calls',
  'links',
] as const;

const targetFields = {
  id: targetId,
  /** `https`: dns, tcp, tls, http. `http`: dns, tcp, http. `tcp`: dns, tcp. `stun`: dns, stun. */
  kind: z.enum(['https', 'http', 'tcp', 'stun']),
  host,
  port,
  path: path.default('/'),
  /** A larger object of the same host for the timed download; `path` unless given. */
  largePath: path.exactOptional(),
  /** Whether a redirect is followed to its end. */
  isFollowingRedirects: z.boolean().exactOptional(),
  ...evidence,
};

/** One endpoint of a service: a row of services.yaml. */
export const ServiceTarget = z
  .strictObject({ ...targetFields, function: z.enum(FUNCTION_IDS) })
  .readonly();
export type ServiceTarget = z.infer<typeof ServiceTarget>;

/** A neutral host that tells the vantage's own trouble from interference. */
export const Baseline = z
  .strictObject({ ...targetFields, scope: z.enum(['domestic', 'foreign']) })
  .readonly();
export type Baseline = z.infer<typeof Baseline>;

/** A service with the functions it cannot do without and all its targets. */
export const Service = z
  .strictObject({
    id,
    name: filled,
    requiredFunctions: z.array(z.enum(FUNCTION_IDS)).min(1).readonly(),
    targets: z.array(ServiceTarget).min(1).readonly(),
  })
  .readonly();
export type Service = z.infer<typeof Service>;

/** The content of services.yaml. */
export const ServicesFile = z.strictObject({ services: z.array(Service).min(1).readonly() });

/** A DNS resolver to ask: `address` is always an IP literal, so that asking it needs no lookup. */
export const Resolver = z
  .strictObject({
    transport: z.enum(['udp', 'tcp', 'doh']).default('udp'),
    /** `network`: the one that this network hands out. `public`: one that anybody may ask. */
    resolver: z.enum(['network', 'public']).default('network'),
    address: ipAddress,
    port,
    /** Only for `doh`, e.g. `https://dns.google/dns-query`. */
    url: webAddress.exactOptional(),
  })
  .readonly();
export type Resolver = z.infer<typeof Resolver>;

/** The proxy that a `socks5` or `http-proxy` vantage goes through. */
export const Proxy = z
  .strictObject({
    host: proxyHost,
    port,
    username: filled.exactOptional(),
    /** Name of the environment variable that holds the password: what stands here goes into a published sum. */
    passwordVariable: variableName.exactOptional(),
  })
  .readonly();
export type Proxy = z.infer<typeof Proxy>;

/** A place and network that is measured from. Which keys a kind needs and which it may not have is in checks.ts. */
export const Vantage = z
  .strictObject({
    id,
    kind: z.enum(['local', 'lab', 'socks5', 'http-proxy', 'agent', 'globalping']),
    /** Nothing is measured from, and taken from, a vantage that is switched off. */
    enabled: z.boolean().default(true),
    countryCode,
    /** Autonomous system number; 0 when unknown. */
    asn: z.int().min(0).max(4_294_967_295),
    /** Looked up by `asn` unless given. */
    networkName: filled.exactOptional(),
    access: z.enum(['fixed', 'mobile', 'datacentre', 'unknown']),
    role: z.enum(['vantage', 'control']),
    /** In the order in which they are asked; empty means those that the operating system uses. */
    resolvers: z.array(Resolver).default([]).readonly(),
    note: z.string().default(''),
    /** For `socks5` and `http-proxy`. */
    proxy: Proxy.exactOptional(),
    /** Who resolves names for `socks5` and `http-proxy`: the proxy (`far`), or we through it (`here`). */
    names: z.enum(['far', 'here']).exactOptional(),
    /** For `globalping`: on how many probes each round runs. */
    probes: z.int().min(1).max(10).exactOptional(),
    /** Results are shown only after so long. */
    publishDelayMinutes: z.int().min(0).max(43_200).exactOptional(),
  })
  .readonly();
export type Vantage = z.infer<typeof Vantage>;

/** Measurements by the public probes of Globalping (https://globalping.io/docs/api.globalping.io). */
export const Globalping = z
  .strictObject({
    enabled: z.boolean(),
    apiUrl: webAddress,
    /** Tests that may be used in an hour; without a token the platform allows 250. */
    testsPerHour: z.int().min(1).max(100_000),
    /** Name of the environment variable that holds a token, if there is one. */
    tokenVariable: variableName.exactOptional(),
    /** What is fetched, in order of importance: ids of `https` targets. */
    targets: z.array(targetId).min(1).readonly(),
    /** The neutral host that is fetched beside them: the id of a baseline. */
    baseline: targetId,
    /** Least time between two rounds of a vantage. */
    minIntervalSeconds: z.int().min(60).max(86_400),
  })
  .readonly();
export type Globalping = z.infer<typeof Globalping>;

/** When and how often measurements start. */
export const Schedule = z
  .strictObject({
    intervalSeconds: z.int().min(10).max(86_400),
    jitterSeconds: z.int().min(0).max(3_600),
    startSpacingMs: z.int().min(0).max(60_000),
    maxConcurrentMeasurements: z.int().min(1).max(256),
    deadlineSeconds: z.int().min(1).max(3_600),
  })
  .readonly();
export type Schedule = z.infer<typeof Schedule>;

const budgetMs = z.int().min(50).max(120_000);

/** How long each operation may take and how much of an answer is kept. */
export const Budgets = z
  .strictObject({
    dnsMs: budgetMs,
    /** How long replies are collected after the first matching one. */
    lateRepliesMs: z.int().min(0).max(10_000),
    tcpMs: budgetMs,
    tlsMs: budgetMs,
    httpMs: budgetMs,
    stunMs: budgetMs,
    maxBodyBytes: z.int().min(1_024).max(16_777_216),
    bodyHeadBytes: z.int().min(0).max(65_536),
    /** Pause before the confirming retry of a target that failed. */
    confirmAfterMs: z.int().min(0).max(600_000),
  })
  .readonly();
export type Budgets = z.infer<typeof Budgets>;

/** How the deep pass looks at a target that is in doubt. */
export const Deep = z
  .strictObject({
    /** Share of runs without any doubt that are looked at as deeply, in percent. */
    sharePercent: z.number().min(0).max(100),
    /** How long the deep pass of one service may take in all. */
    budgetMs: z.int().min(50).max(600_000),
    /** Least time between two deep passes on a target that stays as it is. */
    minIntervalSeconds: z.int().min(0).max(604_800),
    /** Asked for in place of the target at the target's own address. */
    innocuousName: host,
    /** Whether the target's name is tried at the address of a neutral host. */
    neutralAddress: z.boolean(),
    /** A name whose answer tells which resolver asked for it. */
    whoamiName: host,
    /** In the order in which they are asked. */
    publicResolvers: z.array(Resolver).readonly(),
    /** A timed download ends after this much of a body, or after `goodputSeconds`. */
    goodputBytes: z.int().min(16_384).max(16_777_216),
    goodputSeconds: z.int().min(1).max(120),
    /** Connections opened at once, last of all; 0 for none. */
    parallelConnections: z.int().min(0).max(16),
  })
  .readonly();
export type Deep = z.infer<typeof Deep>;

/** How programs may read. */
export const Api = z
  .strictObject({
    /** Answers that one client may have in a minute; programs on this machine may have any number. */
    requestsPerMinute: z.int().min(1).max(1_000_000).default(600),
  })
  .readonly();
export type Api = z.infer<typeof Api>;

/** The content of reachline.yaml; names of files are relative to it. */
export const ReachlineFile = z.strictObject({
  schedule: Schedule,
  budgets: Budgets,
  deep: Deep,
  vantages: z.array(Vantage).min(1).readonly(),
  globalping: Globalping.exactOptional(),
  api: Api.prefault({}),
  alerts: Alerts.prefault({}),
  bulk: Bulk.prefault({}),
  baselines: z.array(Baseline).min(1).readonly(),
  servicesFile: filled,
  rulesFile: filled,
  fingerprintsFile: filled,
  announcementsFile: filled,
});
export type ReachlineFile = z.infer<typeof ReachlineFile>;

const rounds = z.int().min(1).max(100);
const minutes = z.int().min(0).max(43_200);

/** When verdicts, round after round, make a restriction and when it is over. */
export const Detector = z
  .strictObject({
    /** Failed rounds of the last `openWindow` with data that open a restriction. */
    openFailures: rounds.default(3),
    openWindow: rounds.default(4),
    /** Rounds judged blocked with high confidence that open at once. */
    confirmedFailures: rounds.default(1),
    /** Good rounds in a row that end a restriction. */
    closeSuccesses: rounds.default(3),
    /** Least time from opening to closing. */
    holdMinutes: minutes.default(15),
    /** More changes than this within `flapWindowMinutes` make a lane unstable. */
    flapChanges: rounds.default(4),
    flapWindowMinutes: minutes.default(120),
    /** Time without a change after which an unstable lane is settled. */
    settleMinutes: minutes.default(60),
    /** Missed rounds in a row after which failures before and after are not counted together. */
    gapRounds: rounds.default(6),
    /** Onsets that lie closer belong together, if the rounds are not further apart than that. */
    groupMinutes: minutes.default(30),
    /** Rounds in a row by which another mechanism is believed. */
    mechanismRounds: rounds.default(2),
    /** Networks with data that a statement on a country takes. */
    minNetworks: rounds.default(2),
    /** Share of the vantages with data that makes an incident major. */
    majorShare: z.number().gt(0).max(1).default(0.5),
    /** Age of the newest data beyond which nothing is said of now; three rounds where that is longer. */
    staleMinutes: minutes.default(180),
  })
  .readonly();
export type Detector = z.infer<typeof Detector>;

const hours = z.int().min(1).max(8_760);

/** Numbers of the field's change-point detector, which runs beside ours for comparison. */
export const ChangePoint = z
  .strictObject({
    /** Mean of a lane while nothing is blocked, and while something is; 0 is clear, 1 is blocked. */
    okMean: z.number().min(0).max(1).default(0),
    blockedMean: z.number().min(0).max(1).default(0.7),
    /** Expected delay of detection in hours with data: half a mean step times this is the threshold. */
    expectedDelayBins: rounds.default(10),
    /** After a longer gap the sums fade, by half every `halvingHours`. */
    gapHours: hours.default(24),
    halvingHours: hours.default(48),
    /** After a longer gap everything is forgotten. */
    forgetHours: hours.default(240),
    /** How far before a restriction the series starts that it is looked for in. */
    historyHours: hours.default(720),
    /** How long after the end of a restriction an alarm still belongs to it. */
    followHours: hours.default(48),
  })
  .readonly();
export type ChangePoint = z.infer<typeof ChangePoint>;

/** How far from its announcement a restriction is held to be the announced one. */
export const LedgerNumbers = z
  .strictObject({
    leadDays: z.int().min(0).max(365).default(7),
    followDays: z.int().min(1).max(365).default(30),
    /** Later than this after it takes effect is late. */
    graceHours: hours.default(24),
  })
  .readonly();
export type LedgerNumbers = z.infer<typeof LedgerNumbers>;

/** Thresholds of the verdict and of the detector: the content of rules.yaml. */
export const Rules = z
  .strictObject({
    /** Stored with every verdict, e.g. `2026.11.1`. */
    rulesetVersion: text(
      (value) => /^\d{4}\.\d{1,2}\.\d+$/.test(value),
      'is not a ruleset version',
      'write year.month.number in quotes, e.g. "2026.11.1"',
    ),
    /** Independent signals of interference that make `blocked` out of `likely_blocked`. */
    minSignalsForBlocked: z.int().min(1).max(10),
    /** Least time between a failure and the retry that may confirm it. */
    confirmGapSeconds: z.int().min(0).max(600),
    /** How far apart a measurement and its control may lie. */
    controlWindowSeconds: z.int().min(1).max(86_400),
    /** Baselines that must be ok before a failure says anything of a service. */
    minBaselinesOk: z.int().min(0).max(100),
    stall: z.strictObject({ maxLoopDelayMs: z.int().min(1).max(60_000) }).readonly(),
    clock: z
      .strictObject({
        maxStepMs: z.int().min(1).max(3_600_000),
        maxCertificateSkewDays: z.int().min(0).max(365),
      })
      .readonly(),
    throttle: z
      .strictObject({
        /** How many times faster a neutral host must be. */
        minRatio: z.number().min(1).max(1_000),
        /** What is faster is not called slowed, however fast neutral hosts are. */
        maxBytesPerSecond: z.int().min(1).max(100_000_000),
        /** A shorter download tells no rate. */
        minDownloadMs: z.int().min(1).max(60_000),
        /** A longer silence while the body comes is a freeze and no throttle. */
        maxSilenceMs: z.int().min(1).max(60_000),
      })
      .readonly(),
    http: z
      .strictObject({
        /** Shorter body over longer one from which two pages in cleartext count as alike. */
        minBodyProportion: z.number().min(0).max(1),
      })
      .readonly(),
    flapping: z
      .strictObject({
        /** Failed tries within one run, beside others that passed. */
        minFailures: z.int().min(2).max(100),
      })
      .readonly(),
    detector: Detector.prefault({}),
    changePoint: ChangePoint.prefault({}),
    ledger: LedgerNumbers.prefault({}),
  })
  .readonly();
export type Rules = z.infer<typeof Rules>;

/** A known block page, redirect target or stub address. */
export const Fingerprint = z
  .strictObject({
    id,
    kind: z.enum(['dns', 'body', 'location', 'title']),
    pattern: filled,
    match: z.enum(['full', 'prefix', 'contains']),
    /** Countries where it is expected; empty means any. */
    countryCodes: z.array(countryCode).readonly(),
    scope: z.enum(['national', 'operator', 'false_positive']),
    ...evidence,
    note: z.string(),
  })
  .readonly();
export type Fingerprint = z.infer<typeof Fingerprint>;

/** The content of fingerprints.yaml. */
export const FingerprintsFile = z.strictObject({ fingerprints: z.array(Fingerprint).readonly() });

/** A vantage with its name looked up where the file gives none. */
export type ConfiguredVantage = Vantage & { readonly networkName: string };

/** Everything that the files say, checked. */
export type Config = {
  readonly schedule: Schedule;
  readonly budgets: Budgets;
  readonly deep: Deep;
  readonly vantages: readonly ConfiguredVantage[];
  readonly globalping?: Globalping;
  readonly alerts: Alerts;
  readonly baselines: readonly Baseline[];
  readonly services: readonly Service[];
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
  readonly announcements: readonly Announcement[];
  readonly api: Api;
  readonly bulk: Bulk;
  /** SHA-256 over the canonical JSON of all that bears on a measurement or a verdict: all but announcements, alerts, bulk files and who may read. */
  readonly hash: string;
};
