/** One announcement: who said what, from when, on which basis, and where the sources disagree. */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import { toTimeBox } from '../format.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { isMessageKey } from '../i18n/texts.ts';
import {
  formatCountry,
  formatDay,
  formatLanguage,
  formatOffset,
  formatZone,
} from '../i18n/times.ts';
import {
  sayAction,
  sayActor,
  sayAnnouncedFunction,
  sayBasis,
  sayCertainty,
  sayMeasure,
  sayPoint,
  sayPrecision,
  sayScope,
  saySource,
  sayStatus,
  saySubject,
} from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import { type AnnouncementEffect, renderAnnouncementEffect } from './announcement-effect.ts';
import type { Announcement } from './announcement-times.ts';
import { renderStatedBoth, toAnnouncementRange } from './announcement-times.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** What the page of an announcement is drawn from. */
export type AnnouncementData = {
  readonly stored: StoredAnnouncement;
  /** Titles of the announcements that this one names or is named by. */
  readonly titleOf: ReadonlyMap<string, string>;
  readonly effect: AnnouncementEffect;
  /** Ids of the services that are measured here. */
  readonly measuredServices: readonly string[];
};

type TimePoint = Announcement['announced_at'];

/** An address becomes a link only when a browser may follow it; everything else stays text. */
function renderReference(reference: string): Fragment {
  if (!/^https?:\/\/[^\s]+$/i.test(reference))
    return html`<span class="reference">${reference}</span>`;
  return html`<a class="reference" rel="noreferrer nofollow" href="${reference}">${reference}</a>`;
}

/** The zone that the source counts in, with its distance from UTC at that time. */
function sayZone(time: TimePoint, say: Say): string {
  const { tz } = time;
  if (tz === null) return say.text('announcements.zone_as_utc');
  if (tz === 'UTC') return say.text('announcements.zone_utc');
  const atMs = toTimeBox(time)?.fromMs;
  const zone = formatZone(tz, say);
  return atMs === undefined
    ? zone
    : say.text('announcements.zone_counted', { zone, offset: formatOffset(atMs, tz) });
}

function renderTimePoint(
  kind: keyof typeof ANNOUNCEMENT_MARKS,
  time: TimePoint | null,
  { language }: Announcement,
  say: Say,
): Fragment {
  const { glyph } = ANNOUNCEMENT_MARKS[kind];
  const term = html`<dt><span class="glyph" aria-hidden="true">${glyph}</span> ${sayPoint(say, kind)}</dt>`;
  if (time === null) return html`${term}<dd>${renderAbsent(say)}</dd>`;
  const { value, earliest, latest, stated_as: words, inference } = time;
  const notes = [sayPrecision(say, time.precision), sayZone(time, say), sayBasis(say, time.basis)];
  const bounds = { first: earliest ?? '…', last: latest ?? '…' };
  const isBounded = value === null && (earliest !== null || latest !== null);
  return html`${term}<dd><strong>${renderStatedBoth(time, say)}</strong>
    <span class="quiet">${notes.join(' · ')}</span>
    ${isBounded ? html`<span class="note">${say.text('announcements.between', bounds)}</span>` : ''}
    ${typeof words === 'string' ? html`<span class="note">${renderMessage(say, 'announcements.in_source', { words: html`<span lang="${language}">“${words}”</span>` })}</span>` : ''}
    ${typeof inference === 'string' ? html`<span class="note" lang="${language}">${inference}</span>` : ''}</dd>`;
}

function renderAbsent(say: Say, key: 'not_stated' | 'none_named' = 'not_stated'): Fragment {
  return html`<span class="quiet">${say.text(`announcements.${key}`)}</span>`;
}

/** A name that the record gives freely: most are services that we have a word for. */
function sayExempt(service: string, say: Say): string {
  const key = `words.subject.${service}`;
  return isMessageKey(key) ? say.text(key) : service;
}

function renderScope(announcement: Announcement, say: Say): Fragment {
  const {
    language,
    services_in_scope: services,
    services_exempt: exempt,
    regions,
    functions_in_scope: functions = [],
  } = announcement;
  const places = regions.codes.map((code) => (code.length === 2 ? formatCountry(code, say) : code));
  const names = services.map((service) => saySubject(say, service));
  const parts = functions.map((part) => sayAnnouncedFunction(say, part));
  return html`<dt>${say.text('announcements.services')}</dt><dd>${names.length === 0 ? renderAbsent(say, 'none_named') : joinWords(names, say)}</dd>
    ${exempt.map(({ service, explicit, reason }) => html`<dt>${say.text('announcements.exempt')}</dt><dd>${say.text(explicit ? 'announcements.exempt_named' : 'announcements.exempt_unnamed', { service: sayExempt(service, say) })}${reason === undefined ? '' : html` <span class="quiet" lang="${language}">${reason}</span>`}</dd>`)}
    <dt>${say.text('announcements.functions')}</dt><dd>${parts.length === 0 ? renderAbsent(say) : joinWords(parts, say)}</dd>
    <dt>${say.text('announcements.regions')}</dt><dd>${sayScope(say, regions.kind)}${places.length === 0 ? '' : `: ${joinWords(places, say)}`}${regions.note === undefined ? '' : html` <span class="note" lang="${language}">${regions.note}</span>`}</dd>`;
}

