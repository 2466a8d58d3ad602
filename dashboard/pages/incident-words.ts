/** Incidents in words: state, severity, length, and lines for lists. */
import { html } from 'hono/html';
import type { Incident, Severity } from '../../db/incident-types.ts';
import type { LaneState } from '../../probes/types.ts';
import { sayIn } from '../i18n/places.ts';
import type { Say } from '../i18n/say.ts';
import { formatDuration, formatZone } from '../i18n/times.ts';
import { sayMechanism } from '../i18n/words.ts';
import { LOOKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderDotted, toStateClass } from './states.ts';
import { renderColumnTime } from './time.ts';

/** What an incident is called, e.g. `Facebook restricted in Russia`. */
export function sayIncident(
  { countryCode }: Pick<Incident, 'countryCode'>,
  serviceName: string,
  say: Say,
): string {
  return say.text('incident.title', { service: serviceName, place: sayIn(say, countryCode) });
}

const STATE_LOOKS: Readonly<Record<Incident['state'], LaneState>> = {
  open: 'blocked',
  unstable: 'likely_blocked',
  closed: 'ok',
};

/** Glyph and word of an incident's state. */
export function renderIncidentState(state: Incident['state'], say: Say): Fragment {
  const look = STATE_LOOKS[state];
  return html`<span class="state ${toStateClass(look)}"><span class="glyph" aria-hidden="true">${LOOKS[look].glyph}</span>&nbsp;${say.text(`incident.state.${state}`)}</span>`;
}

/** How far it reaches, in one word. */
export function saySeverity(severity: Severity, say: Say): string {
  return say.text(`incident.severity.${severity}`);
}

/** From the first bad round to the first good one, or to now. */
export function sayLength({ onset, end }: Pick<Incident, 'onset' | 'end'>, frame: Frame): string {
  const { say, nowMs } = frame;
  return end === undefined
    ? say.text('incident.length_so_far', {
        length: formatDuration(Math.max(0, nowMs - onset.byMs), say),
      })
    : formatDuration(end.byMs - onset.byMs, say);
}

/** Networks of an incident, each once. */
function listNetworkNames({ episodes }: Pick<Incident, 'episodes'>): string[] {
  return [...new Set(episodes.map(({ networkName }) => networkName))];
}

function renderRow(
  incident: Incident,
  nameOf: ReadonlyMap<string, string>,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const { id, onset, mechanism } = incident;
  const serviceName = nameOf.get(incident.service) ?? incident.service;
  const heads = nameColumns(say);
  const means =
    mechanism === undefined
      ? html`<span class="quiet">–</span>`
      : html`<code title="${sayMechanism(say, mechanism)}">${renderDotted(mechanism)}</code>`;
  return html`<tr><th scope="row"><a href="${linkTo(frame, `/i/${id}`)}">${sayIncident(incident, serviceName, say)}</a></th>
    <td data-label="${heads.state}">${renderIncidentState(incident.state, say)}</td>
    <td data-label="${heads.severity}">${saySeverity(incident.severity, say)}</td>
    <td class="date" data-label="${heads.began}">${renderColumnTime(onset.byMs, say)}</td>
    <td data-label="${heads.length}">${sayLength(incident, frame)}</td>
    <td data-label="${heads.networks}">${say.text('incident.networks_count', { n: listNetworkNames(incident).length })}</td>
    <td data-label="${heads.means}">${means}</td></tr>`;
}

/** What stands over the columns, and on a phone beside each value. */
function nameColumns(say: Say) {
  const zone = formatZone(say.timeZone, say);
  return {
    incident: say.text('incident.column.incident'),
    state: say.text('incident.column.state'),
    severity: say.text('incident.column.severity'),
    began: say.text('incident.column.began_short', { zone }),
    length: say.text('incident.column.length'),
    networks: say.text('incident.fact.networks'),
    means: say.text('incident.fact.mechanism'),
  };
}

/** Incidents as a table. */
export function renderIncidentTable(
  incidents: readonly Incident[],
  nameOf: ReadonlyMap<string, string>,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const name = say.text('incident.list_title');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${name}"><table class="list incidents stacked"><caption class="unseen">${name}</caption>
    <thead><tr>${Object.values(nameColumns(say)).map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${incidents.map((one) => renderRow(one, nameOf, frame))}</tbody></table></div>`;
}
