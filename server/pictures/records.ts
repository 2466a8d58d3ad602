/** One vantage and one measurement as pictures. */

import { z } from 'zod';
import { toCountryZone } from '../../dashboard/country-zones.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { formatCountry, formatInstant, formatTime } from '../../dashboard/i18n/times.ts';
import { toVerdictSentence } from '../../dashboard/pages/measurement.ts';
import { COVERAGE_DAYS } from '../../dashboard/pages/vantage-state.ts';
import { drawLadderPicture } from '../../dashboard/pictures/ladder-picture.ts';
import { findMeasurement } from '../pages.ts';
import { DAY_MS, parseQuery, zone } from '../query.ts';
import { findVantage } from '../vantage-views.ts';
import { toDrawnName } from './drawn-names.ts';
import type { DrawPicture } from './forms.ts';
import { drawLanes, readChoiceIn } from './lanes.ts';
import { toContentRevision, toSheetText } from './sheet-text.ts';

/** /v/:id as a picture: what was measured there in the days that its page tells of, or in the range of the address. */
export const drawVantage: DrawPicture = (handled, deps, wish) => {
  const { vantage } = findVantage(handled.parameter, deps).view;
  const { choice, timeZone } = readChoiceIn(handled.url, deps, undefined);
  const hasRange = ['range', 'from', 'to'].some((name) => handled.url.searchParams.has(name));
  const say = speak(handled.locale, timeZone);
  const network = `${toDrawnName(vantage.networkName, deps)}${vantage.asn === 0 ? '' : ` AS${vantage.asn}`}`;
  return drawLanes(
    handled,
    deps,
    wish,
    {
      ...choice,
      ...(hasRange ? {} : { fromMs: choice.toMs - COVERAGE_DAYS * DAY_MS }),
      countries: [vantage.countryCode],
      asns: vantage.asn === 0 ? [] : [vantage.asn],
    },
    timeZone,
    {
      title: say.text('vantages.vantage_title', { vantage: vantage.id }),
      lead: `${network} · ${formatCountry(vantage.countryCode, say)}`,
      vantageId: vantage.id,
    },
  );
};

const zoneQuery = z.object({ tz: zone.optional() });

/** /m/:id as a picture: its targets and how each stage went. */
export const drawMeasurement: DrawPicture = (handled, deps, { theme, widthPx }) => {
  const stored = findMeasurement(handled.parameter, deps);
  const { measurement, judgement } = stored;
  const { service, vantageId, startedAtMs, observations } = measurement;
  const serviceName = deps.config.services.find(({ id }) => id === service)?.name ?? service;
  const vantage = deps.store.listVantages().find(({ id }) => id === vantageId);
  const ownZone = vantage === undefined ? 'UTC' : toCountryZone(vantage.countryCode);
  const { tz = ownZone } = parseQuery(zoneQuery, handled.url);
  const say = speak(handled.locale, tz);
  const place =
    vantage === undefined
      ? vantageId
      : `${toDrawnName(vantage.networkName, deps)} · ${formatCountry(vantage.countryCode, say)}`;
  const time = formatInstant(startedAtMs, say);
  const text = toSheetText(handled, deps, say, {
    title: toVerdictSentence(serviceName, judgement.service, say, judgement.functions),
    subtitle: `${place} · ${time}`,
    range: formatTime(startedAtMs, say),
    n: say.text('picture.n_observations', { n: observations.length }),
    revision: toContentRevision(deps, [stored.id, judgement]),
  });
  return drawLadderPicture({ text, stored, widthPx }, say, theme);
};
