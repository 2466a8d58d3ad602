/** A SOCKS5 proxy (RFC 1928, RFC 1929) that stands in a network of the lab. Knows CONNECT alone. */
import net from 'node:net';
import { type LabServer, listenTcp } from './lab-server.ts';
import {
  carryBytes,
  codeOfError,
  dialFor,
  type LabProxy,
  type LabProxyOptions,
  untilGone,
} from './proxy-upstream.ts';

const VERSION = 5;
const LOGIN_VERSION = 1;
const [WITHOUT_LOGIN, WITH_LOGIN, NO_METHOD] = [0, 2, 0xff];
const CONNECT = 1;
const [IPV4, NAME, IPV6] = [1, 3, 4];
const NO_SUCH_COMMAND = 7;
const GENERAL_FAILURE = 1;
const REPLY_OF_ERROR: Readonly<Record<string, number>> = {
  ENETUNREACH: 3,
  EHOSTUNREACH: 4,
  ENOTFOUND: 4,
  ECONNREFUSED: 5,
  ETIMEDOUT: 6,
};

/** Starts the proxy on a free port of loopback. */
export async function startSocksProxy({ network, auth }: LabProxyOptions): Promise<LabProxy> {
  const server: LabServer = await listenTcp(
    net.createServer((client) => {
      serve(client).catch(() => client.destroy());
    }),
  );
  return { port: server.port, [Symbol.asyncDispose]: server.close };

  async function serve(client: net.Socket): Promise<void> {
    const signal = untilGone(client);
    const reader = createReader(client);
    const [, methodCount = 0] = await reader.take(2);
    const methods = await reader.take(methodCount);
    const method = auth ? WITH_LOGIN : WITHOUT_LOGIN;
    if (!methods.includes(method)) {
      client.end(Buffer.from([VERSION, NO_METHOD]));
      return;
    }
    client.write(Buffer.from([VERSION, method]));
    if (auth) {
      const [username, password] = await readLogin(reader);
      const isKnown = username === auth.username && password === auth.password;
      client.write(Buffer.from([LOGIN_VERSION, isKnown ? 0 : 1]));
      if (!isKnown) {
        client.end();
        return;
      }
    }
    const request = await readRequest(reader);
    if (request.command !== CONNECT) {
      client.end(toReply(NO_SUCH_COMMAND));
      return;
    }
    try {
      const upstream = await dialFor(request.host, request.port, network, signal);
      client.write(toReply(0));
      reader.release();
      carryBytes(client, upstream);
    } catch (error) {
      client.end(toReply(REPLY_OF_ERROR[codeOfError(error)] ?? GENERAL_FAILURE));
    }
  }
}

type Reader = {
  /** Waits for so many bytes. Rejects when the client leaves before. */
  readonly take: (count: number) => Promise<Buffer>;
  /** Stops reading; what came beyond is put back. */
  readonly release: () => void;
};

function createReader(client: net.Socket): Reader {
  let held: Buffer = Buffer.alloc(0);
  let wake: (() => void) | undefined;
  const onData = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    wake?.();
  };
  client.on('data', onData);
  client.once('close', () => wake?.());
  return {
    async take(count) {
      while (held.length < count) {
        if (client.destroyed) throw new Error('the client left');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    release() {
      client.off('data', onData);
      client.pause();
      if (held.length > 0) client.unshift(held);
    },
  };
}

async function readLogin({ take }: Reader): Promise<readonly [string, string]> {
  const [, nameBytes = 0] = await take(2);
  const username = (await take(nameBytes)).toString();
  const [passwordBytes = 0] = await take(1);
  return [username, (await take(passwordBytes)).toString()];
}

async function readRequest(reader: Reader) {
  const [, command, , kind] = await reader.take(4);
  const host = await readHost(kind, reader);
  const port = (await reader.take(2)).readUInt16BE(0);
  return { command, host, port };
}

async function readHost(kind: number | undefined, { take }: Reader): Promise<string> {
  if (kind === IPV4) return [...(await take(4))].join('.');
  if (kind === NAME) {
    const [nameBytes = 0] = await take(1);
    return (await take(nameBytes)).toString('latin1');
  }
  if (kind !== IPV6) throw new Error('no such kind of address');
  return (await take(16)).toString('hex').match(/.{4}/g)?.join(':') ?? '';
}

/** The address from which the proxy dialled is told to nobody. */
function toReply(code: number): Buffer {
  return Buffer.from([VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]);
}
