/**
 * Mastodon (https://docs.joinmastodon.org/methods/statuses/#create): a post by an account of the operator's. The
 * idempotency key is the id of the delivery, so an attempt that is repeated posts nothing twice.
 */
import type { Channel } from './channel.ts';
import { muteMentions } from './clean-text.ts';
import { boundWait, readAnswer } from './http-answer.ts';
import {
  type Account,
  chooseToken,
  createHttpChannel,
  type HttpChannelDeps,
  NO_TOKEN,
  postJson,
  verifyPlace,
} from './http-channel.ts';
import { writeShort } from './plain-text.ts';

/** The limit of every instance that did not raise its own; addresses count as 23 there, and in full here. */
const MAX_TEXT_CHARACTERS = 500;

export type MastodonPost = {
  readonly key: string;
  readonly status: string;
  readonly language: string;
};

/** Makes the channel. The address is that of the instance; the account is that of the token. */
export function createMastodonChannel(
  deps: HttpChannelDeps,
  account: Account | undefined,
): Channel<MastodonPost> {
  return createHttpChannel<MastodonPost>(
    {
      kind: 'mastodon',
      verify: (address) =>
        verifyPlace(address, deps.policy, ({ pathname }) =>
          pathname === '/'
            ? undefined
            : {
                detail: 'The address is more than that of an instance.',
                remedy: 'Write only the instance, e.g. https://mastodon.example.',
              },
        ),
      render: (message) => ({
        key: message.deliveryId,
        status: writeShort(message, MAX_TEXT_CHARACTERS, muteMentions),
        language: message.locale,
      }),
      compose: ({ key, ...post }, target) => {
        const base = new URL(target.address);
        const token = chooseToken(base.origin, target, account);
        if (token === undefined) return NO_TOKEN;
        return postJson(
          new URL('/api/v1/statuses', base),
          { ...post, visibility: 'public' },
          { authorization: `Bearer ${token}`, 'idempotency-key': key },
        );
      },
      read: (answer, nowMs) => {
        // 403: the account may not post any more.
        const result = readAnswer(answer, nowMs, { 403: 'permanent' });
        if (result.kind !== 'retry' || answer.kind !== 'answered') return result;
        const reset = Date.parse(String(answer.headers['x-ratelimit-reset']));
        return answer.statusCode === 429 && result.afterMs === undefined && !Number.isNaN(reset)
          ? { ...result, afterMs: boundWait(reset - nowMs) }
          : result;
      },
    },
    deps,
  );
}
