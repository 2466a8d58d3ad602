/** Announcements over the strips: a row for each kind of actor, a sign in the slice where each mark lies. */
import { html } from 'hono/html';
import { ACTOR_BANDS, toActorBand } from '../actor-bands.ts';
import { type TimeBox, toTimeBox } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatStated } from '../i18n/times.ts';
import { sayPoint } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS, DENIAL_GLYPH } from '../palette.ts';
import type { Announcement } from './announcement-times.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import type { TimelineData } from './timeline.ts';

type Sign = {
  readonly announcement: Announcement;
  readonly glyph: string;
  readonly words: string;
  readonly box: TimeBox;
};

/** Whether a record says of another one that it is not so. */
function isDenial({ links }: Announcement): boolean {
  return links.some(({ rel }) => rel === 'contradicts');
}

function listSigns(announcement: Announcement, say: Say): Sign[] {
  const times = [
    ['announced', announcement.announced_at],
    ['effective', announcement.effective_at],
    ['lifted', announcement.lifted_at],
  ] as const;
  return times.flatMap(([kind, time]) => {
    const box = time === null ? undefined : toTimeBox(time);
    if (time === null || box === undefined) return [];
    const isDenied = kind === 'announced' && isDenial(announcement);
    const word = isDenied ? say.text('timeline.denied') : sayPoint(say, kind);
    return [
      {
        announcement,
        glyph: isDenied ? DENIAL_GLYPH : ANNOUNCEMENT_MARKS[kind].glyph,
        words: `${announcement.title}: ${word} ${formatStated(time, say)}`,
        box,
      },
    ];
  });
}

/** One sign where there is one; where there are more, how many, with all of them in the list below. */
function renderSigns(signs: readonly Sign[], frame: Frame): Fragment {
  const [first] = signs;
  if (first === undefined) return html``;
  const words = signs.map((sign) => sign.words).join('; ');
  const ids = new Set(signs.map(({ announcement }) => announcement.id));
  const href = ids.size === 1 ? linkTo(frame, `/a/${first.announcement.id}`) : '#in-range';
  // Under each other: a slice is as wide as one sign.
  const more = ids.size === 1 ? signs.slice(1).map(({ glyph }) => glyph) : [String(signs.length)];
  const text = signs.length === 1 ? first.glyph : [first.glyph, ...more].join('\n');
  return html`<a href="${href}" lang="${first.announcement.language}" title="${words}" aria-label="${words}">${text}</a>`;
}

/** Renders a row for each kind of actor that has a mark in the range, over `width` slices. */
export function renderMarkRows(data: TimelineData, frame: Frame, width: number): Fragment {
  const { say } = frame;
  const { fromMs, toMs } = data.choice;
  const sliceMs = (toMs - fromMs) / width;
  const rows = ACTOR_BANDS.flatMap((band) => {
    const signs = data.announcements
      .filter(({ announcement }) => toActorBand(announcement.actor.kind) === band)
      .flatMap(({ announcement }) => listSigns(announcement, say))
      .filter(({ box }) => box.fromMs < toMs && box.untilMs >= fromMs);
    if (signs.length === 0) return [];
    const bySlice = Map.groupBy(signs, ({ box }) =>
      // What began before the range sits at its edge.
      Math.floor((Math.max(fromMs, box.fromMs) - fromMs) / sliceMs),
    );
    const cells: Fragment[] = [];
    for (let start = 0; start < width; ) {
      const own = bySlice.get(start) ?? [];
      let end = start + 1;
      while (own.length === 0 && end < width && !bySlice.has(end)) end += 1;
      cells.push(
        html`<td${end - start === 1 ? '' : html` colspan="${end - start}"`}>${renderSigns(own, frame)}</td>`,
      );
      start = end;
    }
    return [html`<tr><th scope="row">${say.text(`timeline.band_${band}`)}</th>${cells}</tr>`];
  });
  return rows.length === 0
    ? html``
    : html`<tbody class="marks"><tr class="group"><th scope="rowgroup" colspan="${width + 1}">${say.text('timeline.announcements')}</th></tr>${rows}</tbody>`;
}
