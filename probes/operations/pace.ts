/**
 * The pace of a download: bytes per second between its first and its last byte, and its longest silence.
 * Looked at below TLS, where a byte counts when it comes: of a slow record of 16 KB nothing is decrypted for seconds.
 */
import type { Clock } from '../clock.ts';
import type { HttpValue } from '../types.ts';

/** Watches a download. */
export type Pace = {
  /** Looks at the bytes so far; called for every part of the body and on a timer of its own. */
  readonly look: () => void;
  /** Ends the timer. When the download was cut off by its time, the silence up to now counts too. */
  readonly end: (isCutOff: boolean) => void;
  readonly conclude: () => Pick<HttpValue, 'goodputBytesPerSecond' | 'longestSilenceMs'>;
};

/**
 * Fewer bytes give no rate, unless no more came in the whole time allowed: a small page comes in one piece, or waits
 * for its server in the middle. About the first window of TCP (RFC 6928).
 */
const MIN_PACED_BYTES = 16_384;

/** How often the bytes are looked at between the parts of a body. */
const LOOK_EVERY_MS = 50;

/** Shorter spans are below what the event loop resolves. */
const MIN_SPAN_MS = 1;

const MS_PER_SECOND = 1000;

/** Begins to watch; `bytesIn` counts the bytes on the wire since the request was sent. */
export function createPace(bytesIn: () => number, clock: Clock): Pace {
  let first: { readonly bytes: number; readonly atMs: number } | undefined;
  let last = { bytes: 0, atMs: 0 };
  let longestSilenceMs = 0;
  let isUnfinished = false;
  const note = (atMs: number): void => {
    longestSilenceMs = Math.max(longestSilenceMs, atMs - last.atMs);
  };
  const look = (): void => {
    const bytes = bytesIn();
    if (bytes <= last.bytes) return;
    const atMs = clock.monotonicMs();
    if (first) note(atMs);
    last = { bytes, atMs };
    first ??= last;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    look,
    end(isCutOff) {
      clearInterval(timer);
      look();
      isUnfinished = isCutOff;
      if (isCutOff && first) note(clock.monotonicMs());
    },
    conclude() {
      if (!first) return {};
      const silence = { longestSilenceMs: Math.round(longestSilenceMs) };
      if (last.bytes < MIN_PACED_BYTES && !isUnfinished) return silence;
      // What came with the first byte took no time that was measured, unless that was all.
      const bytes = last.bytes - first.bytes || last.bytes;
      const seconds = Math.max(MIN_SPAN_MS, last.atMs - first.atMs) / MS_PER_SECOND;
      return { ...silence, goodputBytesPerSecond: Math.round(bytes / seconds) };
    },
  };
}
