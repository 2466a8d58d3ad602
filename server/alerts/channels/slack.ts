/**
 * Incoming webhooks of Slack (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks) and of those
 * who speak its form, such as Mattermost and Rocket.Chat. Nothing in a title can call anybody.
 */
import type { Channel } from './channel.ts';
import { muteMentions } from './clean-text.ts';
import { readAnswer, readJson } from './http-answer.ts';
import { createHttpChannel, type HttpChannelDeps, postJson, verifyUrl } from './http-channel.ts';
import { writeShort } from './plain-text.ts';

/** Slack cuts at 40,000, Mattermost at 16,383. */
const MAX_TEXT_CHARACTERS = 8_000;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** What Slack answers, as plain text, of a webhook that is no more. */
const GONE =
  /^(no_service|no_active_hooks|no_team|channel_is_archived|channel_not_found|action_prohibited)$/;

/** Makes the channel. The address is that of the webhook, which is a secret of its owner. */
export function createSlackChannel(deps: HttpChannelDeps): Channel<string> {
  return createHttpChannel<string>(
    {
      kind: 'slack',
      verify: (address) => verifyUrl(address, deps.policy),
      render: (message) => writeShort(message, MAX_TEXT_CHARACTERS, escapeSlack),
      compose: (text, { address }) =>
        postJson(new URL(address), {
          text,
          mrkdwn: false,
          link_names: false,
          unfurl_links: false,
          unfurl_media: false,
        }),
      read: (answer, nowMs) => {
        const result = readAnswer(answer, nowMs);
        if (result.kind !== 'retry' || answer.kind !== 'answered') return result;
        const said = answer.text.trim();
        const isGone =
          GONE.test(said) || readJson(answer, 'id') === 'web.incoming_webhook.invalid.app_error';
        return isGone ? { kind: 'permanent', reason: 'webhook_gone' } : result;
      },
    },
    deps,
  );
}

function escapeSlack(text: string): string {
  return muteMentions(text.replaceAll(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign));
}
