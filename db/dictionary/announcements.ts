/** Announcements: one row per record, in its newest revision. */
import type { Announcement } from '../../config/announcement.ts';
import type { Column, Resource } from './column.ts';
import { time } from './recurring.ts';

/** How exactly a source states a time. */
const PRECISION_MEANINGS = {
  minute: 'To the minute.',
  hour: 'To the hour.',
  day: 'To the day.',
  week: 'To the week.',
  month: 'To the month.',
  year: 'To the year.',
  bounded: 'Between two instants.',
  unknown: 'Not at all.',
} as const satisfies Record<Announcement['announced_at']['precision'], string>;

const ACTOR_KIND_MEANINGS = {
  regulator: 'A regulator of communications.',
  prosecutor: 'A prosecutor.',
  investigator: 'An investigating authority.',
  court: 'A court.',
  legislature: 'A parliament.',
  head_of_state: 'A head of state.',
  government: 'A government or ministry.',
  platform: 'The platform itself.',
  embassy: 'An embassy.',
  supranational: 'A body of several states.',
  operator: 'A network operator.',
  media_report: 'A report, where the actor did not publish it.',
  unspecified: 'Not said.',
} as const satisfies Record<Announcement['actor']['kind'], string>;

const ACTION_MEANINGS = {
  request: 'A request to the platform.',
  announcement: 'An announcement of a measure.',
  block_order: 'An order to block.',
  restriction: 'A restriction put in force.',
  designation: 'A legal status, such as extremist.',
  lift: 'The end of a restriction.',
  exemption: 'A service that is spared.',
  policy_change: 'A change of rules of the platform.',
  criminal_case: 'A criminal case.',
  ruling: 'A ruling of a court.',
  legislation: 'A law or a bill.',
  warning: 'A warning.',
  statement: 'A statement without a measure.',
} as const satisfies Record<Announcement['action_kind'], string>;

const MEASURE_MEANINGS = {
  full_block: 'The whole service is to be blocked.',
  partial_restriction: 'Part of it is to be restricted.',
  throttling: 'It is to be slowed.',
  function_block: 'Some functions are to be blocked.',
  dns_removal: 'Its names are to be taken out of the national DNS.',
  activity_ban: 'The activity of its owner is banned.',
  listing: 'It is entered in a register.',
  content_rule: 'A rule about content.',
} as const satisfies Record<NonNullable<Announcement['measure_kind']>, string>;

const SERVICE_MEANINGS = {
  facebook: 'Facebook.',
  instagram: 'Instagram.',
  whatsapp: 'WhatsApp.',
  messenger: 'Messenger.',
  meta_company: 'The company Meta.',
  other: 'Another service.',
} as const satisfies Record<Announcement['services_in_scope'][number], string>;

const SCOPE_MEANINGS = {
  voice_call: 'Voice calls.',
  video_call: 'Video calls.',
  messaging: 'Messages.',
  media: 'Pictures, video and files.',
  registration: 'Signing up.',
  web: 'The website.',
  app: 'The apps.',
  advertising: 'Advertising.',
} as const satisfies Record<NonNullable<Announcement['functions_in_scope']>[number], string>;

const REGION_MEANINGS = {
  nationwide: 'The whole country.',
  listed: 'The regions that are listed.',
  at_least: 'The regions that are listed, and perhaps more.',
  subnational: 'Part of the country that is not told more exactly.',
  not_applicable: 'It is not about a place.',
  unknown: 'Not known.',
} as const satisfies Record<Announcement['regions']['kind'], string>;

const STATUS_MEANINGS = {
  draft: 'Not yet complete.',
  needs_review: 'Waits for a second person.',
  reviewed: 'Checked by a second person.',
  published: 'Checked and given out.',
  disputed: 'Sources contradict each other.',
  superseded: 'Another record took its place.',
  retracted: 'It was wrong.',
} as const satisfies Record<Announcement['status'], string>;

const CERTAINTY_MEANINGS = {
  certain: 'A primary source says so.',
  probable: 'Good sources say so.',
  uncertain: 'Sources are few or contradict each other.',
} as const satisfies Record<Announcement['confidence'], string>;

