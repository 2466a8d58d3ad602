/** GET /status: how this server is doing. */
import { renderPage } from '../dashboard/pages/frame.ts';
import { createStatusPage } from '../dashboard/pages/status.ts';
import type { Handler } from './contract.ts';
import { openFrame } from './pages.ts';
import { replyHtml } from './reply.ts';
import { readServerState } from './server-state.ts';

/** Shows the state as it is now; nothing of it is kept by a cache. */
export const showStatus: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const page = createStatusPage(readServerState(deps), frame);
  const response = await replyHtml(handled, await renderPage(frame, page));
  response.headers.set('cache-control', 'no-store');
  return response;
};
