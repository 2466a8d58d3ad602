/** One announcement: who said what, from when, on which basis, and where the sources disagree. */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Announcement } from './announcement-times.ts';
import { announcedFromMs, renderStated, toAnnouncementRange } from './announcement-times.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toCountryName, toPlainWords, toPrecisionWords, toSentenceList } from './words.ts';

/** What the page of an announcement is drawn from. */
export type AnnouncementData = {
  readonly stored: StoredAnnouncement;
  /** Titles of the announcements that this one names or is named by. */
  readonly titleOf: ReadonlyMap<string, string>;
  /** Ids of the services that are measured here. */
  readonly measuredServices: readonly string[];
};

type TimePoint = Announcement['announced_at'];

/** An address becomes a link only when a browser may follow it; everything else stays text. */
export function renderReference(reference: string): Fragment {
  if (!/^https?:\/\/[^\s]+$/i.test(reference))
    return html`<span class="reference">${reference}</span>`;
  return html`<a class="reference" rel="noreferrer nofollow" href="${reference}">${reference}</a>`;
}

function renderTimePoint(
  kind: keyof typeof ANNOUNCEMENT_MARKS,
  time: TimePoint | null,
  frame: Frame,
): Fragment {
  const { glyph, word } = ANNOUNCEMENT_MARKS[kind];
  const term = html`<dt><span class="glyph" aria-hidden="true">${glyph}</span> ${word}</dt>`;
  if (time === null) return html`${term}<dd><span class="quiet">not stated</span></dd>`;
  const notes = [
    toPrecisionWords(time.precision),
    time.tz === null ? 'zone not stated, read as UTC' : `counted in ${time.tz}`,
    time.basis === 'stated'
      ? 'as stated by the source'
      : time.basis === 'inferred'
        ? 'inferred by us'
        : 'basis not known',
  ];
  return html`${term}<dd><strong>${renderStated(time, frame.say)}</strong>
    <span class="quiet">${notes.join(' · ')}</span>
    ${time.value === null && (time.earliest !== null || time.latest !== null) ? html`<span class="note">between ${time.earliest ?? '…'} and ${time.latest ?? '…'}</span>` : ''}
    ${time.stated_as === null || time.stated_as === undefined ? '' : html`<span class="note">in the source: “${time.stated_as}”</span>`}
    ${time.inference === null || time.inference === undefined ? '' : html`<span class="note">${time.inference}</span>`}</dd>`;
}

function renderScope(announcement: Announcement): Fragment {
  const {
    services_in_scope: services,
    services_exempt: exempt,
    regions,
    functions_in_scope: functions = [],
  } = announcement;
  const places = regions.codes.map((code) =>
    /^[A-Z]{2}$/.test(code) ? toCountryName(code) : code,
  );
  return html`<dt>Services</dt><dd>${services.length === 0 ? html`<span class="quiet">none named</span>` : toSentenceList(services.map(toPlainWords))}</dd>
    ${exempt.map(({ service, explicit, reason }) => html`<dt>Exempt</dt><dd>${service} <span class="quiet">${explicit ? 'named as exempt' : 'not named'}${reason === undefined ? '' : `: ${reason}`}</span></dd>`)}
    <dt>Functions</dt><dd>${functions.length === 0 ? html`<span class="quiet">not stated</span>` : toSentenceList(functions.map(toPlainWords))}</dd>
    <dt>Regions</dt><dd>${toPlainWords(regions.kind)}${places.length === 0 ? '' : `: ${toSentenceList(places)}`}${regions.note === undefined ? '' : html` <span class="note">${regions.note}</span>`}</dd>`;
}

function renderFacts(announcement: Announcement, frame: Frame): Fragment {
  const { actor, addressee, reported_by: reportedBy, legal_basis: legalBasis = [] } = announcement;
  return html`<dl class="facts">
    <dt>By</dt><dd>${actor.name} <span class="quiet">${toPlainWords(actor.kind)}${typeof actor.country === 'string' ? `, ${toCountryName(actor.country)}` : ''}</span></dd>
    <dt>Act</dt><dd>${toPlainWords(announcement.action_kind)}${typeof announcement.measure_kind === 'string' ? html`, ${toPlainWords(announcement.measure_kind)}` : ''}</dd>
    ${typeof addressee === 'string' ? html`<dt>Addressed to</dt><dd>${addressee}</dd>` : ''}
    ${typeof reportedBy === 'string' ? html`<dt>Made known by</dt><dd>${reportedBy}</dd>` : ''}
    ${renderTimePoint('announced', announcement.announced_at, frame)}
    ${renderTimePoint('effective', announcement.effective_at, frame)}
    ${renderTimePoint('lifted', announcement.lifted_at, frame)}
    ${renderScope(announcement)}
    ${legalBasis.map(({ text, ref }) => html`<dt>Legal basis</dt><dd>${text}${typeof ref === 'string' ? html` <code>${ref}</code>` : ''}</dd>`)}
    <dt>Status</dt><dd>${toPlainWords(announcement.status)}, ${announcement.confidence}</dd>
  </dl>`;
}

function renderQuotes(announcement: Announcement): Fragment {
  return html`${(announcement.quotes ?? []).map(
    ({ text, speaker, source }) => html`<figure class="quote"><blockquote>${text}</blockquote>
      <figcaption>${typeof speaker === 'string' ? `${speaker}, ` : ''}in ${renderReference(source)}</figcaption></figure>`,
  )}`;
}

