/** Announcements as marks on a time axis, under the service that each bears on: what was announced, and when it held. */
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Say } from '../i18n/say.ts';
import { saySubject } from '../i18n/words.ts';
import type { Theme } from '../palette.ts';
import { parseAnnouncements, type TimelineAnnouncement } from '../timeline/data.ts';
import { MARK_KINDS } from '../timeline/packing.ts';
import { drawAnnouncements } from './announcement-marks.ts';
import { drawLegend } from './legend.ts';
import { draw, join } from './markup.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import { AXIS, drawNote, drawTimeAxis, openScene, type TimeRange } from './time-scene.ts';

/** What the picture is drawn from. */
export type AnnouncementPictureData = {
  readonly text: SheetText;
  readonly announcements: readonly StoredAnnouncement[];
  readonly range: TimeRange;
  readonly widthPx: number;
};

const GAP = 14;
const LABEL_WIDTH = 150;

type Group = { readonly name: string; readonly own: readonly TimelineAnnouncement[] };

const SUBJECTS = [
  'facebook',
  'instagram',
  'whatsapp',
  'messenger',
  'meta_company',
  'other',
] as const satisfies readonly StoredAnnouncement['announcement']['services_in_scope'][number][];

/** Subjects are words for within sentences. */
function capitalise(text: string, { locale }: Say): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

/** Those that name no service stand with those about other ones. */
function groupAnnouncements(data: AnnouncementPictureData, say: Say): Group[] {
  const all = parseAnnouncements({ announcements: data.announcements });
  return SUBJECTS.flatMap((subject) => {
    const own = all.filter(({ services }) =>
      services.length === 0 ? subject === 'other' : services.includes(subject),
    );
    return own.length === 0 ? [] : [{ name: capitalise(saySubject(say, subject), say), own }];
  });
}

/** Draws announcements; those that lie too close together become a number. */
export function drawAnnouncementPicture(
  data: AnnouncementPictureData,
  say: Say,
  theme: Theme,
): Picture {
  const scene = openScene(data.range, data.widthPx, say, theme, { labelPx: LABEL_WIDTH });
  const { left, width, paint, toX } = scene;
  const groups = groupAnnouncements(data, say);
  let y = BODY_TOP + 4;
  const drawn = groups.flatMap(({ name, own }) => {
    const top = y;
    // Marks reach over the edge of the axis by themselves, so they are placed by px that are not held within it.
    const toPx = (atMs: number) => toX(atMs) - left;
    const marks = drawAnnouncements(own, toPx, { x: left, y: top, width }, paint);
    y = top + Math.max(marks.height, 22) + GAP;
    return [
      draw('path', {
        d: `M${MARGIN} ${y - GAP / 2 - 1}H${data.widthPx - MARGIN}`,
        stroke: paint.line,
      }),
      draw(
        'text',
        { x: MARGIN, y: top + 14, 'font-size': 13.5, 'font-weight': '700', fill: paint.text },
        name,
      ),
      draw(
        'text',
        { x: MARGIN, y: top + 30, 'font-size': 11, fill: paint.quiet },
        say.text('picture.n_announcements', { n: own.length }),
      ),
      marks.drawn,
    ];
  });
  if (groups.length === 0) {
    drawn.push(drawNote(say.text('announcements.none'), y + 20, scene));
    y += 34;
  }
  const axis = drawTimeAxis(scene, y);
  const kinds = MARK_KINDS.filter((kind) =>
    groups.some(({ own }) => own.some(({ times }) => times[kind] !== undefined)),
  );
  const legendY = y + AXIS;
  const place = { x: MARGIN, y: legendY, right: data.widthPx - MARGIN };
  const legend = drawLegend([], kinds, place, say, paint);
  const body = join([axis.lines, ...drawn, axis.labels, legend.drawn]);
  return drawSheet(data.text, data.widthPx, legendY + legend.height - BODY_TOP, body, theme);
}
