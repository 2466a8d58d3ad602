/** Says in the log when the proxy of a vantage lets nothing through, once, and when it works again. */
import type { Measurement } from '../probes/types.ts';
import type { Log } from './log.ts';

/** Makes the watch; it looks at each measurement. */
export function createProxyWatch(log: Log): (measurement: Measurement) => void {
  const broken = new Set<string>();
  return ({ vantageId: vantage, observations }) => {
    const failures = observations.flatMap(({ outcome }) =>
      outcome.kind === 'failed' && outcome.failure.code === 'proxy_failed' ? outcome.failure : [],
    );
    // A proxy that passes anything is there, whatever else it refuses.
    const isBroken = failures.length > 0 && failures.length === observations.length;
    if (isBroken === broken.has(vantage)) return;
    if (isBroken) {
      broken.add(vantage);
      log('warn', 'proxy_failed', {
        vantage,
        reason: failures[0]?.raw,
        remedy: 'see that it runs at the address in reachline.yaml and takes this login',
      });
    } else {
      broken.delete(vantage);
      log('info', 'proxy_works', { vantage });
    }
  };
}
