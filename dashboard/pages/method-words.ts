/** The English of the page on the method: what each number of the rules does, what verdicts mean, what cannot be seen. */
import type { Verdict } from '../../probes/types.ts';

/** What each number of rules.yaml does, by its keys joined with dots. */
export const NUMBER_WORDS: Readonly<Record<string, string>> = {
  minSignalsForBlocked:
    'signs of interference that make “blocked” out of “likely blocked”: the failure itself, its repetition, the same failure at another address, a contrast of the deep pass',
  confirmGapSeconds:
    'seconds that must lie between a failure and its repetition before the repetition counts as a second sign',
  controlWindowSeconds:
    'seconds by which a measurement and its outside control may lie apart, before or after',
  minBaselinesOk: 'neutral hosts that must answer before a failure is held against anybody',
  'stall.maxLoopDelayMs':
    'milliseconds for which our own process may stand still before its time-outs prove nothing',
  'clock.maxStepMs': 'milliseconds by which the wall clock may jump during a run',
  'clock.maxCertificateSkewDays':
    'days by which a certificate may be out of its dates and our own clock is blamed first',
  'throttle.minRatio':
    'times that a neutral host must be faster in the same run before a service counts as slowed',
  'throttle.maxBytesPerSecond':
    'bytes per second above which nothing is called slowed, however fast a neutral host is',
  'throttle.minDownloadMs': 'milliseconds that a download must last before its pace tells anything',
  'throttle.maxSilenceMs':
    'milliseconds of silence in a download above which it is frozen and not slowed',
  'http.minBodyProportion':
    'shorter page over longer page from which two answers in cleartext are taken for the same page',
  'flapping.minFailures':
    'failed tries within one run that are not put down to chance when an innocuous name never fails',
  'detector.openFailures': 'failed rounds, of the last ones with data, that open a restriction',
  'detector.openWindow': 'rounds with data that are looked at for that',
  'detector.confirmedFailures':
    'rounds judged “blocked” with high confidence that open a restriction without waiting for more',
  'detector.closeSuccesses': 'good rounds in a row that end a restriction',
  'detector.holdMinutes': 'minutes that a restriction stays open at least',
  'detector.flapChanges':
    'changes between failed and good rounds above which a lane is called unstable',
  'detector.flapWindowMinutes': 'minutes within which those changes are counted',
  'detector.settleMinutes': 'minutes without a change after which an unstable lane is settled',
  'detector.gapRounds':
    'missed rounds in a row after which failures before and after are not counted together',
  'detector.groupMinutes':
    'minutes within which the onsets of several networks belong to one incident',
  'detector.minNetworks': 'networks with data that a statement on a country takes',
  'detector.staleMinutes':
    'minutes after which the newest data says nothing of now, or three rounds where those are longer',
};

/** What each verdict says and what it takes, for readers who want to argue with it. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ok: 'The target answered. For names with TLS that is proof in itself: the answer came over a certificate that was verified for the name, which nothing in the path can forge. No control is needed.',
  likely_blocked:
    'A stage failed here that a control passed, and that is the only sign. Chance is not ruled out.',
  blocked:
    'A stage failed here that a control passed, and independent signs agree; or a page or address came that is on the list of known block pages of this country.',
  impaired:
    'The target was reached, but slowed, frozen midway or refused by the service itself; or some parts of the service are restricted while others answer.',
  down: 'The outside control failed at the same stage: the fault is the service’s own.',
  insufficient:
    'The evidence does not decide: no control that succeeded, neutral hosts that failed too, a wrong clock, a log-in page, a run that was disturbed.',
};

/** Rules that conclude where no rule of the list objects, and those that sum targets up. Not tried in order. */
export const CONCLUSION_WORDS: Readonly<Record<string, string>> = {
  'target.own_proof':
    'A verified TLS connection for the name of the target answered over HTTP: reachable, whatever any control says.',
  'target.same_page': 'A page in cleartext is the one that the control got: reachable.',
  'target.answered':
    'An endpoint without TLS answered: packets pass. Reachable, with less confidence, since it does not show who answered.',
  'target.not_measured': 'The run ended before this target: cannot tell.',
  'target.medium_blind':
    'The target needs UDP, which the proxy of this vantage does not carry: cannot tell, and the target counts neither for nor against the whole.',
  'target.not_part':
    'Others made the measurement and did not visit this target: cannot tell, and the target counts neither for nor against the whole.',
  'function.unseen':
    'No target of the function could be looked at by this kind of measurement: cannot tell, and the function counts neither for nor against the service.',
  'function.restricted':
    'Targets of the function are restricted and none is reachable: the function has the strongest of their verdicts.',
  'function.partly_restricted':
    'Some targets of the function are restricted and others are reachable: impaired.',
  'function.reachable':
    'None is restricted, and more targets are reachable than could not be judged: reachable.',
  'function.down': 'All targets of the function fail for the outside control too: down.',
  'function.insufficient': 'Too many targets of the function could not be judged: cannot tell.',
  'service.restricted':
    'Functions without which the service is of no use are restricted and none of them is reachable: the service has the strongest of their verdicts.',
  'service.partly_restricted':
    'A part of the service is restricted while another part answers: impaired.',
  'service.reachable':
    'No function is restricted, and more of the needed ones are reachable than could not be judged: reachable.',
  'service.down': 'All needed functions fail for the outside control too: down.',
  'service.insufficient': 'Too many of the needed functions could not be judged: cannot tell.',
};

/** What no measurement from an ordinary machine can tell, each with what follows from it. */
export const LIMITS: readonly (readonly [what: string, why: string])[] = [
  [
    'Who sent a reset or a forged answer',
    'Packets carry the address of the service, whoever made them. We say when something happened and on what trigger, never where the box stands or who runs it.',
  ],
  [
    'Hop counts (TTL) and IP identifiers',
    'Programs without special rights do not get to see them, so a middlebox cannot be placed on the path by them.',
  ],
  [
    'Why something is blocked',
    'A verdict says that and how a service was stopped on one network at one time. Intent and order stand in announcements, which are shown beside the measurements and never mixed with them.',
  ],
  [
    'Other networks, other people',
    'Restrictions differ by operator, region and kind of access. A verdict holds for the vantage that measured and for nobody else.',
  ],
  [
    'What happens between two runs',
    'A restriction shorter than the time between two runs can pass unseen; an onset is known only as the time between the last good run and the first bad one.',
  ],
  [
    'Use by an account',
    'Nobody logs in. What the service does to single users, or inside its apps, is not measured.',
  ],
  [
    'How a connection ended behind a proxy',
    'A proxy closes alike when the other end resets, closes or falls silent, tells little of a connection that failed, carries no UDP, and may look names up itself. What such a vantage cannot tell apart is not named: the mechanism is the layer alone or none, and the verdict is less sure.',
  ],
  [
    'Silence over UDP',
    'A packet that gets no reply may have been dropped anywhere. Calls are judged only beside a control that got its reply.',
  ],
];
