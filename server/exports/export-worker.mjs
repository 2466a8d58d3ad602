/**
 * Entry of the thread that writes an export. Plain JavaScript, because the cache of compiled code must be on in each
 * thread before it loads TypeScript: stripping types takes 30 MB and most of the time of a short export.
 */
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../compile-cache.mjs';

enableCompileCache(COMPILE_CACHE);
await import('./export-worker.ts');
