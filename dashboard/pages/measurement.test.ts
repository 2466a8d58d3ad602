/** The sentence at the head of a measurement: what happened, and by what. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Judgement, Mechanism, Verdict } from '../../probes/types.ts';
import { speak } from '../i18n/catalogue.ts';
import { toVerdictSentence } from './measurement.ts';

function judge(verdict: Verdict, mechanism?: Mechanism): Judgement {
  return {
    verdict,
    confidence: 'high',
    reasons: [],
    ruleId: 'x',
    observationIds: [],
    tampering: [],
    ...(mechanism === undefined ? {} : { mechanism }),
  };
}

suite('the verdict as a sentence', () => {
  /** verdict of the service, verdicts of its parts, sentence */
  const rows = [
    [judge('ok'), {}, 'WhatsApp could be reached'],
    [
      judge('blocked', 'tls.reset.sni'),
      { web: judge('blocked', 'tls.reset.sni') },
      'WhatsApp was blocked: the connection is reset once the service is named',
    ],
    [
      judge('impaired', 'udp.drop'),
      { calls: judge('blocked', 'udp.drop'), web: judge('ok') },
      'WhatsApp was impaired: calls blocked',
    ],
    [
      judge('impaired', 'dns.nxdomain'),
      {
        web: judge('blocked', 'dns.nxdomain'),
        registration: judge('blocked', 'tls.reset'),
        media: judge('impaired', 'transport.freeze'),
        calls: judge('insufficient'),
      },
      'WhatsApp was impaired: web and registration blocked, media impaired',
    ],
    [
      judge('impaired', 'tls.throttle.sni'),
      { web: judge('ok') },
      'WhatsApp was impaired: slowed once the service is named',
    ],
    [
      judge('down', 'ip.refused'),
      {},
      'WhatsApp was down, here and elsewhere: the connection is refused',
    ],
    [
      judge('insufficient', 'network.outage'),
      {},
      'We cannot tell whether WhatsApp could be reached: this network reaches nothing at all',
    ],
  ] as const;
  for (const [service, functions, sentence] of rows)
    test(sentence, () => {
      assert.equal(toVerdictSentence('WhatsApp', service, speak('en', 'UTC'), functions), sentence);
    });
});
