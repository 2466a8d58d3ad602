/** Why a target was switched off, in words: codes of channels and of reports on mail that came back. */
import type { Say } from '../i18n/say.ts';

const REASONS = [
  [/^bounced_(.+)$/, 'alerts.gone.bounced'],
  [/^smtp_(\d+)$/, 'alerts.gone.mail'],
  [/^http_(404|410)$/, 'alerts.gone.away'],
  [/^http_(\d+)$/, 'alerts.gone.refused'],
  [/^(?:webhook|chat)_gone$/, 'alerts.gone.away'],
] as const;

/** Says it; the code stands behind, for whoever looks after the receiver. */
export function sayGone(reason: string, say: Say): string {
  for (const [form, key] of REASONS) {
    const found = form.exec(reason);
    if (found !== null) return say.text(key, { code: found[1] ?? reason });
  }
  return say.text('alerts.gone.other', { code: reason });
}
