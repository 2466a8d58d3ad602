/** The log of an incident: each entry in the language of the page where its figures can be taken from it, else as stored. */
import { html } from 'hono/html';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Severity } from '../../db/incident-types.ts';
import { MECHANISMS } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { sayMechanism } from '../i18n/words.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { saySeverity } from './incident-words.ts';
import { renderTime } from './time.ts';

/** Names of networks by vantage. */
export type NetworkNames = ReadonlyMap<string, string>;

/** Entries name at most so many measurements; from there on the list of networks may be cut. */
const MAX_IDS = 20;
const SEVERITIES: readonly Severity[] = ['minor', 'major', 'critical'];

/** The networks that an entry speaks of, by its measurements; undefined where they may be cut or are not known. */
function findNetworks(entry: StoredIncidentEntry, names: NetworkNames): string[] | undefined {
  const { measurementIds, text } = entry;
  if (measurementIds.length === 0 || measurementIds.length >= MAX_IDS) return undefined;
  if (/; and \d+ more/.test(text)) return undefined;
  const found = measurementIds.map((id) => names.get(id.split('.')[1] ?? ''));
  return found.includes(undefined)
    ? undefined
    : [...new Set(found.filter((name) => name !== undefined))];
}

/** Severities that the stored sentence names, in its order. */
function findSeverities(text: string): Severity[] {
  const [, list = ''] = /Severity: ([a-z, ]+)\.$/.exec(text) ?? [];
  return list.split(/[ ,]+/).flatMap((word) => SEVERITIES.find((one) => one === word) ?? []);
}

/** What an entry says beside its kind, in the language of the page; undefined when that cannot be told from it. */
export function sayEntry(
  entry: StoredIncidentEntry,
  names: NetworkNames,
  say: Say,
): string | undefined {
  const { kind, text } = entry;
  const found = findNetworks(entry, names);
  const networks =
    found === undefined
      ? undefined
      : joinWords(
          found.map((name) => sayNetwork(say, name)),
          say,
        );
  const [severity, before] = findSeverities(text);
  switch (kind) {
    case 'severity_changed':
      return severity === undefined || before === undefined
        ? undefined
        : say.text('incident.log.now_severity', {
            severity: saySeverity(severity, say),
            before: saySeverity(before, say),
          });
    case 'opened':
      return networks === undefined || severity === undefined
        ? undefined
        : `${networks}; ${say.text('incident.log.severity_of', { severity: saySeverity(severity, say) })}`;
    case 'closed':
      return networks;
    case 'scope_changed':
      if (networks === undefined) return undefined;
      return say.text(
        text.startsWith('No longer') ? 'incident.log.removed' : 'incident.log.added',
        { networks },
      );
    case 'mechanism_changed': {
      const words = text.split(/[\s;]+/).map((word) => word.replace(/\.$/, ''));
      const means = MECHANISMS.filter((one) => words.includes(one));
      return networks === undefined || means.length === 0
        ? undefined
        : `${networks}: ${means.map((one) => sayMechanism(say, one)).join(', ')}`;
    }
    case 'unstable':
    case 'settled':
    case 'revised':
      return undefined;
    default:
      return kind satisfies never;
  }
}

/** Entries that a later revision took back, by their place in the log. */
export function findWithdrawn(log: readonly StoredIncidentEntry[]): ReadonlySet<number> {
  const withdrawn = new Set<number>();
  let holding: number[] = [];
  log.forEach(({ kept }, index) => {
    if (kept === undefined) holding.push(index);
    else {
      for (const one of holding.slice(kept)) withdrawn.add(one);
      holding = holding.slice(0, kept);
    }
  });
  return withdrawn;
}

function renderIds(
  { measurementIds }: StoredIncidentEntry,
  names: NetworkNames,
  frame: Frame,
): Fragment {
  if (measurementIds.length === 0) return html``;
  return html`<span class="log-ids"><span class="quiet">${frame.say.text('incident.log.measurements')}</span> ${measurementIds.map(
    (id, index) =>
      html`<a href="${linkTo(frame, `/m/${id}`)}" title="${id}">${index + 1}<span class="unseen"> ${sayNetwork(frame.say, names.get(id.split('.')[1] ?? '') ?? '')}</span></a> `,
  )}</span>`;
}

/** The log as a list, oldest first. */
export function renderLog(
  log: readonly StoredIncidentEntry[],
  names: NetworkNames,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const withdrawn = findWithdrawn(log);
  if (log.length === 0) return html`<p class="quiet">${say.text('incident.log_none')}</p>`;
  return html`<ol class="log">${log.map((entry, index) => {
    const said = sayEntry(entry, names, say);
    const isWithdrawn = withdrawn.has(index);
    return html`<li${isWithdrawn ? html` class="withdrawn"` : ''}><span class="quiet">${renderTime(entry.atMs, say)}</span>
      <strong>${say.text(`incident.log.${entry.kind}`)}</strong> ${
        said === undefined ? html`<span lang="en">${entry.text}</span>` : said
      }${isWithdrawn ? html` <span class="quiet">${say.text('incident.log.withdrawn')}</span>` : ''}
      ${renderIds(entry, names, frame)}</li>`;
  })}</ol>`;
}
