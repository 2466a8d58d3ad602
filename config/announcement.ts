/**
 * The form of a curated announcement: the zod mirror of announcement.schema.json, which is what others may
 * validate their records against. Field names are snake case in both, since records are exchanged as they are.
 */
import { z } from 'zod';
import { countryCode, id, instant, quotation, regionCode, sha256, timeZone } from './fields.ts';

/** A time as a source states it: a best value with the bounds that charts and joins use. */
export const TimePoint = z
  .strictObject({
    /** ISO date or instant; null when only bounds are known. */
    value: z.string().nullable(),
    precision: z.enum(['minute', 'hour', 'day', 'week', 'month', 'year', 'bounded', 'unknown']),
    earliest: instant.nullable(),
    latest: instant.nullable(),
    /** IANA zone that the day or clock time is counted in; null when not stated. */
    tz: timeZone.nullable(),
    basis: z.enum(['stated', 'inferred', 'unknown']),
    stated_as: z.string().nullable().exactOptional(),
    inference: z.string().nullable().exactOptional(),
  })
  .readonly();
export type TimePoint = z.infer<typeof TimePoint>;

const ACTOR_KINDS = [
  'regulator',
  'prosecutor',
  'investigator',
  'court',
  'legislature',
  'head_of_state',
  'government',
  'platform',
  'embassy',
  'supranational',
  'operator',
  'media_report',
  'unspecified',
] as const;
const ACTION_KINDS = [
  'request',
  'announcement',
  'block_order',
  'restriction',
  'designation',
  'lift',
  'exemption',
  'policy_change',
  'criminal_case',
  'ruling',
  'legislation',
  'warning',
  'statement',
] as const;
const MEASURE_KINDS = [
  'full_block',
  'partial_restriction',
  'throttling',
  'function_block',
  'dns_removal',
  'activity_ban',
  'listing',
  'content_rule',
] as const;
const ANNOUNCED_FUNCTIONS = [
  'voice_call',
  'video_call',
  'messaging',
  'media',
  'registration',
  'web',
  'app',
  'advertising',
] as const;
const ANNOUNCED_SERVICES = [
  'facebook',
  'instagram',
  'whatsapp',
  'messenger',
  'meta_company',
  'other',
] as const;
const STATUSES = [
  'draft',
  'needs_review',
  'reviewed',
  'published',
  'disputed',
  'superseded',
  'retracted',
] as const;
const LINK_KINDS = [
  'responds_to',
  'requests',
  'implements',
  'follows',
  'escalates',
  'exempts_from',
  'contradicts',
  'upholds',
  'narrows',
  'supersedes',
  'duplicates',
] as const;

const ExemptService = z
  .strictObject({ service: z.string(), explicit: z.boolean(), reason: z.string().exactOptional() })
  .readonly();
const LegalBasis = z
  .strictObject({ text: z.string(), ref: z.string().nullable().exactOptional() })
  .readonly();
const Quote = z
  .strictObject({
    text: quotation,
    speaker: z.string().nullable().exactOptional(),
    source: z.string(),
  })
  .readonly();
const Link = z.strictObject({ rel: z.enum(LINK_KINDS), id: z.string() }).readonly();

/** What a record rests on; `kind: document` names a file of the operator's document folder. */
const Source = z
  .strictObject({
    kind: z.enum(['document', 'url', 'registry_diff', 'repo_issue']),
    ref: z.string(),
    publisher: z.string().nullable().exactOptional(),
    published_at: z.string().nullable().exactOptional(),
    retrieved_at: z.string().nullable().exactOptional(),
    archive_url: z.string().nullable().exactOptional(),
    content_sha256: sha256.nullable().exactOptional(),
    language: z.string().nullable().exactOptional(),
    seen_via: z.string().nullable().exactOptional(),
    /** Fields of the record that it is evidence for. */
    supports: z.array(z.string()).readonly(),
  })
  .readonly();

const Review = z
  .strictObject({
    revision: z.int().exactOptional(),
    created_at: z.string().exactOptional(),
    created_by: z.string().exactOptional(),
    reviewed_by: z.string().nullable().exactOptional(),
    note: z.string().exactOptional(),
  })
  .readonly();

/** A dated statement or act of an authority or a platform. Rules between records stand in checks.ts. */
export const Announcement = z
  .strictObject({
    id,
    schema_version: z.literal('1'),
    announced_at: TimePoint,
    /** Null when no source says when it takes effect; never filled with the time of the announcement. */
    effective_at: TimePoint.nullable(),
    /** Null while no end is known. */
    lifted_at: TimePoint.nullable(),
    actor: z
      .strictObject({
        name: z.string(),
        kind: z.enum(ACTOR_KINDS),
        country: countryCode.nullable().exactOptional(),
      })
      .readonly(),
    /** Whom a request or order is addressed to. */
    addressee: z.string().nullable().exactOptional(),
    /** Outlet that made the act known, when the actor did not publish it. */
    reported_by: z.string().nullable().exactOptional(),
    action_kind: z.enum(ACTION_KINDS),
    measure_kind: z.enum(MEASURE_KINDS).nullable().exactOptional(),
    functions_in_scope: z.array(z.enum(ANNOUNCED_FUNCTIONS)).readonly().exactOptional(),
    services_in_scope: z.array(z.enum(ANNOUNCED_SERVICES)).readonly(),
    services_exempt: z.array(ExemptService).readonly(),
    regions: z
      .strictObject({
        kind: z.enum([
          'nationwide',
          'listed',
          'at_least',
          'subnational',
          'not_applicable',
          'unknown',
        ]),
        codes: z.array(regionCode).readonly(),
        note: z.string().exactOptional(),
      })
      .readonly(),
    legal_basis: z.array(LegalBasis).readonly().exactOptional(),
    title: z.string().max(140),
    /** In our own words. */
    summary: z.string().max(900),
    quotes: z.array(Quote).readonly().exactOptional(),
    /** BCP 47 tag of the record's own text. */
    language: z.string(),
    sources: z.array(Source).min(1).readonly(),
    status: z.enum(STATUSES),
    confidence: z.enum(['certain', 'probable', 'uncertain']),
    /** Where the sources disagree, in plain words. */
    conflicts: z.array(z.string()).readonly().exactOptional(),
    links: z.array(Link).readonly(),
    /** What other sources say; never merged into the record. */
    corroboration: z
      .array(z.strictObject({ ref: z.string(), says: z.string() }).readonly())
      .readonly()
      .exactOptional(),
    review: Review.exactOptional(),
  })
  .readonly();
export type Announcement = z.infer<typeof Announcement>;

/** The content of announcements.json. */
export const AnnouncementsFile = z.strictObject({
  $schema: z.string().exactOptional(),
  schema_version: z.literal('1'),
  licence: z.string(),
  announcements: z.array(Announcement).readonly(),
});
