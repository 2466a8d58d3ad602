/** One incident: what, where and since when, network by network, what was announced, the evidence, and the log. */
import { html } from 'hono/html';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode, Incident, Interval } from '../../db/incident-types.ts';
import type { LedgerGroup } from '../../db/ledger-types.ts';
import { toIsoMinute } from '../format.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry, formatDay, formatInstant, formatTime, formatZone } from '../i18n/times.ts';
import { sayFunction, sayMechanism } from '../i18n/words.ts';
import { renderTriple, renderUnannounced } from './announced-measured.ts';
import { toAnswerPath } from './answer-path.ts';
import { type EvidencePair, renderPair } from './evidence-pairs.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { type NetworkNames, renderLog } from './incident-log.ts';
import { renderIncidentState, sayIncident, sayLength, saySeverity } from './incident-words.ts';
import { renderInterval } from './interval.ts';
import { toFormUrls } from './page-forms.ts';
import { type Opinion, renderOpinions } from './second-opinion.ts';
import { listIncidentSince } from './since.ts';
import { renderDotted, renderMechanism } from './states.ts';

/** What the page is drawn from. */
export type IncidentData = {
  readonly incident: Incident;
  readonly serviceName: string;
  readonly log: readonly StoredIncidentEntry[];
  readonly names: NetworkNames;
  readonly pairs: readonly EvidencePair[];
  /** Networks with a pair that is not shown. */
  readonly morePairs: number;
  /** Groups of the ledger that quote one of the restrictions; absent before the ledger was built. */
  readonly groups?: readonly LedgerGroup[];
  /** What the second detector says of the first restriction at each vantage. */
  readonly opinions: readonly Opinion[];
  /** Networks with a restriction that the ledger has among those never announced. */
  readonly unannounced: readonly string[];
};

/** Address of the network of a restriction. */
function toNetworkPath({ asn, vantageId }: Episode): string {
  return asn === 0 ? `/v/${vantageId}` : `/as/${asn}`;
}

/** Networks as links, each once. */
function renderNetworkLinks(episodes: readonly Episode[], frame: Frame): Fragment {
  const named = new Map(
    episodes.map((one) => [toNetworkPath(one), sayNetwork(frame.say, one.networkName)]),
  );
  return html`${[...named].map(
    ([path, name], index) =>
      html`${index === 0 ? '' : ', '}<a href="${linkTo(frame, path)}">${name}</a>`,
  )}`;
}

function renderFacts(data: IncidentData, frame: Frame): Fragment {
  const { say } = frame;
  const { incident } = data;
  const { state, severity, onset, end, mechanism, episodes } = incident;
  const blocked = listIncidentSince(incident).filter(({ kind }) => kind === 'blocked');
  return html`<dl class="facts">
    <dt>${say.text('incident.fact.state')}</dt><dd>${renderIncidentState(state, say)} <span class="quiet">${say.text(`incident.state_note.${state}`)}</span></dd>
    <dt>${say.text('incident.fact.severity')}</dt><dd><strong>${saySeverity(severity, say)}</strong> <span class="quiet">${say.text(`incident.severity_note.${severity}`)}</span></dd>
    <dt>${say.text('incident.fact.began')}</dt><dd>${renderInterval(onset, say)}</dd>
    ${blocked.map(({ interval }) => html`<dt>${say.text('answer.since.blocked')}</dt><dd>${renderInterval(interval, say)}</dd>`)}
    <dt>${say.text('incident.fact.ended')}</dt><dd>${end === undefined ? say.text('incident.goes_on') : renderInterval(end, say)}</dd>
    <dt>${say.text('incident.fact.length')}</dt><dd>${sayLength(incident, frame)}</dd>
    <dt>${say.text('incident.fact.networks')}</dt><dd>${renderNetworkLinks(episodes, frame)}</dd>
    ${mechanism === undefined ? '' : html`<dt>${say.text('incident.fact.mechanism')}</dt><dd>${renderMechanism(mechanism, say)}</dd>`}
  </dl>`;
}

/** An instant that leads to its measurement; the heading names the zone. */
function renderMeasured(atMs: number, id: string | undefined, frame: Frame): Fragment {
  const { say } = frame;
  const time = html`<time datetime="${toIsoMinute(atMs)}">${formatTime(atMs, say)}</time>`;
  return id === undefined || id === ''
    ? time
    : html`<a href="${linkTo(frame, `/m/${id}`)}">${time}</a>`;
}

