/** How the server is doing: what a reader needs to know before relying on it, and its operator before sleeping. */
import { html } from 'hono/html';
import type { OutboxFigures } from '../../db/subscribers/delivery-log.ts';
import { isMessageKey } from '../i18n/texts.ts';
import { formatAge, formatDuration, formatInstant } from '../i18n/times.ts';
import { sayChannel } from './alert-form.ts';
import { type Frame, linkTo, type Page } from './frame.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** How sending goes; how many people are sent to is told nobody. */
export type SendingState = Omit<OutboxFigures, 'subscriptions'> & {
  /** False when nothing has looked for work for too long. */
  readonly isBeating: boolean;
};

/** What is known of the server. */
export type ServerState = {
  readonly startedAtMs: number;
  readonly version: string;
  readonly measurements: number;
  readonly databaseBytes: number;
  readonly lastMeasuredMs?: number;
  /** Those that are meant to measure now. */
  readonly vantages: readonly {
    readonly id: string;
    readonly isReporting: boolean;
    /** Behind the schedule; absent before the first run. */
    readonly lagMs?: number;
  }[];
  readonly openIncidents: number;
  /** When something was last concluded. */
  readonly incidentsAtMs?: number;
  readonly ledger?: { readonly revision: number; readonly builtAtMs: number };
  readonly loop?: { readonly meanMs: number; readonly p99Ms: number; readonly maxMs: number };
  /** Absent where messages are switched off. */
  readonly alerts?: SendingState;
};

/** Messages may wait so long for a relay that is down before somebody should look. */
const MAX_WAIT_MS = 30 * 60_000;
/** Above that timers of runs are late enough to be seen in measurements. */
const MAX_LOOP_MS = 250;
const MEGABYTE = 1_000_000;

type Row = { readonly name: string; readonly value: Fragment | string; readonly isWrong?: boolean };

function renderRows(id: string, title: string, rows: readonly Row[]): Fragment {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><dl class="facts">${rows.map(
    ({ name, value, isWrong }) =>
      html`<dt>${name}</dt><dd>${isWrong === true ? html`<strong class="wrong">! ${value}</strong>` : value}</dd>`,
  )}</dl></section>`;
}

function renderWhen(atMs: number, { say, nowMs }: Frame): Fragment {
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}">${formatInstant(atMs, say)}</time> <span class="age unbroken">${formatAge(atMs, nowMs, say)}</span>`;
}

function listMeasuring(state: ServerState, frame: Frame): Row[] {
  const { say, nowMs, intervalMs } = frame;
  const { lastMeasuredMs, vantages, measurements } = state;
  const reporting = vantages.filter(({ isReporting }) => isReporting);
  const lagMs = Math.max(0, ...reporting.map((one) => one.lagMs ?? 0));
  return [
    {
      name: say.text('status.newest'),
      value:
        lastMeasuredMs === undefined ? say.text('status.none') : renderWhen(lastMeasuredMs, frame),
      isWrong: lastMeasuredMs === undefined || nowMs - lastMeasuredMs > 4 * intervalMs,
    },
    {
      name: say.text('status.vantages'),
      value: say.text('status.of', { n: reporting.length, all: vantages.length }),
      isWrong: reporting.length < vantages.length,
    },
    {
      name: say.text('status.lag'),
      value: lagMs === 0 ? say.text('status.in_time') : formatDuration(lagMs, say),
      isWrong: lagMs > intervalMs,
    },
    { name: say.text('status.measurements'), value: say.number(measurements) },
  ];
}

function listDeriving({ incidentsAtMs, openIncidents, ledger }: ServerState, frame: Frame): Row[] {
  const { say } = frame;
  return [
    {
      name: say.text('status.incidents'),
      value:
        incidentsAtMs === undefined ? say.text('status.none') : renderWhen(incidentsAtMs, frame),
    },
    { name: say.text('status.open'), value: say.number(openIncidents) },
    {
      name: say.text('status.ledger'),
      value:
        ledger === undefined
          ? say.text('status.none')
          : renderMessage(say, 'status.ledger_revision', {
              n: ledger.revision,
              when: renderWhen(ledger.builtAtMs, frame),
            }),
    },
  ];
}

