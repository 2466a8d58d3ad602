/** When the demo measures: densely where something happens, not at all in between, so that gaps stay gaps. */

/** One slot of the demo; `slotMs` is a multiple of `intervalMs`. */
export type DemoSlot = { readonly slotMs: number; readonly intervalMs: number };

type Phase = { readonly from: string; readonly until: string; readonly everyHours: number };

const HOUR_MS = 3_600_000;

/** Days are UTC, `until` is exclusive; phases touch or leave a gap, and never overlap. */
const PHASES: readonly Phase[] = [
  { from: '2022-02-22', until: '2022-03-04', everyHours: 6 },
  { from: '2022-03-04', until: '2022-03-06', everyHours: 3 },
  { from: '2022-03-06', until: '2022-03-13', everyHours: 6 },
  { from: '2022-03-13', until: '2022-03-16', everyHours: 2 },
  { from: '2022-03-16', until: '2022-04-02', everyHours: 12 },
  { from: '2025-08-11', until: '2025-08-17', everyHours: 12 },
  { from: '2025-10-19', until: '2025-10-25', everyHours: 12 },
  { from: '2025-12-20', until: '2025-12-25', everyHours: 12 },
  { from: '2026-02-09', until: '2026-02-15', everyHours: 12 },
];

/** Lists the slots of the demo in order of time. */
export const listDemoSlots = (): DemoSlot[] => PHASES.flatMap(slotsOf);

function slotsOf({ from, until, everyHours }: Phase): DemoSlot[] {
  const intervalMs = everyHours * HOUR_MS;
  const untilMs = Date.parse(`${until}T00:00:00Z`);
  const slots: DemoSlot[] = [];
  for (let slotMs = Date.parse(`${from}T00:00:00Z`); slotMs < untilMs; slotMs += intervalMs) {
    slots.push({ slotMs, intervalMs });
  }
  return slots;
}
