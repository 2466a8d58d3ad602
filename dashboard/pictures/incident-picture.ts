/** Incidents as bars on a time axis, a row per service and country: how long each lasted, and which go on. */
import type { Incident } from '../../db/incident-types.ts';
import type { LaneState } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry } from '../i18n/times.ts';
import { LOOKS, type Theme } from '../palette.ts';
import { drawLegend } from './legend.ts';
import { measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { drawPatterns, fillOf } from './patterns.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import {
  BAR,
  drawGroups,
  drawHidden,
  drawRowLabel,
  drawTimeAxis,
  openScene,
  type SceneGroup,
  type TimeRange,
  type TimeScene,
} from './time-scene.ts';

/** What the picture is drawn from. */
export type IncidentPictureData = {
  readonly text: SheetText;
  readonly incidents: readonly Incident[];
  /** In the order in which services are shown. */
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly range: TimeRange;
  readonly widthPx: number;
};

type Row = { readonly countryCode: string; readonly incidents: readonly Incident[] };

const MIN_BAR = 3;
/** Length of the tip of a bar that goes on. */
const TIP = 8;

/** The worst that any network saw. */
function toLook({ episodes }: Incident): LaneState {
  return episodes.some(({ kind }) => kind === 'blocked') ? 'blocked' : 'impaired';
}

function groupIncidents({ incidents, services }: IncidentPictureData, say: Say): SceneGroup<Row>[] {
  return services.flatMap(({ id, name }) => {
    const own = incidents.filter(({ service }) => service === id);
    const rows = [...Map.groupBy(own, ({ countryCode }) => countryCode)]
      .map(([countryCode, of]): Row => ({ countryCode, incidents: of }))
      .toSorted((a, b) =>
        formatCountry(a.countryCode, say).localeCompare(
          formatCountry(b.countryCode, say),
          say.locale,
        ),
      );
    return rows.length === 0 ? [] : [{ name, rows }];
  });
}

function countNetworks({ episodes }: Incident): number {
  return new Set(episodes.map(({ asn, vantageId }) => (asn === 0 ? vantageId : asn))).size;
}

/** A bar from when it had begun to when it had ended; pale where it is not known whether it had begun. */
function drawIncident(incident: Incident, top: number, scene: TimeScene): Markup {
  const { toX, range, paint, say } = scene;
  const look = toLook(incident);
  const { onset, end } = incident;
  const from = toX(onset.byMs);
  const to = Math.max(from + MIN_BAR, toX(end?.byMs ?? range.toMs));
  const before = onset.afterMs === undefined ? from : toX(onset.afterMs);
  const tip = end === undefined ? Math.min(TIP, to - from) : 0;
  const words = say.text('picture.n_networks', { n: countNetworks(incident) });
  const hasRoom = measureText(words, 11) + 14 + tip < to - from;
  const middle = top + BAR / 2;
  return join([
    from - before < 1
      ? undefined
      : draw('rect', {
          x: before,
          y: top,
          width: from - before,
          height: BAR,
          fill: paint.fill(look),
          opacity: 0.35,
        }),
    // Pointed where it goes on.
    draw('path', {
      d: `M${from} ${top}H${to - tip}L${to} ${middle}L${to - tip} ${top + BAR}H${from}z`,
      fill: fillOf(look, paint),
      stroke: LOOKS[look].pattern === 'solid' ? undefined : paint.fill(look),
    }),
    // On a pattern no letter can be read.
    hasRoom && LOOKS[look].pattern === 'solid'
      ? draw(
          'text',
          { x: from + 7, y: top + BAR - 4.5, 'font-size': 11, fill: paint.onFill(look) },
          words,
        )
      : undefined,
  ]);
}

function drawRow({ countryCode, incidents }: Row, top: number, scene: TimeScene): Markup {
  const { say, left, width, paint } = scene;
  return join([
    drawRowLabel(
      formatCountry(countryCode, say),
      say.text('picture.n_incidents', { n: incidents.length }),
      top,
      scene,
    ),
    draw('rect', { x: left, y: top, width, height: BAR, fill: paint.track }),
    ...incidents.map((one) => drawIncident(one, top, scene)),
  ]);
}

/** Draws incidents; what does not fit is counted in words. */
export function drawIncidentPicture(data: IncidentPictureData, say: Say, theme: Theme): Picture {
  const scene = openScene(data.range, data.widthPx, say, theme);
  const { drawn, bottom, hidden } = drawGroups(
    groupIncidents(data, say),
    (row, top) => drawRow(row, top, scene),
    say.text('incident.none'),
    scene,
  );
  const axis = drawTimeAxis(scene, bottom);
  const more = drawHidden(hidden, bottom, scene);
  const looks = (['blocked', 'impaired'] as const).filter((look) =>
    data.incidents.some((one) => toLook(one) === look),
  );
  const place = { x: MARGIN, y: more.bottom, right: data.widthPx - MARGIN };
  const legend = drawLegend(looks, [], place, say, scene.paint);
  const body = join([
    drawPatterns(scene.paint),
    axis.lines,
    drawn,
    axis.labels,
    more.drawn,
    legend.drawn,
  ]);
  return drawSheet(data.text, data.widthPx, more.bottom + legend.height - BODY_TOP, body, theme);
}
