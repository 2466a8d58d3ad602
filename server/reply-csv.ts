/** A view as a CSV file: what all of them take and how they are sent. */
import type { HandlerDeps, HandlerRequest } from './contract.ts';
import { oneOf } from './query.ts';
import { prepare, reply } from './reply.ts';

/** Parameter of every CSV file; `1` guards text against being run as a formula. */
export const SAFE_FIELD = { safe: oneOf(['0', '1'], 'choice').optional() };

/** What writers of files are told. */
export type CsvWish = {
  /** True when the measured network is a simulation; every line says so. */
  readonly isSimulated: boolean;
  readonly isSafe: boolean;
};

/** Sends what `write` makes under a name such as `incidents`, which becomes `reachline-incidents.csv`. */
export function replyCsv(
  { request }: HandlerRequest,
  { info }: HandlerDeps,
  name: string,
  safe: '0' | '1' | undefined,
  write: (wish: CsvWish) => string,
): Promise<Response> {
  const { isSimulated } = info;
  const text = write({ isSimulated, isSafe: safe === '1' });
  const file = `reachline-${name}${isSimulated ? '-simulated' : ''}.csv`;
  return reply(request, prepare(text, 'text/csv; charset=utf-8; header=present'), 200, {
    'content-disposition': `attachment; filename="${file}"`,
  });
}
