/**
 * The answer page: is this service blocked in this country, since when, on which networks, how sure is that, what was
 * announced, and what cannot be seen. Everything stands in the HTML; no script is needed for any of it.
 */
import { html } from 'hono/html';
import type { Availability, NetworkState } from '../../db/availability-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { LedgerGroup } from '../../db/ledger-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { sayIn } from '../i18n/places.ts';
import type { Say } from '../i18n/say.ts';
import { formatLongDay } from '../i18n/times.ts';
import { LOOKS } from '../palette.ts';
import { pickGroup, pickTold, renderTriple, renderUnannounced } from './announced-measured.ts';
import { type Blindness, renderBlindness, renderSureness, type Sureness } from './answer-doubts.ts';
import { type NetworkView, pickBlockEvidence, renderNetworks } from './answer-networks.ts';
import { countTelling, findOldestTold, toAnswerPath } from './answer-path.ts';
import { ANSWER_LOOKS, sayAnswer, sayAnswerShort, sayAnswerWord } from './answer-sentence.ts';
import { type EmbedAddresses, renderEmbedBox } from './embed.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderInterval } from './interval.ts';
import { renderLiveAge } from './live-block.ts';
import { toFormUrls } from './page-forms.ts';
import { renderMessage } from './rich-text.ts';
import { listSince } from './since.ts';
import { toStateClass } from './states.ts';
import { renderTime } from './time.ts';
import { renderMonths, type StripMark, toStripRange } from './year-strip.ts';

/** What an answer is drawn from. */
export type AnswerData = {
  readonly availability: Availability;
  readonly service: { readonly id: string; readonly name: string };
  readonly networks: readonly NetworkView[];
  readonly sureness: Sureness;
  readonly blindness: Blindness;
  /** Of the service in the country, newest announcement first; absent before the ledger was built. */
  readonly ledger?: { readonly revision: number; readonly groups: readonly LedgerGroup[] };
  /** Networks with a restriction that goes on and that no announcement covers. */
  readonly unannounced: readonly string[];
  /** Newest first. */
  readonly incidents: readonly Incident[];
  readonly rulesetVersion: string;
  /** The same service elsewhere and other services here. */
  readonly elsewhere: readonly Availability[];
  readonly here: readonly Availability[];
  readonly nameOf: ReadonlyMap<string, string>;
  /** Address of this page for people who write it down, with its host. */
  readonly url: string;
  /** Tells two states of the news apart. */
  readonly mark: string;
  /** Where others find it as a frame, badge and card; absent when the server does not know its own address. */
  readonly embed?: EmbedAddresses;
};

function renderSentence({ availability, service }: AnswerData, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const look = ANSWER_LOOKS[availability.answer];
  return html`<p class="answer-sentence ${toStateClass(look)}"><span class="glyph" aria-hidden="true">${LOOKS[look].glyph}</span>
    <strong>${sayAnswerWord(availability, say)}</strong> ${sayAnswer(availability, { serviceName: service.name, nowMs }, say)}</p>`;
}

/** The network whose evidence stands for the answer: the first that was restricted, or else the one measured last. */
function pickWitness({ networks }: Availability): NetworkState | undefined {
  const restricted = networks
    .filter(
      ({ state, since }) => (state === 'blocked' || state === 'partly') && since !== undefined,
    )
    .toSorted((a, b) => (a.since?.byMs ?? 0) - (b.since?.byMs ?? 0));
  return (
    restricted.find(({ evidence }) => evidence?.lastGoodId !== undefined) ??
    restricted[0] ??
    networks
      .filter(({ lastToldId }) => lastToldId !== undefined)
      .toSorted((a, b) => (b.lastToldMs ?? 0) - (a.lastToldMs ?? 0))[0]
  );
}

function renderProof({ availability }: AnswerData, frame: Frame): Fragment {
  const { say } = frame;
  const witness = pickWitness(availability);
  const block = witness && pickBlockEvidence(witness);
  const links = (
    [
      ['answer.evidence.before', witness?.evidence?.lastGoodId],
      ['answer.evidence.after', witness?.evidence?.firstBadId],
      ['answer.evidence.before_block', block?.lastOtherId],
      ['answer.evidence.block', block?.firstId],
      ['answer.evidence.newest', witness?.lastToldId],
    ] as const
  ).flatMap(([key, id]) =>
    id === undefined
      ? []
      : [html`<a class="button" href="${linkTo(frame, `/m/${id}`)}">${say.text(key)}</a> `],
  );
  if (links.length === 0) return html`<p class="quiet">${say.text('answer.evidence_none')}</p>`;
  return html`<nav class="proof" aria-label="${say.text('answer.evidence_title')}"><span class="quiet">${say.text('answer.evidence_title')}, ${sayNetwork(say, witness?.networkName ?? '')}:</span>
    ${links}</nav>`;
}

