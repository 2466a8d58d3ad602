/** Parameters that several addresses take, so that the same word means the same everywhere. */
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import { MECHANISMS, VERDICTS } from '../../probes/types.ts';
import type { DataDeps, ReadStore } from '../contract.ts';
import { asns, countries, functions, listOf, oneOf, time } from '../query.ts';
import { revisionField } from '../revision-field.ts';

/** What words of parameters come with. */
type FieldDeps = {
  readonly config: Pick<Config, 'services'>;
  readonly store: Pick<ReadStore, 'listVantages'>;
};

/** Only of these services. */
export function serviceField({ config }: Pick<FieldDeps, 'config'>) {
  return listOf(
    config.services.map(({ id }) => id),
    'service',
  ).optional();
}

/** Only of these vantages; which there are comes with the data. */
function vantageField({ store }: Pick<FieldDeps, 'store'>) {
  return listOf(
    store.listVantages().map(({ id }) => id),
    'vantage',
    true,
  ).optional();
}

/** Where something was measured. */
export const placeFields = { country: countries.optional(), asn: asns.optional() };

/** Which part of a service. */
export const functionField = functions
  .meta({
    description: 'Parts of a service; `service` is the service as a whole, which is the default.',
  })
  .optional();

/** What was concluded. */
export const verdictField = listOf(VERDICTS, 'verdict').optional();
export const mechanismField = listOf(MECHANISMS, 'mechanism').optional();

/** A half-open range. */
export const rangeFields = {
  from: time('UTC')
    .meta({ description: 'Beginning, included: a day of UTC or an instant with its zone.' })
    .optional(),
  to: time('UTC')
    .meta({ description: 'End, not included: a day of UTC or an instant with its zone.' })
    .optional(),
};

/** With or without what others measured. */
const ownField = {
  own: oneOf(['0', '1'], 'choice')
    .meta({
      description:
        '`1` leaves out what others measured; each row says its licence, and without those all are ours.',
      example: '1',
    })
    .optional(),
};

/** What every list of measurements, or of what follows from them, can be asked for. */
export function scopeFields(deps: FieldDeps) {
  return {
    service: serviceField(deps),
    vantage: vantageField(deps),
    ...placeFields,
    ...ownField,
    ...rangeFields,
  };
}
type Scope = Partial<z.infer<z.ZodObject<ReturnType<typeof scopeFields>>>>;

/** The same for the store, without the range. */
export function toScope({ service, vantage, country, asn, own }: Scope) {
  return {
    ...(service === undefined ? {} : { services: service }),
    ...(vantage === undefined ? {} : { vantageIds: vantage }),
    ...(country === undefined ? {} : { countryCodes: country }),
    ...(asn === undefined ? {} : { asns: asn }),
    isOwnOnly: own === '1',
  };
}

/** The vantages that are asked for by id, country and network. */
export function listVantageIds(
  { vantage, country, asn }: Scope,
  { store }: Pick<FieldDeps, 'store'>,
): string[] {
  return store
    .listVantages()
    .filter(
      (one) =>
        (vantage === undefined || vantage.includes(one.id)) &&
        (country === undefined || country.includes(one.countryCode)) &&
        (asn === undefined || asn.includes(one.asn)),
    )
    .map(({ id }) => id);
}

/** As of which revision. */
export const revField = { rev: revisionField.optional() };

/** For addresses that take nothing but a revision. */
export const revisionOnly = z.strictObject(revField);

/** For addresses that take no parameters. */
export const noParameters = z.strictObject({});

const known = new WeakMap<DataDeps, Map<unknown, { version: number; schema: unknown }>>();

/** Makes a schema once per version of the data, since some of its words come with them. */
export function remember<S>(deps: DataDeps, make: (deps: DataDeps) => S): S {
  const version = deps.store.dataVersion();
  const schemas = known.get(deps) ?? new Map<unknown, { version: number; schema: unknown }>();
  known.set(deps, schemas);
  const held = schemas.get(make);
  if (held?.version === version) return held.schema as S; // made by the same function, below
  const schema = make(deps);
  schemas.set(make, { version, schema });
  return schema;
}