function listMachine(
  { startedAtMs, version, databaseBytes, loop }: ServerState,
  frame: Frame,
): Row[] {
  const { say } = frame;
  return [
    { name: say.text('status.since'), value: renderWhen(startedAtMs, frame) },
    { name: say.text('status.version'), value: version },
    {
      name: say.text('status.database'),
      value: say.text('status.megabytes', { n: Math.round(databaseBytes / MEGABYTE) }),
    },
    {
      name: say.text('status.loop'),
      value:
        loop === undefined
          ? say.text('status.not_watched')
          : say.text('status.loop_values', {
              p99: Math.round(loop.p99Ms),
              max: Math.round(loop.maxMs),
            }),
      isWrong: loop !== undefined && loop.p99Ms > MAX_LOOP_MS,
    },
  ];
}

function listSending(alerts: SendingState, frame: Frame): Row[] {
  const { say, nowMs } = frame;
  const { oldestUndeliveredMs, isBeating, goneTargets } = alerts;
  return [
    {
      name: say.text('status.dispatcher'),
      value: say.text(isBeating ? 'status.beating' : 'status.not_beating'),
      isWrong: !isBeating,
    },
    {
      name: say.text('status.oldest'),
      value:
        oldestUndeliveredMs === undefined
          ? say.text('status.nothing_waits')
          : renderWhen(oldestUndeliveredMs, frame),
      isWrong: oldestUndeliveredMs !== undefined && nowMs - oldestUndeliveredMs > MAX_WAIT_MS,
    },
    { name: say.text('status.gone'), value: say.number(goneTargets) },
  ];
}

function renderChannels({ channels, byState }: SendingState, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const states = Object.entries(byState).map(([state, count]) => {
    const key = `status.state.${state}`;
    return { name: isMessageKey(key) ? say.text(key) : state, value: say.number(count) };
  });
  const head = ['channel', 'attempts', 'failures', 'last_ok'] as const;
  return html`<h3>${say.text('status.queue')}</h3>
  <dl class="facts">${states.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
  ${
    channels.length === 0
      ? ''
      : html`<div class="scroll" role="region" tabindex="0" aria-label="${say.text('status.channel')}"><table>
  <thead><tr>${head.map((one) => html`<th scope="col">${say.text(`status.${one}`)}</th>`)}</tr></thead>
  <tbody>${channels.map(
    (
      one,
    ) => html`<tr><th scope="row">${sayChannel(one.channel, say)}</th><td>${say.number(one.attempts)}</td>
      <td>${say.number(one.failures)}</td>
      <td>${one.lastOkMs === undefined ? say.text('status.never') : formatAge(one.lastOkMs, nowMs, say)}</td></tr>`,
  )}</tbody></table></div>`
  }`;
}

function renderMessages({ alerts }: ServerState, frame: Frame): Fragment {
  const { say } = frame;
  if (alerts !== undefined)
    return html`${renderRows('messages', say.text('status.messages'), listSending(alerts, frame))}${renderChannels(alerts, frame)}`;
  const link = html`<a href="${linkTo(frame, '/alerts')}">${say.text('status.feeds')}</a>`;
  return html`<section aria-labelledby="messages"><h2 id="messages">${say.text('status.messages')}</h2>
  <p>${renderMessage(say, 'status.messages_off', { link })}</p></section>`;
}

/** Makes the page. */
export function createStatusPage(state: ServerState, frame: Frame): Page {
  const { say } = frame;
  const groups = [
    ['measuring', listMeasuring(state, frame)],
    ['deriving', listDeriving(state, frame)],
    ['machine', listMachine(state, frame)],
  ] as const;
  const sending = state.alerts === undefined ? [] : listSending(state.alerts, frame);
  const wrong = [...groups.flatMap(([, rows]) => rows), ...sending].filter(
    ({ isWrong }) => isWrong === true,
  ).length;
  const main = html`<h1>${say.text('status.title')}</h1>
  <p class="lead">${say.text('status.lead')}</p>
  <p class="${wrong === 0 ? 'done' : 'refused'}"><strong>${wrong === 0 ? say.text('status.all_well') : say.text('status.not_well', { n: wrong })}</strong></p>
  <div class="status">
  ${groups.map(([id, rows]) => renderRows(id, say.text(`status.${id}`), rows))}
  </div>
  ${renderMessages(state, frame)}
  <p class="note">${renderMessage(say, 'status.machine_readable', {
    health: html`<a href="/healthz">/healthz</a>`,
    metrics: html`<a href="/metrics">/metrics</a>`,
  })}</p>`;
  return { title: say.text('status.title'), description: say.text('status.description'), main };
}
