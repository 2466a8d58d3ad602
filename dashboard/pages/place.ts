/**
 * One service, one country or one network: what holds there now in a sentence, each answer with its last twelve months,
 * incidents and announcements. Views of the timeline with words around them.
 */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Availability, NetworkState } from '../../db/availability-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { Vantage } from '../../probes/types.ts';
import type { ColumnBucket } from '../columns.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { sayIn } from '../i18n/places.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatAge, formatCountry, formatStated } from '../i18n/times.ts';
import { LOOKS } from '../palette.ts';
import { renderNetworkState, renderStripCell } from './answer-networks.ts';
import { countRestricted, countTelling, toAnswerPath } from './answer-path.ts';
import { ANSWER_LOOKS, sayAnswerShort } from './answer-sentence.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderIncidentTable } from './incident-words.ts';
import { renderInterval } from './interval.ts';
import { toFormUrls } from './page-forms.ts';
import { listSince } from './since.ts';
import { toStateClass } from './states.ts';
import { renderMonths, toStripRange } from './year-strip.ts';

/** A line of the page: an answer, or of a network its part in one. */
export type PlaceLine = {
  readonly availability: Availability;
  /** Present on the page of a network. */
  readonly network?: NetworkState;
  /** Days of all the vantages that the line speaks of. */
  readonly buckets: readonly ColumnBucket[];
};

/** What the page is about. */
export type Subject =
  | { readonly kind: 'service'; readonly id: string; readonly name: string }
  | { readonly kind: 'country'; readonly code: string }
  | {
      readonly kind: 'network';
      readonly asn: number;
      readonly name: string;
      readonly countryCodes: readonly string[];
      readonly vantages: readonly Pick<Vantage, 'id' | 'networkName' | 'access'>[];
    };

/** What the page is drawn from. */
export type PlaceData = {
  readonly subject: Subject;
  readonly lines: readonly PlaceLine[];
  /** Newest first. */
  readonly incidents: readonly Incident[];
  /** Newest first; reviewed ones alone. */
  readonly announcements: readonly StoredAnnouncement[];
  readonly nameOf: ReadonlyMap<string, string>;
  /** Tells two states of the news apart. */
  readonly mark: string;
};

/** The same choice in the words of other addresses, e.g. `service=facebook`. */
function toFilter(subject: Subject): string {
  switch (subject.kind) {
    case 'service':
      return `service=${subject.id}`;
    case 'country':
      return `country=${subject.code}`;
    case 'network':
      return `asn=${subject.asn}`;
    default:
      return subject satisfies never;
  }
}

/** What the page is called. */
function nameSubject(subject: Subject, say: Say): string {
  switch (subject.kind) {
    case 'service':
      return subject.name;
    case 'country':
      return formatCountry(subject.code, say);
    case 'network':
      return `${sayNetwork(say, subject.name)} (AS${subject.asn})`;
    default:
      return subject satisfies never;
  }
}

type Answer = Availability['answer'];

/** The answer of a line: that of the country, or of the network alone. */
function toLineAnswer({ availability, network }: PlaceLine): Answer {
  if (network === undefined) return availability.answer;
  const answers = { blocked: 'yes', partly: 'partly', reachable: 'no', cannot_tell: 'cannot_tell' };
  return answers[network.state] as Answer;
}

const ORDER: readonly Answer[] = ['yes', 'partly', 'no', 'cannot_tell'];

/** All lines in one sentence, the worst first, e.g. `Facebook: blocked in Russia, not blocked in Poland and in Ukraine.` */
function summarisePlace({ subject, lines, nameOf }: PlaceData, say: Say): string {
  const parts = ORDER.flatMap((answer) => {
    const own = lines.filter((line) => toLineAnswer(line) === answer);
    if (own.length === 0) return [];
    const names = own.map(({ availability }) =>
      subject.kind === 'service'
        ? sayIn(say, availability.countryCode)
        : (nameOf.get(availability.service) ?? availability.service),
    );
    const list = joinWords([...new Set(names)], say);
    return subject.kind === 'service'
      ? [say.text(`place.list.${answer}`, { places: list })]
      : [say.text(`place.services.${answer}`, { services: list, n: names.length })];
  });
  return parts.length === 0
    ? say.text('answer.index_none')
    : `${nameSubject(subject, say)}: ${parts.join('; ')}.`;
}

