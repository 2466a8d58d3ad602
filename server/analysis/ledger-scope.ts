/** Which announcements the ledger is about, and what each of them says is to happen: to which service, where, of which functions. */
import type { Announcement } from '../../config/announcement.ts';
import type { LedgerPhase, SkipReason, StatedInterval } from '../../db/ledger-types.ts';
import type { FunctionId } from '../../probes/types.ts';
import { FUNCTIONS } from '../../probes/types.ts';
import type { LedgerInput } from './ledger-input.ts';
import { type AnnouncedTimes, readTimes } from './time-points.ts';
import type { Part } from './types.ts';

/** One announcement for one service in one country. */
export type Measure = AnnouncedTimes & {
  readonly announcement: Announcement;
  readonly phase: LedgerPhase;
  readonly service: string;
  readonly countryCode: string;
  readonly isPartOfCountry: boolean;
  /** Announced functions; empty for the whole service. */
  readonly functions: readonly FunctionId[];
  /** `all`: it is there once every function that counts is restricted; `any`: with the first. */
  readonly reach: 'all' | 'any';
  readonly referenceKind: 'announced' | 'effective' | 'lifted';
  readonly reference: StatedInterval;
  /** The announcement's own time, or the reference where that is not stated. */
  readonly known: StatedInterval;
};

type AnnouncedFunction = NonNullable<Announcement['functions_in_scope']>[number];

/** Announced functions as we measure them; advertising is sold to businesses and measured by nobody here. */
const MEASURED_FUNCTION: Readonly<Record<AnnouncedFunction, FunctionId | undefined>> = {
  voice_call: 'calls',
  video_call: 'calls',
  messaging: 'messages',
  media: 'media',
  registration: 'registration',
  web: 'web',
  app: 'app',
  advertising: undefined,
};

const PUBLIC_STATUSES: readonly string[] = ['reviewed', 'published', 'disputed'];

/** True for records that a person has accepted and nobody has withdrawn or replaced. */
export function isInForce({ status }: Announcement): boolean {
  return PUBLIC_STATUSES.includes(status);
}

/** True for acts that change access: orders, restrictions, their end, exemptions, and rulings that ban an activity. */
export function changesAccess({ action_kind: action, measure_kind: measure }: Announcement) {
  if (action === 'ruling') return measure === 'activity_ban';
  return ['block_order', 'restriction', 'lift', 'exemption'].includes(action);
}

/** Country codes that an announcement is about; a part of a country counts as the country. */
export function listCountries({ regions, actor }: Announcement): string[] {
  if (regions.kind === 'not_applicable') return [];
  const codes = regions.codes.map((code) => code.slice(0, 2));
  if (codes.length === 0 && typeof actor.country === 'string') return [actor.country];
  return [...new Set(codes)];
}

function listExempt({ services_exempt: exempt }: Announcement): string[] {
  return exempt.map(({ service }) => service);
}

/** Measured services that an announcement names; a measure against the company is one against each of them. */
export function listNamedServices(announcement: Announcement, measured: readonly string[]) {
  const named: readonly string[] = announcement.services_in_scope;
  return measured.filter((id) => named.includes(id) || named.includes('meta_company'));
}

function listServices(
  announcement: Announcement,
  phase: LedgerPhase,
  measured: readonly string[],
): string[] {
  const exempt = listExempt(announcement);
  const named = listNamedServices(announcement, measured);
  if (phase !== 'exemption') return named.filter((id) => !exempt.includes(id));
  const isExemption = announcement.action_kind === 'exemption';
  return measured.filter((id) => exempt.includes(id) || (isExemption && named.includes(id)));
}

function listPhases(announcement: Announcement, times: AnnouncedTimes): LedgerPhase[] {
  if (announcement.action_kind === 'exemption') return ['exemption'];
  if (announcement.action_kind === 'lift') return ['lift'];
  return [
    'restriction',
    ...(times.lifted === undefined ? [] : (['lift'] as const)),
    ...(announcement.services_exempt.length === 0 ? [] : (['exemption'] as const)),
  ];
}

function readReach(announcement: Announcement, phase: LedgerPhase): Measure['reach'] {
  const { action_kind: action, measure_kind: measure } = announcement;
  if (phase !== 'restriction') return 'any';
  if (measure === 'full_block' || measure === 'activity_ban') return 'all';
  return action === 'block_order' && typeof measure !== 'string' ? 'all' : 'any';
}

/** The time that outcomes count from: that of effect where a source states it, else that of the announcement. */
function chooseReference(
  times: AnnouncedTimes,
  announcement: Announcement,
  phase: LedgerPhase,
): Pick<Measure, 'referenceKind' | 'reference'> | undefined {
  const { announced, effective, lifted } = times;
  if (phase === 'lift' && announcement.action_kind !== 'lift')
    return lifted && { referenceKind: 'lifted', reference: lifted };
  if (effective !== undefined) return { referenceKind: 'effective', reference: effective };
  return announced && { referenceKind: 'announced', reference: announced };
}

function readFunctions({ functions_in_scope: announced = [] }: Announcement): FunctionId[] {
  const measured = announced.map((one) => MEASURED_FUNCTION[one]);
  return FUNCTIONS.filter((one) => measured.includes(one));
}

/** What an announcement says is to happen, or why nothing of it can be looked at. */
export function listMeasures(
  announcement: Announcement,
  services: LedgerInput['services'],
): Measure[] | SkipReason {
  const times = readTimes(announcement);
  const countries = listCountries(announcement);
  const functions = readFunctions(announcement);
  if (countries.length === 0) return 'no_country';
  if ((announcement.functions_in_scope ?? []).length > 0 && functions.length === 0)
    return 'no_measured_function';
  const measured = services.map(({ id }) => id);
  let hasService = false;
  const measures = listPhases(announcement, times).flatMap((phase) => {
    const named = listServices(announcement, phase, measured);
    hasService ||= named.length > 0;
    const chosen = chooseReference(times, announcement, phase);
    if (chosen === undefined) return [];
    return countries.flatMap((countryCode) =>
      named.map(
        (service): Measure => ({
          ...times,
          ...chosen,
          announcement,
          phase,
          service,
          countryCode,
          isPartOfCountry: announcement.regions.kind === 'subnational',
          // An exemption spares the whole service, whatever functions the measure beside it names.
          functions: phase === 'exemption' ? [] : functions,
          reach: readReach(announcement, phase),
          known: (phase === 'lift' ? undefined : times.announced) ?? chosen.reference,
        }),
      ),
    );
  });
  if (measures.length > 0) return measures;
  return hasService ? 'no_time' : 'no_measured_service';
}

/** True when a measure is about a function: the one it names, or any of a service that it names as a whole. */
export function concernsPart(
  { functions }: { readonly functions: readonly Part[] },
  part: Part,
): boolean {
  return functions.length === 0 || functions.includes(part);
}
