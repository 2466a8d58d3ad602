/**
 * A scenario as data: what truly is there, what a network does to those behind it, who serves as control,
 * and what must be concluded. World and runner turn it into sockets and verdicts.
 */

import type { DnsAnswer } from '../lab/dns-server.ts';
import type { CertificateFlaw } from '../lab/flawed-certificate.ts';
import type { LabRoute } from '../lab/lab-network.ts';
import type { Behaviour } from '../lab/middlebox.ts';
import type { PageBehaviour } from '../lab/page-behaviour.ts';
import type { PlainBehaviour } from '../lab/plain-middlebox.ts';
import type {
  FunctionId,
  Measurement,
  MeasurementJudgement,
  Mechanism,
  Service,
  Verdict,
} from '../types.ts';

/** A host as it really is, for everybody who gets through to it. */
export type Origin = {
  /** Empty: the name does not exist. */
  readonly addresses: readonly string[];
  /** What an honest resolver says, when it is more than addresses or their absence. */
  readonly dns?: DnsAnswer;
  /** `good` unless told. */
  readonly certificate?: CertificateFlaw;
  /** By path; `/` is a small page unless told, every path not named answers like `/`. */
  readonly pages?: Readonly<Record<string, PageBehaviour>>;
  /** Ports on which nothing listens. */
  readonly closedPorts?: readonly number[];
  /** Whether it speaks QUIC on UDP 443. No unless told. */
  readonly hasQuic?: boolean;
};

/** What listens at an address that belongs to none of the origins. */
export type Stranger = {
  /** Certificate shown on port 443 for whatever name is asked; nothing listens there unless told. */
  readonly certificate?: Exclude<CertificateFlaw, 'good'>;
  /** Page shown on ports 80 and 443; nothing listens on port 80 unless told. */
  readonly page?: PageBehaviour;
  /** Passes every connection on to the origin that it names, TLS untouched. */
  readonly isProxy?: true;
};

/** What happens to a TLS connection; an impostor ends it with a certificate of its own. */
export type NameBehaviour =
  | Exclude<Behaviour, { readonly kind: 'mitm' }>
  | { readonly kind: 'impostor'; readonly certificate: 'self_signed' | 'untrusted_root' };

/** One rule, or several that take turns from connection to connection. */
export type Turns<B> = B | readonly B[];

/** Answers by name; `*` stands for all names not told. */
export type DnsRules = Readonly<Record<string, DnsAnswer>>;

/** How a public resolver answers over each transport; as an honest one unless told. */
export type PublicDnsRules = {
  readonly udp?: DnsRules;
  readonly tcp?: DnsRules;
  readonly doh?: DnsRules;
};

/** What a network does to those behind it. An empty one does nothing. */
export type Place = {
  /** Answers of the network's own resolver. */
  readonly dns?: DnsRules;
  readonly publicDns?: PublicDnsRules;
  /** By server name in the ClientHello; `*` for all not told, `*@157.240.1.35` for all at one address. */
  readonly names?: Readonly<Record<string, Turns<NameBehaviour>>>;
  /** By Host header in cleartext; `*` for all not told. */
  readonly hosts?: Readonly<Record<string, Turns<PlainBehaviour>>>;
  /** By address, or address and port, e.g. `157.240.1.35:5222`; an entry with `/udp` holds for datagrams. */
  readonly routes?: Readonly<Record<string, Exclude<LabRoute['kind'], 'open'>>>;
  /** What an origin answers to visitors from here, in place of its pages. */
  readonly pages?: Readonly<Record<string, PageBehaviour>>;
  /** Only these server names and hosts pass. */
  readonly allowList?: readonly string[];
  readonly isCaptivePortal?: true;
  /** Nothing gets out at all. */
  readonly isDown?: true;
  /** QUIC Initials of version 1 are swallowed; version negotiation passes. */
  readonly isQuicV1Dropped?: true;
  /** The clock of the vantage runs this many days ahead, so that every certificate looks expired. */
  readonly clockSkewDays?: number;
  /** The system asks a public resolver in place of the network's own. */
  readonly usesPublicResolver?: true;
  /** After this many connections packets leave by another network, e.g. through a VPN. */
  readonly changesNetworkAfter?: number;
};

/** One of several runs, a while after the one before. */
export type Step = {
  /** Hours after the first run. */
  readonly atHours: number;
  readonly place: Place;
  readonly verdict: Verdict;
};

/** Facts that a scenario must bring to light beside its verdict. */
export const FLAGS = {
  /** Bytes that came before the silence are kept with the failure. */
  bytes_before_stall: ({ measurement }) =>
    measurement.observations.some(
      (one) =>
        one.outcome.kind === 'failed' &&
        (one.operation === 'http' || one.operation === 'tls') &&
        one.outcome.failure.code === 'generic_timeout_error' &&
        one.outcome.seen?.wireBytesIn !== undefined,
    ),
  /** Some reason says that the name resolves elsewhere. */
  reachable_if_resolved: hasReason('resolved_elsewhere', 'views_agree'),
  /** The public resolver over UDP is marked as not to be trusted. */
  udp_untrusted: hasReason('udp_untrusted'),
  /** The visit asked a public resolver, and says so. */
  public_resolver_noted: ({ measurement }) =>
    measurement.observations.some(
      (one) => one.operation === 'dns' && !one.purpose && one.input.resolver === 'public',
    ),
} satisfies Record<string, (result: Seen) => boolean>;
export type Flag = keyof typeof FLAGS;

/** What a flag may look at. */
type Seen = { readonly measurement: Measurement; readonly judgement: MeasurementJudgement };

function hasReason(...codes: readonly string[]): (result: Seen) => boolean {
  return ({ judgement }) =>
    [judgement.service, ...Object.values(judgement.targets)].some(({ reasons }) =>
      reasons.some(({ code }) => codes.includes(code)),
    );
}

/** What must be concluded. */
export type Expectation = {
  readonly verdict: Verdict;
  /** `none` when there must be no mechanism; not compared when absent. */
  readonly mechanism?: Mechanism | 'none';
  readonly perFunction?: Readonly<Partial<Record<FunctionId, Verdict>>>;
  /** Exactly these, in any order; not compared when absent. */
  readonly tampering?: readonly Mechanism[];
  readonly flags?: readonly Flag[];
};

/** One row of the bench. */
export type Scenario = {
  /** e.g. `A10`, `C3`, `R21a`. */
  readonly id: string;
  readonly name: string;
  readonly service: Service;
  /** ISO 3166-1 alpha-2; where the vantage stands. */
  readonly countryCode: string;
  /** By host; the neutral hosts are there without being named. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** By address. */
  readonly strangers?: Readonly<Record<string, Stranger>>;
  readonly vantage: Place;
  /** `same`: the control is treated like the vantage. `sees_origin`: nothing comes between. */
  readonly control: 'sees_origin' | 'same' | 'none' | Place;
  /** In place of a single run; the expectation holds for the last one. */
  readonly steps?: readonly Step[];
  /** Whether good runs are looked into as well. No unless told. */
  readonly isLookedIntoWhenGood?: true;
  /** The run is stopped before it begins. */
  readonly isCancelled?: true;
  readonly expect: Expectation;
  /** Why the expectation is what it is, where the case leaves room. */
  readonly because?: string;
  /** What OONI's web connectivity test reports as accessible / blocking, where it has the case. */
  readonly classic?: string;
};