function renderSources(announcement: Announcement): Fragment {
  return html`<section aria-labelledby="sources"><h2 id="sources">Sources</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Table of sources"><table class="list wide"><caption class="unseen">Sources of this record</caption>
    <thead><tr><th scope="col">Source</th><th scope="col">Publisher</th><th scope="col">Published</th><th scope="col">Retrieved</th><th scope="col">Supports</th></tr></thead>
    <tbody>${announcement.sources.map(
      (
        source,
      ) => html`<tr><td>${renderReference(source.ref)} <span class="quiet">${toPlainWords(source.kind)}${typeof source.language === 'string' ? `, ${source.language}` : ''}</span>
        ${typeof source.archive_url === 'string' ? html`<span class="note">archived: ${renderReference(source.archive_url)}</span>` : ''}
        ${typeof source.seen_via === 'string' ? html`<span class="note">seen via ${source.seen_via}</span>` : ''}
        ${typeof source.content_sha256 === 'string' ? html`<span class="note">SHA-256 <code class="hash">${source.content_sha256}</code></span>` : ''}</td>
        <td>${source.publisher ?? html`<span class="quiet">not stated</span>`}</td><td class="date">${source.published_at ?? html`<span class="quiet">not stated</span>`}</td>
        <td class="date">${source.retrieved_at ?? html`<span class="quiet">not stated</span>`}</td><td>${source.supports.join(', ')}</td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderLinks(data: AnnouncementData, frame: Frame): Fragment {
  const { announcement, linkedFrom } = data.stored;
  if (announcement.links.length + linkedFrom.length === 0) return html``;
  const toLink = (id: string) => {
    const title = data.titleOf.get(id);
    if (title === undefined)
      return html`<code>${id}</code> <span class="quiet">(not reviewed yet)</span>`;
    return html`<a href="${linkTo(frame, `/a/${id}`)}">${title}</a>`;
  };
  return html`<section aria-labelledby="links"><h2 id="links">Related announcements</h2><ul>
    ${announcement.links.map(({ rel, id }) => html`<li><span class="quiet">this one ${toPlainWords(rel)}</span> ${toLink(id)}</li>`)}
    ${linkedFrom.map(({ rel, id }) => html`<li>${toLink(id)} <span class="quiet">${toPlainWords(rel)} this one</span></li>`)}</ul></section>`;
}

function renderDoubts(announcement: Announcement): Fragment {
  const { conflicts = [], corroboration = [] } = announcement;
  return html`${
    conflicts.length === 0
      ? ''
      : html`<section aria-labelledby="conflicts"><h2 id="conflicts">Where sources disagree</h2><ul class="conflicts">${conflicts.map((text) => html`<li>${text}</li>`)}</ul></section>`
  }${
    corroboration.length === 0
      ? ''
      : html`<section aria-labelledby="corroboration"><h2 id="corroboration">What others say</h2><ul>${corroboration.map(({ ref, says }) => html`<li>${says} <span class="note">${renderReference(ref)}</span></li>`)}</ul></section>`
  }`;
}

const AROUND_MS = 14 * 86_400_000;

/** Address of the timeline around an announcement, with the services and countries that it names. */
export function toTimelineLink(
  announcement: Announcement,
  measuredServices: readonly string[],
): string | undefined {
  const range = toAnnouncementRange(announcement);
  if (range === undefined) return undefined;
  const services = announcement.services_in_scope.filter((service) =>
    measuredServices.includes(service),
  );
  const query = new URLSearchParams();
  if (services.length > 0) query.set('service', services.join(','));
  query.set('from', new Date(range.fromMs - AROUND_MS).toISOString());
  query.set('to', new Date(range.untilMs + AROUND_MS).toISOString());
  return `/t?${query.toString()}`;
}

/** Makes the page of one announcement. */
export function createAnnouncementPage(data: AnnouncementData, frame: Frame): Page {
  const { announcement, revision, revisions } = data.stored;
  const timeline = toTimelineLink(announcement, data.measuredServices);
  const isUnsure = announcement.status !== 'published' && announcement.status !== 'reviewed';
  const main = html`<article>
  <p class="crumb"><a href="${linkTo(frame, '/announcements')}">Announcements</a></p>
  <h1>${announcement.title}</h1>
  ${isUnsure ? html`<div class="notice"><p><strong>${toPlainWords(announcement.status)}.</strong> This record has not passed review; do not rely on it alone.</p></div>` : ''}
  <p class="lead" lang="${announcement.language}">${announcement.summary}</p>
  ${timeline === undefined ? '' : html`<p><a class="button" href="${linkTo(frame, timeline)}">What was measured around it</a></p>`}
  <div class="columns"><section aria-labelledby="facts"><h2 id="facts">Record</h2>${renderFacts(announcement, frame)}</section>
    <div>${(announcement.quotes ?? []).length === 0 ? '' : html`<section aria-labelledby="quotes"><h2 id="quotes">In their words</h2>${renderQuotes(announcement)}</section>`}
    ${renderDoubts(announcement)}${renderLinks(data, frame)}</div></div>
  ${renderSources(announcement)}
  <p class="quiet">Revision ${revision}${revisions.length > 1 ? ` of ${revisions.length}, earlier ones are kept` : ''} · <code>${announcement.id}</code></p>
  </article>`;
  return {
    title: announcement.title,
    description: announcement.summary,
    current: 'announcements',
    main,
    jsonUrl: `/api/v1/announcements/${announcement.id}`,
  };
}

/** Newest first; those without a time last. */
export function sortAnnouncements(all: readonly StoredAnnouncement[]): StoredAnnouncement[] {
  const timeOf = ({ announcement }: StoredAnnouncement) =>
    announcedFromMs(announcement) ?? Number.NEGATIVE_INFINITY;
  return all.toSorted(
    (a, b) => timeOf(b) - timeOf(a) || a.announcement.id.localeCompare(b.announcement.id),
  );
}
