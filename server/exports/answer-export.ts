/** GET /api/v1/exports/:file: one table in one form, streamed by a thread of its own. */
import { RESOURCES } from '../../db/dictionary/dictionary.ts';
import type { Handler } from '../contract.ts';
import { toPastConfig } from '../past/answer-past.ts';
import { askExport, parseFileName, toCitedUrl } from './ask-export.ts';
import { answerDescription } from './describe/answer-description.ts';
import type { ExportJob } from './export-job.ts';
import type { Exporter } from './export-thread.ts';
import { chooseCoding, toFileHeaders } from './file-headers.ts';
import { FORMATS } from './formats/formats.ts';
import { replyNoPlace } from './no-place.ts';
import { formatRevision, writeCitation } from './revision.ts';

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
    // Parquet is packed inside.
    const coding = file.format === 'parquet' ? 'identity' : chooseCoding(request);
    const { contentType } = await FORMATS[file.format]();
    const headers = toFileHeaders({
      name: file.resource,
      ending: file.format,
      contentType,
      revision: formatRevision(query.revisionMs),
      citation,
      coding,
      isSimulated,
    });
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
