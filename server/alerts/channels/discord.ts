/**
 * Webhooks of Discord (https://discord.com/developers/docs/resources/webhook#execute-webhook). No mention is allowed,
 * and what would be markup is escaped: a title must not become a link with another text.
 */
import type { Channel } from './channel.ts';
import { boundWait, readAnswer, readJson } from './http-answer.ts';
import { createHttpChannel, type HttpChannelDeps, postJson, verifyUrl } from './http-channel.ts';
import { writeShort } from './plain-text.ts';

const MAX_TEXT_CHARACTERS = 2_000;
/** Shows no preview of the address. */
const SUPPRESS_EMBEDS = 4;

/** Makes the channel. The address is that of the webhook, which is a secret of its owner. */
export function createDiscordChannel(deps: HttpChannelDeps): Channel<string> {
  return createHttpChannel<string>(
    {
      kind: 'discord',
      verify: (address) =>
        verifyUrl(address, deps.policy, (url) => {
          url.search = '';
          return /^\/api\/(v\d+\/)?webhooks\/\d{5,25}\/[\w-]{10,100}$/.test(url.pathname)
            ? undefined
            : {
                detail: 'This is not the address of a Discord webhook.',
                remedy: 'Copy it from the settings of the channel, under Integrations.',
              };
        }),
      render: (message) => writeShort(message, MAX_TEXT_CHARACTERS, escapeDiscord),
      compose: (content, { address }) =>
        postJson(new URL(address), {
          content,
          allowed_mentions: { parse: [] },
          flags: SUPPRESS_EMBEDS,
        }),
      read: (answer, nowMs) => {
        // 401: the token in the address is wrong; 404: the webhook was deleted.
        const result = readAnswer(answer, nowMs, { 401: 'permanent', 404: 'permanent' });
        const seconds = readJson(answer, 'retry_after');
        return result.kind === 'retry' &&
          result.afterMs === undefined &&
          typeof seconds === 'number'
          ? { ...result, afterMs: boundWait(seconds * 1_000) }
          : result;
      },
    },
    deps,
  );
}

function escapeDiscord(text: string): string {
  return text.replaceAll(/[\\*_~`|<>[\]()#@]/g, '\\$&');
}
