/** The resolvers of a world: the network's own, and a public one over UDP, TCP and HTTPS. */
import type { AnswerQuestion, DnsAnswer } from '../lab/dns-server.ts';
import {
  BASELINE_ORIGINS,
  DOH_HOST,
  PUBLIC_RESOLVER,
  WHOAMI_HIJACKED,
  WHOAMI_HONEST,
  WHOAMI_NAME,
} from './hosts.ts';
import type { DnsRules, Origin, Place, Scenario } from './scenario.ts';

/** All hosts of a scenario by name; its own come before the neutral ones. */
export function listOrigins(scenario: Scenario): ReadonlyMap<string, Origin> {
  return new Map(Object.entries({ ...BASELINE_ORIGINS, ...scenario.origins }));
}

/** What an honest resolver says. */
export function createTruth(origins: ReadonlyMap<string, Origin>): AnswerQuestion {
  return ({ name, type }) => {
    if (name === WHOAMI_NAME) return toAnswer([WHOAMI_HONEST]);
    if (name === DOH_HOST) return toAnswer([PUBLIC_RESOLVER]);
    const origin = origins.get(name);
    if (origin?.dns) return origin.dns;
    if (!origin || origin.addresses.length === 0) return { kind: 'nxdomain' };
    return type === 'A' || type === 'AAAA' ? toAnswer(origin.addresses) : { kind: 'empty' };
  };
}

const toAnswer = (addresses: readonly string[]): DnsAnswer => ({ kind: 'addresses', addresses });

/** Answers as the rules say, and truthfully where they say nothing. */
export function withRules(rules: DnsRules | undefined, truth: AnswerQuestion): AnswerQuestion {
  if (!rules) return truth;
  return (question, via) => rules[question.name] ?? rules['*'] ?? truth(question, via);
}

/** The public resolver of a place; whoever answers in its name over UDP also answers who that is. */
export function createPublicAnswers(
  { publicDns }: Place,
  truth: AnswerQuestion,
): { readonly wire: AnswerQuestion; readonly doh: AnswerQuestion } {
  const hijacked = publicDns?.udp && {
    [WHOAMI_NAME]: toAnswer([WHOAMI_HIJACKED]),
    ...publicDns.udp,
  };
  const udp = withRules(hijacked, truth);
  const tcp = withRules(publicDns?.tcp, truth);
  return {
    wire: (question, via) => (via === 'udp' ? udp : tcp)(question, via),
    doh: withRules(publicDns?.doh, truth),
  };
}