/** A fact of the record in its own language; nothing when it is absent. */
function renderGiven(
  term: 'addressed_to' | 'known_by',
  value: string | null | undefined,
  language: string,
  say: Say,
): Fragment {
  if (typeof value !== 'string') return html``;
  return html`<dt>${say.text(`announcements.${term}`)}</dt><dd lang="${language}">${value}</dd>`;
}

function renderFacts(announcement: Announcement, say: Say): Fragment {
  const { actor, language, measure_kind: measure, legal_basis: legalBasis = [] } = announcement;
  const actorNotes = [
    sayActor(say, actor.kind),
    ...(typeof actor.country === 'string' ? [formatCountry(actor.country, say)] : []),
  ];
  const acts = [
    sayAction(say, announcement.action_kind),
    ...(typeof measure === 'string' ? [sayMeasure(say, measure)] : []),
  ];
  return html`<dl class="facts">
    <dt>${say.text('announcements.by')}</dt><dd><span lang="${language}">${actor.name}</span> <span class="quiet">${actorNotes.join(', ')}</span></dd>
    <dt>${say.text('announcements.act')}</dt><dd>${acts.join(', ')}</dd>
    ${renderGiven('addressed_to', announcement.addressee, language, say)}
    ${renderGiven('known_by', announcement.reported_by, language, say)}
    ${renderTimePoint('announced', announcement.announced_at, announcement, say)}
    ${renderTimePoint('effective', announcement.effective_at, announcement, say)}
    ${renderTimePoint('lifted', announcement.lifted_at, announcement, say)}
    ${renderScope(announcement, say)}
    ${legalBasis.map(({ text, ref }) => html`<dt>${say.text('announcements.legal_basis')}</dt><dd><span lang="${language}">${text}</span>${typeof ref === 'string' ? html` <code>${ref}</code>` : ''}</dd>`)}
    <dt>${say.text('announcements.status')}</dt><dd>${sayStatus(say, announcement.status)}, ${sayCertainty(say, announcement.confidence)}</dd>
  </dl>`;
}

function renderQuotes({ quotes = [], language }: Announcement, say: Say): Fragment {
  if (quotes.length === 0) return html``;
  return html`<section aria-labelledby="quotes"><h2 id="quotes">${say.text('announcements.quotes')}</h2>${quotes.map(
    ({ text, speaker, source: reference }) => {
      const source = renderReference(reference);
      return html`<figure class="quote"><blockquote lang="${language}">${text}</blockquote>
      <figcaption>${
        typeof speaker === 'string'
          ? renderMessage(say, 'announcements.quoted', {
              speaker: html`<span lang="${language}">${speaker}</span>`,
              source,
            })
          : renderMessage(say, 'announcements.quoted_alone', { source })
      }</figcaption></figure>`;
    },
  )}</section>`;
}

type Source = Announcement['sources'][number];

function renderSourceCell(source: Source, language: string, say: Say): Fragment {
  const notes = [
    saySource(say, source.kind),
    ...(typeof source.language === 'string' ? [source.language] : []),
  ];
  return html`<td>${renderReference(source.ref)} <span class="quiet">${notes.join(', ')}</span>
        ${typeof source.archive_url === 'string' ? html`<span class="note">${renderMessage(say, 'announcements.archived', { link: renderReference(source.archive_url) })}</span>` : ''}
        ${typeof source.seen_via === 'string' ? html`<span class="note">${renderMessage(say, 'announcements.seen_via', { place: html`<span lang="${language}">${source.seen_via}</span>` })}</span>` : ''}
        ${typeof source.content_sha256 === 'string' ? html`<span class="note">SHA-256 <code class="hash">${source.content_sha256}</code></span>` : ''}</td>`;
}

/** A day as the page writes days; what is stated more exactly stays as it is. */
function renderDay(stated: string | null | undefined, say: Say): Fragment {
  if (typeof stated !== 'string') return renderAbsent(say);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(stated);
  return html`<time datetime="${stated}">${isDay ? formatDay(Date.parse(stated), { ...say, timeZone: 'UTC' }) : stated}</time>`;
}

const SOURCE_HEADS = ['source', 'publisher', 'published', 'retrieved', 'supports'] as const;

function renderSources({ sources, language }: Announcement, say: Say): Fragment {
  return html`<section aria-labelledby="sources"><h2 id="sources">${say.text('announcements.sources')}</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="${say.text('announcements.sources_table')}"><table class="list wide"><caption class="unseen">${say.text('announcements.sources_caption')}</caption>
    <thead><tr>${SOURCE_HEADS.map((head) => html`<th scope="col">${say.text(`announcements.${head}`)}</th>`)}</tr></thead>
    <tbody>${sources.map(
      (source) => html`<tr>${renderSourceCell(source, language, say)}
        <td lang="${language}">${source.publisher ?? renderAbsent(say)}</td><td class="date">${renderDay(source.published_at, say)}</td>
        <td class="date">${renderDay(source.retrieved_at, say)}</td><td lang="${language}">${source.supports.join(', ')}</td></tr>`,
    )}</tbody></table></div></section>`;
}