function renderLineState(line: PlaceLine, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const { availability, network } = line;
  const { lastCheckedMs } = availability;
  const isRestricted = network === undefined || network.parts.length > 0;
  // Beside the state as it is stands when it became so.
  const onset = isRestricted ? listSince(network ?? availability).at(-1) : undefined;
  const checked = network === undefined ? lastCheckedMs : network.lastToldMs;
  const total = countTelling(availability);
  const look = ANSWER_LOOKS[availability.answer];
  return html`<span class="net-what">${
    network === undefined
      ? html`<span class="state ${toStateClass(look)}"><span class="glyph" aria-hidden="true">${LOOKS[look].glyph}</span>&nbsp;${sayAnswerShort(availability, say)}</span>
        <span class="quiet">${availability.answer === 'cannot_tell' ? say.text('incident.networks_count', { n: availability.networks.length }) : say.text('place.count', { n: countRestricted(availability), total })}</span>`
      : renderNetworkState(network, say)
  }${onset === undefined ? '' : html` <span class="quiet">${say.text(`answer.since.${onset.kind}`)}: ${renderInterval(onset.interval, say)}</span>`}${
    checked === undefined
      ? ''
      : html` <span class="quiet">${say.text('answer.last_data', { age: formatAge(checked, nowMs, say) })}</span>`
  }</span>`;
}

function renderLine(line: PlaceLine, data: PlaceData, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const { availability } = line;
  const { service, countryCode } = availability;
  const isService = data.subject.kind === 'service';
  const name = isService ? formatCountry(countryCode, say) : (data.nameOf.get(service) ?? service);
  const path = isService ? `/c/${countryCode}` : `/s/${service}`;
  return html`<li><span class="net-name"><a href="${linkTo(frame, path)}">${name}</a></span>
    ${renderLineState(line, frame)}
    ${renderStripCell(line.buckets, toStripRange(nowMs), say)}
    <span class="net-links"><a href="${linkTo(frame, toAnswerPath(availability))}">${say.text('place.answer')}<span class="unseen">: ${name}</span></a></span></li>`;
}

/** The worst first, then by country. */
function sortLines(lines: readonly PlaceLine[], say: Say): PlaceLine[] {
  const nameOf = ({ availability }: PlaceLine) => formatCountry(availability.countryCode, say);
  return lines.toSorted(
    (a, b) =>
      ORDER.indexOf(toLineAnswer(a)) - ORDER.indexOf(toLineAnswer(b)) ||
      nameOf(a).localeCompare(nameOf(b), say.locale),
  );
}

function renderLines(data: PlaceData, frame: Frame): Fragment {
  const { say } = frame;
  return html`<section aria-labelledby="now"><h2 id="now">${say.text('place.state_now')}</h2>
  ${
    data.lines.length === 0
      ? html`<p class="quiet">${say.text('place.lanes_none')}</p>`
      : html`<p class="quiet">${say.text('answer.strip_lead')}</p>
        <ul class="nets">${sortLines(data.lines, say).map((line) => renderLine(line, data, frame))}</ul>
        <div class="nets-axis">${renderMonths(toStripRange(frame.nowMs), say)}</div>`
  }
  <p><a class="button" href="${linkTo(frame, `/t?${toFilter(data.subject)}&range=1y`)}">${say.text('place.on_timeline')}</a></p></section>`;
}

