#!/usr/bin/env node
/**
 * Entry of the command line. Plain JavaScript, because the cache of compiled code must be on before the first
 * TypeScript file is loaded: it halves the time and saves 20 MB of the memory that stripping types takes.
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/reachline', import.meta.url)));
const { runCommandLine } = await import('./cli.ts');
await runCommandLine();
