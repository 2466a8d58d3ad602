/** The map of one service, with a table that says the same; complete without SVG. */
import { html, raw } from 'hono/html';
import type { Availability } from '../../db/availability-types.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatAge, formatCountry, formatInstant } from '../i18n/times.ts';
import {
  describeNetworks,
  nameAnswer,
  toAnswerGlyph,
  toAnswerState,
  toLook,
} from '../pictures/answer-state.ts';
import { drawInlineMap, listAnswerStates } from '../pictures/map-picture.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { listSince } from './since.ts';
import { toStateClass } from './states.ts';

/** What the page is drawn from. */
export type MapPageData = {
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly service: { readonly id: string; readonly name: string };
  /** For the service, one per country that is measured. */
  readonly answers: readonly Availability[];
};

function toAnswerHref(service: string, code: string, frame: Frame): string {
  return linkTo(frame, `/is/${service}/in/${code}`);
}

/** The map for inside any page: colours follow the style sheet, countries lead to their answers. */
function renderMap(
  service: MapPageData['service'],
  answers: readonly Availability[],
  frame: Frame,
): Fragment {
  const { say } = frame;
  const toHref = (code: string) => toAnswerHref(service.id, code, frame);
  const label = say.text('map.picture_label', { service: service.name });
  const drawn = drawInlineMap({ serviceName: service.name, answers, toHref }, label, say);
  // Made by `draw`, which escapes whatever comes from outside.
  return html`<div class="scroll map-frame" tabindex="0" role="region" aria-label="${label}">${raw(drawn.markup)}</div>`;
}

function renderAnswer(answer: Availability, frame: Frame): Fragment {
  const { say } = frame;
  const state = toAnswerState(answer);
  return html`<span class="state ${toStateClass(toLook(state))}"><span class="glyph" aria-hidden="true">${toAnswerGlyph(state)}</span>&nbsp;${nameAnswer(state, say)}</span>`;
}

function sayTimes(answer: Availability, say: Say): string {
  return listSince(answer)
    .map(({ kind, interval }) =>
      say.text(`map.since.${kind}`, { time: formatInstant(interval.byMs, say) }),
    )
    .join(', ');
}

/** The map as a table: one row per country, the worst first. */
function renderMapTable(
  service: MapPageData['service'],
  answers: readonly Availability[],
  frame: Frame,
): Fragment {
  const { say, nowMs } = frame;
  const order = listAnswerStates(answers);
  const sorted = answers.toSorted(
    (a, b) =>
      order.indexOf(toAnswerState(a)) - order.indexOf(toAnswerState(b)) ||
      formatCountry(a.countryCode, say).localeCompare(
        formatCountry(b.countryCode, say),
        say.locale,
      ),
  );
  const quiet = html`<span class="quiet">–</span>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${say.text('map.table')}"><table class="list wide"><caption class="unseen">${say.text('map.table')}</caption>
    <thead><tr><th scope="col">${say.text('map.country')}</th><th scope="col">${say.text('map.answer')}</th><th scope="col">${say.text('map.networks')}</th><th scope="col">${say.text('map.since')}</th><th scope="col">${say.text('map.checked')}</th></tr></thead>
    <tbody>${sorted.map(
      (
        answer,
      ) => html`<tr><th scope="row"><a href="${toAnswerHref(service.id, answer.countryCode, frame)}">${formatCountry(answer.countryCode, say)}</a></th>
      <td>${renderAnswer(answer, frame)}</td><td>${describeNetworks(answer, say)}</td>
      <td>${sayTimes(answer, say) || quiet}</td>
      <td>${answer.lastCheckedMs === undefined ? quiet : formatAge(answer.lastCheckedMs, nowMs, say)}</td></tr>`,
    )}</tbody></table></div>`;
}

/** What the map says in words, e.g. `blocked: Russia. reachable: Poland and Ukraine.` */
function renderSummary({ answers }: MapPageData, frame: Frame): Fragment {
  const { say } = frame;
  return html`<ul class="answers">${listAnswerStates(answers).map((state) => {
    const own = answers.filter((one) => toAnswerState(one) === state);
    const countries = joinWords(
      own.map(({ countryCode }) => formatCountry(countryCode, say)),
      say,
    );
    const [first] = own;
    return first === undefined ? '' : html`<li>${renderAnswer(first, frame)}: ${countries}</li>`;
  })}</ul>`;
}

/** Makes the page. */
export function createMapPage(data: MapPageData, frame: Frame): Page {
  const { say } = frame;
  const { service, services, answers } = data;
  const title = say.text('map.heading', { service: service.name });
  return {
    title: `${say.text('map.title')}: ${service.name}`,
    description: say.text('map.description'),
    forms: toFormUrls(frame),
    main: html`<h1>${title}</h1>
<nav aria-label="${say.text('map.choose')}"><ul class="choice-list">${services.map(
      ({ id, name }) =>
        html`<li><a href="${linkTo(frame, `/map?service=${id}`)}"${id === service.id ? html` aria-current="true"` : ''}>${name}</a></li>`,
    )}</ul></nav>
${renderSummary(data, frame)}
${renderMap(service, answers, frame)}
<p class="quiet">${say.text('map.labels')} ${say.text('map.not_measured')} ${say.text('map.borders')}</p>
<h2>${say.text('map.table')}</h2>
${renderMapTable(service, answers, frame)}`,
  };
}
