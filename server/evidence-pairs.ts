/** Reads the measurements on both sides of each onset, and of them the target that decided. */
import { gatherStages } from '../dashboard/pages/control-comparison.ts';
import type { EvidencePair, PairSide } from '../dashboard/pages/evidence-pairs.ts';
import type { Episode, Part } from '../db/incident-types.ts';
import type { StoredMeasurement } from '../db/measurement-reader.ts';
import { OPERATIONS, type ServiceTarget } from '../probes/types.ts';
import type { HandlerDeps } from './contract.ts';

/** One restriction per network: of the service as a whole where there is one, the earliest. */
export function pickEpisodes(episodes: readonly Episode[]): Episode[] {
  const groups = Map.groupBy(episodes, ({ asn, vantageId }) => (asn === 0 ? vantageId : asn));
  return [...groups.values()].flatMap(
    (group) =>
      group.toSorted(
        (a, b) =>
          Number(b.function === 'service') - Number(a.function === 'service') ||
          a.onset.byMs - b.onset.byMs,
      )[0] ?? [],
  );
}

/** The target of the restricted part that fails in the bad measurement, one that shows the mechanism if there is one. */
function findTarget(
  { judgement }: StoredMeasurement,
  { function: part, mechanisms }: Episode,
  targets: readonly ServiceTarget[],
): ServiceTarget | undefined {
  const own = targets.filter((one) => part === 'service' || one.function === part);
  const failed = own.filter(({ id }) => (judgement.targets[id]?.verdict ?? 'ok') !== 'ok');
  const first = mechanisms[0]?.mechanism;
  return failed.find(({ id }) => judgement.targets[id]?.mechanism === first) ?? failed[0];
}

function toSide(stored: StoredMeasurement, part: Part, target?: ServiceTarget): PairSide {
  const judged =
    part === 'service'
      ? stored.judgement.service
      : (stored.judgement.functions[part] ?? stored.judgement.service);
  const seen =
    target === undefined ? [] : [...gatherStages(stored.measurement, target.id).values()];
  const { verdict, mechanism } = judged;
  return {
    id: stored.id,
    atMs: stored.measurement.startedAtMs,
    verdict,
    ...(mechanism === undefined ? {} : { mechanism }),
    stages: OPERATIONS.flatMap((operation): PairSide['stages'] => {
      const of = seen.filter((one) => one.operation === operation);
      // Of several hops or addresses the one that failed is the one to see.
      const shown = of.find(({ outcome }) => outcome.kind === 'failed') ?? of[0];
      if (shown === undefined) return [];
      const { outcome } = shown;
      if (outcome.kind === 'failed') return [{ operation, code: outcome.failure.code }];
      const failedBefore = stored.measurement.observations.flatMap((one) =>
        one.targetId === target?.id &&
        one.operation === operation &&
        one.purpose === undefined &&
        one.outcome.kind === 'failed'
          ? [one.outcome.failure.code]
          : [],
      )[0];
      return [{ operation, ...(failedBefore === undefined ? {} : { failedBefore }) }];
    }),
  };
}

/** The pair of one restriction. */
export function readPair(episode: Episode, { store, config }: HandlerDeps): EvidencePair {
  const { evidence, function: part, networkName, service } = episode;
  const read = (id: string | undefined) =>
    id === undefined ? undefined : store.getMeasurement(id);
  const [before, after] = [read(evidence.lastGoodId), read(evidence.firstBadId)];
  const targets = config.services.find(({ id }) => id === service)?.targets ?? [];
  const target = after && findTarget(after, episode, targets);
  return {
    networkName,
    function: part,
    ...(target === undefined ? {} : { host: target.host }),
    ...(before === undefined ? {} : { before: toSide(before, part, target) }),
    ...(after === undefined ? {} : { after: toSide(after, part, target) }),
  };
}
