/** The list of all announcements on record, newest first. */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { joinWords } from '../i18n/say.ts';
import { sayAction, sayMeasure, sayPoint, sayStatus, saySubject } from '../i18n/words.ts';
import { renderStated } from './announcement-times.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

function renderRow({ announcement }: StoredAnnouncement, frame: Frame): Fragment {
  const { say } = frame;
  const { announced_at, effective_at, lifted_at, status, language } = announcement;
  const measure = announcement.measure_kind;
  const services = announcement.services_in_scope.map((service) => saySubject(say, service));
  return html`<tr><th scope="row"><a href="${linkTo(frame, `/a/${announcement.id}`)}" lang="${language}">${announcement.title}</a>
      ${lifted_at === null ? '' : html`<span class="tag">${sayPoint(say, 'lifted')}</span>`}
      ${status === 'published' ? '' : html`<span class="tag">${sayStatus(say, status)}</span>`}</th>
    <td class="date">${renderStated(announced_at, say)}</td>
    <td class="date">${effective_at === null ? html`<span class="quiet">${say.text('announcements.not_stated')}</span>` : renderStated(effective_at, say)}</td>
    <td lang="${language}">${announcement.actor.name}</td>
    <td>${sayAction(say, announcement.action_kind)}${typeof measure === 'string' ? html` <span class="quiet">${sayMeasure(say, measure)}</span>` : ''}</td>
    <td>${joinWords(services, say)}</td>
    <td>${announcement.regions.codes.join(' ')}</td></tr>`;
}

const HEADS = ['what', 'announced', 'takes_effect', 'by', 'act', 'services', 'regions'] as const;

/** Makes the page with all announcements, in the order given. */
export function createAnnouncementsPage(
  announcements: readonly StoredAnnouncement[],
  frame: Frame,
): Page {
  const { say } = frame;
  const isForeign = announcements.some(({ announcement }) => announcement.language !== say.locale);
  const file = html`<code>config/announcements.json</code>`;
  const main = html`<h1>${say.text('announcements.title')}</h1>
  <p class="lead">${say.text('announcements.lead', { n: announcements.length })} ${isForeign ? say.text('announcements.in_english') : ''}</p>
  ${
    announcements.length === 0
      ? html`<div class="notice"><p><strong>${say.text('announcements.none')}</strong> ${renderMessage(say, 'announcements.none_why', { file })}</p></div>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="${say.text('announcements.table')}"><table class="list announcement-list">
    <caption class="unseen">${say.text('announcements.caption')}</caption>
    <thead><tr>${HEADS.map((head) => html`<th scope="col">${say.text(`announcements.${head}`)}</th>`)}</tr></thead>
    <tbody>${announcements.map((stored) => renderRow(stored, frame))}</tbody></table></div>`
  }`;
  return {
    title: say.text('announcements.title'),
    description: say.text('announcements.description'),
    current: 'announcements',
    main,
    forms: toFormUrls(frame),
  };
}
