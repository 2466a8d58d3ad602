/** The parameter `rev`: a revision of the data, as answers and exports name it. */
import { z } from 'zod';
import { formatRevision, parseRevision } from './exports/revision.ts';
import { RequestProblem } from './problem.ts';

/** Reads a revision, in ms. */
export const revisionField = z
  .string()
  .transform((text, context): number => {
    const ms = parseRevision(text);
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: `\`${text.slice(0, 60)}\` is no revision`,
      params: { remedy: 'Write it as answers give it, such as 20220304T120501Z.' },
    });
    return z.NEVER;
  })
  .meta({
    description:
      'A revision of the data: what had been stored before this instant, judged as it was then.',
    example: '20220305T120000Z',
    pattern: '^[0-9]{8}T[0-9]{6}Z$',
  });

/** @throws RequestProblem for a revision that is not over yet */
export function checkRevision(parameter: string, askedMs: number, newestMs: number): void {
  if (askedMs <= newestMs) return;
  const error = {
    parameter,
    detail: `\`${parameter}\` lies after the newest revision, ${formatRevision(newestMs)}`,
    remedy: 'Leave it out for the newest.',
  };
  throw new RequestProblem({
    kind: 'invalid-query',
    detail: `${error.detail}. ${error.remedy}`,
    errors: [error],
  });
}
