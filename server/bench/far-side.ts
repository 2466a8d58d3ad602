/** Starts and ends the process that the probes of a benchmark talk to. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';

/** The only name that the far side serves. */
export const SITE_HOST = 'www.site.example';

/** What its DNS server answers: a public address, so that the probes dial it. */
export const SITE_ADDRESS = '157.240.20.35';

/** By how much the delaying port holds back every answer, in milliseconds. TCP itself is accepted at once. */
export const DELAY_MS = 50;

const FarSideAddresses = z.strictObject({
  originPort: z.int(),
  delayedPort: z.int(),
  dnsPort: z.int(),
  rootPem: z.string(),
});

/** Where the far side listens on 127.0.0.1, and the root of its certificate. */
export type FarSideAddresses = z.infer<typeof FarSideAddresses>;

/** A running far side; it ends with the disposal, and with this process. */
export type FarSide = FarSideAddresses & Disposable;

/** Starts the process and waits until it listens. @throws when it ends before that. */
export async function startFarSide(): Promise<FarSide> {
  const child = fork(join(import.meta.dirname, 'far-side-process.ts'));
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the far side of the benchmark ended with code ${String(code)}`);
  });
  const [message]: unknown[] = await Promise.race([once(child, 'message'), ended]);
  // From here on its end is ours to order.
  ended.catch(() => undefined);
  const addresses = FarSideAddresses.parse(message);
  return {
    ...addresses,
    [Symbol.dispose]() {
      child.disconnect();
    },
  };
}
