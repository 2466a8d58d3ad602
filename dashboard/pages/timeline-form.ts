/** The form of the timeline: which services, places, networks and times are shown. Folds into a line that says so. */
import { html } from 'hono/html';
import { FUNCTIONS } from '../../probes/types.ts';
import { toFieldTime } from '../format.ts';
import { joinWords } from '../i18n/say.ts';
import { formatCountry, formatZone } from '../i18n/times.ts';
import { sayFunction } from '../i18n/words.ts';
import { listParameters } from '../timeline-choice.ts';
import type { Fragment, Frame } from './frame.ts';
import { renderZoneOptions, selected } from './frame.ts';
import type { TimelineData } from './timeline.ts';

const PARTS = ['service', ...FUNCTIONS] as const;
/** What the form keeps as it is: the display has links of its own. */
const KEPT = ['by', 'sort', 'agg', 'view', 'lanes'];

type Option = readonly [value: string, text: string];

function renderCheckboxes(
  name: string,
  legend: string,
  options: readonly Option[],
  chosen: readonly string[],
): Fragment {
  return html`<fieldset><legend>${legend}</legend>${options.map(
    ([value, text]) =>
      html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${
        chosen.includes(value) ? html` checked` : ''
      }> ${text}</label>`,
  )}</fieldset>`;
}

/** What is chosen, in words: the line that the form folds into. */
function renderChoice({ choice, services, networks }: TimelineData, { say }: Frame): Fragment {
  const nameOf = new Map(services.map(({ id, name }) => [id, name]));
  const networkOf = new Map(networks.map(({ asn, name }) => [asn, name]));
  const country = (code: string) => formatCountry(code, say);
  const parts = choice.functions.length === 0 ? ['service'] : choice.functions;
  const words = [
    choice.services.length === 0
      ? say.text('timeline.all_services')
      : joinWords(
          choice.services.map((id) => nameOf.get(id) ?? id),
          say,
        ),
    choice.countries.length === 0
      ? say.text('timeline.all_countries')
      : joinWords(choice.countries.map(country), say),
    ...(choice.cmp === undefined ? [] : [`↔ ${country(choice.cmp)}`]),
    ...(choice.asns.length === 0
      ? []
      : [
          joinWords(
            choice.asns.map((asn) => networkOf.get(asn) ?? `AS${asn}`),
            say,
          ),
        ]),
    joinWords(
      PARTS.filter((part) => parts.includes(part)).map((part) => sayFunction(say, part)),
      say,
    ),
    say.text('timeline.times_in', { zone: formatZone(say.timeZone, say) }),
  ];
  return html`<span class="choice">${words.join(' · ')}</span> <span class="button">${say.text('timeline.change')}</span>`;
}

/** A preset as people write it, e.g. `30 d`. */
export function sayPreset(preset: string, { say }: Frame): string {
  const known = (['1d', '7d', '30d', '90d', '1y', 'all'] as const).find((one) => one === preset);
  return known === undefined ? preset : say.text(`timeline.preset.${known}`);
}

function renderRange(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { range } = data.choice;
  const options = data.rangePresets.map((preset): Option => {
    const name = sayPreset(preset, frame);
    return [
      preset,
      preset === 'all'
        ? say.text('timeline.range_all')
        : say.text('timeline.range_last', { range: name }),
    ];
  });
  return html`<label class="field">${say.text('timeline.range')} <select name="range">
        ${options.map(([value, text]) => html`<option value="${value}"${selected(value === range)}>${text}</option>`)}
        <option value=""${selected(range === undefined)}>${say.text('timeline.range_custom')}</option></select></label>`;
}

function renderCompared({ choice, countries }: TimelineData, { say }: Frame): Fragment {
  if (countries.length < 2) return html``;
  return html`<label class="field">${say.text('timeline.compare')} <select name="cmp"><option value="">${say.text('timeline.compare_none')}</option>
        ${countries.map((code) => html`<option value="${code}"${selected(code === choice.cmp)}>${formatCountry(code, say)}</option>`)}</select></label>`;
}

/** Zones to choose from; first the one that goes with the place, so that another country brings its own. */
function renderZones(frame: Frame): Fragment {
  const { say, timeZone, defaultZone } = frame;
  const isOwn = timeZone === defaultZone;
  return html`<option value=""${selected(isOwn)}>${say.text('timeline.times_own')}</option>${renderZoneOptions(frame, isOwn ? '' : timeZone)}`;
}

/** Renders the form. */
export function renderForm(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { choice } = data;
  const isCustom = choice.range === undefined;
  const field = (atMs: number) => (isCustom ? toFieldTime(atMs, say.timeZone) : '');
  const shown = new Map(listParameters(choice));
  const networks = data.networks.map(
    ({ asn, name }): Option => [String(asn), `${name} (AS${asn})`],
  );
  return html`<form class="filters" method="get" action="${frame.base}/t" aria-label="${say.text('timeline.choose')}"><details>
    <summary>${renderChoice(data, frame)}</summary>
    ${KEPT.map((name) => html`<input type="hidden" name="${name}" value="${shown.get(name) ?? ''}">`)}
    <div class="filter-row">
      ${renderCheckboxes(
        'service',
        say.text('timeline.services'),
        data.services.map(({ id, name }): Option => [id, name]),
        choice.services,
      )}
      ${renderCheckboxes(
        'country',
        say.text('timeline.countries'),
        data.countries.map((code): Option => [code, formatCountry(code, say)]),
        choice.countries,
      )}
      ${renderCompared(data, frame)}
      ${renderRange(data, frame)}
      <label class="field">${say.text('timeline.times_label')} <select name="tz">${renderZones(frame)}</select></label>
      <button type="submit" class="primary">${say.text('timeline.show')}</button>
    </div>
    <div class="filter-row filter-more">
      <label class="field">${say.text('timeline.from')} <input type="datetime-local" name="from" value="${field(choice.fromMs)}"></label>
      <label class="field">${say.text('timeline.until')} <input type="datetime-local" name="to" value="${field(choice.toMs)}"></label>
      ${renderCheckboxes(
        'function',
        say.text('timeline.parts'),
        PARTS.map((part): Option => [part, sayFunction(say, part)]),
        choice.functions,
      )}
      ${networks.length === 0 ? '' : renderCheckboxes('asn', say.text('timeline.networks'), networks, choice.asns.map(String))}
    </div>
    <p class="quiet">${say.text('timeline.form_note')}</p></details>
  </form>`;
}
