/** What changed in the rules, in stored verdicts and in the records of announcements: nothing is taken back in silence. */
import { html } from 'hono/html';
import type { RuleChange } from '../../config/rule-changes.ts';
import { speak } from '../i18n/catalogue.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey } from '../i18n/texts.ts';
import { formatDay } from '../i18n/times.ts';
import { type Frame, linkTo, type Page } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderTime } from './time.ts';

/** One change. Times are epoch milliseconds. */
export type Change =
  | (RuleChange & { readonly kind: 'rules'; readonly atMs: number })
  | {
      readonly kind: 'rejudged';
      readonly atMs: number;
      /** As it was recorded, in English. */
      readonly detail: string;
      /** Absent where the record does not say. */
      readonly figures?: {
        readonly version: string;
        /** That differ from those before. */
        readonly judgements: number;
        readonly measurements: number;
      };
    }
  | {
      readonly kind: 'announcement';
      readonly atMs: number;
      readonly id: string;
      readonly title: string;
      readonly language: string;
      readonly revision: number;
      /** Names in the record, e.g. `effective_at`. */
      readonly fields: readonly string[];
    };

/** What the page is drawn from. */
export type ChangesData = {
  /** Newest first. */
  readonly changes: readonly Change[];
  /** Older ones that are not shown. */
  readonly more: number;
  readonly inForce: Readonly<Record<RuleChange['part'], string>>;
  /** Versions in force that did not come with this program. */
  readonly ownVersions: readonly string[];
};

/** What a version of the rules changed; empty where nobody has written it down. */
export function sayRuleChange({ part, version }: Pick<RuleChange, 'part' | 'version'>, say: Say) {
  const key = `changes.${part}_${version.replaceAll('.', '_')}`;
  return isMessageKey(key) ? say.text(key) : '';
}

/** A change in one English sentence, for files. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'rules':
      return sayRuleChange(change, speak('en', 'UTC'));
    case 'rejudged':
      return change.detail;
    case 'announcement':
      return change.title;
    default:
      return change satisfies never;
  }
}

function renderWhen({ kind, atMs }: Change, say: Say): Fragment {
  if (kind !== 'rules') return renderTime(atMs, say);
  // A version has a day and no hour.
  const text = formatDay(atMs, { locale: say.locale, timeZone: 'UTC' });
  return html`<time datetime="${new Date(atMs).toISOString().slice(0, 10)}">${text}</time>`;
}

function renderWhat(change: Change, frame: Frame): Fragment {
  const { say } = frame;
  const when = html`<p class="quiet">${renderWhen(change, say)}</p>`;
  switch (change.kind) {
    case 'rules': {
      const { part, version } = change;
      return html`<h3 id="${part}-${version}">${say.text(`changes.kind.${part}`, { version })}</h3>
      ${when}<p>${sayRuleChange(change, say)}</p>`;
    }
    case 'rejudged':
      return html`<h3>${say.text('changes.kind.rejudged')}</h3>
      ${when}<p>${change.figures === undefined ? html`<span lang="en">${change.detail}</span>` : say.text('changes.rejudged', change.figures)}</p>`;
    case 'announcement': {
      const { id, title, language, revision, fields } = change;
      const parts = {
        title: html`<a href="${linkTo(frame, `/a/${id}`)}" lang="${language}">${title}</a>`,
        n: html`${revision}`,
        fields: html`${fields.map((field, index) => html`${index === 0 ? '' : ', '}<code>${field}</code>`)}`,
      };
      return html`<h3>${say.text('changes.kind.announcement')}</h3>
      ${when}<p>${renderMessage(say, 'changes.announcement', parts)}</p>`;
    }
    default:
      return change satisfies never;
  }
}

/** Makes the page. */
export function createChangesPage(data: ChangesData, frame: Frame): Page {
  const { say, base } = frame;
  const { changes, more, inForce, ownVersions } = data;
  const main = html`<h1>${say.text('changes.title')}</h1>
  <p class="lead">${say.text('changes.lead')}</p>
  <p>${renderMessage(say, 'changes.in_force', {
    verdicts: html`<code>${inForce.verdicts}</code>`,
    ledger: html`<code>${inForce.ledger}</code>`,
    method: html`<a href="${linkTo(frame, '/method')}">${say.text('frame.method')}</a>`,
  })}</p>
  ${ownVersions.map((version) => html`<p class="notice">${say.text('changes.own_rules', { version })}</p>`)}
  <section aria-labelledby="list"><h2 id="list">${say.text('changes.list')}</h2>
    <ol class="announcements prose">${changes.map((change) => html`<li>${renderWhat(change, frame)}</li>`)}</ol>
    ${more === 0 ? '' : html`<p class="quiet">${say.text('changes.more', { n: more })}</p>`}
    <p class="quiet">${renderMessage(say, 'changes.also', { feed: html`<a href="${base}/feeds/announcements.atom">${say.text('changes.feed')}</a>` })}</p></section>`;
  return {
    title: say.text('changes.title'),
    description: say.text('changes.description'),
    current: 'method',
    main,
    forms: toFormUrls(frame, ['csv', 'json']),
  };
}
