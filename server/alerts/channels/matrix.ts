/**
 * Matrix (https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid): a notice
 * in a room. The transaction id is that of the delivery, so an attempt that is repeated posts nothing twice.
 */
import type { Channel, SendResult } from './channel.ts';
import { boundWait, readAnswer, readJson } from './http-answer.ts';
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

/** An event may have 65 kB with everything around it. */
const MAX_TEXT_CHARACTERS = 15_000;

export type MatrixMessage = { readonly transactionId: string; readonly body: string };

/** Makes the channel. The address is that of the homeserver with the room behind it: `https://matrix.org/!id:matrix.org`. */
export function createMatrixChannel(
  deps: HttpChannelDeps,
  account: Account | undefined,
): Channel<MatrixMessage> {
  return createHttpChannel<MatrixMessage>(
    {
      kind: 'matrix',
      verify: (address) => {
        const read = verifyPlace(address, deps.policy, (url) =>
          readRoom(url) === undefined
            ? {
                detail: 'The address does not end in a room.',
                remedy: 'Write homeserver and room id, e.g. https://matrix.org/!abc:matrix.org.',
              }
            : undefined,
        );
        return 'problem' in read ? read : { address: writeRoom(new URL(read.address)) };
      },
      render: (message) => ({
        transactionId: message.deliveryId,
        body: writeShort(message, MAX_TEXT_CHARACTERS),
      }),
      compose: ({ transactionId, body }, target) => {
        const base = new URL(target.address);
        const token = chooseToken(base.origin, target, account);
        if (token === undefined) return NO_TOKEN;
        const room = encodeURIComponent(readRoom(base) ?? '');
        const path = `/_matrix/client/v3/rooms/${room}/send/m.room.message/${encodeURIComponent(transactionId)}`;
        // An empty list of mentions: nobody is called, whatever a title says.
        const content = { msgtype: 'm.notice', body, 'm.mentions': {} };
        return postJson(new URL(path, base), content, { authorization: `Bearer ${token}` }, 'PUT');
      },
      read: readMatrix,
    },
    deps,
  );
}

const readMatrix = (answer: Parameters<typeof readAnswer>[0], nowMs: number): SendResult => {
  // 403: the bot was put out of the room; 404: there is no such room.
  const result = readAnswer(answer, nowMs, { 403: 'permanent', 404: 'permanent' });
  const waitMs = readJson(answer, 'retry_after_ms');
  return result.kind === 'retry' && result.afterMs === undefined && typeof waitMs === 'number'
    ? { ...result, afterMs: boundWait(waitMs) }
    : result;
};

/** The room escaped in one way, of the many that lead to it. */
function writeRoom(url: URL): string {
  const room = encodeURIComponent(readRoom(url) ?? '').replaceAll('%3A', ':');
  return `${url.origin}/${room}`;
}

function readRoom({ pathname }: URL): string | undefined {
  try {
    return /^\/(![^/\s]{1,254})$/.exec(decodeURIComponent(pathname))?.[1];
  } catch {
    return undefined; // a stray % in the path: no room has one
  }
}
