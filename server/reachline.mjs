#!/usr/bin/env node
/**
 * Entry of the command line. Plain JavaScript, because the cache of compiled code must be on before the first
 * TypeScript file is loaded: it halves the time and saves the 30 MB of memory that stripping types takes.
 */
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from './compile-cache.mjs';

enableCompileCache(COMPILE_CACHE);
const { runCommandLine } = await import('./cli.ts');
await runCommandLine();
