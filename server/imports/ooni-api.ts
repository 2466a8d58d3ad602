/**
 * Imports from OONI's public API: lists of measurements page by page, each measurement fetched once, no faster than the
 * operator allows. How far it came is kept in a file, so that the same command goes on where it was stopped.
 * API: https://api.ooni.io/apidocs/
 */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type LineContext, readMeasurement } from '../../probes/providers/ooni/read-line.ts';
import type { Service } from '../../probes/types.ts';
import { DownloadError, download } from './download.ts';
import { createTally, type ImportReport } from './import-report.ts';
import { createImportWriter, type ImportWriter, type ImportWriterDeps } from './import-writer.ts';

/** Tests that say something of our services. */
export const API_TESTS = ['web_connectivity', 'whatsapp', 'facebook_messenger'] as const;
export type ApiTest = (typeof API_TESTS)[number];

/** What to ask for. */
export type ApiQuery = {
  readonly apiUrl: string;
  readonly countryCode: string;
  readonly sinceMs: number;
  /** Up to now unless given. */
  readonly untilMs?: number;
  readonly tests: readonly ApiTest[];
};

export type ApiDeps = Omit<ImportWriterDeps, 'tally'> & {
  readonly context: LineContext;
  readonly query: ApiQuery;
  /** Folder in which it is kept how far the import came. */
  readonly stateFolder: string;
  readonly signal: AbortSignal;
  /** Least time between two requests. */
  readonly minGapMs: number;
  /** Waits, or ends early when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A monotonic clock. */
  readonly nowMs: () => number;
  /** @param share of the lists that are done, 0 to 1 */
  readonly onProgress?: (share: number, note: string) => void;
};

const PAGE_SIZE = 100;
const MAX_LIST_BYTES = 16 * 1024 * 1024;
const MAX_MEASUREMENT_BYTES = 8 * 1024 * 1024;
/** Answers 429 and 5xx are tried again this often. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 5_000;

/** One list: measurements of a test, or of a domain in it. */
type List = { readonly key: string; readonly url: string };

const State = z.object({
  /** Address of the next page by list; null when the list is done. */
  next: z.record(z.string().max(300), z.string().max(4_000).nullable()),
});

const Page = z.object({
  metadata: z.object({ next_url: z.string().max(4_000).nullish() }),
  results: z
    .array(
      z.object({
        measurement_uid: z.string().max(200).nullish(),
        anomaly: z.unknown(),
        confirmed: z.unknown(),
        failure: z.unknown(),
      }),
    )
    .max(1_000),
});

/** Imports everything that the query selects. A server that does not answer ends it; what came is stored. */
export async function importFromApi(deps: ApiDeps): Promise<ImportReport> {
  const { query, context, signal, onProgress, stateFolder } = deps;
  const tally = createTally();
  const writer = createImportWriter({ ...deps, tally });
  const fetchJson = createFetcher(deps);
  const lists = listQueries(query, context.config.services);
  const file = join(stateFolder, `ooni-${hash('sha256', JSON.stringify(lists)).slice(0, 16)}.json`);
  const next = readState(file);
  try {
    for (const [index, { key, url }] of lists.entries()) {
      let at = next.has(key) ? next.get(key) : url;
      while (at && !signal.aborted) {
        onProgress?.(index / lists.length, `${key}, ${tally.storedCount()} stored`);
        const page = parsePage(await fetchJson(new URL(at), MAX_LIST_BYTES), at);
        const isWhole = await importPage(page, writer, deps, fetchJson, tally.known);
        writer.flush();
        if (!isWhole) break;
        at = checkNext(page.metadata.next_url, query.apiUrl);
        next.set(key, at ?? null);
        writeState(file, next);
      }
    }
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    writer.flush();
    return tally.report(false, signal.aborted ? undefined : error.message);
  }
  // Asked again from the start another time: new measurements may have come by then.
  if (!signal.aborted) writeState(file, new Map());
  return tally.report(!signal.aborted);
}

