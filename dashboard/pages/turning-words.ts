/** What would have changed a verdict, in one sentence per kind of rule: the end of "It would have been otherwise with …". */
import type { Judgement, Verdict } from '../../probes/types.ts';

/** Numbers of the rules that the sentences name. */
export type TurningNumbers = {
  readonly controlWindowSeconds: number;
  readonly confirmGapSeconds: number;
};

type Sentence = (numbers: TurningNumbers) => string;

const toMinutes = ({ controlWindowSeconds }: TurningNumbers): string =>
  `${Math.round(controlWindowSeconds / 60)} minutes`;

/** By the code of a reason, where the reason says more than the rule. */
const BY_REASON: Readonly<Record<string, Sentence>> = {
  no_control: (numbers) =>
    `An outside control within ${toMinutes(numbers)}: one that passed the stage would make it likely blocked, one that failed there too, down.`,
  no_baselines: () => 'Neutral hosts that answer from this vantage in the same run.',
  control_did_not_reach: (numbers) =>
    `An outside control within ${toMinutes(numbers)} that came as far as this stage, whether it passed or failed there.`,
};

/** By the id of a rule or by its beginning up to a dot; the longest that fits. */
const BY_RULE: Readonly<Record<string, Sentence>> = {
  'vantage.disturbed': () => 'The same failure in a run that nothing on this machine disturbed.',
  'vantage.clock': () => 'The same certificate while the clock of this vantage is right.',
  'vantage.captive_portal': () =>
    'One neutral host that shows its own certificate from this vantage.',
  'vantage.freeze': () =>
    'Neutral hosts abroad that deliver their whole answer in the same run: then it would concern this service alone.',
  'vantage.outage': () => 'Neutral hosts that answer from this vantage in the same run.',
  'vantage.own_failure': () => 'A failure that did not arise on this machine.',
  'network.whitelist': () =>
    'One neutral host abroad that answers from this vantage in the same run.',
  'dns.ghost': () => 'An outside control that can resolve the name.',
  'dns.stub_address': () =>
    'An address that is not on the list of known block-page servers of this country: then a control would decide.',
  'http.known_blockpage': () =>
    'A page that is not on the list of known block pages of this country: then a control would decide.',
  'clear.known_blockpage': () =>
    'A page that is not on the list of known block pages of this country: then the page of the control would decide.',
  'clear.ghost': () => 'An outside control that can resolve the name.',
  'clear.no_control': (numbers) =>
    `A page that an outside control got within ${toMinutes(numbers)}, to lay beside this one.`,
  'clear.other_page': () =>
    'The page that the outside control got, in status, length, headers or title.',
  'http.site_fault': () => 'A redirect that leads to an address which can be followed.',
  'http.frozen': () =>
    'An answer that comes to its end, here; or one that freezes for the control too.',
  'stage.odd': () => 'A failure of a kind that interference is known to cause, or an answer.',
  dns: () => 'An address from this resolver at which the service proves itself by TLS.',
  throttle: () =>
    'A download as fast as that of the neutral host, or a neutral host as slow as this one.',
  flapping: () => 'Tries that all pass, or an innocuous name that fails at the same address too.',
  'server.refusal': () =>
    'The page in place of the refusal, or a refusal for the outside control too.',
  'server.challenge': () => 'The page in place of the challenge.',
  'target.medium_blind': () => 'A vantage that can send UDP.',
  'target.not_part': () => 'A measurement that visits this target as well.',
  'function.unseen': () => 'A measurement from this network that can visit its targets.',
  'target.not_measured': () => 'A run that lasts until this target is visited.',
  'target.own_proof': () =>
    'Nothing but a failure: no control is asked about an answer that proves itself.',
  'target.same_page': () => 'A page that differs from the one of the outside control.',
  'target.answered': () => 'No answer, while an outside control gets one.',
  'function.partly_restricted': () => 'The same verdict on all of its targets.',
  'service.partly_restricted': () => 'The same verdict on all of its functions.',
};

/** When neither reason nor rule has a sentence of its own. */
const BY_VERDICT: Readonly<Record<Verdict, Sentence>> = {
  ok: () => 'A failure here at a stage that an outside control passes.',
  likely_blocked: ({ confirmGapSeconds }) =>
    `The same failure at least ${confirmGapSeconds} s later, or at another address of the service: either would make it blocked.`,
  blocked: (numbers) =>
    `An outside control within ${toMinutes(numbers)} that fails at the same stage and no contrast of our own: then it would be down. An answer to the second try: then it would be reachable.`,
  impaired: () => 'A whole and timely answer: then it would be reachable.',
  down: (numbers) =>
    `An outside control within ${toMinutes(numbers)} that passes this stage: then it would be likely blocked.`,
  insufficient: (numbers) =>
    `An outside control within ${toMinutes(numbers)} that passed or failed at the same stage.`,
};

/** Rules whose verdict hangs on signals or on a control more than on what the rule itself looks for. */
const DECIDED_BY_CONTROL: readonly Verdict[] = ['likely_blocked', 'blocked', 'down'];

/** Says in one sentence what would have changed a verdict. */
export function toTurningSentence(judgement: Judgement, numbers: TurningNumbers): string {
  const { verdict, ruleId, reasons } = judgement;
  const byReason = reasons.map(({ code }) => BY_REASON[code]).find((one) => one !== undefined);
  if (verdict === 'insufficient' && byReason) return byReason(numbers);
  const parts = ruleId.split('.');
  const exact = parts.map((_, index) => BY_RULE[parts.slice(0, parts.length - index).join('.')]);
  const byRule = exact.find((one) => one !== undefined);
  const isByFamily = exact.findIndex((one) => one !== undefined) > 0;
  if (byRule && !(isByFamily && DECIDED_BY_CONTROL.includes(verdict))) return byRule(numbers);
  return BY_VERDICT[verdict](numbers);
}
