/** The page for a request that cannot be answered: what is wrong, and where to go from here. */
import { html } from 'hono/html';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';

/** What the page says. */
export type ProblemView = {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly {
    readonly parameter: string;
    readonly detail: string;
    readonly remedy: string;
  }[];
};

/** Makes the page for a problem. */
export function createProblemPage(view: ProblemView, frame: Frame): Page {
  const main = html`<h1>${view.title}</h1>
  ${
    view.errors.length === 0
      ? html`<p class="lead">${view.detail}</p>`
      : html`<ul class="reasons">${view.errors.map(({ parameter, detail, remedy }) => html`<li><code>${parameter}</code>: ${detail}. ${remedy}</li>`)}</ul>`
  }
  <p>From here: <a href="${linkTo(frame, '/')}">what can be reached now</a>, <a href="${linkTo(frame, '/t')}">the timeline</a>,
    <a href="${linkTo(frame, '/announcements')}">all announcements</a>, <a href="/api/v1">the JSON API</a>.</p>
  <p class="quiet">Status ${view.status}</p>`;
  return { title: view.title, description: view.detail, main };
}
