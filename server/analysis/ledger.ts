/**
 * The ledger: what was announced against what was measured, per announcement, service and network, with the lag as a
 * signed interval. A pure function of announcements, episodes and the times that were measured: the same input gives
 * the same ledger, in whatever order it comes.
 *
 * The words of the outcomes stand with their meaning at LEDGER_OUTCOMES. Two decisions need a reason:
 * - An onset belongs to every announcement in whose window it falls, but what was there before a later announcement
 *   because of an earlier one is `already_restricted`, not `before_announcement`: the ruling of 21 March 2022 found
 *   Facebook and Instagram blocked for a week and more, which is no sign that networks knew of it.
 * - An outcome says no more than the interval allows; where the measurements leave two open it is `time_uncertain`.
 */
import type {
  LedgerContent,
  LedgerGroup,
  LedgerPart,
  StatedInterval,
} from '../../db/ledger-types.ts';
import { findCoverage, listVantageViews, type VantageView } from './ledger-coverage.ts';
import { dropRedundant } from './ledger-effect.ts';
import type { LedgerInput } from './ledger-input.ts';
import { type Claims, decideOutcome } from './ledger-outcome.ts';
import { changesAccess, isInForce, listMeasures, type Measure } from './ledger-scope.ts';
import { joinVantages, summarise } from './ledger-summary.ts';
import { listUnannounced, type PlacedMeasure } from './ledger-unannounced.ts';
import { findWindow } from './ledger-window.ts';
import type { Episode } from './types.ts';

type Build = {
  readonly input: LedgerInput;
  /** End of the newest stretch that was measured, anywhere. */
  readonly newestMs: number;
  readonly claims: Claims;
  /** By vantage and service, without those that say nothing of their own. */
  readonly episodes: ReadonlyMap<string, readonly Episode[]>;
};

const laneGroup = (one: { readonly vantageId: string; readonly service: string }): string =>
  `${one.vantageId} ${one.service}`;

function listRequired(
  { services }: LedgerInput,
  { service }: Measure,
  view: VantageView,
): LedgerPart[] {
  const required = services.find(({ id }) => id === service)?.requiredFunctions ?? [];
  return required.filter((id) =>
    view.parts.some((part) => part.function === id && part.ranges.length > 0),
  );
}

function buildRows({ measure, window }: PlacedMeasure, build: Build): LedgerGroup['rows'] {
  const { input, newestMs, claims } = build;
  const { graceMs } = input.rules;
  const outcomes = listVantageViews(input.measured, measure).map((view) => ({
    view,
    outcome: decideOutcome({
      measure,
      window,
      claims,
      graceMs,
      episodes:
        build.episodes.get(laneGroup({ vantageId: view.vantageId, service: measure.service })) ??
        [],
      requiredParts: listRequired(input, measure, view),
      coverage: findCoverage(view, measure, window, { graceMs, newestMs }),
    }),
  }));
  return joinVantages(outcomes, measure.phase);
}

function toTimes(measure: Measure): Pick<LedgerGroup, 'announced' | 'effective' | 'lifted'> {
  const keep = (key: 'announced' | 'effective' | 'lifted'): Record<string, StatedInterval> =>
    measure[key] === undefined ? {} : { [key]: measure[key] };
  return { ...keep('announced'), ...keep('effective'), ...keep('lifted') };
}

function buildGroup(placed: PlacedMeasure, build: Build): LedgerGroup {
  const { measure, window } = placed;
  const { announcement, referenceKind } = measure;
  const rows = buildRows(placed, build);
  return {
    announcementId: announcement.id,
    title: announcement.title,
    actor: announcement.actor.name,
    phase: measure.phase,
    service: measure.service,
    countryCode: measure.countryCode,
    isPartOfCountry: measure.isPartOfCountry,
    functions: measure.functions,
    ...toTimes(measure),
    reference: referenceKind,
    window,
    summary: summarise(rows, referenceKind),
    rows,
  };
}

const PHASE_ORDER = ['restriction', 'lift', 'exemption'] as const;

/** Earlier announcements first, since they explain what later ones find. */
function compareMeasures(a: Measure, b: Measure): number {
  return (
    a.known.earliestMs - b.known.earliestMs ||
    a.reference.earliestMs - b.reference.earliestMs ||
    a.announcement.id.localeCompare(b.announcement.id) ||
    a.service.localeCompare(b.service) ||
    a.countryCode.localeCompare(b.countryCode) ||
    PHASE_ORDER.indexOf(a.phase) - PHASE_ORDER.indexOf(b.phase)
  );
}

/** Newest announcement first; within one by service, country and phase. */
function compareGroups(a: LedgerGroup, b: LedgerGroup): number {
  const timeOf = ({ announced, window }: LedgerGroup) => announced?.earliestMs ?? window.fromMs;
  return (
    timeOf(b) - timeOf(a) ||
    a.announcementId.localeCompare(b.announcementId) ||
    a.service.localeCompare(b.service) ||
    a.countryCode.localeCompare(b.countryCode) ||
    PHASE_ORDER.indexOf(a.phase) - PHASE_ORDER.indexOf(b.phase)
  );
}

/** Builds the ledger. Records that are not for the public, and acts that do not change access, are left out. */
export function buildLedger(input: LedgerInput): LedgerContent {
  const skipped: LedgerContent['skipped'][number][] = [];
  const measures: Measure[] = [];
  for (const announcement of input.announcements) {
    if (!isInForce(announcement) || !changesAccess(announcement)) continue;
    const found = listMeasures(announcement, input.services);
    if (typeof found === 'string') skipped.push({ announcementId: announcement.id, reason: found });
    else measures.push(...found);
  }
  measures.sort(compareMeasures);
  const placed = measures.map((measure) => ({
    measure,
    window: findWindow(measure, measures, input.rules),
  }));
  const ends = input.measured.flatMap(({ ranges }) => ranges.map(({ untilMs }) => untilMs));
  const newestMs = ends.reduce((newest, endMs) => Math.max(newest, endMs), 0);
  const episodes = new Map(
    [...Map.groupBy(input.episodes, laneGroup)].map(
      ([key, own]) => [key, dropRedundant(own)] as const,
    ),
  );
  const build: Build = { input, newestMs, claims: new Map(), episodes };
  return {
    schemaVersion: 1,
    rules: input.rules,
    groups: placed.map((one) => buildGroup(one, build)).toSorted(compareGroups),
    unannounced: listUnannounced(input, placed),
    skipped: skipped.toSorted((a, b) => a.announcementId.localeCompare(b.announcementId)),
  };
}
