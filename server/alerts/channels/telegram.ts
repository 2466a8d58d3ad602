/**
 * Telegram (https://core.telegram.org/bots/api#sendmessage): one POST as the operator's bot, to a public channel or a
 * chat. Plain text, so that nothing in a title is read as markup.
 */
import type { Channel } from './channel.ts';
import { boundWait, FEW_ATTEMPTS, readAnswer, readJson } from './http-answer.ts';
import {
  type Account,
  createHttpChannel,
  type HttpChannelDeps,
  NO_TOKEN,
  postJson,
} from './http-channel.ts';
import { writeShort } from './plain-text.ts';

const MAX_TEXT_CHARACTERS = 4_096;
/** What Telegram says of a chat that is no more. */
const GONE = /chat not found|group chat was upgraded|chat was deleted|user is deactivated/i;

/** Makes the channel. The address is `@channel` or the number of a chat. */
export function createTelegramChannel(
  deps: HttpChannelDeps,
  account: Account | undefined,
): Channel<string> {
  return createHttpChannel<string>(
    {
      kind: 'telegram',
      verify: (address) =>
        /^(@[A-Za-z]\w{3,31}|-?\d{1,20})$/.test(address.trim())
          ? {
              address: address
                .trim()
                .toLowerCase()
                .replace(/^(-?)0+(?=\d)/, '$1'),
            }
          : {
              problem: {
                detail: 'This is not a channel of Telegram.',
                remedy: 'Write its name, e.g. @my_channel, or the number of the chat.',
              },
            },
      render: (message) => writeShort(message, MAX_TEXT_CHARACTERS),
      compose: (text, { address }) => {
        if (account === undefined) return NO_TOKEN;
        return postJson(new URL(`/bot${account.token}/sendMessage`, account.url), {
          chat_id: address,
          text,
          link_preview_options: { is_disabled: true },
        });
      },
      read: (answer, nowMs) => {
        const result = readAnswer(answer, nowMs, { 403: 'permanent' });
        if (result.kind !== 'retry') return result;
        const seconds = readJson(answer, 'parameters', 'retry_after');
        if (typeof seconds === 'number') return { ...result, afterMs: boundWait(seconds * 1_000) };
        const description = readJson(answer, 'description');
        if (
          result.reason === 'http_400' &&
          typeof description === 'string' &&
          GONE.test(description)
        )
          return { kind: 'permanent', reason: 'chat_gone' };
        // 401 and 404 mean that our token is wrong, which no subscriber can help.
        return result.reason === 'http_404' ? { ...result, mostAttempts: FEW_ATTEMPTS } : result;
      },
    },
    deps,
  );
}
