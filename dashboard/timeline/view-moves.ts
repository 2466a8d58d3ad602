/** Views on their way to the screen: at once, or while fingers are down with every frame. */
import type { View } from './view.ts';

/** Shows views in turn; the one that a gesture has come to waits for the next frame. */
export class ViewMoves {
  readonly #show: (view: View, isDone: boolean) => void;
  #moving: View | undefined;
  #frame = 0;

  constructor(show: (view: View, isDone: boolean) => void) {
    this.#show = show;
  }

  /** Where a gesture has come to before it is drawn. */
  get moving(): View | undefined {
    return this.#moving;
  }

  move(view: View, isDone = true): void {
    this[Symbol.dispose]();
    if (isDone) {
      this.#show(view, true);
      return;
    }
    // Fingers and wheels report more often than a screen shows: the last report of a frame counts.
    this.#moving = view;
    this.#frame = requestAnimationFrame(() => {
      this.#moving = undefined;
      this.#show(view, false);
    });
  }

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#frame);
    this.#moving = undefined;
  }
}
