/**
 * Entry of the script that every page loads and none needs: in a page with live data it keeps up with them, in a shared
 * worker it is the connection of the whole browser. The same file for both, so that there is one to fetch.
 */
import { readBlock } from './block.ts';
import { startPage } from './page.ts';
import { runWorker } from './worker.ts';

if (typeof document === 'undefined')
  runWorker(globalThis as unknown as Parameters<typeof runWorker>[0]); // no page, so a worker
else {
  const block = readBlock(document);
  if (block) startPage(block, import.meta.url);
}