function renderBounds(
  { afterMs, byMs }: Interval,
  [afterId, byId]: readonly [string | undefined, string | undefined],
  frame: Frame,
): Fragment {
  const { say } = frame;
  return html`${afterMs === undefined ? html`<span class="quiet">${say.text('incident.not_before')},</span>` : html`${renderMeasured(afterMs, afterId, frame)} <span class="quiet">${say.text('incident.to')}</span>`} ${renderMeasured(byMs, byId, frame)}`;
}

/** Levels that are shown at once; of more the first and the newest are. */
const MAX_LEVELS = 4;

/** When it began, and when a part became the whole, or the whole a part. */
function renderLevels({ levels, onset, evidence }: Episode, frame: Frame): Fragment {
  const { say } = frame;
  if (levels.length < 2)
    return renderBounds(onset, [evidence.lastGoodId, evidence.firstBadId], frame);
  const left = Math.max(0, levels.length - MAX_LEVELS);
  const shown = [...levels.slice(0, 1), ...levels.slice(1 + left)];
  return html`<ol class="levels">${shown.map(
    ({ kind, since, evidence: { lastOtherId, firstId } }, index) =>
      html`${index === 1 && left > 0 ? html`<li class="quiet">${say.text('incident.levels_more', { n: left })}</li>` : ''}<li>${say.text(`incident.level.${kind}`)}: ${renderBounds(since, [lastOtherId, firstId], frame)}</li>`,
  )}</ol>`;
}

/** What it is, where that never changed; else the times say it. */
function sayKind({ kind, levels }: Episode, say: Say): string {
  if (levels.length > 1) return '';
  return say.text(levels.length === 1 ? `incident.level.${kind}` : `incident.kind.${kind}`);
}

/** Means in order, each further one with the day from which on it was seen. */
function renderMeans({ mechanisms }: Episode, frame: Frame): Fragment {
  const { say } = frame;
  return html`${mechanisms.map(
    ({ mechanism, fromMs }, index) =>
      html`${index === 0 ? '' : ' → '}<code title="${sayMechanism(say, mechanism)}">${renderDotted(mechanism)}</code>${
        index === 0
          ? ''
          : html` <time class="quiet" datetime="${toIsoMinute(fromMs)}" title="${formatInstant(fromMs, say)}">${formatDay(fromMs, say)}</time>`
      }`,
  )}`;
}

function renderEpisode(episode: Episode, frame: Frame): Fragment {
  const { say } = frame;
  const { evidence, end, rounds, missing } = episode;
  const unstable = episode.isUnstable ? say.text('incident.unstable_now') : '';
  const notes = [sayKind(episode, say), unstable].filter((text) => text !== '');
  return html`<tr><th scope="row">${sayFunction(say, episode.function)} <span class="note">${notes.join(', ')}</span></th>
    <td class="date">${renderLevels(episode, frame)}</td>
    <td class="date">${end === undefined ? html`<span class="quiet">${say.text('incident.goes_on')}</span>` : renderBounds(end, [evidence.lastBadId, evidence.firstGoodId], frame)}</td>
    <td>${renderMeans(episode, frame)}</td>
    <td>${say.text('incident.rounds', { n: rounds })}${missing === 0 ? '' : html` <span class="note">${say.text('incident.missing', { n: missing })}</span>`}</td></tr>`;
}

