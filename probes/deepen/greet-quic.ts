/** The same endpoint over QUIC, for information: a version that nobody speaks, and version 1 with the target's name. */
import { probeQuic } from '../operations/quic.ts';
import type { Subject } from '../recorder.ts';
import type { StageDeps } from '../stages.ts';
import type { QuicInput, Target } from '../types.ts';

/** Greets in both ways, side by side. */
export async function greetQuic(
  { host: serverName, port }: Target,
  address: string,
  subject: Subject,
  { network, clock, budgets, signal, recorder }: StageDeps,
): Promise<void> {
  if (signal.aborted) return;
  await Promise.all(
    (['negotiation', 'v1'] as const).map(async (hello) => {
      const input: QuicInput = { address, port, hello, serverName };
      const beganMs = clock.monotonicMs();
      // A lost datagram is sent again as with STUN, so the same time will do.
      const outcome = await probeQuic(input, { network, clock, signal, budgetMs: budgets.stunMs });
      recorder.record({ ...subject, purpose: 'quic', operation: 'quic', input, outcome }, beganMs);
    }),
  );
}
