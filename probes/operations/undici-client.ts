/**
 * undici's Client alone. The package's main file also loads fetch, WebSocket, caches and mocks, which nothing here
 * uses: 8 MB of the memory that a small machine has. The path is internal to undici, whose version is pinned exactly.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Client as UndiciClient } from 'undici';

function loadClient(): typeof UndiciClient {
  const loaded: unknown = createRequire(import.meta.url)('undici/lib/dispatcher/client.js');
  assert(typeof loaded === 'function', 'undici keeps its Client at another place');
  return loaded as typeof UndiciClient;
}

/** Speaks HTTP/1.1 over one socket that it is handed. */
export const Client = loadClient();
