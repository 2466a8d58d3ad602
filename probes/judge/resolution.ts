/** Whether the resolver of the network tells the truth about a name: its answer beside every other view of it. */
import { isBogon } from '../bogon.ts';
import type { Reason } from '../types.ts';
import { because, type Case } from './finding.ts';

/** Whether somebody else looked the name up and kept the addresses to himself. */
export function isNameHidden({ blind, attempt }: Pick<Case, 'blind' | 'attempt'>): boolean {
  return blind.has('names') && attempt.addresses.length === 0;
}

/** Addresses that are known to be the service's: verified here, or given to a control. */
export function listKnownAddresses({ deep, control }: Case): Set<string> {
  return new Set([...deep.genuine, ...(control.kind === 'seen' ? control.addresses : [])]);
}

/**
 * True when the network's resolver alone gives other addresses: views over transports that are hard to forge
 * agree with what is known of the service, and the network's answer has nothing in common with either.
 */
export function isResolverAlone(one: Case): boolean {
  const others = one.deep.views
    .filter((view) => view.transport !== 'udp')
    .flatMap((view) => view.addresses);
  if (others.length === 0) return false;
  const own = one.attempt.observations.flatMap((seen) =>
    seen.operation === 'dns' && seen.outcome.kind === 'ok' && (seen.hop ?? 0) === one.deep.hop
      ? seen.outcome.value.addresses.filter((address) => !isBogon(address))
      : [],
  );
  if (own.length === 0) return false;
  const known = listKnownAddresses(one);
  const isConfirmed = others.some((address) => known.has(address));
  return isConfirmed && !own.some((address) => known.has(address) || others.includes(address));
}

/** A control of our own for a name: another resolver gave an address where the service proved itself. */
export function findGenuineView({ deep, control }: Case): Reason | undefined {
  const known = deep.genuine;
  const view = deep.views.find(({ addresses }) => addresses.some((address) => known.has(address)));
  if (view)
    return because(
      'resolved_elsewhere',
      `Another resolver (${view.transport}) gives an address at which the service proves itself by TLS: it can be reached if resolved.`,
    );
  const agreeing = deep.views.find(
    ({ addresses, transport }) =>
      transport !== 'udp' &&
      control.kind === 'seen' &&
      addresses.some((address) => control.addresses.has(address)),
  );
  return agreeing
    ? because(
        'views_agree',
        `Another resolver (${agreeing.transport}) and the outside control agree on the address.`,
      )
    : undefined;
}
