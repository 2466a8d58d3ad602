/** GET /api/v1/exports/:file: one table in one form, streamed by a thread of its own. */
import { RESOURCES } from '../../db/dictionary/dictionary.ts';
import type { Handler } from '../contract.ts';
import { toPastConfig } from '../past/answer-past.ts';
import { SECURITY_HEADERS } from '../reply.ts';
import { askExport, parseFileName, toCitedUrl } from './ask-export.ts';
import { answerDescription } from './describe/answer-description.ts';
import type { ExportJob } from './export-job.ts';
import type { Exporter } from './export-thread.ts';
import type { Coding } from './export-worker.ts';
import { FORMATS } from './formats/formats.ts';
import { replyNoPlace } from './no-place.ts';
import { formatRevision, writeCitation } from './revision.ts';

/** What the client takes, the fastest first; Parquet is packed inside. */
function chooseCoding(request: Request, format: string): Coding {
  if (format === 'parquet') return 'identity';
  const accepted = request.headers.get('accept-encoding') ?? '';
  const isTaken = (name: string) =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:,|$|;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$)))`, 'i').test(
      accepted,
    );
  return isTaken('zstd') ? 'zstd' : isTaken('gzip') ? 'gzip' : 'identity';
}

/** Makes the handler; exports of one application share their places. */
export function createAnswerExport(exporter: Exporter): Handler {
  return async (handled, deps) => {
    const { request, url, parameter } = handled;
    const description = answerDescription(handled, deps);
    if (description !== undefined) return description;
    const file = parseFileName(parameter);
    const { query, isSafe } = askExport(file, url, deps);
    const { title } = RESOURCES[file.resource];
    const { isSimulated } = deps.info;
    const citedUrl = toCitedUrl(file, url, query.revisionMs);
    const citation = writeCitation({ title, url: citedUrl, revisionMs: query.revisionMs });
    const job: ExportJob = {
      ...file,
      query,
      isSafe,
      isSimulated,
      citation,
      nowMs: deps.clock.nowMs(),
    };
    const coding = chooseCoding(request, file.format);
    const revision = formatRevision(query.revisionMs);
    const { contentType } = await FORMATS[file.format]();
    const name = `reachline-${file.resource}-${revision}${isSimulated ? '-simulated' : ''}.${file.format}`;
    const headers = {
      ...SECURITY_HEADERS,
      'content-type': contentType,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      'reachline-revision': revision,
      'reachline-citation': encodeURI(citation),
      link: `</api/v1/exports/datapackage.json>; rel="describedby"; type="application/json", <https://creativecommons.org/licenses/by/4.0/>; rel="license"`,
      ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
    };
    if (request.method === 'HEAD') return new Response(null, { headers });
    const body = exporter.open({
      storeFile: deps.store.file,
      config: toPastConfig(deps.config),
      work: { kind: 'table', job },
      coding,
    });
    return body === undefined ? replyNoPlace(request) : new Response(body, { headers });
  };
}
