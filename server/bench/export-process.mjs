/** Entry of the process that measures one export: with the cache of compiled code on, as in a server. */
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../compile-cache.mjs';

enableCompileCache(COMPILE_CACHE);
await import('./export-process.ts');