function renderIncidents({ incidents }: AnswerData, frame: Frame): Fragment {
  const { say } = frame;
  const open = incidents.filter(({ state }) => state !== 'closed');
  const [last] = incidents;
  const link = ({ id, onset }: Incident) =>
    html`<a href="${linkTo(frame, `/i/${id}`)}">${renderTime(onset.byMs, say)}</a>`;
  const body =
    open.length > 0
      ? open.map(
          (one) =>
            html`<li>${renderMessage(say, 'answer.incident_open', { link: link(one) })}</li>`,
        )
      : last === undefined
        ? html`<li class="quiet">${say.text('answer.incident_never')}</li>`
        : html`<li>${renderMessage(say, 'answer.incident_last', { link: link(last) })}</li>`;
  return html`<dt>${say.text('answer.incidents_title')}</dt><dd><ul class="bare">${body}</ul></dd>`;
}

function renderFacts(data: AnswerData, frame: Frame): Fragment {
  const { say } = frame;
  const { lastCheckedMs, blocked, partly } = data.availability;
  const total = countTelling(data.availability);
  const oldestMs = findOldestTold(data.availability);
  return html`<dl class="facts">
    ${listSince(data.availability).map(({ kind, interval }) => html`<dt>${say.text(`answer.since.${kind}`)}</dt><dd>${renderInterval(interval, say)}</dd>`)}
    ${total === 0 ? '' : html`<dt>${say.text('answer.networks')}</dt><dd>${say.text('answer.measured_of', { n: blocked + partly, total })}</dd>`}
    ${lastCheckedMs === undefined ? '' : html`<dt>${say.text('answer.checked')}</dt><dd>${renderLiveAge(lastCheckedMs, frame)} <span class="note">${renderTime(lastCheckedMs, say)}</span></dd>`}
    ${oldestMs === undefined ? '' : html`<dt>${say.text('answer.oldest')}</dt><dd>${renderLiveAge(oldestMs, frame)} <span class="note">${renderTime(oldestMs, say)}</span></dd>`}
    ${renderIncidents(data, frame)}</dl>`;
}

function renderAnnounced(data: AnswerData, frame: Frame): Fragment {
  const { say } = frame;
  const { ledger, availability, unannounced } = data;
  const told = pickTold(ledger?.groups ?? [], availability);
  const isRestricted = availability.blocked + availability.partly > 0;
  const query = `service=${availability.service}&country=${availability.countryCode}`;
  return html`<section aria-labelledby="announced"><h2 id="announced">${say.text('effect.heading')}</h2>
  ${
    ledger === undefined
      ? html`<p class="quiet">${say.text('effect.not_built')}</p>`
      : told.length === 0
        ? html`<p>${say.text(isRestricted || unannounced.length > 0 ? 'effect.none' : 'effect.none_on_record')}</p>`
        : html`${told.map((group) => renderTriple(group, frame))}
          ${renderUnannounced(unannounced, say)}`
  }
  ${ledger === undefined ? '' : html`<p><a href="${linkTo(frame, `/ledger?${query}`)}">${say.text('effect.in_ledger')}</a></p>`}</section>`;
}

/** The instants of the announcement, for lines through the strips. */
function listMarks({ ledger }: AnswerData): StripMark[] {
  const group = ledger && pickGroup(ledger.groups);
  return [
    ...(group?.announced ? [{ kind: 'announced', atMs: group.announced.earliestMs } as const] : []),
    ...(group?.effective ? [{ kind: 'effective', atMs: group.effective.earliestMs } as const] : []),
  ];
}

function renderNetworkSection(data: AnswerData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.networks.length === 0) return html``;
  const range = toStripRange(frame.nowMs);
  return html`<section aria-labelledby="networks"><h2 id="networks">${say.text('answer.networks')}</h2>
  <p class="quiet">${say.text('answer.strip_lead')}</p>
  ${renderNetworks(data.networks, { range, marks: listMarks(data) }, frame)}
  <div class="nets-axis">${renderMonths(range, say)}</div></section>`;
}

