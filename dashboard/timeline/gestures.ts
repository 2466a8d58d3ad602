/**
 * Fingers and wheels: one finger sideways moves the range, two fingers zoom, a wheel with Ctrl (which is also how
 * touchpads report a pinch) zooms at the pointer. Up and down stay with the page, so that it still scrolls.
 */
import { moveView, type View, zoomView } from './view.ts';

type GestureTarget = {
  readonly over: HTMLElement;
  readonly view: () => View;
  /** Called while it goes on; the range on screen follows. */
  readonly onMove: (view: View) => void;
  /** Called once when the fingers are gone. */
  readonly onEnd: () => void;
};

/** A finger that has moved less sideways is a tap or a scroll. */
const PAN_MIN_PX = 8;
/** Wheels report in pixels; this many halve or double the range. */
const WHEEL_DOUBLE_PX = 300;
const WHEEL_END_MS = 200;

type Finger = { readonly startX: number; x: number };
type Start = { readonly view: View; readonly middlePx: number; readonly spreadPx: number };

/** Where the fingers are: middle and distance, at least a little apart so that a ratio is finite. */
function measure(fingers: Iterable<Finger>): { middlePx: number; spreadPx: number } {
  const xs = [...fingers].map(({ x }) => x);
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  return { middlePx: (left + right) / 2, spreadPx: Math.max(20, right - left) };
}

function watchFingers({ over, view, onMove, onEnd }: GestureTarget, signal: AbortSignal): void {
  const fingers = new Map<number, Finger>();
  let start: Start | undefined;
  let hasMoved = false;
  const begin = (): void => {
    start = fingers.size > 0 ? { view: view(), ...measure(fingers.values()) } : undefined;
  };
  const lift = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId)) return;
    begin();
    if (fingers.size > 0 || !hasMoved) return;
    hasMoved = false;
    onEnd();
  };
  over.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType !== 'touch') return;
      fingers.set(event.pointerId, { startX: event.clientX, x: event.clientX });
      begin();
    },
    { signal },
  );
  over.addEventListener(
    'pointermove',
    (event) => {
      const finger = fingers.get(event.pointerId);
      if (!finger || !start) return;
      finger.x = event.clientX;
      if (fingers.size === 1 && Math.abs(finger.x - finger.startX) < PAN_MIN_PX && !hasMoved)
        return;
      hasMoved = true;
      const now = measure(fingers.values());
      const box = over.getBoundingClientRect();
      const moved = moveView(start.view, (start.middlePx - now.middlePx) / box.width);
      const share = (now.middlePx - box.left) / box.width;
      const aroundMs = moved.fromMs + share * (moved.toMs - moved.fromMs);
      onMove(fingers.size > 1 ? zoomView(moved, start.spreadPx / now.spreadPx, aroundMs) : moved);
    },
    { signal },
  );
  over.addEventListener('pointerup', lift, { signal });
  over.addEventListener('pointercancel', lift, { signal });
}

function watchWheel({ over, view, onMove, onEnd }: GestureTarget, signal: AbortSignal): void {
  let endTimer: ReturnType<typeof setTimeout> | undefined;
  over.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      const { fromMs, toMs } = view();
      const aroundMs = fromMs + ((event.clientX - box.left) / box.width) * (toMs - fromMs);
      onMove(zoomView(view(), 2 ** (event.deltaY / WHEEL_DOUBLE_PX), aroundMs));
      clearTimeout(endTimer);
      endTimer = setTimeout(onEnd, WHEEL_END_MS);
    },
    { passive: false, signal },
  );
}

/** Listens to fingers and wheel on the plot until the signal aborts. */
export function watchGestures(target: GestureTarget, signal: AbortSignal): void {
  watchFingers(target, signal);
  watchWheel(target, signal);
}
