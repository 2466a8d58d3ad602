/** From events to a message in the reader's language and zone: one thing, several at once, or a digest. */
import { speak } from '../../../dashboard/i18n/catalogue.ts';
import type { Locale } from '../../../dashboard/i18n/locale.ts';
import { formatBoth } from '../../../dashboard/i18n/times.ts';
import type { AlertEvent } from '../../../db/alert-types.ts';
import type { Message } from './channel.ts';
import { cleanLine } from './clean-text.ts';
import { describeEvent, type EventText, type Speaker } from './event-text.ts';
import { mergeAlerts, type Told } from './merge-alerts.ts';

/** Who reads the message, and what its links begin with. */
export type Reader = {
  readonly deliveryId: string;
  readonly locale: Locale;
  /** IANA zone; times are given in it and in UTC. */
  readonly timeZone: string;
  /** Scheme and host of this site. */
  readonly publicUrl: string;
  readonly serviceNames: ReadonlyMap<string, string>;
  readonly links?: Message['links'];
};

/** The time that a digest covers, and why it comes as one. */
export type Digest = {
  readonly kind: 'digest' | 'held';
  readonly fromMs: number;
  readonly untilMs: number;
};

const MAX_SUBJECT_CHARACTERS = 200;
/** More would not be read, and would not fit where messages are short. */
const MAX_TOLD = 20;
const PAGES = { incident: 'i', announcement: 'a', vantage: 'v' } as const;

/**
 * Writes a message about what happened; stories that came and went are told once. `events` must not be empty.
 * @throws RangeError for no events
 */
export function renderAlerts(events: readonly AlertEvent[], reader: Reader): Message {
  const speaker = speakTo(reader);
  const told = mergeAlerts(events);
  const [first, ...rest] = told;
  if (first === undefined) throw new RangeError('nothing to tell');
  const texts = describeAll(told, speaker);
  const { headline = '', lines = [], caveats = [] } = texts[0] ?? {};
  if (rest.length === 0) {
    const paragraphs = [lines.join('\n'), caveats.join(' ')].filter((one) => one !== '');
    return toMessage(events, reader, first, headline, paragraphs);
  }
  // All about one thing, e.g. that a restriction is new and that it was not announced: one message and one page.
  if (rest.every(({ event }) => event.subject.id === first.event.subject.id)) {
    // The first headline is the subject.
    const [, ...others] = texts;
    const known = { headline: '', lines, caveats };
    const all = listTexts([known, ...others], told.length, speaker);
    return toMessage(events, reader, first, headline, all);
  }
  const { say } = speaker;
  // The count must survive, whatever the length of the first headline.
  const subject = say.text('alert.and_more', {
    first: cleanLine(headline, MAX_SUBJECT_CHARACTERS - 40),
    n: rest.length,
  });
  return toMessage(events, reader, undefined, subject, listTexts(texts, told.length, speaker));
}

/** Writes a digest, or what was held during quiet hours: the counts first, then each thing as it stands at the end. */
export function renderDigest(
  events: readonly AlertEvent[],
  reader: Reader,
  { kind, fromMs, untilMs }: Digest,
): Message {
  const speaker = speakTo(reader);
  const { say } = speaker;
  const told = mergeAlerts(events);
  const opened = told.filter(({ isNew }) => isNew);
  const closed = told.filter(({ event }) => event.kind === 'incident_closed');
  const closedNew = closed.filter(({ isNew }) => isNew).length;
  const earlier = closed.length - closedNew;
  const others = told.length - opened.length - earlier;
  const counts = [
    say.text('alert.digest.counts', { opened: opened.length, closed: closedNew }),
    ...(earlier > 0 ? [say.text('alert.digest.earlier_closed', { n: earlier })] : []),
    ...(others > 0 ? [say.text('alert.digest.others', { n: others })] : []),
  ];
  const key = kind === 'held' ? 'alert.digest.held' : 'alert.digest.period';
  const period = say.text(key, { from: formatBoth(fromMs, say), until: formatBoth(untilMs, say) });
  const texts = describeAll(told, speaker);
  return toMessage(events, reader, undefined, counts.join('. '), [
    `${period}.`,
    ...listTexts(texts, told.length, speaker),
  ]);
}

function speakTo({ locale, timeZone, serviceNames }: Reader): Speaker {
  return { say: speak(locale, timeZone), serviceNames };
}

/** What is told, up to what a message holds; that something was not announced needs no second list of its facts. */
function describeAll(told: readonly Told[], speaker: Speaker): EventText[] {
  return told.slice(0, MAX_TOLD).map(({ event }) => {
    const text = describeEvent(event, speaker);
    const isKnown =
      event.kind === 'measured_not_announced' &&
      told.some((one) => one.event !== event && one.event.subject.id === event.subject.id);
    return isKnown ? { ...text, lines: [] } : text;
  });
}

/** A paragraph for each, then every caveat once. */
function listTexts(texts: readonly EventText[], all: number, { say }: Speaker): string[] {
  const caveats = new Set(texts.flatMap((text) => text.caveats));
  const paragraphs = texts.map(({ headline, lines }) =>
    [headline, ...lines].filter((line) => line !== '').join('\n'),
  );
  return [
    ...paragraphs.filter((one) => one !== ''),
    ...(all > texts.length
      ? [`${say.text('alert.digest.left_out', { n: all - texts.length })}.`]
      : []),
    ...(caveats.size === 0 ? [] : [[...caveats].join(' ')]),
  ];
}

function toMessage(
  events: readonly AlertEvent[],
  { deliveryId, locale, publicUrl, links }: Reader,
  only: Told | undefined,
  subject: string,
  paragraphs: readonly string[],
): Message {
  const severity = mergeAlerts(events)[0]?.event.severity ?? 'info';
  const page =
    only && `${PAGES[only.event.subject.kind]}/${encodeURIComponent(only.event.subject.id)}`;
  return {
    deliveryId,
    locale,
    subject: cleanLine(subject, MAX_SUBJECT_CHARACTERS),
    paragraphs,
    url: `${publicUrl}/${locale}/${page ?? ''}`,
    severity,
    events,
    ...(links === undefined ? {} : { links }),
  };
}