/** The columns of one stated time. */
function stated<const P extends 'announced' | 'effective' | 'lifted'>(prefix: P, what: string) {
  return [
    time(
      `${prefix}_earliest`,
      `${what}, earliest`,
      `${what}: first instant that the source allows.`,
      'fact',
      true,
    ),
    time(
      `${prefix}_latest`,
      `${what}, latest`,
      `${what}: last instant that the source allows.`,
      'fact',
      true,
    ),
    {
      name: `${prefix}_precision`,
      title: `${what}, precision`,
      description: `How exactly the source states it.`,
      type: 'string',
      group: 'fact',
      isNullable: true,
      values: PRECISION_MEANINGS,
    },
    {
      name: `${prefix}_zone`,
      title: `${what}, time zone`,
      description: 'IANA zone that the source counts in.',
      type: 'string',
      group: 'fact',
      isNullable: true,
      example: 'Europe/Moscow',
    },
  ] as const;
}

/** Columns of the times of an announcement; the ledger has the same. */
export const STATED_COLUMNS = [
  ...stated('announced', 'Announced'),
  ...stated('effective', 'Takes effect'),
  ...stated('lifted', 'Lifted'),
] as const;

/** Who is behind an announcement; the ledger has the same. */
export const ACTOR = {
  name: 'actor',
  title: 'Actor',
  description: 'Who said or did it.',
  type: 'string',
  group: 'fact',
  isNullable: false,
  isForeign: true,
} as const satisfies Column;

export const ANNOUNCEMENTS = {
  name: 'announcements',
  title: 'Announcements',
  description:
    'Dated statements and acts of authorities and platforms, one row per record in its newest revision; the JSON of the API has quotations, links and history as well.',
  primaryKey: ['id'],
  columns: [
    {
      name: 'id',
      title: 'Announcement',
      description: 'Stable id of the record.',
      type: 'string',
      group: 'key',
      isNullable: false,
    },
    {
      name: 'title',
      title: 'Title',
      description: 'In our own words.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      isForeign: true,
    },
    {
      name: 'summary',
      title: 'Summary',
      description: 'In our own words.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      isForeign: true,
    },
    {
      name: 'language',
      title: 'Language',
      description: 'BCP 47 tag of title and summary.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      example: 'en',
    },
    ACTOR,
    {
      name: 'actor_kind',
      title: 'Kind of actor',
      description: 'What the actor is.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      values: ACTOR_KIND_MEANINGS,
    },
    {
      name: 'actor_country',
      title: 'Country of the actor',
      description: 'ISO 3166-1 alpha-2 code.',
      type: 'string',
      group: 'fact',
      isNullable: true,
      example: 'RU',
    },
    {
      name: 'action_kind',
      title: 'Kind of act',
      description: 'What was said or done.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      values: ACTION_MEANINGS,
    },
    {
      name: 'measure_kind',
      title: 'Kind of measure',
      description: 'What is to happen to the service.',
      type: 'string',
      group: 'fact',
      isNullable: true,
      values: MEASURE_MEANINGS,
    },
    {
      name: 'services',
      title: 'Services',
      description: 'What it is about.',
      type: 'list',
      group: 'fact',
      isNullable: false,
      values: SERVICE_MEANINGS,
    },
    {
      name: 'functions',
      title: 'Functions',
      description: 'Parts of the services that it names; empty for the whole.',
      type: 'list',
      group: 'fact',
      isNullable: false,
      values: SCOPE_MEANINGS,
    },
    {
      name: 'region_kind',
      title: 'Kind of region',
      description: 'How the place is told.',
      type: 'string',
      group: 'fact',
      isNullable: false,
      values: REGION_MEANINGS,
    },
    {
      name: 'regions',
      title: 'Regions',
      description: 'ISO 3166 codes of countries and regions.',
      type: 'list',
      group: 'fact',
      isNullable: false,
    },
    ...STATED_COLUMNS,
    {
      name: 'status',
      title: 'Status',
      description: 'State of the record.',
      type: 'string',
      group: 'verdict',
      isNullable: false,
      values: STATUS_MEANINGS,
    },
    {
      name: 'certainty',
      title: 'Certainty',
      description: 'How sure the record is.',
      type: 'string',
      group: 'verdict',
      isNullable: false,
      values: CERTAINTY_MEANINGS,
    },
    {
      name: 'sources',
      title: 'Sources',
      description: 'Addresses and names of what it rests on.',
      type: 'list',
      group: 'source',
      isNullable: false,
    },
    {
      name: 'revision',
      title: 'Revision',
      description: 'How often the record was changed, from 1.',
      type: 'integer',
      group: 'source',
      isNullable: false,
      example: 1,
    },
  ],
} as const satisfies Resource;
