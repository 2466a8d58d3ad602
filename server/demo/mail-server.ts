/** A mail server on loopback that puts what it is sent into the mailbox: where the e-mail of the demo ends. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { TakenMail } from './mailbox.ts';

export type MailServer = {
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** Messages are a few KB; one that is larger is none of ours. */
const MAX_MAIL_BYTES = 256 * 1024;
const MAX_CLIENTS = 20;
const MAX_RECIPIENTS = 10;
const CLOSE_MS = 500;
const REFUSED = 552;
const FAILED = 451;

/** Starts it. A message is taken once it is kept. */
export async function startMailServer(
  keep: (mail: TakenMail) => Promise<void>,
): Promise<MailServer> {
  const server = new SMTPServer({
    name: 'mailbox.reachline.example',
    banner: 'mailbox of the demo; forwards nothing',
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: MAX_MAIL_BYTES,
    maxClients: MAX_CLIENTS,
    closeTimeout: CLOSE_MS,
    disableReverseLookup: true,
    onRcptTo(_address, { envelope }, done) {
      if (envelope.rcptTo.length < MAX_RECIPIENTS) return done();
      return done(refuse(FAILED, 'too many recipients'));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_MAIL_BYTES) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (bytes > MAX_MAIL_BYTES) return done(refuse(REFUSED, 'too large'));
        const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const raw = Buffer.concat(chunks);
        return void keepAll(
          envelope.rcptTo.map(({ address }) => ({ sender, recipient: address, raw })),
        );
      });
      async function keepAll(mails: readonly TakenMail[]): Promise<void> {
        try {
          for (const mail of mails) await keep(mail);
          done();
        } catch {
          done(refuse(FAILED, 'cannot be kept now')); // a full disk: the sender tries again
        }
      }
    },
  });
  // A client that breaks off is its own affair.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function refuse(responseCode: number, reason: string): Error {
  return Object.assign(new Error(reason), { responseCode });
}
