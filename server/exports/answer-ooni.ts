/** GET /api/v1/measurements.ooni.jsonl: measurements in the format of OONI, streamed by a thread of its own. */
import { listVantageIds } from '../api/fields.ts';
import { ooniQuery } from '../api/ooni.ts';
import type { Handler } from '../contract.ts';
import { toPastConfig } from '../past/answer-past.ts';
import { checkRange, parseQuery } from '../query.ts';
import { checkRevision } from '../revision-field.ts';
import type { Exporter } from './export-thread.ts';
import { chooseCoding, toFileHeaders } from './file-headers.ts';
import { replyNoPlace } from './no-place.ts';
import type { ExportQuery } from './ooni.ts';
import { findRevisionMs, formatRevision, writeCitation } from './revision.ts';

/** Makes the handler; threads are shared with other exports. */
export function createAnswerOoni(exporter: Exporter): Handler {
  return ({ request, url }, deps) => {
    const asked = parseQuery(ooniQuery(deps), url);
    const nowMs = deps.clock.nowMs();
    const newestMs = findRevisionMs(deps.store, nowMs);
    const {
      rev: revisionMs = newestMs,
      from: fromMs = 0,
      to: toMs = Number.MAX_SAFE_INTEGER,
    } = asked;
    checkRevision('rev', revisionMs, newestMs);
    checkRange(fromMs, toMs);
    const isEverywhere = [asked.vantage, asked.country, asked.asn].every(
      (one) => one === undefined,
    );
    const query: ExportQuery = {
      fromMs,
      toMs,
      ...(asked.service === undefined ? {} : { services: asked.service }),
      ...(isEverywhere ? {} : { vantageIds: listVantageIds(asked, deps) }),
      isOwnOnly: asked.own === '1',
    };
    const revision = formatRevision(revisionMs);
    const cited = new URL(url);
    cited.searchParams.set('rev', revision);
    const coding = chooseCoding(request);
    const headers = toFileHeaders({
      name: 'measurements',
      ending: 'ooni.jsonl',
      contentType: 'application/x-ndjson; charset=utf-8',
      revision,
      citation: writeCitation({
        title: 'Measurements in the format of OONI',
        url: cited.href,
        revisionMs,
      }),
      coding,
      isSimulated: deps.info.isSimulated,
    });
    if (request.method === 'HEAD') return new Response(null, { headers });
    const body = exporter.open({
      storeFile: deps.store.file,
      config: toPastConfig(deps.config),
      work: { kind: 'ooni', job: { query, revisionMs, nowMs } },
      coding,
    });
    return body === undefined ? replyNoPlace(request) : new Response(body, { headers });
  };
}
