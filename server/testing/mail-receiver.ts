/** A mail server on loopback that keeps what it is sent: where the messages of tests arrive. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** One message. */
export type ReceivedMail = {
  readonly to: readonly string[];
  /** Headers and body as they came, with the soft line breaks of quoted-printable joined and its bytes decoded. */
  readonly text: string;
  /** All of it as it came. */
  readonly raw: Buffer;
};

export type MailReceiver = {
  readonly port: number;
  readonly mails: ReceivedMail[];
  readonly close: () => Promise<void>;
};

function decode(raw: string): string {
  if (!/^content-transfer-encoding: (quoted-printable|base64)/im.test(raw)) return raw;
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/^content-transfer-encoding: base64/im.test(head))
    return `${head}\r\n\r\n${Buffer.from(body, 'base64').toString()}`;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  return `${head}\r\n\r\n${Buffer.from(bytes, 'latin1').toString()}`;
}

/** Starts one. */
export async function startMailReceiver(): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: decode(raw.toString('latin1')),
          raw,
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
