/**
 * Compares what was concluded with what the lab imposed: every stored verdict on every target, and every onset
 * and end. Nothing here knows how verdicts are made; the story is the only truth.
 */
import { parseMeasurementId } from '../../db/measurement-id.ts';
import type { Store } from '../../db/store.ts';
import {
  type Effect,
  effectOnTarget,
  expectedEffect,
  type Story,
} from '../../probes/lab/restrictions.ts';
import type {
  FunctionId,
  Judgement,
  LaneState,
  Mechanism,
  Service,
  Vantage,
} from '../../probes/types.ts';
import { listTurns } from './imposed-restrictions.ts';

/** One line of the comparison. */
export type Line = { readonly isRight: boolean; readonly text: string };

export type Comparison = {
  readonly lines: readonly Line[];
  readonly measurements: number;
  readonly targets: number;
  /** Target verdicts as imposed; the mechanism may be told in more depth. */
  readonly exact: number;
  /** Verdicts of interference where the lab imposed none. */
  readonly falseAlarms: number;
  readonly isRight: boolean;
};

export type StoryInput = {
  readonly store: Store;
  readonly story: Story;
  readonly services: readonly Service[];
  readonly vantages: readonly Vantage[];
  readonly fromMs: number;
  readonly toMs: number;
};

const ALARMS = new Set<LaneState>(['blocked', 'likely_blocked', 'impaired']);
/** States that say whether a function is restricted. */
const TELLING = new Set<LaneState>([...ALARMS, 'ok']);
/** Longest list of differing verdicts that is printed. */
const MAX_DIFFERENCES = 40;

/** Compares everything stored in the range with the story. */
export function compareWithStory(input: StoryInput): Comparison {
  const verdicts = compareVerdicts(input);
  const episodes = input.vantages.flatMap((vantage) =>
    input.services.flatMap((service) => {
      const functions = new Set(service.targets.map((target) => target.function));
      return [...functions, 'service' as const].flatMap((functionId) =>
        compareLane(input, vantage, service, functionId),
      );
    }),
  );
  return {
    lines: [...episodes, ...verdicts.differences],
    measurements: verdicts.measurements,
    targets: verdicts.targets,
    exact: verdicts.exact,
    falseAlarms: verdicts.falseAlarms,
    isRight:
      verdicts.measurements > 0 &&
      verdicts.exact === verdicts.targets &&
      episodes.every((line) => line.isRight),
  };
}

function compareVerdicts({ store, story, services, vantages, fromMs, toMs }: StoryInput) {
  const controls = new Set(vantages.filter((one) => one.role === 'control').map((one) => one.id));
  const differences: Line[] = [];
  const tally = { measurements: 0, targets: 0, exact: 0, falseAlarms: 0 };
  let before: string | undefined;
  do {
    const page = store.listMeasurements({
      fromMs,
      toMs,
      limit: 500,
      ...(before ? { before } : {}),
    });
    before = page.nextCursor;
    for (const { id } of page.rows) {
      const stored = store.getMeasurement(id);
      const service = services.find((one) => one.id === stored?.measurement.service);
      const targets = stored?.judgement.targets;
      if (!stored || !service || !targets) throw new Error(`measurement ${id} cannot be read back`);
      tally.measurements += 1;
      for (const target of service.targets) {
        const { vantageId, startedAtMs } = stored.measurement;
        const effect = effectOnTarget(story, vantageId, service.id, target, startedAtMs);
        const judgement = targets[target.id];
        const isControl = controls.has(vantageId);
        tally.targets += 1;
        if (judgement && fits(effect, judgement, isControl)) {
          tally.exact += 1;
          continue;
        }
        const isFalseAlarm =
          effect.effect !== 'restricted' && ALARMS.has(judgement?.verdict ?? 'ok');
        if (isFalseAlarm) tally.falseAlarms += 1;
        if (differences.length < MAX_DIFFERENCES)
          differences.push({
            isRight: false,
            text: `${id} ${target.id}: imposed ${describeEffect(effect)}, concluded ${judgement?.verdict ?? 'nothing'} ${judgement?.mechanism ?? ''}`,
          });
      }
    }
  } while (before !== undefined);
  return { ...tally, differences };
}

/** Whether a verdict says what was imposed, no more and no less. */
function fits(effect: Effect, { verdict, mechanism }: Judgement, isControl: boolean): boolean {
  switch (effect.effect) {
    case 'none':
      return verdict === 'ok';
    case 'outage':
      return verdict === 'insufficient';
    case 'down':
      // The only control has none of its own to tell a failure of the service by.
      return verdict === (isControl ? 'insufficient' : 'down');
    case 'restricted':
      return ALARMS.has(verdict) && isSameOrDeeper(mechanism, effect.mechanism);
    default:
      return effect satisfies never;
  }
}

/** The deep pass can tell more than the story: that a reset hits one name alone is still a reset. */
function isSameOrDeeper(mechanism: Mechanism | undefined, imposed: Mechanism): boolean {
  return mechanism === imposed || mechanism?.startsWith(`${imposed}.`) === true;
}

function describeEffect(effect: Effect): string {
  return effect.effect === 'restricted' ? effect.mechanism : effect.effect;
}

/** Each onset and end of a restriction of a function, or of the service as a whole, beside what was measured. */
function compareLane(
  { store, story, fromMs, toMs }: StoryInput,
  vantage: Vantage,
  service: Service,
  functionId: FunctionId | 'service',
): Line[] {
  const query = {
    services: [service.id],
    vantageIds: [vantage.id],
    functions: [functionId],
    fromMs,
    toMs,
  };
  const [lane] = store.listLanes(query);
  const spans = (lane?.spans ?? []).filter((span) => TELLING.has(span.state));
  const isRestricted = (atMs: number): boolean =>
    expectedEffect(story, vantage.id, service, functionId, atMs).effect === 'restricted';
  return listTurns(story, vantage.id, service.id)
    .filter((atMs) => atMs > fromMs && atMs < toMs)
    .filter((atMs) => isRestricted(atMs - 1) !== isRestricted(atMs))
    .map((atMs) => {
      const kind = isRestricted(atMs) ? 'onset' : 'end';
      const after = spans.find((span) => span.fromMs >= atMs);
      const before = spans.findLast((span) => span.fromMs < atMs);
      const head = `${vantage.id.padEnd(18)} ${service.id.padEnd(9)} ${functionId.padEnd(12)} ${kind.padEnd(5)} imposed ${minute(atMs)}`;
      const isFound =
        before !== undefined &&
        after !== undefined &&
        ALARMS.has(before.state) === (kind === 'end') &&
        ALARMS.has(after.state) === (kind === 'onset');
      if (!isFound) return { isRight: false, text: `${head}: not found` };
      const lastBeforeMs =
        parseMeasurementId(before.lastMeasurementId ?? '')?.slotMs ?? before.fromMs;
      const by = after.mechanism ? ` by ${after.mechanism}` : '';
      return {
        isRight: lastBeforeMs <= atMs && atMs <= after.fromMs,
        text: `${head}, measured in (${minute(lastBeforeMs)}, ${minute(after.fromMs)}] as ${after.state}${by}`,
      };
    });
}

/** `2022-03-04 16:40`, UTC. */
function minute(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
}
