/** Times in answers: RFC 3339 in UTC, to the millisecond only where there are any. */

/** Writes epoch milliseconds as e.g. `2022-03-04T12:00:00Z`. */
export function toIso(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}
