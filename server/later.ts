/** Handlers whose code is loaded with the first request for it; what is loaded later stands in compile.mjs too. */
import type { Handler } from './contract.ts';

/** A handler that is loaded when it is asked for; the runtime keeps modules that it has loaded. */
export function later(load: () => Promise<Handler>): Handler {
  return async (handled, deps) => (await load())(handled, deps);
}
