/**
 * The mailbox of the demo: every message that its mail server took and every request that its webhook receiver got, as
 * files of one folder, named by their place in the order in which they came. A message is a file that any mail program
 * opens, with the lines that a delivering server puts on top (RFC 5321 §4.4); a request is JSON.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import type { MailboxItem, OpenedItem } from '../../dashboard/pages/mailbox-items.ts';
import type { Clock } from '../../probes/clock.ts';
import { findOwner } from './demo-readers.ts';

/** A message as the mail server took it. */
export type TakenMail = {
  /** Sender of the envelope, to which it would bounce. */
  readonly sender: string;
  readonly recipient: string;
  readonly raw: Uint8Array;
};

/** A request as the receiver got it. */
export type TakenHook = {
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the signature was right when it came. */
  readonly isSigned: boolean;
};

type StoredHook = TakenHook & { readonly receivedAtMs: number };

/** How much of the story has been told; absent when none is being told. */
export type StoryProgress = { readonly share: number };

export type Mailbox = {
  /** In the order in which they came. */
  readonly items: () => readonly MailboxItem[];
  /** Keeps a message; it is on disk when this resolves. */
  readonly addMail: (mail: TakenMail) => Promise<void>;
  readonly addHook: (hook: TakenHook) => Promise<void>;
  readonly open: (number: number) => Promise<OpenedItem | undefined>;
  /** The file as it lies there. */
  readonly readRaw: (
    number: number,
  ) => Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | undefined>;
  /** Set while the story is told. */
  story: StoryProgress | undefined;
};

/** The oldest go beyond this, so that a demo that runs for months fills no disk. */
const MAX_ITEMS = 5_000;
const NAME_DIGITS = 6;
/** Headers of a message that say what it is and how to be rid of it. */
const SHOWN_HEADERS = [
  'from',
  'to',
  'date',
  'subject',
  'message-id',
  'return-path',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'auto-submitted',
  'content-language',
  'content-type',
] as const;
const SHOWN_HOOK_HEADERS = [
  'content-type',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'user-agent',
] as const;

const toName = (number: number, kind: 'eml' | 'json'): string =>
  `${String(number).padStart(NAME_DIGITS, '0')}.${kind}`;

/** Opens the mailbox in a folder, which is made when it is not there. */
export async function openMailbox(folder: string, clock: Pick<Clock, 'nowMs'>): Promise<Mailbox> {
  await mkdir(folder, { recursive: true });
  const items: MailboxItem[] = [];
  for (const name of (await readdir(folder)).sort())
    if (/^\d+\.(eml|json)$/.test(name)) items.push(await readItem(folder, name));
  let last = items.at(-1)?.number ?? 0;

  /** Under another name first, so that what a crash cuts short is no message. */
  async function keep(number: number, kind: 'eml' | 'json', bytes: Uint8Array): Promise<void> {
    const file = join(folder, toName(number, kind));
    await writeFile(`${file}.part`, bytes);
    await rename(`${file}.part`, file);
    items.push(await readItem(folder, toName(number, kind)));
    items.sort((a, b) => a.number - b.number);
    const [oldest] = items;
    if (items.length <= MAX_ITEMS || oldest === undefined) return;
    items.shift();
    await rm(join(folder, toName(oldest.number, kindOf(oldest))), { force: true });
  }

  const find = (number: number) => items.find((item) => item.number === number);
  return {
    items: () => items,
    addMail({ sender, recipient, raw }) {
      last += 1;
      const number = last;
      const trace = [
        `Return-Path: <${sender}>`,
        `Delivered-To: ${recipient}`,
        `Received: from localhost by mailbox.reachline.example with ESMTP id ${number}; ${toMailDate(clock.nowMs())}`,
      ];
      const head = Buffer.from(`${trace.join('\r\n')}\r\n`);
      return keep(number, 'eml', Buffer.concat([head, raw]));
    },
    addHook(hook) {
      last += 1;
      const receivedAtMs = Math.floor(clock.nowMs() / 1_000) * 1_000;
      const stored: StoredHook = { receivedAtMs, ...hook };
      return keep(last, 'json', Buffer.from(`${JSON.stringify(stored, undefined, 2)}\n`));
    },
    async open(number) {
      const item = find(number);
      if (item === undefined) return undefined;
      const bytes = await readFile(join(folder, toName(number, kindOf(item))));
      return kindOf(item) === 'json' ? openHook(item, bytes) : openMail(item, bytes);
    },
    async readRaw(number) {
      const item = find(number);
      if (item === undefined) return undefined;
      const name = toName(number, kindOf(item));
      return { name, bytes: new Uint8Array(await readFile(join(folder, name))) };
    },
    story: undefined,
  };
}