/** The lists to go through: pages of our services are asked for domain by domain, or all of a country's would come. */
function listQueries({ apiUrl, ...query }: ApiQuery, services: readonly Service[]): List[] {
  const hosts = services.flatMap(({ targets }) =>
    targets.filter(({ kind }) => kind === 'https' || kind === 'http').map(({ host }) => host),
  );
  const domains = [
    ...new Set([...hosts, ...hosts.map((host) => host.split('.').slice(-2).join('.'))]),
  ];
  return query.tests.flatMap((test) =>
    (test === 'web_connectivity' ? domains : [undefined]).map((domain) => {
      const url = new URL('/api/v1/measurements', apiUrl);
      const parameters = {
        probe_cc: query.countryCode,
        test_name: test,
        ...(domain === undefined ? {} : { domain }),
        since: toTime(query.sinceMs),
        ...(query.untilMs === undefined ? {} : { until: toTime(query.untilMs) }),
        order_by: 'measurement_start_time',
        order: 'asc',
        limit: String(PAGE_SIZE),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { key: domain === undefined ? test : `${test} ${domain}`, url: url.href };
    }),
  );
}

function toTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19);
}

/** Fetches and stores what is new of a page; false when it was stopped. */
async function importPage(
  page: z.infer<typeof Page>,
  writer: ImportWriter,
  { context, query, signal, store }: ApiDeps,
  fetchJson: ReturnType<typeof createFetcher>,
  onKnown: () => void,
): Promise<boolean> {
  for (const { measurement_uid: uid, ...summary } of page.results) {
    if (signal.aborted) return false;
    if (!uid) {
      writer.add({ kind: 'bad', reason: 'the API gives it no measurement_uid' }, 'a measurement');
      continue;
    }
    if (store.hasOrigin({ provider: 'ooni', reference: uid })) {
      onKnown();
      continue;
    }
    const url = new URL('/api/v1/raw_measurement', query.apiUrl);
    url.searchParams.set('measurement_uid', uid);
    const raw = await fetchJson(url, MAX_MEASUREMENT_BYTES);
    if (raw === undefined)
      writer.add({ kind: 'bad', reason: 'the API does not have it as JSON' }, uid);
    else {
      // The archive may hold it without the name that the API gives it.
      const named =
        typeof raw === 'object' && raw !== null ? { measurement_uid: uid, ...raw } : raw;
      writer.add(readMeasurement(named, context, summary), uid);
    }
  }
  return true;
}

function parsePage(json: unknown, url: string): z.infer<typeof Page> {
  const page = Page.safeParse(json);
  if (page.success) return page.data;
  throw new DownloadError(`${new URL(url).host} did not answer with a list of measurements.`);
}

/** The next page, which has to be of the same API. @throws DownloadError */
function checkNext(next: string | null | undefined, apiUrl: string): string | undefined {
  if (!next) return undefined;
  const url = URL.parse(next, apiUrl);
  if (url?.origin === new URL(apiUrl).origin) return url.href;
  throw new DownloadError('The API names a next page on another server, which is not followed.');
}

/** Fetches JSON, one request at a time and not too fast; undefined for what is not there or no JSON. */
function createFetcher({ signal, minGapMs, wait, nowMs }: ApiDeps) {
  let lastMs = Number.NEGATIVE_INFINITY;
  return async (url: URL, maxBytes: number): Promise<unknown> => {
    for (let tried = 1; ; tried += 1) {
      const gapMs = lastMs + minGapMs - nowMs();
      if (gapMs > 0) await wait(gapMs, signal);
      if (signal.aborted) throw new DownloadError('Stopped.');
      lastMs = nowMs();
      const answer = await download(url, { signal, maxBytes });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      const { statusCode } = answer;
      if (statusCode === 200) return parseJson(Buffer.concat(chunks).toString('utf8'));
      if (statusCode === 404) return undefined;
      const isTemporary = statusCode === 429 || statusCode >= 500;
      if (!isTemporary || tried === MAX_TRIES)
        throw new DownloadError(
          isTemporary
            ? `${url.host} answers ${statusCode}. Try again later.`
            : `${url.host} answers ${statusCode}: it refuses what was asked. Check the address and the arguments.`,
        );
      await wait(answer.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tried - 1), signal);
    }
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told by the caller, who knows what was asked for.
    return undefined;
  }
}

/** How far an import came; nothing when there is no file, or none that can be read. */
function readState(file: string): Map<string, string | null> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // No file: it begins at the start.
    return new Map();
  }
  const state = State.safeParse(parseJson(text));
  return new Map(state.success ? Object.entries(state.data.next) : []);
}

function writeState(file: string, next: ReadonlyMap<string, string | null>): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, JSON.stringify({ next: Object.fromEntries(next) }));
  renameSync(`${file}.part`, file);
}
