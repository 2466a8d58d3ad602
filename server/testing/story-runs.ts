/** The story of the demo as measurements whose verdicts are what the lab imposes: minutes of probing, in no time. */
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../probes/lab/region-networks.ts';
import { expectedEffect } from '../../probes/lab/restrictions.ts';
import { STORY } from '../../probes/lab/story.ts';
import type {
  FunctionId,
  Judgement,
  Measurement,
  MeasurementJudgement,
  Mechanism,
  Service,
  Vantage,
  Verdict,
} from '../../probes/types.ts';
import { createSample } from './sample.ts';

const VOLGA = 'ru-volga-fixed';

/** Sees what a network of the story sees; what it measures is published a day later. */
export const DELAYED_VANTAGE: Vantage = {
  id: 'ru-quiet-fixed',
  kind: 'lab',
  countryCode: 'RU',
  asn: 64_699,
  networkName: 'Quiet Reeds (simulated)',
  access: 'fixed',
  role: 'vantage',
  note: 'Simulated on this machine; no such network exists.',
  publishDelayMinutes: 1_440,
};

/** Where something happens, one country where nothing does, the control, and the delayed one. */
export const STORY_VANTAGES: readonly Vantage[] = [
  ...REGION_NETWORKS.map(({ vantage }) => vantage).filter(
    ({ role, countryCode }) => role === 'control' || ['RU', 'UA'].includes(countryCode),
  ),
  DELAYED_VANTAGE,
];

export type StoryRun = {
  readonly measurement: Measurement;
  readonly judgement: MeasurementJudgement;
};

/** Everything that is measured in one slot. */
export type StorySlot = { readonly slotMs: number; readonly runs: readonly StoryRun[] };

type Seen = { readonly verdict: Verdict; readonly mechanism?: Mechanism };

/** What is to be concluded of a part of a service in a slot of the story. */
export function seeStory(
  service: Service,
  { id, role }: Vantage,
  part: FunctionId | 'service',
  slotMs: number,
): Seen {
  const networkId = id === DELAYED_VANTAGE.id ? VOLGA : id;
  const effect = expectedEffect(STORY, networkId, service, part, slotMs);
  switch (effect.effect) {
    case 'none':
      return { verdict: 'ok' };
    case 'outage':
      return { verdict: 'insufficient' };
    case 'down':
      return { verdict: role === 'control' ? 'insufficient' : 'down' };
    case 'restricted': {
      const verdict = effect.affected === effect.total ? 'blocked' : 'impaired';
      return { verdict, mechanism: effect.mechanism };
    }
    default:
      return effect satisfies never;
  }
}

function makeRun(service: Service, vantage: Vantage, slotMs: number, intervalMs: number): StoryRun {
  const judge = (part: FunctionId | 'service'): Judgement =>
    createSample({
      service: service.id,
      vantageId: vantage.id,
      slotMs,
      ...seeStory(service, vantage, part, slotMs),
    }).judgement.service;
  const whole = seeStory(service, vantage, 'service', slotMs);
  const { measurement, judgement } = createSample({
    service: service.id,
    vantageId: vantage.id,
    slotMs,
    ...whole,
  });
  const parts = new Set(service.targets.map((target) => target.function));
  return {
    measurement: { ...measurement, intervalMs },
    judgement: {
      ...judgement,
      functions: Object.fromEntries([...parts].map((part) => [part, judge(part)])),
    },
  };
}

/** Gives the whole story, slot by slot. */
export function* listStorySlots(services: readonly Service[]): Generator<StorySlot> {
  for (const { slotMs, intervalMs } of listDemoSlots())
    yield {
      slotMs,
      runs: STORY_VANTAGES.flatMap((vantage) =>
        services.map((service) => makeRun(service, vantage, slotMs, intervalMs)),
      ),
    };
}
