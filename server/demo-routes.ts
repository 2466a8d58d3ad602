/** Routes of the demo alone: they are added where its mailbox is, and exist nowhere else. */
import type { Handler } from './contract.ts';
import { later } from './later.ts';

/** One address of the demo. */
type DemoRoute = {
  readonly path: string;
  /** `demo`: anyone who reaches the demo; kept by no cache, since messages hold links that are keys. */
  readonly policy: 'demo';
  readonly handle: Handler;
};

const pages = () => import('./demo/mailbox-page.ts');

/** Every route of the demo alone. */
export const DEMO_ROUTES: readonly DemoRoute[] = [
  { path: '/demo/mailbox', policy: 'demo', handle: later(async () => (await pages()).showMailbox) },
  {
    path: '/demo/mailbox/:id',
    policy: 'demo',
    handle: later(async () => (await pages()).showMailboxMessage),
  },
  {
    path: '/demo/mailbox/:id/raw',
    policy: 'demo',
    handle: later(async () => (await pages()).sendMailboxFile),
  },
];
