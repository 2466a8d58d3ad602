/** The part of the page about data that is for whoever wants all of it: files made at night, days and frozen months. */
import { html } from 'hono/html';
import type { Say } from '../i18n/say.ts';
import { formatInstant, formatMonth } from '../i18n/times.ts';
import { sayBytes } from './bytes.ts';
import { type Frame, linkTo } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** A file that may be copied. */
export type BulkFile = {
  /** Its form as people call it, e.g. `Parquet`. */
  readonly form: string;
  readonly url: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
};

/** One line: a table, a day or a month in its forms. */
export type BulkLine = {
  readonly label: string;
  /** Absent where it is many tables. */
  readonly rows?: number;
  readonly revision: string;
  /** True for a day that was given out before with other rows. */
  readonly isCorrection?: boolean;
  readonly files: readonly BulkFile[];
  /** What describes it, where it has a file of its own. */
  readonly aboutUrl?: string;
};

/** What a server has of such files. */
export type BulkData =
  | { readonly kind: 'off' }
  /** None yet; they will be made at this hour, UTC. */
  | { readonly kind: 'none'; readonly hourUtc: number }
  | {
      readonly kind: 'made';
      readonly manifestUrl: string;
      /** Where the newest of a name is. */
      readonly latestUrl: string;
      /** Absent while the first run is not over. */
      readonly madeAtMs?: number;
      /** Newest snapshot. */
      readonly snapshot?: BulkLine;
      readonly tables: readonly BulkLine[];
      /** Newest first, e.g. `2022-03`. */
      readonly months: readonly string[];
      /** The one that is shown; empty when there is none. */
      readonly month: string;
      /** Newest first. */
      readonly days: readonly BulkLine[];
      /** Newest first; labels are months. */
      readonly releases: readonly BulkLine[];
    };

type Made = Extract<BulkData, { kind: 'made' }>;

function sayMonth(month: string, say: Say): string {
  return formatMonth(Date.parse(`${month}-01T00:00:00Z`), { locale: say.locale, timeZone: 'UTC' });
}

function renderFile({ form, url, bytes }: BulkFile, say: Say): Fragment {
  return html`<li><a href="${url}" download>${form}</a> <span class="quiet">${sayBytes(bytes, say)}</span></li>`;
}

function renderLine(line: BulkLine, say: Say): Fragment {
  const { label, rows, revision, isCorrection = false, files, aboutUrl } = line;
  return html`<tr><th scope="row">${label}<span class="note">${say.text('data.bulk.revision')} <code>${revision}</code>${
    isCorrection ? html`<br>${say.text('data.bulk.corrected')}` : ''
  }</span></th>
    <td class="number">${rows === undefined ? '' : say.number(rows)}</td>
    <td><ul class="files">${files.map((one) => renderFile(one, say))}${
      aboutUrl === undefined
        ? ''
        : html`<li><a href="${aboutUrl}">${say.text('data.bulk.about')}</a></li>`
    }</ul><details><summary>${say.text('data.bulk.sums')}</summary><ul class="plain">${files.map(
      ({ form, sha256 }) => html`<li>${form} <code class="sum">${sha256}</code></li>`,
    )}</ul></details></td></tr>`;
}

function renderTable(label: string, first: string, lines: readonly BulkLine[], say: Say): Fragment {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list bulk">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${first}</th><th scope="col" class="number">${say.text('data.bulk.rows')}</th>
      <th scope="col">${say.text('data.bulk.files')}</th></tr></thead>
    <tbody>${lines.map((line) => renderLine(line, say))}</tbody></table></div>`;
}

function renderWhole({ snapshot, tables, latestUrl }: Made, say: Say): Fragment {
  const label = say.text('data.bulk.whole');
  const named = snapshot && { ...snapshot, label: say.text('data.bulk.snapshot') };
  return html`<h3>${label}</h3>
  ${renderTable(label, say.text('data.bulk.what'), [...(named ? [named] : []), ...tables], say)}
  <p class="quiet">${renderMessage(say, 'data.bulk.whole.note', { address: html`<code>${latestUrl}</code>` })}</p>`;
}

function renderDays({ months, month, days }: Made, frame: Frame): Fragment {
  const { say } = frame;
  const label = say.text('data.bulk.days');
  const links = months.map((one) =>
    one === month
      ? html`<li><strong aria-current="true">${sayMonth(one, say)}</strong></li>`
      : html`<li><a href="${linkTo(frame, `/data?month=${one}#days`)}">${sayMonth(one, say)}</a></li>`,
  );
  return html`<h3 id="days">${label}</h3>
  <div class="files"><span id="days-months">${say.text('data.bulk.months')}</span><ul class="files" aria-labelledby="days-months">${links}</ul></div>
  ${
    days.length === 0
      ? html`<p>${say.text('data.bulk.no_days')}</p>`
      : renderTable(label, say.text('data.bulk.day'), days, say)
  }`;
}

function renderReleases({ releases }: Made, say: Say): Fragment {
  const label = say.text('data.bulk.releases');
  const lines = releases.map((one) => ({ ...one, label: sayMonth(one.label, say) }));
  return html`<h3 id="releases">${label}</h3><p>${say.text('data.bulk.releases.lead')}</p>
  ${
    lines.length === 0
      ? html`<p class="quiet">${say.text('data.bulk.releases.none')}</p>`
      : renderTable(label, say.text('data.bulk.month'), lines, say)
  }`;
}

function renderContent(data: BulkData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.kind === 'off') return html`<p class="quiet">${say.text('data.bulk.off')}</p>`;
  if (data.kind === 'none')
    return html`<p class="quiet">${say.text('data.bulk.none', { hour: String(data.hourUtc).padStart(2, '0') })}</p>`;
  const manifest = html`<a href="${data.manifestUrl}">manifest.json</a>`;
  return html`<p>${renderMessage(say, 'data.bulk.lead', { manifest })}${
    data.madeAtMs === undefined
      ? ''
      : html` ${say.text('data.bulk.made', { time: formatInstant(data.madeAtMs, say) })}`
  }</p>
  ${data.tables.length === 0 ? '' : renderWhole(data, say)}
  ${data.months.length === 0 ? '' : renderDays(data, frame)}
  ${renderReleases(data, say)}`;
}

/** Draws it. */
export function renderBulk(data: BulkData, frame: Frame): Fragment {
  return html`<section aria-labelledby="bulk"><h2 id="bulk">${frame.say.text('data.bulk')}</h2>
  ${renderContent(data, frame)}</section>`;
}
