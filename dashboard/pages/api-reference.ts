/**
 * The reference of the API: drawn from the same document that programs read, so that it cannot say anything else. The
 * frame is in the page's language; names and meanings stay English, as they stand in the document.
 */
import { html } from 'hono/html';
import type { Say } from '../i18n/say.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** A parameter in words. */
export type ReferenceParameter = {
  readonly name: string;
  readonly isInPath: boolean;
  /** E.g. `list of facebook, instagram, whatsapp`. */
  readonly type: string;
  readonly meaning: string;
  /** As it is written in an address; empty when there is none. */
  readonly example: string;
};

/** One address. */
export type ReferenceOperation = {
  readonly id: string;
  /** E.g. `/api/v1/incidents/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly ReferenceParameter[];
  /** The command that asks for the example, ready to be copied. */
  readonly command: string;
  /** JSON in several lines; absent for answers that are not JSON. */
  readonly answer?: string;
  readonly mediaType: string;
};

/** What the page is drawn from. */
export type ApiReferenceData = {
  readonly operations: readonly ReferenceOperation[];
  readonly requestsPerMinute: number;
};

const LICENCE = html`<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>`;
const code = (text: string): Fragment => html`<code>${text}</code>`;

function renderRules({ requestsPerMinute }: ApiReferenceData, frame: Frame): Fragment {
  const { say } = frame;
  const data = html`<a href="${linkTo(frame, '/data')}">${say.text('data.title')}</a>`;
  const rules = [
    renderMessage(say, 'api.rules.times', { from: code('from'), to: code('to') }),
    renderMessage(say, 'api.rules.lists', { example: code('country=RU,UA') }),
    renderMessage(say, 'api.rules.pages', { next: code('next'), link: code('Link') }),
    say.text('api.rules.errors'),
    renderMessage(say, 'api.rules.held', { etag: code('ETag'), modified: code('Last-Modified') }),
    renderMessage(say, 'api.rules.rate', {
      n: requestsPerMinute,
      header: code('RateLimit'),
      retry: code('Retry-After'),
    }),
    renderMessage(say, 'api.rules.licence', { licence: LICENCE, data }),
  ];
  return html`<section aria-labelledby="rules"><h2 id="rules">${say.text('api.rules')}</h2>
  <ul>${rules.map((rule) => html`<li>${rule}</li>`)}</ul></section>`;
}

function renderParameters({ path, parameters }: ReferenceOperation, say: Say): Fragment {
  if (parameters.length === 0) return html`<p class="quiet">${say.text('api.none')}</p>`;
  const label = say.text('api.parameters', { path });
  const rows = parameters.map(
    ({ name, isInPath, type, meaning, example }) => html`<tr>
      <th scope="row"><code>${name}</code>${isInPath ? html`<span class="note">${say.text('api.in_path')}</span>` : ''}</th>
      <td lang="en">${type}</td><td lang="en">${meaning}</td><td>${example === '' ? '' : code(example)}</td></tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list wide">
    <caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${say.text('api.parameter')}</th><th scope="col">${say.text('api.type')}</th>
      <th scope="col">${say.text('api.meaning')}</th><th scope="col">${say.text('api.example')}</th></tr></thead>
    <tbody>${rows}</tbody></table></div>`;
}

function renderOperation(operation: ReferenceOperation, say: Say): Fragment {
  const { id, path, summary, description, command, answer, mediaType } = operation;
  return html`<section class="operation" aria-labelledby="${id}">
  <h3 id="${id}"><span class="quiet">GET</span> <code>${path}</code></h3>
  <p lang="en">${summary}. ${description}</p>
  ${renderParameters(operation, say)}
  <pre tabindex="0" class="copy wrap" aria-label="${say.text('api.request')}"><code>${command}</code></pre>
  ${
    answer === undefined
      ? html`<p class="quiet">${renderMessage(say, 'api.binary', { type: code(mediaType) })}</p>`
      : html`<details><summary>${say.text('api.answer')}</summary>
    <pre tabindex="0" aria-label="${say.text('api.answer_label', { path })}"><code>${answer}</code></pre></details>`
  }</section>`;
}

/** Draws the reference. */
export function createApiReferencePage(data: ApiReferenceData, frame: Frame): Page {
  const { say } = frame;
  const file = html`<a href="/openapi.json">/openapi.json</a>`;
  const dataLink = html`<a href="${linkTo(frame, '/data')}">${say.text('data.title')}</a>`;
  return {
    title: say.text('api.title'),
    description: say.text('api.description'),
    hasZoneForm: false,
    forms: { json: '/openapi.json' },
    main: html`<h1>${say.text('api.title')}</h1>
<p class="lead">${renderMessage(say, 'api.lead', { file, data: dataLink })}</p>
${say.locale === 'en' ? '' : html`<p class="quiet">${say.text('api.english')}</p>`}
${renderRules(data, frame)}
<section aria-labelledby="addresses"><h2 id="addresses">${say.text('api.addresses')}</h2>
<ul class="bare">${data.operations.map(
      ({ id, path, summary }) =>
        html`<li><a href="#${id}"><code>${path}</code></a> <span class="quiet" lang="en">${summary}</span></li>`,
    )}</ul>
${data.operations.map((operation) => renderOperation(operation, say))}</section>`,
  };
}
