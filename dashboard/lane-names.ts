/** What rows and headings of a timeline are called, in the page's language. Shared by page and browser. */
import { FUNCTIONS, type FunctionId } from '../probes/types.ts';
import { shortenNetwork } from './i18n/network-names.ts';
import type { Say } from './i18n/say.ts';
import { formatCountry } from './i18n/times.ts';
import { sayFunction } from './i18n/words.ts';
import type { LaneRow, RowGroup, RowLane } from './lane-rows.ts';

/** What rows are called with: the page's voice and the names of services. */
export type Names = { readonly say: Say; readonly serviceNames: ReadonlyMap<string, string> };

type Row = LaneRow<RowLane>;

const PARTS: readonly FunctionId[] = FUNCTIONS;

/** A part of a service in words; empty for the whole. */
function describePart(part: string, say: Say): string {
  const known = PARTS.find((one) => one === part);
  return known ? sayFunction(say, known) : part === 'service' ? '' : part;
}

/** A service as people write it. */
function nameService(id: string, { serviceNames }: Names): string {
  return serviceNames.get(id) ?? id.charAt(0).toUpperCase() + id.slice(1);
}

/** A heading, e.g. `Instagram`, `WhatsApp · calls`, `Instagram · Ukraine`. */
export function nameGroup(
  { service, function: part, countryCode }: Omit<RowGroup<RowLane>, 'rows' | 'key'>,
  names: Names,
): string {
  const country = countryCode === undefined ? '' : formatCountry(countryCode, names.say);
  const parts = [
    service === undefined ? country : nameService(service, names),
    describePart(part, names.say),
    service === undefined ? '' : country,
  ];
  return parts.filter((text) => text !== '').join(' · ');
}

/** What a row is called, e.g. `Rostelecom`. */
export function nameRow({ kind, lead }: Row, names: Names): string {
  const { id, networkName, countryCode } = lead.vantage;
  if (kind === 'control') return names.say.text('timeline.control_row');
  if (kind === 'service') return nameService(lead.service, names);
  if (kind === 'country') return formatCountry(countryCode, names.say);
  return kind === 'vantage' ? id : shortenNetwork(networkName) || id;
}

/** What is worth knowing beside the name, e.g. `AS12389 · RU · mobile`, `5 vantages`. */
export function describeRow({ kind, lead, lanes }: Row, { say }: Names): string {
  const { asn, networkName, countryCode, access } = lead.vantage;
  if (kind === 'control' || kind === 'service' || kind === 'country')
    return say.text('timeline.vantages', { n: lanes.length });
  const parts = [
    kind === 'vantage' ? shortenNetwork(networkName) : '',
    asn > 0 ? `AS${asn}` : '',
    countryCode === 'ZZ' ? '' : countryCode,
    access === 'fixed' || access === 'mobile' || access === 'datacentre'
      ? say.text(`timeline.access_${access}`)
      : '',
    kind === 'network' && lanes.length > 1
      ? say.text('timeline.vantages', { n: lanes.length })
      : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
