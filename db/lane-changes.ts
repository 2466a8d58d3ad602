/**
 * Which months of which lanes were written to since this process opened the database. Kept in memory alone: there is
 * one writer at a time, and what was made of a month before the process started is made again after it.
 */

/** Tells the months of lanes apart by when they last changed. */
export class LaneChanges {
  #count = 0;
  /** Everything may have changed at this count. */
  #everything = 0;
  readonly #months = new Map<number, Map<number, number>>();

  /** Notes that the months of [fromMs, untilMs) may read differently now. */
  note(laneId: number, fromMs: number, untilMs: number): void {
    this.#count += 1;
    const months = this.#months.get(laneId) ?? new Map<number, number>();
    this.#months.set(laneId, months);
    const last = toMonth(Math.max(fromMs, untilMs - 1));
    for (let month = toMonth(fromMs); month <= last; month += 1) months.set(month, this.#count);
  }

  /** Notes that anything may read differently now. */
  noteAll(): void {
    this.#count += 1;
    this.#everything = this.#count;
    this.#months.clear();
  }

  /** Grows whenever the month that holds an instant may read differently. */
  version(laneId: number, atMs: number): number {
    return this.#months.get(laneId)?.get(toMonth(atMs)) ?? this.#everything;
  }
}

/** Months are numbered through the years. */
function toMonth(atMs: number): number {
  const date = new Date(atMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
