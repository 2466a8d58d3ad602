/** Names and lags of the timeline as HTML. */
import { html } from 'hono/html';
import type { Lane } from '../../db/lanes.ts';
import { describeLagFigures, describeLagKind, type LagLine } from '../lag-lines.ts';
import { describeRow, type Names, nameRow } from '../lane-names.ts';
import type { LaneRow } from '../lane-rows.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import type { TimelineData } from './timeline.ts';

/** What rows are called with on a page. */
export function toNames({ services }: Pick<TimelineData, 'services'>, { say }: Frame): Names {
  return { say, serviceNames: new Map(services.map(({ id, name }) => [id, name])) };
}

/** The name of a row and what is worth knowing beside it. */
export function renderRowName(row: LaneRow<Lane>, names: Names): Fragment {
  return html`${nameRow(row, names)} <span class="quiet">${describeRow(row, names)}</span>`;
}

/** A lag in words with the announcement that it is about. */
export function renderLagCell(line: LagLine, frame: Frame): Fragment {
  const { say } = frame;
  return html`<span class="quiet">${describeLagKind(line, say)}:</span> ${describeLagFigures(line, say)} ·
    <a href="${linkTo(frame, `/a/${line.announcementId}`)}" lang="${line.language}">${line.title}</a>`;
}
