/** Puts together everything that takes in what agents measured: for the server, and for tests. */
import { join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { openRegistry, type Registry } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import type { Clock } from '../../probes/clock.ts';
import type { ControlWindow } from '../control-window.ts';
import type { Log } from '../log.ts';
import type { OnStored } from '../pipeline.ts';
import { type AdmissionLimits, Gate } from './admission.ts';
import { createBatchThread } from './batch-thread.ts';
import { createBatchWriter } from './batch-writer.ts';
import { createDirectory, type VantageDirectory } from './directory.ts';
import { type AgentDoor, createDoor } from './door.ts';

/** Name of the registry inside the data folder. */
const REGISTRY_FILE = 'agents.db';

/** Opens the registry of a data folder; other processes may have it open. @throws StoreError */
export function openRegistryOf(dataFolder: string, clock: Pick<Clock, 'nowMs'>): Registry {
  return openRegistry({ file: join(dataFolder, REGISTRY_FILE), clock });
}

/** What takes in the batches of agents. */
export type Agents = {
  readonly door: AgentDoor;
  readonly directory: VantageDirectory;
  /** Ids of agents that are switched off, as the registry has it now. */
  readonly listDisabled: () => readonly string[];
  readonly stop: () => Promise<void>;
};

export type AgentsOptions = {
  readonly dataFolder: string;
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Where local measurements look for controls: those of agents are added. */
  readonly controls: ControlWindow;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called after the commit for each run that was not there before. */
  readonly onStored?: OnStored;
  readonly limits?: AdmissionLimits;
};

/** Opens the registry and makes the vantages of agents known to the store. @throws StoreError */
export function openAgents(options: AgentsOptions): Agents {
  const { dataFolder, config, store, clock, log, random, limits } = options;
  const registry = openRegistryOf(dataFolder, clock);
  try {
    const directory = createDirectory(config, registry);
    store.syncVantages(directory.listAgentVantages());
    const { services, baselines, rules, fingerprints, hash, schedule } = config;
    const judged = { services, baselines, rules, fingerprints, hash, schedule };
    const thread = createBatchThread({ storeFile: store.file, config: judged });
    const door = createDoor({
      registry,
      store,
      config,
      clock,
      directory,
      log,
      gate: new Gate(clock, random, limits),
      prepare: thread.prepare,
      write: createBatchWriter(store).write,
      onStored: createOnStored(options, directory),
    });
    return {
      door,
      directory,
      listDisabled: () =>
        registry
          .listAgents()
          .flatMap(({ state, vantageId }) => (state === 'disabled' ? [vantageId] : [])),
      async stop() {
        await thread[Symbol.asyncDispose]();
        registry.close();
      },
    };
  } catch (error) {
    registry.close();
    throw error;
  }
}

/** Controls of agents serve the local measurements of their time too, so these are read back once they are stored. */
function createOnStored(
  { config, store, clock, controls, onStored }: AgentsOptions,
  directory: VantageDirectory,
): OnStored {
  const windowMs = config.rules.controlWindowSeconds * 1000;
  return (facts, verdicts) => {
    const isControl = directory.find(facts.vantageId)?.role === 'control';
    if (isControl && Math.abs(clock.nowMs() - facts.startedAtMs) <= windowMs) {
      const stored = store.getMeasurement(formatMeasurementId(facts));
      if (stored) controls.add(stored.measurement);
    }
    onStored?.(facts, verdicts);
  };
}