const kindOf = ({ isSigned }: MailboxItem): 'eml' | 'json' =>
  isSigned === undefined ? 'eml' : 'json';

/** A date of RFC 5322 in UTC, e.g. `Sun, 13 Mar 2022 18:02:10 +0000`. */
function toMailDate(atMs: number): string {
  return new Date(atMs).toUTCString().replace('GMT', '+0000');
}

async function readItem(folder: string, name: string): Promise<MailboxItem> {
  const bytes = await readFile(join(folder, name));
  const number = Number.parseInt(name, 10);
  if (name.endsWith('.json')) return readHookItem(number, bytes);
  const mail = await PostalMime.parse(bytes);
  const to = findHeader(mail, 'delivered-to');
  const received = findHeader(mail, 'received').split(';').at(-1) ?? '';
  const language = findHeader(mail, 'content-language');
  return {
    number,
    owner: findOwner(to),
    receivedAtMs: Date.parse(received),
    subject: mail.subject ?? '',
    to,
    deliveryId: mail.messageId?.replace(/^<|@.*$/g, '') ?? '',
    ...(language === '' ? {} : { language }),
  };
}

function readHookItem(number: number, bytes: Uint8Array): MailboxItem {
  const { receivedAtMs, url, headers, body, isSigned } = readHook(bytes);
  const { subject, language, eventIds } = readPayload(body);
  return {
    number,
    owner: 'webhook',
    receivedAtMs,
    subject,
    to: url,
    deliveryId: headers['webhook-id'] ?? '',
    isSigned,
    eventIds,
    ...(language === undefined ? {} : { language }),
  };
}

/** Written by this file alone, so its shape is known. */
function readHook(bytes: Uint8Array): StoredHook {
  return JSON.parse(Buffer.from(bytes).toString()) as StoredHook;
}

/** What the list says of a body, which may be anything when the signature was wrong. */
function readPayload(body: string): {
  readonly subject: string;
  readonly language?: string;
  readonly eventIds: readonly string[];
} {
  let data: unknown;
  try {
    data = Reflect.get(Object(JSON.parse(body)), 'data');
  } catch {
    return { subject: '', eventIds: [] }; // no JSON: shown as it is, without a subject
  }
  const [subject, language, events] = ['subject', 'language', 'events'].map((key): unknown =>
    Reflect.get(Object(data), key),
  );
  const ids = (Array.isArray(events) ? events : []).map((one): unknown =>
    Reflect.get(Object(one), 'id'),
  );
  return {
    subject: typeof subject === 'string' ? subject : '',
    ...(typeof language === 'string' ? { language } : {}),
    eventIds: ids.filter((id) => typeof id === 'string'),
  };
}

const findHeader = ({ headers }: Email, key: string): string =>
  headers.find((header) => header.key === key)?.value ?? '';

async function openMail(item: MailboxItem, bytes: Uint8Array): Promise<OpenedItem> {
  const mail = await PostalMime.parse(bytes);
  const headers = SHOWN_HEADERS.flatMap((key) =>
    mail.headers
      .filter((header) => header.key === key)
      // The subject as it reads; the raw message has it as it was sent.
      .map(
        ({ originalKey, value }) =>
          [originalKey, key === 'subject' ? item.subject : value] as const,
      ),
  );
  return { item, headers, text: mail.text ?? '' };
}

function openHook(item: MailboxItem, bytes: Uint8Array): OpenedItem {
  const { headers, body } = readHook(bytes);
  return {
    item,
    headers: SHOWN_HOOK_HEADERS.flatMap((key) => {
      const value = headers[key];
      return value === undefined ? [] : [[key, value] as const];
    }),
    text: layOut(body),
  };
}

/** JSON on lines of its own; anything else as it came. */
function layOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body; // shown as it is: the signature was wrong, or somebody else wrote it
  }
}
