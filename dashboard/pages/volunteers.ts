/**
 * For people who may run an agent: what it does, what it keeps and sends, who can see it, and what that can mean.
 * Nothing is promised here that the software does not keep; numbers come from the configuration.
 */
import { html } from 'hono/html';
import { joinWords, type Say } from '../i18n/say.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderSpan } from './time.ts';

/** Numbers of the configuration. */
export type VolunteersData = {
  readonly services: readonly {
    readonly name: string;
    /** Hosts that are visited, each once. */
    readonly hosts: readonly string[];
    readonly targets: number;
  }[];
  readonly baselineHosts: readonly string[];
  readonly intervalMs: number;
  /** Each round starts up to so much later, at random; 0 for never. */
  readonly jitterMs: number;
  /** Of a page at most this much is fetched. */
  readonly maxBodyBytes: number;
  /** Of a page at most this much is kept. */
  readonly bodyHeadBytes: number;
  /** A timed download of the deep pass ends after this much. */
  readonly goodputBytes: number;
};

function sayKilobytes(bytes: number, say: Say): string {
  return say.text('volunteers.kilobytes', { n: Math.round(bytes / 1_024) });
}

function renderSection(id: string, heading: string, content: Fragment): Fragment {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;
}

function renderList(items: readonly (Fragment | string)[]): Fragment {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

function renderWhat(data: VolunteersData, say: Say): Fragment {
  const visits = say.text('volunteers.does.visits', {
    length: renderSpan(data.intervalMs, say),
    targets: data.services.reduce((sum, service) => sum + service.targets, 0),
    services: joinWords(
      data.services.map(({ name }) => name),
      say,
    ),
    hosts: data.baselineHosts.length,
    names: joinWords(data.baselineHosts, say),
    most: sayKilobytes(data.maxBodyBytes, say),
  });
  const retries = say.text('volunteers.does.retries', {
    most: sayKilobytes(data.goodputBytes, say),
  });
  const list = renderList([
    visits,
    retries,
    say.text('volunteers.does.waits'),
    say.text('volunteers.does.rights'),
  ]);
  return renderSection(
    'does',
    say.text('volunteers.does'),
    html`${list}
    <details><summary>${say.text('volunteers.does.hosts')}</summary>
      ${data.services.map(({ name, hosts }) => html`<p><strong>${name}</strong>: ${hosts.map((host, index) => html`${index === 0 ? '' : ', '}<code>${host}</code>`)}</p>`)}</details>`,
  );
}

function renderStored(data: VolunteersData, say: Say): Fragment {
  const most = sayKilobytes(data.bodyHeadBytes, say);
  const variable = html`<code>REACHLINE_OWN_ADDRESSES</code>`;
  const sent = renderList([
    say.text('volunteers.stored.name'),
    say.text('volunteers.stored.times'),
    say.text('volunteers.stored.answers', { most }),
    say.text('volunteers.stored.clock'),
    say.text('volunteers.stored.marks'),
  ]);
  const never = renderList([
    renderMessage(say, 'volunteers.never.addresses', { variable }),
    say.text('volunteers.never.resolvers'),
    say.text('volunteers.never.names'),
    say.text('volunteers.never.traffic'),
  ]);
  return renderSection(
    'stored',
    say.text('volunteers.stored'),
    html`<div class="columns"><div><h3>${say.text('volunteers.stored.yes')}</h3>${sent}</div>
      <div><h3>${say.text('volunteers.stored.no')}</h3>${never}</div></div>
    <p>${say.text('volunteers.stored.know')}</p>`,
  );
}

function renderSeen(data: VolunteersData, say: Say): Fragment {
  const pattern = say.text('volunteers.seen.pattern', { length: renderSpan(data.intervalMs, say) });
  const jitter =
    data.jitterMs === 0
      ? ''
      : say.text('volunteers.seen.jitter', { length: renderSpan(data.jitterMs, say) });
  return renderSection(
    'seen',
    say.text('volunteers.seen'),
    renderList([
      say.text('volunteers.seen.operator'),
      html`${pattern} ${jitter} <strong>${say.text('volunteers.seen.detectable')}</strong>`,
      say.text('volunteers.seen.server'),
      say.text('volunteers.seen.public'),
    ]),
  );
}

function renderMeaning(say: Say): Fragment {
  return renderSection(
    'meaning',
    say.text('volunteers.meaning'),
    html`<p>${say.text('volunteers.meaning.lead')}</p>
  ${renderList([
    say.text('volunteers.meaning.law'),
    say.text('volunteers.meaning.consent'),
    say.text('volunteers.meaning.danger'),
    say.text('volunteers.meaning.stop'),
  ])}`,
  );
}

function renderStopping(say: Say): Fragment {
  return renderSection(
    'stop',
    say.text('volunteers.stop'),
    renderList([
      renderMessage(say, 'volunteers.stop.keys', {
        keys: html`<kbd>Ctrl</kbd>+<kbd>C</kbd>`,
      }),
      say.text('volunteers.stop.delete'),
      renderMessage(say, 'volunteers.stop.disable', {
        command: html`<code>reachline vantage disable</code>`,
      }),
      say.text('volunteers.stop.enrol'),
      renderMessage(say, 'volunteers.stop.revoke', {
        command: html`<code>reachline vantage rotate</code>`,
      }),
      say.text('volunteers.stop.published'),
    ]),
  );
}

/** Makes the page for volunteers. */
export function createVolunteersPage(data: VolunteersData, frame: Frame): Page {
  const { say } = frame;
  const main = html`<p class="crumb"><a href="${linkTo(frame, '/v')}">${say.text('vantages.all')}</a></p>
  <h1>${say.text('volunteers.title')}</h1>
  <p class="lead">${say.text('volunteers.lead')}</p>
  <div class="prose">
  ${renderWhat(data, say)}${renderStored(data, say)}${renderSeen(data, say)}${renderMeaning(say)}${renderStopping(say)}
  </div>`;
  return {
    title: say.text('volunteers.title'),
    description: say.text('volunteers.description'),
    current: 'vantages',
    main,
    hasZoneForm: false,
  };
}