/** The restrictions of one network under its name, the service as a whole first. */
function renderNetwork(episodes: readonly Episode[], frame: Frame): Fragment {
  const [first] = episodes;
  if (first === undefined) return html``;
  const { asn, networkName } = first;
  const sorted = episodes.toSorted(
    (a, b) =>
      Number(b.function === 'service') - Number(a.function === 'service') ||
      a.onset.byMs - b.onset.byMs,
  );
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${COLUMNS}"><a href="${linkTo(frame, toNetworkPath(first))}">${sayNetwork(frame.say, networkName)}</a>${asn === 0 ? '' : html` <span class="quiet">AS${asn}</span>`}</th></tr>
    ${sorted.map((episode) => renderEpisode(episode, frame))}</tbody>`;
}

/** Columns of the table of networks. */
const COLUMNS = 5;

function renderEpisodes({ incident }: IncidentData, frame: Frame): Fragment {
  const { say } = frame;
  const zone = formatZone(say.timeZone, say);
  const name = say.text('incident.networks_title');
  const groups = Map.groupBy(incident.episodes, ({ asn, vantageId }) =>
    asn === 0 ? vantageId : asn,
  );
  return html`<section aria-labelledby="networks"><h2 id="networks">${name}</h2>
  <p class="quiet">${say.text('incident.networks_lead')}</p>
  <div class="scroll" tabindex="0" role="group" aria-label="${name}"><table class="list wide episodes"><caption class="unseen">${name}</caption>
    <thead><tr><th scope="col">${say.text('incident.column.part')}</th><th scope="col">${say.text('incident.column.began', { zone })}</th><th scope="col">${say.text('incident.column.ended', { zone })}</th>
    <th scope="col">${say.text('incident.column.means')}</th><th scope="col">${say.text('incident.column.rounds')}</th></tr></thead>
    ${[...groups.values()].map((episodes) => renderNetwork(episodes, frame))}</table></div></section>`;
}

function renderAnnounced({ groups, unannounced }: IncidentData, frame: Frame): Fragment {
  const { say } = frame;
  const body =
    groups === undefined
      ? html`<p class="quiet">${say.text('effect.not_built')}</p>`
      : html`${groups.map((group) => renderTriple(group, frame))}${
          groups.length === 0
            ? html`<p>${say.text('effect.none')}</p>`
            : renderUnannounced(unannounced, say)
        }`;
  return html`<section aria-labelledby="announced"><h2 id="announced">${say.text('effect.heading')}</h2>${body}</section>`;
}

function renderPairs({ pairs, morePairs }: IncidentData, frame: Frame): Fragment {
  const { say } = frame;
  if (pairs.length === 0) return html``;
  return html`<section aria-labelledby="pairs"><h2 id="pairs">${say.text('incident.pairs_title')}</h2>
  <p class="quiet">${say.text('incident.pairs_lead')}</p>
  <ul class="pairs">${pairs.map((pair) => renderPair(pair, frame))}</ul>
  ${morePairs === 0 ? '' : html`<p class="quiet">${say.text('incident.pairs_more', { n: morePairs })}</p>`}</section>`;
}

function renderLogSection(
  { log, names }: Pick<IncidentData, 'log' | 'names'>,
  id: string,
  frame: Frame,
): Fragment {
  const { say } = frame;
  return html`<section aria-labelledby="log"><h2 id="log">${say.text('incident.log_title')}</h2>
  <p class="quiet">${say.text('incident.log_lead')} <a href="/i/${id}.csv?list=log">CSV</a></p>${renderLog(log, names, frame)}</section>`;
}

const AROUND_MS = 7 * 86_400_000;

function toTimelinePath({ service, countryCode, onset, end }: Incident, frame: Frame): string {
  const query = new URLSearchParams({
    service,
    country: countryCode,
    from: new Date(onset.byMs - AROUND_MS).toISOString(),
    to: new Date(Math.min((end?.byMs ?? frame.nowMs) + AROUND_MS, frame.nowMs)).toISOString(),
  });
  return `/t?${query.toString()}`;
}

/** Makes the page. */
export function createIncidentPage(data: IncidentData, frame: Frame): Page {
  const { say } = frame;
  const { incident, serviceName } = data;
  const { service, countryCode, id } = incident;
  const title = sayIncident(incident, serviceName, say);
  const main = html`<article><p class="crumb"><a href="${linkTo(frame, '/incidents')}">${say.text('incident.list_title')}</a> ·
    <a href="${linkTo(frame, `/s/${service}`)}">${serviceName}</a> · <a href="${linkTo(frame, `/c/${countryCode}`)}">${formatCountry(countryCode, say)}</a></p>
  <h1>${title}</h1>
  ${renderFacts(data, frame)}
  <p><a class="button" href="${linkTo(frame, toAnswerPath(incident))}">${say.text('incident.answer_link')}</a>
    <a class="button" href="${linkTo(frame, toTimelinePath(incident, frame))}">${say.text('incident.on_timeline')}</a></p>
  ${renderAnnounced(data, frame)}
  ${renderEpisodes(data, frame)}
  ${renderPairs(data, frame)}
  ${renderOpinions(data.opinions, data.names, frame)}
  ${renderLogSection(data, id, frame)}
  <p class="quiet"><code>${id}</code></p></article>`;
  return {
    title: `${title}, ${sayLength(incident, frame)}`,
    description: say.text('incident.description', { title }),
    current: 'incidents',
    main,
    forms: toFormUrls(frame),
  };
}

/** Makes the page of an incident that later data took back: its log stays. */
export function createWithdrawnPage(
  data: Pick<IncidentData, 'log' | 'names'> & { readonly id: string },
  frame: Frame,
): Page {
  const { say } = frame;
  const title = say.text('incident.withdrawn_title');
  const main = html`<article><p class="crumb"><a href="${linkTo(frame, '/incidents')}">${say.text('incident.list_title')}</a></p>
  <h1>${title}</h1>${renderLogSection(data, data.id, frame)}<p class="quiet"><code>${data.id}</code></p></article>`;
  return { title, description: title, current: 'incidents', main };
}
