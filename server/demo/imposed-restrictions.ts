/** The restrictions that the lab imposed, as stretches of time per network, service and function: the truth to compare with. */
import { expectedEffect, type Story } from '../../probes/lab/restrictions.ts';
import type { FunctionId, Service } from '../../probes/types.ts';

/** A stretch in which something of a function, or of the service as a whole, was restricted. */
export type Imposed = {
  readonly fromMs: number;
  /** Exclusive; absent while it lasts. */
  readonly untilMs?: number;
};

/** Whose restrictions. */
export type ImposedLane = {
  readonly networkId: string;
  readonly service: Service;
  readonly part: FunctionId | 'service';
};

/** Every instant at which the story changes anything for a service on a network, in order. */
export function listTurns(story: Story, networkId: string, serviceId: string): number[] {
  const own = story.impositions.filter(
    (one) => one.networkId === networkId && one.serviceId === serviceId,
  );
  const instants = own.flatMap((one) => [
    one.fromMs,
    ...(one.untilMs === undefined ? [] : [one.untilMs]),
  ]);
  return [...new Set(instants)].sort((a, b) => a - b);
}

/** Lists what was imposed, by time. Disturbances do not end a restriction: it is there, whatever else fails. */
export function listImposed(
  story: Story,
  { networkId, service, part }: ImposedLane,
  endMs: number,
): Imposed[] {
  const calm = { ...story, disturbances: [] };
  const found: { fromMs: number; untilMs?: number }[] = [];
  for (const atMs of listTurns(story, networkId, service.id)) {
    const isRestricted =
      expectedEffect(calm, networkId, service, part, atMs).effect === 'restricted';
    const last = found.at(-1);
    const isOpen = last !== undefined && last.untilMs === undefined;
    if (isRestricted && !isOpen) found.push({ fromMs: atMs });
    if (!isRestricted && isOpen) last.untilMs = atMs;
  }
  return found.filter(({ fromMs }) => fromMs < endMs);
}
