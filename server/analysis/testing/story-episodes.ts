/**
 * The story of the demo as a detector without hysteresis would see it: every slot is one measurement per lane, told
 * by what the network imposes at that instant. For tests that need the truth beside what is reported of it.
 */
import { listDemoSlots } from '../../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../../probes/lab/region-networks.ts';
import { expectedEffect } from '../../../probes/lab/restrictions.ts';
import { STORY } from '../../../probes/lab/story.ts';
import type { Mechanism, Service, Vantage } from '../../../probes/types.ts';
import type { LedgerInput, MeasuredPart } from '../ledger-input.ts';
import type { Episode, Part } from '../types.ts';
import { listParts } from './story-incidents.ts';

type Sample = {
  readonly slotMs: number;
  readonly intervalMs: number;
  readonly id: string;
  readonly mechanism?: Mechanism;
};

function listSamples(vantage: Vantage, service: Service, part: Part): Sample[] {
  return listDemoSlots().flatMap(({ slotMs, intervalMs }) => {
    const found = expectedEffect(STORY, vantage.id, service, part, slotMs);
    const id = `${service.id}.${vantage.id}.${new Date(slotMs).toISOString().replaceAll(/[-:]|\.000/g, '')}`;
    if (found.effect === 'none') return [{ slotMs, intervalMs, id }];
    if (found.effect === 'restricted')
      return [{ slotMs, intervalMs, id, mechanism: found.mechanism }];
    return [];
  });
}

function toEpisodes(vantage: Vantage, service: string, part: Part, samples: readonly Sample[]) {
  const episodes: Episode[] = [];
  const { id: vantageId, countryCode, asn, networkName } = vantage;
  let run: Sample[] = [];
  let lastGood: Sample | undefined;
  const close = (firstGood?: Sample) => {
    const [first] = run;
    const last = run.at(-1);
    const mechanisms = run.flatMap(({ mechanism, slotMs }, index) =>
      mechanism === undefined || mechanism === run[index - 1]?.mechanism
        ? []
        : [{ mechanism, fromMs: slotMs }],
    );
    run = [];
    if (first?.mechanism === undefined || last === undefined) return;
    episodes.push({
      service,
      vantageId,
      countryCode,
      asn,
      networkName,
      function: part,
      kind: 'blocked',
      levels: [],
      onset: { ...(lastGood ? { afterMs: lastGood.slotMs } : {}), byMs: first.slotMs },
      ...(firstGood ? { end: { afterMs: last.slotMs, byMs: firstGood.slotMs } } : {}),
      mechanisms,
      evidence: {
        ...(lastGood ? { lastGoodId: lastGood.id } : {}),
        firstBadId: first.id,
        lastBadId: last.id,
        ...(firstGood ? { firstGoodId: firstGood.id } : {}),
      },
      rounds: 1,
      missing: 0,
      isUnstable: false,
    });
  };
  for (const sample of samples) {
    if (sample.mechanism !== undefined) {
      run.push(sample);
      continue;
    }
    close(sample);
    lastGood = sample;
  }
  close();
  return episodes;
}

function toRanges(samples: readonly Sample[]): MeasuredPart['ranges'] {
  const ranges: { fromMs: number; untilMs: number }[] = [];
  for (const { slotMs, intervalMs } of samples) {
    const last = ranges.at(-1);
    if (last?.untilMs === slotMs) last.untilMs = slotMs + intervalMs;
    else ranges.push({ fromMs: slotMs, untilMs: slotMs + intervalMs });
  }
  return ranges;
}

/** Makes the episodes of the whole story and the times that were measured. */
export function listStoryEpisodes(
  services: readonly Service[],
): Pick<LedgerInput, 'episodes' | 'measured'> {
  const lanes = REGION_NETWORKS.filter(({ vantage }) => vantage.role === 'vantage').flatMap(
    ({ vantage }) =>
      services.flatMap((service) =>
        listParts(service).map((part) => ({
          vantage,
          service,
          part,
          samples: listSamples(vantage, service, part),
        })),
      ),
  );
  return {
    episodes: lanes.flatMap(({ vantage, service, part, samples }) =>
      toEpisodes(vantage, service.id, part, samples),
    ),
    measured: lanes.map(({ vantage, service, part, samples }) => ({
      service: service.id,
      vantageId: vantage.id,
      countryCode: vantage.countryCode,
      asn: vantage.asn,
      networkName: vantage.networkName,
      function: part,
      ranges: toRanges(samples),
    })),
  };
}
