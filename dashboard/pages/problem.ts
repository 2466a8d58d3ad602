/** The page for a request that cannot be answered: what is wrong, and where to go from here. */
import { html } from 'hono/html';
import { isMessageKey } from '../i18n/texts.ts';
import { formatDuration, formatExactClock, formatZone } from '../i18n/times.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderSentence, translate } from './sentences.ts';

/** What the page says. */
export type ProblemView = {
  readonly status: number;
  /** One of the kinds of server/problem.ts, e.g. `not-found`. */
  readonly kind: string;
  /** In English, as programs get it. */
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly {
    readonly parameter: string;
    readonly detail: string;
    readonly remedy: string;
  }[];
  /** After so long the same may be asked again. */
  readonly retryAfterSeconds?: number;
};

/** Says from when on it may be tried again, as long as the wait and as a time of the clock. */
function renderRetry({ retryAfterSeconds }: ProblemView, { say, nowMs }: Frame): Fragment {
  if (retryAfterSeconds === undefined) return html``;
  const waitMs = retryAfterSeconds * 1_000;
  const atMs = nowMs + waitMs;
  const time = html`<time datetime="${new Date(atMs).toISOString()}">${formatExactClock(atMs, say)} ${formatZone(say.timeZone, say)}</time>`;
  const length = formatDuration(waitMs, say);
  return html`<p>${renderMessage(say, 'problem.retry', { time, length })}</p>`;
}

/** Makes the page for a problem. */
export function createProblemPage(view: ProblemView, frame: Frame): Page {
  const { say } = frame;
  const key = `problem.kind.${view.kind}`;
  const title = isMessageKey(key) ? say.text(key) : view.title;
  const ways = {
    board: html`<a href="${linkTo(frame, '/')}">${say.text('problem.board')}</a>`,
    timeline: html`<a href="${linkTo(frame, '/t')}">${say.text('problem.timeline')}</a>`,
    announcements: html`<a href="${linkTo(frame, '/announcements')}">${say.text('problem.announcements')}</a>`,
    api: html`<a href="/api/v1">${say.text('problem.api')}</a>`,
  };
  const main = html`<h1>${title}</h1>
  ${
    view.errors.length === 0
      ? html`<p class="lead">${renderSentence(say, 'problem', view.detail)}</p>`
      : html`<ul class="reasons">${view.errors.map(
          ({ parameter, detail, remedy }) =>
            html`<li><code>${parameter}</code>: ${renderSentence(say, 'problem', detail)}. ${renderSentence(say, 'problem', remedy)}</li>`,
        )}</ul>`
  }
  ${renderRetry(view, frame)}
  <p>${renderMessage(say, 'problem.from_here', ways)}</p>
  <p class="quiet">${say.text('problem.status', { n: view.status })}</p>`;
  const detail = view.errors.length > 0 ? title : (translate(say, 'problem', view.detail) ?? title);
  return { title, description: say.locale === 'en' ? view.detail : detail, main };
}
