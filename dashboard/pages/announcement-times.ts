/** When something was announced, takes effect and was lifted, as precisely as the source says and no more. */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { toTimeBox } from '../format.ts';
import { speak } from '../i18n/catalogue.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatAge, formatStated } from '../i18n/times.ts';
import { sayPoint, saySubject } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { describeStated } from './ledger-words.ts';

/** A curated record in its interchange form. */
export type Announcement = StoredAnnouncement['announcement'];

type TimePoint = Announcement['announced_at'];
type MarkKind = keyof typeof ANNOUNCEMENT_MARKS;

/** The attribute holds the instant or the day. */
function wrapStated({ value }: TimePoint, text: string): Fragment {
  if (value === null) return html`<span>${text}</span>`;
  return html`<time datetime="${value}">${text}</time>`;
}

/** A stated time as HTML. */
export function renderStated(time: TimePoint, say: Say): Fragment {
  return wrapStated(time, formatStated(time, say));
}

/** The same with UTC also for days: those of a zone begin and end at other hours there. */
export function renderStatedBoth(time: TimePoint, say: Say): Fragment {
  const box = toTimeBox(time);
  if (box === undefined || box.isInstant) return renderStated(time, say);
  const stated = {
    earliestMs: box.fromMs,
    latestMs: box.untilMs - 1,
    timeZone: time.tz ?? 'UTC',
    precision: time.precision,
    basis: time.basis,
  };
  return wrapStated(time, describeStated(stated, say));
}

function renderMark(kind: MarkKind, time: TimePoint, frame: Frame): Fragment {
  const { say } = frame;
  const { glyph } = ANNOUNCEMENT_MARKS[kind];
  const box = toTimeBox(time);
  const isAhead = kind !== 'announced' && box !== undefined && box.fromMs > frame.nowMs;
  return html`<span class="mark-time"><span class="glyph" aria-hidden="true">${glyph}</span> ${sayPoint(say, kind)} ${renderStated(time, say)}${
    isAhead ? html` <strong>${formatAge(box.fromMs, frame.nowMs, say)}</strong>` : ''
  }${time.basis === 'inferred' ? html` <span class="quiet">(${say.text('words.inferred')})</span>` : ''}</span>`;
}

/** The marks of an announcement in one line. */
export function renderAnnouncementTimes(announcement: Announcement, frame: Frame): Fragment {
  const { announced_at, effective_at, lifted_at } = announcement;
  return html`<span class="mark-times">${renderMark('announced', announced_at, frame)}
    ${effective_at === null ? '' : renderMark('effective', effective_at, frame)}
    ${lifted_at === null ? '' : renderMark('lifted', lifted_at, frame)}</span>`;
}

/** Who spoke, and of which services, e.g. `Roskomnadzor · Instagram`. */
export function toByline(
  { actor, services_in_scope: services }: Announcement,
  say: Say = speak('en', 'UTC'),
): string {
  if (services.length === 0) return actor.name;
  const names = services.map((service) => saySubject(say, service));
  return `${actor.name} · ${joinWords(names, say)}`;
}

/** Earliest instant at which an announcement was known; undefined when no time is stated. */
export function announcedFromMs(announcement: Announcement): number | undefined {
  return toTimeBox(announcement.announced_at)?.fromMs;
}

/** The whole time that an announcement's marks take on the axis; undefined when none has a place. */
export function toAnnouncementRange(
  announcement: Announcement,
): { fromMs: number; untilMs: number } | undefined {
  const boxes = [announcement.announced_at, announcement.effective_at, announcement.lifted_at]
    .map((time) => (time === null ? undefined : toTimeBox(time)))
    .filter((box) => box !== undefined);
  if (boxes.length === 0) return undefined;
  return {
    fromMs: Math.min(...boxes.map(({ fromMs }) => fromMs)),
    untilMs: Math.max(...boxes.map(({ untilMs }) => untilMs)),
  };
}
