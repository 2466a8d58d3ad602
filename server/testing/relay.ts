/** A relay for mail on loopback: a real SMTP server that misbehaves as told and keeps what it was given. */
import type { Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** How the relay treats what comes. */
export type RelayBehaviour =
  | 'accept'
  /** 451 on the recipient the first time, as greylisting does; accepts the second. */
  | 'greylist'
  | 'unknown_recipient'
  | 'refuse_sender'
  | 'refuse_content'
  /** Cuts the connection while the message is on its way. */
  | 'drop_in_data'
  /** Takes the message and never says so. */
  | 'hang_after_data'
  /** Closes right after the greeting. */
  | 'close_at_once';

export type RelayedMail = {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
};

export type Relay = {
  readonly port: number;
  readonly mails: RelayedMail[];
  /** Most connections that were open at once. */
  readonly mostConnections: () => number;
  /** Connections that were ever opened. */
  readonly allConnections: () => number;
  behave: (behaviour: RelayBehaviour) => void;
  readonly close: () => Promise<void>;
};

function refuse(code: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode: code });
}

/** Starts one. */
export async function startRelay(): Promise<Relay> {
  let behaviour: RelayBehaviour = 'accept';
  const mails: RelayedMail[] = [];
  const greylisted = new Set<string>();
  const sockets = new Set<Socket>();
  let most = 0;
  let all = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onMailFrom(_address, _session, callback) {
      callback(behaviour === 'refuse_sender' ? refuse(550, 'sender not allowed') : null);
    },
    onRcptTo({ address }, _session, callback) {
      if (behaviour === 'unknown_recipient') {
        callback(refuse(550, `no ${address}`));
        return;
      }
      const isNew = behaviour === 'greylist' && !greylisted.has(address);
      if (isNew) greylisted.add(address);
      callback(isNew ? refuse(451, 'try again later') : null);
    },
    onData(stream, session, callback) {
      if (behaviour === 'drop_in_data') {
        for (const socket of sockets) socket.destroy();
        stream.resume();
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (behaviour === 'hang_after_data') return;
        if (behaviour === 'refuse_content') {
          callback(refuse(554, 'looks like spam'));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        mails.push({ from, to, raw: Buffer.concat(chunks).toString() });
        callback();
      });
    },
  });
  server.on('error', () => undefined); // connections that break are what is tested
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    all += 1;
    most = Math.max(most, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    if (behaviour === 'close_at_once') socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    mostConnections: () => most,
    allConnections: () => all,
    behave(next) {
      behaviour = next;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