function renderLinks(data: AnnouncementData, frame: Frame): Fragment {
  const { say } = frame;
  const { announcement, linkedFrom } = data.stored;
  if (announcement.links.length + linkedFrom.length === 0) return html``;
  const toLink = (id: string) => {
    const title = data.titleOf.get(id);
    if (title === undefined)
      return html`<code>${id}</code> <span class="quiet">${say.text('announcements.not_reviewed')}</span>`;
    return html`<a href="${linkTo(frame, `/a/${id}`)}" lang="${announcement.language}">${title}</a>`;
  };
  return html`<section aria-labelledby="links"><h2 id="links">${say.text('announcements.related')}</h2><ul>
    ${announcement.links.map(({ rel, id }) => html`<li>${renderMessage(say, `announcements.rel.${rel}`, { link: toLink(id) })}</li>`)}
    ${linkedFrom.map(({ rel, id }) => html`<li>${renderMessage(say, `announcements.back.${rel}`, { link: toLink(id) })}</li>`)}</ul></section>`;
}

function renderDoubts(announcement: Announcement, say: Say): Fragment {
  const { conflicts = [], corroboration = [], language } = announcement;
  return html`${
    conflicts.length === 0
      ? ''
      : html`<section aria-labelledby="conflicts"><h2 id="conflicts">${say.text('announcements.conflicts')}</h2><ul class="conflicts" lang="${language}">${conflicts.map((text) => html`<li>${text}</li>`)}</ul></section>`
  }${
    corroboration.length === 0
      ? ''
      : html`<section aria-labelledby="corroboration"><h2 id="corroboration">${say.text('announcements.corroboration')}</h2><ul lang="${language}">${corroboration.map(({ ref, says }) => html`<li>${says} <span class="note">${renderReference(ref)}</span></li>`)}</ul></section>`
  }`;
}

const AROUND_MS = 14 * 86_400_000;

/** Address of the timeline around an announcement, with the services and countries that it names. */
function toTimelineLink(
  announcement: Announcement,
  measuredServices: readonly string[],
): string | undefined {
  const range = toAnnouncementRange(announcement);
  if (range === undefined) return undefined;
  const services = announcement.services_in_scope.filter((service) =>
    measuredServices.includes(service),
  );
  const countries = new Set(announcement.regions.codes.map((code) => code.slice(0, 2)));
  const query = new URLSearchParams();
  if (services.length > 0) query.set('service', services.join(','));
  if (countries.size > 0) query.set('country', [...countries].join(','));
  query.set('from', new Date(range.fromMs - AROUND_MS).toISOString());
  query.set('to', new Date(range.untilMs + AROUND_MS).toISOString());
  return `/t?${query.toString()}`;
}

/** Says in which language the record is, when it is not that of the page. */
function renderLanguage({ language }: Announcement, say: Say): Fragment {
  if (language === say.locale) return html``;
  const named = { language: formatLanguage(language, say) };
  return html`<p class="quiet">${say.text('announcements.other_language', named)}</p>`;
}

function renderRevision({ revision, revisions }: StoredAnnouncement, say: Say): string {
  if (revisions.length < 2) return say.text('announcements.revision', { n: revision });
  return say.text('announcements.revision_of', { n: revision, all: revisions.length });
}

/** Makes the page of one announcement. */
export function createAnnouncementPage(data: AnnouncementData, frame: Frame): Page {
  const { say } = frame;
  const { announcement } = data.stored;
  const { title, summary, language, status } = announcement;
  const timeline = toTimelineLink(announcement, data.measuredServices);
  const isUnsure = status !== 'published' && status !== 'reviewed';
  const main = html`<article>
  <p class="crumb"><a href="${linkTo(frame, '/announcements')}">${say.text('announcements.title')}</a></p>
  <h1 lang="${language}">${title}</h1>
  ${isUnsure ? html`<div class="notice"><p><strong>${sayStatus(say, status)}.</strong> ${say.text('announcements.unsure')}</p></div>` : ''}
  <p class="lead" lang="${language}">${summary}</p>
  ${renderLanguage(announcement, say)}
  ${timeline === undefined ? '' : html`<p><a class="button" href="${linkTo(frame, timeline)}">${say.text('announcements.around')}</a></p>`}
  <div class="columns"><section aria-labelledby="facts"><h2 id="facts">${say.text('announcements.record')}</h2>${renderFacts(announcement, say)}</section>
    <div>${renderQuotes(announcement, say)}
    ${renderDoubts(announcement, say)}${renderLinks(data, frame)}</div></div>
  ${renderAnnouncementEffect(data.effect, frame)}
  ${renderSources(announcement, say)}
  <p class="quiet">${renderRevision(data.stored, say)} · <code>${announcement.id}</code></p>
  </article>`;
  return {
    title,
    description: summary,
    current: 'announcements',
    main,
    // Without a date there is no range to draw.
    forms: toFormUrls(
      frame,
      toAnnouncementRange(announcement) === undefined ? ['csv', 'json'] : undefined,
    ),
  };
}
