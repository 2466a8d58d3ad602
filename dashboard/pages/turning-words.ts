/** What would have changed a verdict, in one sentence per kind of rule: the end of "It would have been otherwise with …". */
import type { Judgement, Verdict } from '../../probes/types.ts';
import type { Say } from '../i18n/say.ts';
import { isMessageKey, type MessageKey } from '../i18n/texts.ts';

/** Numbers of the rules that the sentences name. */
export type TurningNumbers = {
  readonly controlWindowSeconds: number;
  readonly confirmGapSeconds: number;
};

/** Rules whose verdict hangs on signals or on a control more than on what the rule itself looks for. */
const DECIDED_BY_CONTROL: readonly Verdict[] = ['likely_blocked', 'blocked', 'down'];

/** The key of the sentence of a rule or of its family, the longest beginning up to a dot that has one. */
function findByRule(ruleId: string): { key: MessageKey; isByFamily: boolean } | undefined {
  const parts = ruleId.split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const key = `turning.rule.${parts.slice(0, length).join('.')}`;
    if (isMessageKey(key)) return { key, isByFamily: length < parts.length };
  }
  return undefined;
}

function chooseKey({ verdict, ruleId, reasons }: Judgement): MessageKey {
  const byReason = reasons.map(({ code }) => `turning.reason.${code}`).find(isMessageKey);
  if (verdict === 'insufficient' && byReason !== undefined) return byReason;
  const byRule = findByRule(ruleId);
  const isForControl = byRule?.isByFamily === true && DECIDED_BY_CONTROL.includes(verdict);
  return byRule === undefined || isForControl ? `turning.verdict.${verdict}` : byRule.key;
}

/** Says in one sentence what would have changed a verdict. */
export function toTurningSentence(
  judgement: Judgement,
  { controlWindowSeconds, confirmGapSeconds }: TurningNumbers,
  say: Say,
): string {
  const minutes = Math.round(controlWindowSeconds / 60);
  return say.text(chooseKey(judgement), { minutes, seconds: confirmGapSeconds });
}
