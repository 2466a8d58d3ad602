/** A progress bar for long work: drawn over itself on a terminal, a line now and then where there is none. */

/** Writable end that knows whether it is a terminal. */
export type ProgressStream = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
};

export type Progress = {
  /** @param share from 0 to 1. */
  readonly update: (share: number, note?: string) => void;
  /** @param isWhole false when the work broke off: the bar then stays where it was. */
  readonly end: (note?: string, isWhole?: boolean) => void;
};

const BAR_WIDTH = 30;
/** Redraws per second at the most, so that drawing costs nothing. */
const MIN_REDRAW_MS = 100;
/** Without a terminal: a line whenever this share more is done. */
const PLAIN_STEP = 0.1;

/** Starts a progress bar named `label`. */
export function createProgress(stream: ProgressStream, label: string): Progress {
  const startedMs = performance.now();
  let drawnMs = Number.NEGATIVE_INFINITY;
  let plainShare = 0;
  let lastShare = 0;
  const line = (share: number, note: string): string => {
    const filled = Math.round(share * BAR_WIDTH);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    const text = `${label} ${bar} ${String(Math.round(share * 100)).padStart(3)} % ${seconds} s ${note}`;
    return text.slice(0, (stream.columns ?? 120) - 1);
  };
  return {
    update(share, note = '') {
      lastShare = share;
      if (stream.isTTY) {
        if (performance.now() - drawnMs < MIN_REDRAW_MS) return;
        drawnMs = performance.now();
        stream.write(`\r\u001b[K${line(share, note)}`);
      } else if (share - plainShare >= PLAIN_STEP) {
        plainShare = share;
        stream.write(`${line(share, note)}\n`);
      }
    },
    end(note = '', isWhole = true) {
      const text = line(isWhole ? 1 : lastShare, note);
      stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
    },
  };
}
