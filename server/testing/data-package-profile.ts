/** What the profiles of Data Package 2.0 require of the properties that we use (datapackage.org/profiles/2.0). */
import { z } from 'zod';

/** An address, or a path below the descriptor: none that leads out of its folder. */
const path = z
  .string()
  .refine(
    (text) =>
      /^(?:http|ftp)s?:\/\/./.test(text) ||
      (/^[^./~]/.test(text) && !/^file:|\/\.\.\/|\\|:\/\//.test(text)),
    { error: 'is neither an address nor a path below' },
  );

const Field = z.looseObject({
  name: z.string().min(1),
  title: z.string(),
  description: z.string(),
  type: z.enum(['string', 'number', 'integer', 'boolean', 'datetime', 'list']),
  delimiter: z.string().optional(),
  itemType: z.enum(['string']).optional(),
  categories: z
    .array(z.strictObject({ value: z.string(), label: z.string() }))
    .min(1)
    .optional(),
  constraints: z.strictObject({ required: z.boolean() }),
});
const Dialect = z.strictObject({
  $schema: z.literal('https://datapackage.org/profiles/2.0/tabledialect.json'),
  header: z.boolean(),
  delimiter: z.string(),
  lineTerminator: z.string(),
  quoteChar: z.string().length(1),
  doubleQuote: z.boolean(),
});
const Schema = z.strictObject({
  $schema: z.literal('https://datapackage.org/profiles/2.0/tableschema.json'),
  fields: z.array(Field).min(1),
  primaryKey: z.array(z.string()).min(1),
  missingValues: z.array(z.string()),
  foreignKeys: z
    .array(
      z.strictObject({
        fields: z.array(z.string()).min(1),
        reference: z.strictObject({ resource: z.string(), fields: z.array(z.string()).min(1) }),
      }),
    )
    .min(1)
    .optional(),
});
/** A descriptor of a package. */
export const DataPackageProfile = z.looseObject({
  $schema: z.literal('https://datapackage.org/profiles/2.0/datapackage.json'),
  name: z.string().regex(/^[a-z0-9._-]+$/),
  id: z.string(),
  created: z.iso.datetime(),
  homepage: z.url(),
  version: z.string(),
  licenses: z
    .array(
      z.strictObject({
        name: z.string().regex(/^([-a-zA-Z0-9._])+$/),
        title: z.string(),
        path: z.url(),
      }),
    )
    .min(1),
  sources: z.array(z.strictObject({ title: z.string(), path: z.string() })).min(1),
  contributors: z
    .array(z.strictObject({ title: z.string(), roles: z.array(z.string()).min(1) }))
    .min(1),
  resources: z
    .array(
      z.looseObject({
        $schema: z.literal('https://datapackage.org/profiles/2.0/dataresource.json'),
        name: z.string().regex(/^[a-z0-9._-]+$/),
        type: z.literal('table'),
        path: z.union([path, z.array(path).min(1)]),
        mediatype: z.string().regex(/^.+\/.+$/),
        encoding: z.string(),
        bytes: z.int().optional(),
        hash: z
          .string()
          .regex(/^[^:]+:[a-fA-F0-9]+$/)
          .optional(),
        dialect: Dialect,
        schema: Schema,
      }),
    )
    .min(1),
});
