/** From files to a checked configuration: reads all of them, reports all their problems, or gives a frozen Config. */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { AnnouncementsFile } from './announcement.ts';
import { checkDocuments } from './checks.ts';
import { readDocument, type SourceDocument } from './document.ts';
import { parseWith } from './issues.ts';
import { nameNetwork } from './networks.ts';
import { ConfigError, type Problem } from './problem.ts';
import { type Config, FingerprintsFile, ReachlineFile, Rules, ServicesFile } from './schema.ts';

/** What a file turned out to be. */
type Part<T> = { readonly document?: SourceDocument | undefined; readonly value?: T };

/**
 * Loads reachline.yaml and the files it names, which are relative to it.
 * @throws ConfigError with every problem of every file; nothing else, whatever the files hold.
 */
export function loadConfig({ file }: { readonly file: string }): Config {
  const problems: Problem[] = [];
  const main = loadPart(file, ReachlineFile, problems);
  const loadNamed = <T extends z.ZodType>(key: string, schema: T): Part<z.output<T>> => {
    const name: unknown = Reflect.get(Object(main.document?.value), key);
    // A missing or empty name is already a problem of reachline.yaml.
    if (typeof name !== 'string' || name === '') return {};
    return loadPart(join(dirname(file), name), schema, problems);
  };
  const services = loadNamed('servicesFile', ServicesFile);
  const rules = loadNamed('rulesFile', Rules);
  const fingerprints = loadNamed('fingerprintsFile', FingerprintsFile);
  const announcements = loadNamed('announcementsFile', AnnouncementsFile);
  problems.push(
    ...checkDocuments({
      main: main.document,
      services: services.document,
      rules: rules.document,
      fingerprints: fingerprints.document,
      announcements: announcements.document,
    }),
  );
  if (
    problems.length > 0 ||
    !main.value ||
    !services.value ||
    !rules.value ||
    !fingerprints.value ||
    !announcements.value
  ) {
    throw new ConfigError(problems);
  }
  const { schedule, budgets, deep, baselines, globalping, api, bulk } = main.value;
  const vantages = main.value.vantages.map((vantage) => ({
    ...vantage,
    networkName: vantage.networkName ?? nameNetwork(vantage.asn),
  }));
  const measured = {
    schedule,
    budgets,
    deep,
    vantages,
    ...(globalping === undefined ? {} : { globalping }),
    baselines,
    services: services.value.services,
    rules: rules.value,
    fingerprints: fingerprints.value.fingerprints,
  };
  return Object.freeze({
    ...measured,
    alerts: main.value.alerts,
    announcements: announcements.value.announcements,
    api,
    bulk,
    hash: hashConfig(measured),
  });
}

function loadPart<T extends z.ZodType>(
  file: string,
  schema: T,
  problems: Problem[],
): Part<z.output<T>> {
  const read = readDocument(file);
  if (read.kind === 'failed') {
    problems.push(...read.problems);
    return {};
  }
  const parsed = parseWith(schema, read.document);
  problems.push(...parsed.problems);
  return {
    document: read.document,
    ...(parsed.value === undefined ? {} : { value: parsed.value }),
  };
}

/** SHA-256, hex, over JSON with sorted keys: equal for equal content, whatever its order or its comments. */
export function hashConfig(
  content: Omit<Config, 'alerts' | 'announcements' | 'api' | 'bulk' | 'hash'>,
): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(content)))
    .digest('hex');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
