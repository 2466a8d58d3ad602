/** The sample application with its books kept: incidents and ledger made of the sample, as a running server has them. */
import { createBookkeeping } from '../bookkeeping.ts';
import {
  createFixedClock,
  openSampleApp,
  type SampleApp,
  type SampleAppOptions,
} from './sample-app.ts';

/** Opens the sample and derives what follows from it. */
export async function openKeptSample(options: SampleAppOptions = {}): Promise<SampleApp> {
  const sample = openSampleApp(options);
  const books = createBookkeeping({
    store: sample.store,
    config: sample.config,
    // Long after the sample: whatever follows from it has been concluded.
    clock: createFixedClock(Date.UTC(2030, 0, 1)),
    log: () => undefined,
  });
  await books.rebuild('Sample');
  await books.stop();
  return sample;
}
