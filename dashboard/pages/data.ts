/** The page about data: build a query, see its size, take it as a file or as code, and cite it. Works without scripts. */
import { html } from 'hono/html';
import type { Say } from '../i18n/say.ts';
import { sayBytes } from './bytes.ts';
import { type BulkData, renderBulk } from './data-bulk.ts';
import { type Frame, linkTo, type Page, selected } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** A column in words. */
export type DataColumn = {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  readonly isNullable: boolean;
  readonly values: readonly (readonly [word: string, meaning: string])[];
};

/** The query as the form shows it. */
export type DataChoice = {
  readonly resource: string;
  readonly format: string;
  readonly services: readonly string[];
  /** As written. */
  readonly country: string;
  readonly from: string;
  readonly to: string;
  readonly isOwn: boolean;
  readonly isSafe: boolean;
};

/** What the page is drawn from. */
export type DataPageData = {
  readonly choice: DataChoice;
  readonly resources: readonly { readonly name: string; readonly title: string }[];
  readonly formats: readonly string[];
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly table: {
    readonly title: string;
    readonly description: string;
    readonly columns: readonly DataColumn[];
    /** False for tables that are given out whole. */
    readonly hasFilters: boolean;
  };
  readonly rows: number;
  /** False when `rows` is an estimate. */
  readonly isExact: boolean;
  readonly bytes: number;
  /** Address of the file, with its revision. */
  readonly url: string;
  readonly fileName: string;
  readonly snippets: readonly {
    readonly id: 'curl' | 'python' | 'r' | 'duckdb';
    readonly code: string;
  }[];
  readonly citation: string;
  readonly revision: string;
  readonly dictionaryVersion: string;
  readonly bulk: BulkData;
};

const LICENCE = html`<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>`;

/** Names of formats and tools, which are the same in every language. */
const FORMAT_NAMES: Readonly<Record<string, string>> = {
  csv: 'CSV',
  jsonl: 'JSON Lines',
  json: 'JSON',
  parquet: 'Parquet',
};
const TOOL_NAMES = { curl: 'curl', python: 'Python', r: 'R', duckdb: 'DuckDB' } as const;

function renderSelect(
  name: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string,
): Fragment {
  return html`<p><label for="${name}">${label}</label>
    <select id="${name}" name="${name}">${options.map(
      ([value, text]) =>
        html`<option value="${value}"${selected(value === chosen)}>${text}</option>`,
    )}</select></p>`;
}

