/** A measurement as a picture: a row per target with its verdict and how each stage went, as on its page. */
import type { StoredMeasurement } from '../../db/measurement-reader.ts';
import type { Judgement, Observation, Operation } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { sayState } from '../i18n/words.ts';
import {
  groupByTarget,
  listPlain,
  listStages,
  nameStage,
  pickObservation,
  type Role,
  toHost,
  toMs,
} from '../pages/ladder.ts';
import type { Theme } from '../palette.ts';
import { cutText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { BODY_TOP, drawSheet, MARGIN, type Picture, type SheetText } from './sheet.ts';
import { drawState } from './signs.ts';
import { MAX_ROWS } from './time-scene.ts';

/** What the picture is drawn from. */
export type LadderPictureData = {
  readonly text: SheetText;
  readonly stored: StoredMeasurement;
  readonly widthPx: number;
};

const ROW = 26;
/** In a narrower picture stages stand under the name of their target. */
const MIN_WIDTH = 860;
const HIGH_ROW = 46;
const HEAD = 30;
const GAP = 18;
const SIZE = 12.5;
/** Codes are long words, and mean nothing when they are cut. */
const CODE_SIZE = 11;
const SIGN = 12;
const PASSED = 'M2.5 8.5l4 4l7-9';
const FAILED = 'M3 3l10 10M13 3l-10 10';

type Columns = {
  readonly stages: readonly (readonly Operation[])[];
  readonly verdictX: number;
  readonly stageX: number;
  readonly stageWidth: number;
  /** How far under the target its stages stand, px. */
  readonly stageY: number;
  /** Where the room for the verdict ends. */
  readonly verdictEnd: number;
};
type Scene = {
  readonly data: LadderPictureData;
  readonly columns: Columns;
  readonly say: Say;
  readonly paint: Paint;
};

function drawText(
  text: string,
  x: number,
  y: number,
  room: number,
  fill: string,
  size = SIZE,
): Markup {
  return draw('text', { x, y, 'font-size': size, fill }, cutText(text, room, size));
}

function drawStage(
  observations: readonly Observation[],
  x: number,
  y: number,
  { say, paint, columns }: Scene,
): Markup {
  const told = pickObservation(observations);
  if (told === undefined) return drawText('–', x, y + 17, 20, paint.quiet);
  const { outcome, elapsedMs } = told;
  const isOk = outcome.kind === 'ok';
  const took = say.text('measurement.milliseconds', { n: toMs(elapsedMs, say) });
  const tries = observations.length === 1 ? '' : ` ×${observations.length}`;
  const words = isOk ? took : outcome.failure.code;
  return join([
    draw('path', {
      d: isOk ? PASSED : FAILED,
      transform: `translate(${x} ${y + 7}) scale(${SIGN / 16})`,
      fill: 'none',
      stroke: isOk ? paint.fill('ok') : paint.fill('blocked'),
      'stroke-width': 2.4,
    }),
    drawText(
      `${words}${tries}`,
      x + 19,
      y + 17,
      columns.stageWidth - 26,
      paint.text,
      isOk ? SIZE : CODE_SIZE,
    ),
  ]);
}

function drawVerdict(judgement: Judgement | undefined, y: number, scene: Scene): Markup {
  const { columns, say, paint } = scene;
  const x = columns.verdictX;
  if (judgement === undefined) return drawText('–', x, y + 17, 20, paint.quiet);
  const room = columns.verdictEnd - x - 19;
  return join([
    drawState(judgement.verdict, { x, y: y + 7, size: SIGN }, paint.text),
    drawText(sayState(say, judgement.verdict), x + 19, y + 17, room, paint.text),
  ]);
}

function drawTarget(
  [targetId, observations]: readonly [string, readonly Observation[]],
  role: Role,
  y: number,
  scene: Scene,
): Markup {
  const { data, columns, paint } = scene;
  const name = toHost(observations) ?? targetId;
  return join([
    draw('path', { d: `M${MARGIN} ${y}H${data.widthPx - MARGIN}`, stroke: paint.line }),
    drawText(name, MARGIN, y + 17, columns.verdictX - MARGIN - 12, paint.text),
    role === 'target' ? drawVerdict(data.stored.judgement.targets[targetId], y, scene) : undefined,
    ...columns.stages.map((stage, index) =>
      drawStage(
        listPlain(observations).filter(({ operation }) => stage.includes(operation)),
        columns.stageX + index * columns.stageWidth,
        y + columns.stageY,
        scene,
      ),
    ),
  ]);
}

function drawHead(role: Role, y: number, { columns, say, paint }: Scene): Markup {
  const isTarget = role === 'target';
  const head = (text: string, x: number, down = 0) =>
    draw(
      'text',
      { x, y: y + 20 + down, 'font-size': SIZE, 'font-weight': '700', fill: paint.text },
      text,
    );
  return join([
    head(say.text(isTarget ? 'measurement.target' : 'measurement.neutral_host'), MARGIN),
    isTarget ? head(say.text('measurement.verdict'), columns.verdictX) : undefined,
    ...columns.stages.map((stage, index) =>
      head(nameStage(stage, say), columns.stageX + index * columns.stageWidth, columns.stageY),
    ),
  ]);
}

/** Draws a measurement; targets that do not fit are counted in words. */
export function drawLadderPicture(data: LadderPictureData, say: Say, theme: Theme): Picture {
  const { widthPx, stored } = data;
  const width = widthPx - 2 * MARGIN;
  const stages = listStages(listPlain(stored.measurement.observations));
  const isHigh = widthPx < MIN_WIDTH;
  const stageX = MARGIN + (isHigh ? 0 : Math.round(width * 0.4));
  const columns: Columns = {
    stages,
    verdictX: MARGIN + Math.round(width * (isHigh ? 0.52 : 0.22)),
    verdictEnd: isHigh ? widthPx - MARGIN : stageX - 12,
    stageX,
    stageWidth: (widthPx - MARGIN - stageX) / Math.max(1, stages.length),
    stageY: isHigh ? 19 : 0,
  };
  const row = isHigh ? HIGH_ROW : ROW;
  const scene: Scene = { data, columns, say, paint: PAINTS[theme] };
  let y = BODY_TOP;
  let left = MAX_ROWS;
  const drawn: Markup[] = [];
  let hidden = 0;
  for (const role of ['target', 'baseline'] as const) {
    const targets = groupByTarget(data, role);
    const shown = targets.slice(0, left);
    left -= shown.length;
    hidden += targets.length - shown.length;
    if (shown.length === 0) continue;
    drawn.push(drawHead(role, y, scene));
    const top = y + HEAD + columns.stageY;
    drawn.push(...shown.map((one, index) => drawTarget(one, role, top + index * row, scene)));
    y = top + shown.length * row + GAP;
  }
  const note = hidden === 0 ? undefined : say.text('picture.more_rows', { n: hidden });
  if (note !== undefined) drawn.push(drawText(note, MARGIN, y + 4, width, scene.paint.quiet));
  const height = y + (note === undefined ? 0 : 16) - BODY_TOP;
  return drawSheet(data.text, widthPx, height, join(drawn), theme);
}
