/** The latest measurements of control vantages, joined to others by service and nearness in time. */
import type { Measurement } from '../probes/types.ts';

export class ControlWindow {
  readonly #windowMs: number;
  /** The newest control measurement of each service and control vantage. */
  readonly #latest = new Map<string, Measurement>();

  /** @param windowMs how far apart a measurement and its control may lie. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes a control in, unless a newer one is there: those of agents may come late. */
  add(control: Measurement): void {
    const key = `${control.service} ${control.vantageId}`;
    const kept = this.#latest.get(key);
    if (!kept || kept.startedAtMs <= control.startedAtMs) this.#latest.set(key, control);
  }

  /** Controls of the same service inside the window; a control is none of its own. */
  find({ service, vantageId, startedAtMs }: Measurement): Measurement[] {
    return [...this.#latest.values()].filter(
      (control) =>
        control.service === service &&
        control.vantageId !== vantageId &&
        Math.abs(control.startedAtMs - startedAtMs) <= this.#windowMs,
    );
  }
}
