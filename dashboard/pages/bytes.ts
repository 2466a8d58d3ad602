/** Sizes of files in words. */
import type { Say } from '../i18n/say.ts';

/** Says a size in the largest unit of which there is one; at least 1 kB. */
export function sayBytes(bytes: number, say: Say): string {
  const kilobytes = Math.max(1, Math.round(bytes / 1_000));
  if (kilobytes < 1_000) return say.text('data.kilobytes', { n: kilobytes });
  const megabytes = bytes / 1e6;
  if (megabytes < 1_000)
    return say.text('data.megabytes', {
      n: megabytes < 10 ? Math.round(megabytes * 10) / 10 : Math.round(megabytes),
    });
  return say.text('data.gigabytes', { n: Math.round(megabytes / 100) / 10 });
}
