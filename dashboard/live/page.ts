/** A live page: hears the stream, patches what it shows, and falls back on asking once a minute. */
import type { Say } from '../i18n/say.ts';
import { formatInstant } from '../i18n/times.ts';
import { type Block, speakFor } from './block.ts';
import { patchCell, silenceCells } from './cells.ts';
import { describeCard, watchChanges } from './changes.ts';
import { type ClockState, showAges, toServerMs } from './clock.ts';
import type { FeedMessage, LaneMessage } from './feed.ts';
import { listenToFeed } from './link.ts';
import { createPoll } from './poll.ts';
import { readAnew } from './regions.ts';
import { watchUnseen } from './unseen.ts';

/** Name of the event that tells other scripts of a lane; its detail is the message. */
const LANE_EVENT = 'reachline:lane';

const POLL_MS = 60_000;
/** News that comes together is read once; the first is read at once. */
const READ_GAP_MS = 3_000;

/** Speaks to screen readers. */
function announce(text: string): void {
  const line = document.getElementById('live-said');
  if (line) line.textContent = text;
}

/** Starts a live page. @param script address of this bundle */
export function startPage(block: Block, script: string): void {
  const say = speakFor(block);
  const clock: ClockState = {
    lastMeasuredMs: block.lastMeasuredMs,
    intervalMs: block.intervalMs,
    aheadMs: block.nowMs - Date.now(),
    isLost: false,
  };
  const changes = watchChanges(say, announce);
  const unseen = watchUnseen();
  const reader = createReader(
    block,
    (fresh, before) => {
      if (fresh.lastMeasuredMs !== undefined) noteMeasured(clock, fresh.lastMeasuredMs);
      changes.decorate();
      const news = changes.listKeys().filter((key) => !before.includes(key));
      const [first] = news;
      if (first !== undefined) {
        unseen.add(news.length);
        const card = document.getElementById(`c-${first}`);
        const what = card ? describeCard(card) : '';
        announce(say.text('live.said_changes', { n: news.length, what }));
      }
      tick();
    },
    changes.listKeys,
  );
  const tick = (): void => {
    silenceCells(toServerMs(clock), block, say);
    showAges(clock, say);
  };
  const show = (message: LaneMessage): void => {
    noteMeasured(clock, message.at);
    patchCell(message, block);
    document.dispatchEvent(new CustomEvent(LANE_EVENT, { detail: message }));
  };
  const link = createLinkState(clock, say, tick);
  const poll = createPoll(block.pollUrl);
  const ask = async (): Promise<void> => {
    const answer = await poll();
    link.setPolled(answer.kind !== 'failed');
    if (answer.kind !== 'new') return;
    for (const lane of answer.lanes) show(lane);
    if (block.mark !== undefined && answer.mark !== reader.mark()) reader.read();
    tick();
  };
  const hear = (message: FeedMessage): void => {
    if (message.kind === 'lane') show(message);
    else if (message.kind === 'news') reader.read();
    else {
      link.setStream(message.kind !== 'lost');
      // What happened before the stream opened, or while it was away, only the answer knows.
      void ask();
    }
    tick();
  };
  changes.decorate();
  tick();
  setInterval(tick, 1_000);
  setInterval(() => {
    if (!link.hasStream()) void ask();
  }, POLL_MS);
  if (block.rereadMs !== undefined)
    setInterval(() => {
      if (!document.hidden) reader.read();
    }, block.rereadMs);
  addEventListener('offline', () => link.setPolled(false));
  addEventListener('online', () => void ask());
  if (typeof EventSource === 'function') listenToFeed(block.streamUrl, script, hear);
  else void ask();
}

function noteMeasured(clock: ClockState, atMs: number): void {
  clock.lastMeasuredMs = Math.max(clock.lastMeasuredMs ?? 0, atMs);
}

/** Whether anything still comes: by the stream, or at least by asking. */
function createLinkState(clock: ClockState, say: Say, tick: () => void) {
  let hasStream = false;
  let hasAnswer = true;
  const update = (): void => {
    const isLost = !hasStream && !hasAnswer;
    if (isLost === clock.isLost) return;
    clock.isLost = isLost;
    const time = formatInstant(clock.lastMeasuredMs ?? 0, say);
    announce(isLost ? say.text('live.said_offline', { time }) : say.text('live.said_online'));
    tick();
  };
  return {
    hasStream: () => hasStream,
    setStream(is: boolean) {
      hasStream = is;
      update();
    },
    setPolled(is: boolean) {
      hasAnswer = is;
      update();
    },
  };
}

/** Reads the page anew, never twice at a time, and once more when something came meanwhile. */
function createReader(
  block: Block,
  onRead: (fresh: Block, before: readonly string[]) => void,
  listKeys: () => readonly string[],
) {
  let mark = block.mark;
  let isReading = false;
  let isWanted = false;
  async function run(): Promise<void> {
    isReading = true;
    while (isWanted) {
      isWanted = false;
      const before = listKeys();
      const fresh = await readAnew();
      if (fresh) {
        mark = fresh.mark;
        onRead(fresh, before);
      }
      await new Promise((resolve) => setTimeout(resolve, READ_GAP_MS));
    }
    isReading = false;
  }
  return {
    mark: () => mark,
    read() {
      // Of a page without such parts nothing would be read.
      if (block.mark === undefined) return;
      isWanted = true;
      if (!isReading) void run();
    },
  };
}
