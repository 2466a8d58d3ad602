/** How many networks were measured when something happened: restricted on two of four says more than on two. */
import type { AlertEvent } from '../../db/alert-types.ts';
import type { Store } from '../../db/store.ts';

/** How far back a network may have been measured last. */
export type MeasuredWindow = { readonly intervalMs: number; readonly gapRounds: number };

/** Says nothing of a service, like no data. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['no_data', 'insufficient']);

/**
 * Adds to an event of an incident how many networks of its country told something of its service at that time; the same
 * as for the severity of incidents, a network counts for some rounds after its last one. Others stay as they are. Vantages
 * that publish late are left out: that they measured is not public yet.
 */
export function addMeasured(
  event: AlertEvent,
  store: Pick<Store, 'listLanes'>,
  { intervalMs, gapRounds }: MeasuredWindow,
): AlertEvent {
  const { subject, services, countryCodes, facts, atMs } = event;
  if (subject.kind !== 'incident' || facts.restricted === undefined) return event;
  const lanes = store.listLanes({
    services,
    countryCodes,
    fromMs: atMs - gapRounds * intervalMs,
    toMs: atMs + 1,
  });
  const measured = new Set(facts.networks?.map(({ asn }) => asn));
  for (const { vantage, spans } of lanes) {
    const { role, asn, publishDelayMinutes = 0 } = vantage;
    if (role !== 'vantage' || publishDelayMinutes > 0) continue;
    if (spans.some(({ state }) => !SAYS_NOTHING.has(state))) measured.add(asn);
  }
  return { ...event, facts: { ...facts, measured: measured.size } };
}