function renderCheck(name: string, value: string, text: string, isOn: boolean): Fragment {
  return html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${isOn ? html` checked` : ''}> ${text}</label>`;
}

function renderForm(data: DataPageData, frame: Frame): Fragment {
  const { say } = frame;
  const { choice, services } = data;
  return html`<section aria-labelledby="query"><h2 id="query">${say.text('data.query')}</h2>
  <form class="data-form" method="get" action="${frame.base}/data">
    ${renderSelect(
      'resource',
      say.text('data.resource'),
      data.resources.map(({ name, title }) => [name, title]),
      choice.resource,
    )}
    ${renderSelect(
      'format',
      say.text('data.format'),
      data.formats.map((one) => [one, FORMAT_NAMES[one] ?? one]),
      choice.format,
    )}
    <fieldset><legend>${say.text('data.service')}</legend>
      ${services.map(({ id, name }) => renderCheck('service', id, name, choice.services.includes(id)))}
      <span class="note">${say.text('data.service.all')}</span></fieldset>
    <p><label for="country">${say.text('data.country')}</label>
      <input id="country" name="country" value="${choice.country}" pattern="[A-Za-z]{2}(\\s*,\\s*[A-Za-z]{2})*" autocomplete="off" aria-describedby="country-hint">
      <span class="note" id="country-hint">${say.text('data.country.hint')}</span></p>
    <p><label for="from">${say.text('data.from')}</label> <input id="from" name="from" type="date" value="${choice.from}" aria-describedby="days-hint"></p>
    <p><label for="to">${say.text('data.to')}</label> <input id="to" name="to" type="date" value="${choice.to}" aria-describedby="days-hint">
      <span class="note" id="days-hint">${say.text('data.days')}</span></p>
    <p class="checks">${renderCheck('own', '1', say.text('data.own'), choice.isOwn)}
      ${renderCheck('safe', '1', say.text('data.safe'), choice.isSafe)}</p>
    <p><button type="submit">${say.text('data.submit')}</button></p>
  </form></section>`;
}

function renderResult(data: DataPageData, say: Say): Fragment {
  const { rows, isExact, bytes, url, fileName, snippets, table } = data;
  const size = say.text('data.size', { size: sayBytes(bytes, say) });
  const count = say.text(isExact ? 'data.rows' : 'data.rows_about', { n: rows });
  return html`<section aria-labelledby="result"><h2 id="result">${say.text('data.result')}</h2>
  <p class="data-size"><strong>${count}</strong>${rows === 0 ? '' : html`, ${size}`}</p>
  <p><a class="button" href="${url}" download>${say.text('data.download', { file: fileName })}</a></p>
  <p class="quiet">${say.text('data.estimate')}${table.hasFilters ? '' : ` ${say.text('data.no_filters')}`}</p>
  <h3 id="code">${say.text('data.code')}</h3>
  ${snippets.map(
    ({
      id,
      code,
    }) => html`<details${id === 'curl' ? html` open` : ''}><summary>${TOOL_NAMES[id]}</summary>
    <pre tabindex="0" class="copy wrap" aria-label="${TOOL_NAMES[id]}"><code>${code}</code></pre></details>`,
  )}</section>`;
}

function renderCitation({ citation, revision }: DataPageData, say: Say): Fragment {
  return html`<section aria-labelledby="cite"><h2 id="cite">${say.text('data.cite')}</h2>
  <p>${renderMessage(say, 'data.licence', { licence: LICENCE })}</p>
  <p>${say.text('data.cite.lead')}</p>
  <pre tabindex="0" class="copy wrap" aria-label="${say.text('data.cite')}"><code>${citation}</code></pre>
  <p>${renderMessage(say, 'data.revision', { rev: html`<code>rev=${revision}</code>` })}</p></section>`;
}

function renderColumn({ name, type, meaning, isNullable, values }: DataColumn, say: Say): Fragment {
  return html`<tr><th scope="row"><code>${name}</code></th>
    <td><code>${type}</code>${isNullable ? html`<span class="note">${say.text('data.may_be_empty')}</span>` : ''}</td>
    <td lang="en">${meaning}${
      values.length === 0
        ? ''
        : html` <details><summary lang="${say.locale}">${say.text('data.values')}</summary><ul class="plain">${values.map(
            ([word, says]) => html`<li><code>${word}</code> ${says}</li>`,
          )}</ul></details>`
    }</td></tr>`;
}

function renderSchema({ table, dictionaryVersion }: DataPageData, frame: Frame): Fragment {
  const { say } = frame;
  const label = say.text('data.schema', { table: table.title });
  const link = html`<a href="${linkTo(frame, '/api')}">/openapi.json</a>`;
  return html`<section aria-labelledby="schema"><h2 id="schema">${label}</h2>
  <p lang="en">${table.description}</p>
  <div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${say.text('data.column')}</th><th scope="col">${say.text('data.type')}</th><th scope="col">${say.text('data.meaning')}</th></tr></thead>
    <tbody>${table.columns.map((column) => renderColumn(column, say))}</tbody></table></div>
  <p>${say.text('data.dictionary', { version: dictionaryVersion })} ${renderMessage(say, 'data.schema.more', { openapi: link })}</p></section>
  <section aria-labelledby="changes"><h2 id="changes">${say.text('data.changes')}</h2>
  <p>${say.text('data.changes.rule')}</p><ul><li>${say.text('data.changes.targets', { version: '1.1.0', table: 'targets', column: 'licence', lanes: 'lanes', availability: 'availability' })}</li>
  <li>${say.text('data.changes.first', { version: '1.0.0' })}</li></ul></section>`;
}

/** Draws the page. */
export function createDataPage(data: DataPageData, frame: Frame): Page {
  const { say } = frame;
  return {
    title: say.text('data.title'),
    description: say.text('data.description'),
    hasZoneForm: false,
    main: html`<h1>${say.text('data.title')}</h1>
<p class="lead">${say.text('data.lead')}</p>
<div class="columns">${renderForm(data, frame)}
${renderResult(data, say)}</div>
${renderCitation(data, say)}
${renderBulk(data.bulk, frame)}
${renderSchema(data, frame)}`,
  };
}
