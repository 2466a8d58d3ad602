/** A client of the stream over real HTTP, for tests: events as they come, and what the connection does. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** One event as it came. */
export type SeenEvent = {
  readonly id: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Bytes of the data line. */
  readonly dataBytes: number;
};

/** An open stream. */
export type EventClient = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The next event; rejects when the stream ends first. */
  readonly next: () => Promise<SeenEvent>;
  /** Comments so far, e.g. `beat`. */
  readonly comments: readonly string[];
  /** Resolves once the other side has ended the stream. */
  readonly ended: Promise<void>;
  readonly close: () => void;
};

function parseEvent(block: string): SeenEvent | undefined {
  const fields = new Map(
    block.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
      return name === '' ? [] : [[name, value] as const];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const id = fields.get('id') ?? '';
  const kind = fields.get('event') ?? '';
  return { id, kind, data: JSON.parse(data) as SeenEvent['data'], dataBytes: data.length };
}

/** Opens a stream. @param lastId as a browser sends it when it comes back */
export async function openEvents(url: URL, lastId?: string): Promise<EventClient> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
  const request: ClientRequest = get(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  const events: SeenEvent[] = [];
  const comments: string[] = [];
  const ending = Promise.withResolvers<void>();
  let wake = Promise.withResolvers<void>();
  let isEnded = false;
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event) events.push(event);
      else comments.push(...block.split('\n').map((line) => line.replace(/^: /, '')));
    }
    wake.resolve();
    wake = Promise.withResolvers();
  });
  response
    .on('error', () => {})
    .once('close', () => {
      isEnded = true;
      wake.resolve();
      ending.resolve();
    });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    comments,
    ended: ending.promise,
    close: () => request.destroy(),
    async next() {
      while (events.length === 0) {
        if (isEnded) throw new Error('the stream has ended');
        await wake.promise;
      }
      return events.shift() as SeenEvent; // not empty, as the loop says
    },
  };
}
