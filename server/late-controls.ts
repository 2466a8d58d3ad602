/**
 * Controls that come after what they bear on. A measurement is judged with the controls that are there; when a control
 * of its time arrives later, from a slow agent or from Globalping, whatever is in doubt around it is judged again.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import type { Judgement, Measurement, MeasurementJudgement } from '../probes/types.ts';
import type { Log } from './log.ts';
import { createStoredJudge, type JudgedStore } from './stored-judge.ts';

export type LateControlsDeps = {
  readonly store: JudgedStore & Pick<Store, 'listDoubtfulIds' | 'addJudgements'>;
  readonly config: Config;
  readonly log: Log;
  /** Hears of each measurement that was judged again. */
  readonly onJudged?: (measurement: Measurement, judgement: MeasurementJudgement) => void;
};

/** What is needed of a measurement here. */
type Run = Pick<Measurement, 'service' | 'vantageId' | 'startedAtMs'>;

/** Hears of measurements once they are stored, and judges again what is in doubt around each control. */
export type LateControls = {
  /** Returns at once; the work is done between other events. What is no control is left alone. */
  readonly note: (run: Run) => void;
  /** Resolves when nothing waits any more. */
  readonly settled: () => Promise<void>;
  /** Gives up what still waits and ends after the piece in hand; `reachline rejudge` does the same work. */
  readonly stop: () => Promise<void>;
};

/** Measurements judged between two looks at other events: about 5 ms. */
const SLICE = 10;
/** Controls that wait at most, some days of two vantages; what a longer backlog bears on is old. */
const MAX_WAITING = 10_000;

/** Builds it; nothing runs until a control is added. */
export function createLateControls({
  store,
  config,
  log,
  onJudged,
}: LateControlsDeps): LateControls {
  const windowMs = config.rules.controlWindowSeconds * 1000;
  const isControl = createControlFinder(store);
  const waiting: Run[] = [];
  let work = Promise.resolve();
  let isWorking = false;

  /** Judges what is in doubt around one control; gives how many verdicts changed. */
  async function judgeAround(control: Run): Promise<number> {
    const judgeAgain = createStoredJudge(store, config);
    const ids = store.listDoubtfulIds(control, windowMs);
    let changed = 0;
    for (let first = 0; first < ids.length; first += SLICE) {
      const news = ids.slice(first, first + SLICE).flatMap((id) => {
        const stored = store.getMeasurement(id);
        const judgement = stored && judgeAgain(stored);
        return judgement && isOtherVerdict(stored.judgement, judgement)
          ? [{ id, judgement, measurement: stored.measurement }]
          : [];
      });
      if (news.length > 0) store.addJudgements(news);
      for (const { measurement, judgement } of news) onJudged?.(measurement, judgement);
      changed += news.length;
      await yieldToEvents();
    }
    return changed;
  }

  async function drain(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const changed = await judgeAround(next);
        const { service, vantageId } = next;
        if (changed > 0) log('info', 'judged_again', { service, control: vantageId, changed });
      } catch (error) {
        // The old judgements stand, whatever is wrong: a full disk, or evidence of others that nobody foresaw.
        const reason = error instanceof StoreError ? error.message : String(error);
        log('error', 'not_judged_again', { service: next.service, reason });
      }
    }
    isWorking = false;
  }

  return {
    note(run) {
      if (!isControl(run.vantageId)) return;
      waiting.push(run);
      if (waiting.length > MAX_WAITING) waiting.shift();
      if (isWorking) return;
      isWorking = true;
      work = yieldToEvents().then(drain);
    },
    settled: () => work,
    async stop() {
      waiting.length = 0;
      await work;
    },
  };
}

/** Tells controls by id. The list is read again for an id that is not on it: vantages are added while we run. */
function createControlFinder(store: Pick<Store, 'listVantages'>): (vantageId: string) => boolean {
  let roles = new Map<string, string>();
  return (vantageId) => {
    if (!roles.has(vantageId))
      roles = new Map(store.listVantages().map(({ id, role }) => [id, role]));
    return roles.get(vantageId) === 'control';
  };
}

/** True when service, a function or a target is judged another way; other words for the same are no news. */
function isOtherVerdict(before: MeasurementJudgement, now: MeasurementJudgement): boolean {
  const list = ({ service, functions, targets }: MeasurementJudgement): string =>
    JSON.stringify([
      say(service),
      Object.entries(functions).map(([name, one]) => [name, say(one)]),
      Object.entries(targets).map(([name, one]) => [name, say(one)]),
    ]);
  return list(before) !== list(now);
}

function say({ verdict, mechanism, confidence }: Judgement): string {
  return `${verdict} ${mechanism ?? ''} ${confidence}`;
}