function renderIncidents({ subject, incidents, nameOf }: PlaceData, frame: Frame): Fragment {
  const { say } = frame;
  const filter = subject.kind === 'network' ? '' : `?${toFilter(subject)}`;
  return html`<section aria-labelledby="incidents"><h2 id="incidents">${say.text('place.incidents_title')}</h2>
  ${incidents.length === 0 ? html`<p class="quiet">${say.text('place.incidents_none')}</p>` : renderIncidentTable(incidents, nameOf, frame)}
  <p><a href="${linkTo(frame, `/incidents${filter}`)}">${say.text('place.incidents_all')}</a></p></section>`;
}

/** Announcements as lines: when, what, by whom. */
function renderAnnouncementLines(
  announcements: readonly StoredAnnouncement[],
  frame: Frame,
): Fragment {
  return html`<ul class="told">${announcements.map(
    ({ announcement: { id, title, actor, announced_at, language } }) =>
      html`<li><span class="quiet">${formatStated(announced_at, frame.say)}</span>
      <a href="${linkTo(frame, `/a/${id}`)}" lang="${language}">${title}</a> <span class="quiet" lang="${language}">${actor.name}</span></li>`,
  )}</ul>`;
}

function renderAnnouncements({ subject, announcements }: PlaceData, frame: Frame): Fragment {
  const { say } = frame;
  const filter = subject.kind === 'network' ? '' : `?${toFilter(subject)}`;
  return html`<section aria-labelledby="announced"><h2 id="announced">${say.text('place.announcements_title')}</h2>
  ${announcements.length === 0 ? html`<p class="quiet">${say.text('place.announcements_none')}</p>` : renderAnnouncementLines(announcements, frame)}
  <p><a href="${linkTo(frame, `/ledger${filter}`)}">${say.text('place.in_ledger')}</a> · <a href="${linkTo(frame, '/announcements')}">${say.text('place.announcements_all')}</a></p></section>`;
}

function renderNetworkFacts(subject: Subject, frame: Frame): Fragment {
  if (subject.kind !== 'network') return html``;
  const { say } = frame;
  return html`<dl class="facts"><dt>${say.text('incident.country')}</dt><dd>${subject.countryCodes.map(
    (code, index) =>
      html`${index === 0 ? '' : ', '}<a href="${linkTo(frame, `/c/${code}`)}">${formatCountry(code, say)}</a>`,
  )}</dd><dt>${say.text('place.vantages')}</dt><dd>${subject.vantages.map(
    ({ id, access }, index) =>
      html`${index === 0 ? '' : ', '}<a href="${linkTo(frame, `/v/${id}`)}">${id}</a> <span class="quiet">${say.text(`vantages.access.${access}`)}</span>`,
  )}</dd></dl>`;
}

function describePlace(subject: Subject, say: Say): string {
  switch (subject.kind) {
    case 'service':
      return say.text('place.description_service', { service: subject.name });
    case 'country':
      return say.text('place.description_country', { place: sayIn(say, subject.code) });
    case 'network':
      return say.text('place.description_network', { name: nameSubject(subject, say) });
    default:
      return subject satisfies never;
  }
}

/** Makes the page. */
export function createPlacePage(data: PlaceData, frame: Frame): Page {
  const { say } = frame;
  const name = nameSubject(data.subject, say);
  const main = html`<article id="place" data-region><p class="crumb"><a href="${linkTo(frame, '/is')}">${say.text('answer.index_title')}</a></p>
  <h1>${name}</h1>
  <p class="lead">${summarisePlace(data, say)}</p>
  ${renderNetworkFacts(data.subject, frame)}
  ${renderLines(data, frame)}
  ${renderIncidents(data, frame)}
  ${renderAnnouncements(data, frame)}</article>`;
  return {
    title: name,
    description: describePlace(data.subject, say),
    current: 'now',
    main,
    live: { mark: data.mark, isTimed: true },
    forms: toFormUrls(frame),
  };
}
