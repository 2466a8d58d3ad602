/** ntfy (https://docs.ntfy.sh/publish/): a topic on a server that readers choose, or run themselves. */
import type { AlertSeverity } from '../../../db/alert-types.ts';
import type { Channel } from './channel.ts';
import { cutBytes } from './clean-text.ts';
import { createHttpChannel, type HttpChannelDeps, postJson, verifyPlace } from './http-channel.ts';

/** What is longer arrives as an attached file, which phones do not show. */
const MAX_MESSAGE_BYTES = 4_096;
const MAX_TITLE_BYTES = 250;
/** 1 to 5; from 4 on a phone makes itself heard, and 5 goes on until it is looked at. */
const PRIORITIES: Readonly<Record<AlertSeverity, number>> = {
  info: 2,
  minor: 3,
  major: 4,
  critical: 5,
};

export type NtfyMessage = {
  readonly title: string;
  readonly message: string;
  readonly priority: number;
  readonly click: string;
};

/** Makes the channel. The address is that of the topic; the secret, when there is one, an access token. */
export function createNtfyChannel(deps: HttpChannelDeps): Channel<NtfyMessage> {
  return createHttpChannel<NtfyMessage>(
    {
      kind: 'ntfy',
      verify: (address) =>
        verifyPlace(address, deps.policy, (url) =>
          readTopic(url) === undefined
            ? {
                detail: 'The address does not end in a topic.',
                remedy: 'Write the address of the topic, e.g. https://ntfy.sh/my-topic.',
              }
            : undefined,
        ),
      render: ({ subject, paragraphs, url, severity }) => ({
        title: cutBytes(subject, MAX_TITLE_BYTES),
        message: cutBytes(paragraphs.join('\n\n'), MAX_MESSAGE_BYTES),
        priority: PRIORITIES[severity],
        click: url,
      }),
      compose: (message, { address, secrets: [token] }) => {
        const url = new URL(address);
        const topic = readTopic(url);
        // JSON goes to the root of the server and names the topic inside.
        const root = new URL(url.pathname.replace(/[^/]*$/, ''), url);
        return postJson(
          root,
          { topic, ...message },
          token === undefined ? {} : { authorization: `Bearer ${token}` },
        );
      },
    },
    deps,
  );
}

function readTopic({ pathname }: URL): string | undefined {
  return /\/([A-Za-z0-9_-]{1,64})$/.exec(pathname)?.[1];
}
