/** All answers at once, and what is said where there is none: every page that leads to an answer can be found from here. */
import { html } from 'hono/html';
import type { Availability } from '../../db/availability-types.ts';
import { formatCountry } from '../i18n/times.ts';
import { renderAnswerLinks } from './answer.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toFormUrls } from './page-forms.ts';

/** What the index is drawn from. */
export type AnswerIndexData = {
  /** Tells two states of the news apart; absent where the list is no answer of its own. */
  readonly mark?: string;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** By service, then country. */
  readonly answers: readonly Availability[];
};

/** Answers under the name of their service. */
function renderAnswerIndex({ services, answers }: AnswerIndexData, frame: Frame): Fragment {
  const { say } = frame;
  if (answers.length === 0) return html`<p class="quiet">${say.text('answer.index_none')}</p>`;
  return html`${services.map(
    ({
      id,
      name,
    }) => html`<section aria-labelledby="service-${id}"><h2 id="service-${id}"><a href="${linkTo(frame, `/s/${id}`)}">${name}</a></h2>
    ${renderAnswerLinks(
      answers
        .filter(({ service }) => service === id)
        .toSorted((a, b) =>
          formatCountry(a.countryCode, say).localeCompare(
            formatCountry(b.countryCode, say),
            say.locale,
          ),
        ),
      (one) => formatCountry(one.countryCode, say),
      frame,
    )}</section>`,
  )}`;
}

/** Makes the index. */
export function createAnswerIndexPage(data: AnswerIndexData, frame: Frame): Page {
  const { say } = frame;
  return {
    title: say.text('answer.index_title'),
    description: say.text('answer.index_lead'),
    current: 'now',
    main: html`<h1>${say.text('answer.index_title')}</h1><p class="lead">${say.text('answer.index_lead')}</p>
      <div class="answer-index" id="answers" data-region>${renderAnswerIndex(data, frame)}</div>`,
    live: data.mark === undefined ? {} : { mark: data.mark, isTimed: true },
    forms: toFormUrls(frame),
  };
}

/** What was asked for and is not there. */
export type Unknown =
  | { readonly kind: 'service'; readonly text: string }
  | { readonly kind: 'country'; readonly text: string }
  | { readonly kind: 'network'; readonly text: string };

function sayUnknown({ kind, text }: Unknown, { say }: Frame): string {
  switch (kind) {
    case 'service':
      return say.text('answer.unknown_service', { service: text });
    case 'country':
      return say.text('answer.unknown_country', { country: text });
    case 'network':
      return say.text('answer.unknown_network', { asn: text });
    default:
      return kind satisfies never;
  }
}

/** Makes the page for a service, country or network that there is not: it lists those there are. */
export function createUnknownPage(unknown: Unknown, data: AnswerIndexData, frame: Frame): Page {
  const { say } = frame;
  const detail = sayUnknown(unknown, frame);
  return {
    title: say.text('answer.unknown_title'),
    description: detail,
    main: html`<h1>${say.text('answer.unknown_title')}</h1><p class="lead">${detail}</p>
      <h2>${say.text('answer.what_is_measured')}</h2><div class="answer-index">${renderAnswerIndex(data, frame)}</div>`,
  };
}
