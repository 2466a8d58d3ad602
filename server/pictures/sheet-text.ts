/** What stands around the pictures of lists and records: title, and where the picture comes from. */
import { createHash } from 'node:crypto';
import type { Say } from '../../dashboard/i18n/say.ts';
import { formatZone } from '../../dashboard/i18n/times.ts';
import type { SheetText } from '../../dashboard/pictures/sheet.ts';
import type { HandlerDeps, HandlerRequest } from '../contract.ts';
import { toPageUrl } from './lanes.ts';

/** What differs from picture to picture. */
export type SheetFacts = {
  readonly title: string;
  readonly subtitle: string;
  /** The range or the instant that it tells of, in words. */
  readonly range: string;
  /** What was counted, e.g. `4 networks`. */
  readonly n: string;
  readonly revision: string;
};

/** Names what a picture rests on: the rules in force, and a sum over what is drawn. */
export function toContentRevision({ config }: HandlerDeps, content: unknown): string {
  const sum = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return `${config.rules.rulesetVersion}-${sum.slice(0, 8)}`;
}

/** Writes title and footer. */
export function toSheetText(
  handled: HandlerRequest,
  deps: HandlerDeps,
  say: Say,
  { title, subtitle, range, n, revision }: SheetFacts,
): SheetText {
  const zone = formatZone(say.timeZone, say);
  return {
    title,
    subtitle,
    footer: [
      say.text('picture.provenance_of', { range, zone, n, revision }),
      toPageUrl(handled, deps),
      say.text('picture.licence'),
    ],
    description: `${title}. ${subtitle}`,
    locale: say.locale,
    ...(deps.info.isSimulated ? { notice: say.text('picture.simulated') } : {}),
  };
}
