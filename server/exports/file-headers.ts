/** What every streamed file says of itself in its headers, and how it is packed on its way. */
import { SECURITY_HEADERS } from '../reply.ts';
import type { Coding } from './export-worker.ts';

/** What the client takes, the fastest first. */
export function chooseCoding(request: Request): Coding {
  const accepted = request.headers.get('accept-encoding') ?? '';
  const isTaken = (name: string) =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:,|$|;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$)))`, 'i').test(
      accepted,
    );
  return isTaken('zstd') ? 'zstd' : isTaken('gzip') ? 'gzip' : 'identity';
}

/** The headers of a file. */
export function toFileHeaders({
  name,
  ending,
  contentType,
  revision,
  citation,
  coding,
  isSimulated,
}: {
  readonly name: string;
  readonly ending: string;
  readonly contentType: string;
  readonly revision: string;
  readonly citation: string;
  readonly coding: Coding;
  readonly isSimulated: boolean;
}): Record<string, string> {
  const file = `reachline-${name}-${revision}${isSimulated ? '-simulated' : ''}.${ending}`;
  return {
    ...SECURITY_HEADERS,
    'content-type': contentType,
    'content-disposition': `attachment; filename="${file}"`,
    'cache-control': 'no-cache',
    vary: 'accept-encoding',
    'reachline-revision': revision,
    'reachline-citation': encodeURI(citation),
    link: `</api/v1/exports/datapackage.json>; rel="describedby"; type="application/json", <https://creativecommons.org/licenses/by/4.0/>; rel="license"`,
    ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
  };
}
