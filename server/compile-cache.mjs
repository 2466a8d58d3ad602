/** Where compiled code is kept: with the packages, since both are made anew from what the repository holds. */
import { fileURLToPath } from 'node:url';

export const COMPILE_CACHE = fileURLToPath(
  new URL('../node_modules/.cache/reachline', import.meta.url),
);
