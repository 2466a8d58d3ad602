/** The service, country or network that an address names, or what is wrong with it. */
import type { Unknown } from '../dashboard/pages/answer-list.ts';
import type { HandlerDeps } from './contract.ts';
import { RequestProblem } from './problem.ts';

/** A text from an address, short enough to be repeated. */
const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

export type Found<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'unknown'; readonly unknown: Unknown };

type Named = { readonly id: string; readonly name: string };

/** A service by its id. */
export function findService(id: string, { config }: HandlerDeps): Found<Named> {
  const value = config.services.find((one) => one.id === id.toLowerCase());
  return value === undefined
    ? { kind: 'unknown', unknown: { kind: 'service', text: clip(id) } }
    : { kind: 'found', value };
}

/** A code of ISO 3166-1, whether anything is measured there or not. */
export function findCountry(code: string): Found<string> {
  return /^[A-Za-z]{2}$/.test(code)
    ? { kind: 'found', value: code.toUpperCase() }
    : { kind: 'unknown', unknown: { kind: 'country', text: clip(code) } };
}

/** The number of a network that a vantage stands in, with or without `AS` in front. */
export function findNetwork(text: string, { store }: HandlerDeps): Found<number> {
  const digits = /^(?:AS)?(\d{1,10})$/i.exec(text)?.[1];
  const asn = Number(digits);
  const isKnown = asn > 0 && store.listVantages().some((one) => one.asn === asn);
  return isKnown
    ? { kind: 'found', value: asn }
    : { kind: 'unknown', unknown: { kind: 'network', text: clip(text) } };
}

/** For programs. @throws RequestProblem for what is not there. */
export function takeFound<T>(found: Found<T>): T {
  if (found.kind === 'found') return found.value;
  const { kind, text } = found.unknown;
  throw new RequestProblem({
    kind: 'not-found',
    detail: `There is no ${kind} \`${text}\` here; /is.json lists what is measured.`,
  });
}
