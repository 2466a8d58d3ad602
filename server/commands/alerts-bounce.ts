/**
 * `reachline alerts bounce`: takes reports on mail that came back, from a mail server that pipes one in or from a folder in
 * the form of Maildir. A mail server must hear no failure of ours but one that passes: a report that it cannot deliver
 * would come back in its turn.
 */
import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../../db/store-error.ts';
import type { BounceOutcome } from '../../db/subscribers/bounces.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import { MAX_REPORT_BYTES, readBounce } from '../alerts/bounce-report.ts';
import type { CommandContext } from '../command.ts';

/** What a message was, once it was read. */
type Read = BounceOutcome | 'no_report';

export type BounceFlags = {
  /** Whom the report was sent to, when the mail server says so. */
  readonly to?: string | undefined;
  readonly maildir?: string | undefined;
};

/** The mail server is to try again later (EX_TEMPFAIL of sysexits.h). */
const EXIT_LATER = 75;
const EXIT_USAGE = 64;
/** Read in one run; the next one goes on. */
const MAX_FILES = 10_000;
/** What Postfix (local(8)) says of whom a message was for. */
const RECIPIENT_VARIABLES = ['ORIGINAL_RECIPIENT', 'RECIPIENT', 'EXTENSION'];

const SAYS: Readonly<Record<Read, string>> = {
  disabled: 'The address is switched off.',
  noted: 'Noted; the address stays as it is.',
  again: 'This report came before.',
  unknown: 'No message of ours has this address; nothing was changed.',
  no_report: 'This is no report on a message that came back; nothing was changed.',
};

/** Reads what comes. @param input standard input; read to its end, so that the sender meets no closed pipe */
export async function runBounce(
  { print, environment = {}, signal }: Pick<CommandContext, 'print' | 'environment' | 'signal'>,
  openSubscribers: () => Subscribers,
  { to, maildir }: BounceFlags,
  input: AsyncIterable<Uint8Array | string>,
): Promise<number> {
  try {
    if (maildir !== undefined) return await readMaildir(maildir, openSubscribers, print, signal);
    const raw = await readInput(input);
    const given = [to, ...RECIPIENT_VARIABLES.map((name) => environment[name])];
    using subscribers = openSubscribers();
    const read = await take(
      raw,
      given.filter((one) => one !== undefined),
      subscribers,
    );
    print(`${SAYS[read]}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    print(`${error.message}\n`);
    return EXIT_LATER;
  }
}

async function take(
  raw: Uint8Array,
  recipients: readonly string[],
  subscribers: Subscribers,
): Promise<Read> {
  const report = await readBounce(raw, recipients);
  if (report === undefined) return 'no_report';
  for (const tag of report.tags) {
    const outcome = subscribers.noteBounce(tag, report.status);
    if (outcome !== 'unknown') return outcome;
  }
  return 'unknown';
}

/** The beginning of what comes; the rest is read and dropped. */
async function readInput(input: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    if (bytes < MAX_REPORT_BYTES) chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_REPORT_BYTES);
}

/** Reads what is new, and moves each file to what was seen; whatever it was, it is not read again. */
async function readMaildir(
  folder: string,
  openSubscribers: () => Subscribers,
  print: CommandContext['print'],
  signal: AbortSignal,
): Promise<number> {
  const [fresh, seen] = [join(folder, 'new'), join(folder, 'cur')];
  if (!existsSync(fresh)) {
    print(`${folder} is no Maildir: it has no folder \`new\`.\n`);
    return EXIT_USAGE;
  }
  await mkdir(seen, { recursive: true });
  const entries = await readdir(fresh, { withFileTypes: true });
  const names = entries.filter((one) => one.isFile() && !one.name.startsWith('.'));
  const counts = new Map<Read, number>();
  using subscribers = openSubscribers();
  for (const { name } of names.slice(0, MAX_FILES)) {
    if (signal.aborted) break;
    const raw = await readBeginning(join(fresh, name));
    if (raw === undefined) continue;
    const read = await take(raw, [], subscribers);
    counts.set(read, (counts.get(read) ?? 0) + 1);
    await rename(join(fresh, name), join(seen, name.includes(':2,') ? name : `${name}:2,S`));
  }
  const of = (read: Read): number => counts.get(read) ?? 0;
  const none = of('no_report') + of('unknown');
  print(
    `Addresses switched off: ${of('disabled')}; noted: ${of('noted')}; known before: ${of('again')}; no report on a message of ours: ${none}.\n`,
  );
  return 0;
}

/** The beginning of a file; undefined when it went away meanwhile or is a link to elsewhere. */
async function readBeginning(file: string): Promise<Uint8Array | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_REPORT_BYTES));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'EACCES') return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}
