/** Keys on the timeline: what each does to cursor, range and focus, and what is said of it. */

import type { Names } from '../lane-names.ts';
import { type KeyAction, laneOf, toKeyAction } from './labels.ts';
import { focusMark } from './marks.ts';
import type { Panel } from './panel.ts';
import { speakRun, speakSample } from './run-words.ts';
import { runIndexAt, runsOf } from './runs.ts';
import { type Step, stepChange, stepSample } from './steps.ts';

/** Waits for the reader to stop before the live region speaks. */
const SPEAK_AFTER_MS = 250;

/** Listens to keys inside `root` until the signal aborts. */
export function watchKeyboard(
  root: HTMLElement,
  panel: Panel,
  names: Names,
  intervalMs: number,
  signal: AbortSignal,
): void {
  let speakTimer: ReturnType<typeof setTimeout> | undefined;
  const speak = (index: number, atMs: number, isSample: boolean): void => {
    clearTimeout(speakTimer);
    speakTimer = setTimeout(() => {
      const row = panel.layout.rows[index]?.row;
      if (!row) return;
      const runs = runsOf(row);
      const at = runIndexAt(runs, atMs);
      const run = runs[at];
      panel.say(isSample && run ? speakSample(row, run, atMs, names) : speakRun(row, at, names));
    }, SPEAK_AFTER_MS);
  };
  const walk = (index: number) => {
    const row = panel.layout.rows[index]?.row;
    const { fromMs, toMs } = panel.view;
    return { runs: row ? runsOf(row) : [], fromMs, toMs: Math.min(toMs, panel.loadedToMs) };
  };
  const step = (action: KeyAction, index: number): void => {
    const atMs = panel.cursorMs;
    if (action === 'up' || action === 'down') panel.focusRow(index + (action === 'up' ? -1 : 1));
    else if (action === 'open') panel.open({ laneIndex: index, atMs });
    else if (action === 'previousSample' || action === 'nextSample') {
      const direction = action === 'nextSample' ? 1 : -1;
      const next = stepSample(walk(index), atMs, direction, intervalMs);
      panel.moveTo(index, next);
      speak(index, next, true);
    } else {
      const next = stepChange(walk(index), atMs, action as Step);
      if (next === undefined) return;
      panel.moveTo(index, next);
      speak(index, next, false);
    }
  };
  root.addEventListener(
    'keydown',
    (event) => {
      const action = toKeyAction(event);
      const isMark = panel.marks.contains(document.activeElement);
      const index = laneOf(event.target);
      if (!action || (index === undefined && !isMark)) return;
      if (action === 'nextAnnouncement' || action === 'previousAnnouncement')
        focusMark(panel.marks, action === 'nextAnnouncement' ? 1 : -1);
      else if (action === 'zoomIn' || action === 'zoomOut') panel.act(action);
      else if (action === 'table') panel.openTable();
      else if (index === undefined)
        return; // on an announcement, Enter and arrows belong to the browser
      else step(action, index);
      event.preventDefault();
    },
    { signal },
  );
  root.addEventListener(
    'focusin',
    (event) => {
      const index = laneOf(event.target);
      if (index !== undefined) speak(index, panel.cursorMs, false);
    },
    { signal },
  );
  signal.addEventListener('abort', () => clearTimeout(speakTimer));
}
