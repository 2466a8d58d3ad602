/** Follows every link of every message of the demo, once each, through the real application. */
import type { Store } from '../../db/store.ts';
import type { Clock } from '../../probes/clock.ts';
import { createApp } from '../app.ts';
import { readSoftwareVersion } from '../software.ts';
import type { DemoDelivery } from './delivery.ts';
import type { Line } from './verify-story.ts';

/** What the pages are made of. */
export type LinkDeps = { readonly store: Store; readonly clock: Clock; readonly url: string };

const LINK = /https?:\/\/\S+/g;

/** One line for all links, and one for each that leads nowhere or out of the demo. */
export async function checkLinks(
  { config, desk, mailbox }: DemoDelivery,
  { store, clock, url }: LinkDeps,
): Promise<Line[]> {
  const links = new Set<string>();
  for (const { number, isSigned } of mailbox.items()) {
    const opened = isSigned === undefined ? await mailbox.open(number) : undefined;
    for (const [link] of opened?.text.matchAll(LINK) ?? []) links.add(link);
  }
  const info = { version: readSoftwareVersion(), isSimulated: true, startedAtMs: clock.nowMs() };
  const app = createApp({ store, config, clock, info, alerts: desk, mailbox });
  const wrong: string[] = [];
  for (const link of links) {
    const status = link.startsWith(`${url}/`) ? (await app.request(link)).status : 0;
    if (status !== 200) wrong.push(`${link} answers ${status === 0 ? 'from elsewhere' : status}`);
  }
  return [
    {
      isRight: wrong.length === 0 && links.size > 0,
      text: `${links.size} different links in the messages, ${links.size - wrong.length} lead to a page`,
    },
    ...wrong.map((text) => ({ isRight: false, text })),
  ];
}
