/** The list of all announcements on record, newest first. */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { renderStated } from './announcement-times.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toCount, toPlainWords, toSentenceList } from './words.ts';

function renderRow({ announcement }: StoredAnnouncement, frame: Frame): Fragment {
  const { announced_at, effective_at, lifted_at } = announcement;
  const measure = announcement.measure_kind;
  return html`<tr><th scope="row"><a href="${linkTo(frame, `/a/${announcement.id}`)}">${announcement.title}</a>
      ${lifted_at === null ? '' : html`<span class="tag">lifted</span>`}
      ${announcement.status === 'published' ? '' : html`<span class="tag">${toPlainWords(announcement.status)}</span>`}</th>
    <td class="date">${renderStated(announced_at, frame.say)}</td>
    <td class="date">${effective_at === null ? html`<span class="quiet">not stated</span>` : renderStated(effective_at, frame.say)}</td>
    <td>${announcement.actor.name}</td>
    <td>${toPlainWords(announcement.action_kind)}${typeof measure === 'string' ? html` <span class="quiet">${toPlainWords(measure)}</span>` : ''}</td>
    <td>${toSentenceList(announcement.services_in_scope.map(toPlainWords))}</td>
    <td>${announcement.regions.codes.join(' ')}</td></tr>`;
}

/** Makes the page with all announcements, in the order given. */
export function createAnnouncementsPage(
  announcements: readonly StoredAnnouncement[],
  frame: Frame,
): Page {
  const main = html`<h1>Announcements</h1>
  <p class="lead">What regulators, courts and others announced about these services: ${toCount(announcements.length, 'record')}, each with its sources. Times are as exact as the
    sources, no more; “not stated” means that no source says when it takes effect.</p>
  ${
    announcements.length === 0
      ? html`<div class="notice"><p><strong>No announcement on record.</strong> They come from <code>config/announcements.json</code>, read at every start.</p></div>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="Table of announcements"><table class="list announcement-list">
    <caption class="unseen">Announcements, newest first</caption>
    <thead><tr><th scope="col">What</th><th scope="col">Announced</th><th scope="col">Takes effect</th><th scope="col">By</th><th scope="col">Act</th><th scope="col">Services</th><th scope="col">Regions</th></tr></thead>
    <tbody>${announcements.map((stored) => renderRow(stored, frame))}</tbody></table></div>`
  }`;
  return {
    title: 'Announcements',
    description: 'Announcements of regulators, courts and others, with sources.',
    current: 'announcements',
    main,
    jsonUrl: '/api/v1/announcements',
  };
}