/** Answers as links, each with its word. */
export function renderAnswerLinks(
  answers: readonly Availability[],
  nameOf: (one: Availability) => string,
  frame: Frame,
): Fragment {
  return html`<ul class="answer-links">${answers.map((one) => {
    const look = ANSWER_LOOKS[one.answer];
    return html`<li><a href="${linkTo(frame, toAnswerPath(one))}">${nameOf(one)}</a> <span class="state ${toStateClass(look)}"><span class="glyph" aria-hidden="true">${LOOKS[look].glyph}</span>&nbsp;${sayAnswerShort(one, frame.say)}</span></li>`;
  })}</ul>`;
}

/** The same answers under a heading; nothing when there are none. */
function renderOthers(
  title: string,
  answers: readonly Availability[],
  nameOf: (one: Availability) => string,
  frame: Frame,
): Fragment {
  if (answers.length === 0) return html``;
  return html`<section><h2>${title}</h2>${renderAnswerLinks(answers, nameOf, frame)}</section>`;
}

function renderCite(data: AnswerData, question: string, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const path = toAnswerPath(data.availability);
  const revisions = [
    ...(data.ledger === undefined
      ? []
      : [say.text('answer.cite_ledger', { revision: data.ledger.revision })]),
    say.text('answer.cite_rules', { ruleset: data.rulesetVersion }),
  ].join(' · ');
  const { service, countryCode } = data.availability;
  return html`<section aria-labelledby="cite"><h2 id="cite">${say.text('answer.cite_title')}</h2>
  <p class="cite">${renderMessage(say, 'answer.cite', {
    question,
    answer: `${sayAnswerWord(data.availability, say)} ${sayAnswer(data.availability, { serviceName: data.service.name, nowMs }, say)}`,
    url: html`<span class="reference">${data.url}</span>`,
    revisions,
    day: formatLongDay(nowMs, say),
  })}</p>
  <p class="note">${say.text('answer.cite_note')}</p>
  <p>${renderMessage(say, 'answer.downloads', {
    csv: html`<a href="${path}.csv">CSV</a>`,
    json: html`<a href="${path}.json">JSON</a>`,
    timeline: html`<a href="${linkTo(frame, `/t?service=${service}&country=${countryCode}&range=1y`)}">${say.text('answer.timeline')}</a>`,
  })}</p></section>`;
}

/** The question of the page. */
export function sayQuestion(serviceName: string, countryCode: string, say: Say): string {
  return say.text('answer.question', { service: serviceName, place: sayIn(say, countryCode) });
}

function renderEmpty(frame: Frame): Fragment {
  const { say } = frame;
  const link = html`<a href="${linkTo(frame, '/volunteers')}">${say.text('answer.how_to_run')}</a>`;
  return html`<p>${renderMessage(say, 'answer.run_one', { link })}</p>`;
}

/** Makes the page. */
export function createAnswerPage(data: AnswerData, frame: Frame): Page {
  const { say, nowMs } = frame;
  const { availability, service } = data;
  const { countryCode } = availability;
  const question = sayQuestion(service.name, countryCode, say);
  const isEmpty = data.networks.length === 0;
  const main = html`<article class="answer-page"><div id="answer" data-region><p class="crumb"><a href="${linkTo(frame, `/s/${service.id}`)}">${service.name}</a> · <a href="${linkTo(frame, `/c/${countryCode}`)}">${say.text('place.country_page', { place: sayIn(say, countryCode) })}</a></p>
  <h1>${question}</h1>
  ${renderSentence(data, frame)}
  ${isEmpty ? renderEmpty(frame) : html`${renderProof(data, frame)}${renderFacts(data, frame)}`}
  ${renderAnnounced(data, frame)}
  ${renderNetworkSection(data, frame)}
  ${isEmpty ? '' : html`<div class="columns">${renderSureness(data.sureness, service.name, frame)}${renderBlindness(data.blindness, frame)}</div>`}
  <div class="columns">${renderCite(data, question, frame)}
  <div>${renderOthers(
    say.text('answer.here', { place: sayIn(say, countryCode) }),
    data.here,
    (one) => data.nameOf.get(one.service) ?? one.service,
    frame,
  )}
    ${renderOthers(
      say.text('answer.elsewhere', { service: service.name }),
      data.elsewhere,
      (one) => sayIn(say, one.countryCode),
      frame,
    )}</div></div></div>
  ${data.embed === undefined ? '' : renderEmbedBox(data.embed, frame)}</article>`;
  const answer = `${sayAnswerWord(availability, say)} ${sayAnswer(availability, { serviceName: service.name, nowMs }, say)}`;
  return {
    title: question,
    description: say.text('answer.description', { answer }),
    current: 'now',
    main,
    live: { mark: data.mark, isTimed: true },
    forms: toFormUrls(frame),
    ...(data.embed === undefined ? {} : { cardUrl: data.embed.cardUrl }),
  };
}
