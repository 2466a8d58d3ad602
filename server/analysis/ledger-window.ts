/**
 * How long what is measured is held to belong to an announcement: from some days before it to some weeks after it takes
 * effect, but not into the next stage. WhatsApp went from calls over regions to slowing and removal from the national
 * DNS; each stage is its own announcement, and the one before ends where the next begins.
 */
import type { LedgerRules } from '../../db/ledger-types.ts';
import type { Measure } from './ledger-scope.ts';

/** Onsets first seen after `fromMs` and by `untilMs`. */
export type Window = { readonly fromMs: number; readonly untilMs?: number };

const NEXT_STAGE: readonly string[] = ['escalates', 'supersedes', 'narrows'];

function isSamePlace(a: Measure, b: Measure): boolean {
  return a.service === b.service && a.countryCode === b.countryCode;
}

/** True when `next` takes over from `measure`: a later stage that names it, or its end. */
function takesOver(next: Measure, measure: Measure): boolean {
  if (next === measure || !isSamePlace(next, measure)) return false;
  if (next.announcement.id === measure.announcement.id) return next.phase === 'lift';
  const rels = next.announcement.links
    .filter(({ id }) => id === measure.announcement.id)
    .map(({ rel }) => rel as string);
  if (next.phase === 'lift') return rels.length > 0;
  return next.phase === 'restriction' && rels.some((rel) => NEXT_STAGE.includes(rel));
}

/** The window of a measure among all others. */
export function findWindow(
  measure: Measure,
  all: readonly Measure[],
  { leadMs, followMs }: LedgerRules,
): Window {
  const { known, reference, phase } = measure;
  if (phase === 'exemption') {
    const ends = all
      .filter((other) => other.phase === 'restriction' && isSamePlace(other, measure))
      .map((other) => other.known.earliestMs)
      .filter((startMs) => startMs > reference.latestMs);
    const fromMs = reference.earliestMs;
    return ends.length === 0 ? { fromMs } : { fromMs, untilMs: Math.min(...ends) };
  }
  const fromMs = Math.min(known.earliestMs, reference.earliestMs) - leadMs;
  const lastMs = Math.max(known.latestMs, reference.latestMs) + followMs;
  const cuts = all
    .filter((other) => takesOver(other, measure))
    .map((other) => other.known.earliestMs)
    .filter((startMs) => startMs > known.earliestMs);
  return { fromMs, untilMs: Math.min(lastMs, ...cuts) };
}
