/**
 * Adds measurements to a spool and delivers them, as fast as it can, until it is killed. Arguments: spool file, address
 * of the server, private key (PEM), count of measurements in all. Prints the slot of each once it is in the spool.
 */
import { createPrivateKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openSpool } from '../../db/spool.ts';
import { makeSpoolRun } from '../../db/testing/spool-run.ts';
import { Courier } from '../../probes/agent/courier.ts';
import { createErrands } from '../../probes/agent/errands.ts';
import { createUplink, dialDirectly } from '../../probes/agent/uplink.ts';
import { type Clock, systemClock } from '../../probes/clock.ts';

const SLOT_MS = 300_000;
const START_MS = Date.UTC(2026, 10, 1);
/** Waits a thousandth of what it is told to. */
const clock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 1000, signal),
};

async function main([file = '', server = '', pem = '', total = '0']: readonly string[]) {
  const identity = {
    instance: 'server-1',
    vantageId: 'ru-volga-fixed',
    privateKey: createPrivateKey(pem),
  };
  const spool = openSpool({ file, clock });
  spool.claim(identity);
  const uplink = createUplink({ server: new URL(server), dial: dialDirectly });
  const courier = new Courier({
    outbox: spool.outbox,
    errands: createErrands(identity, uplink, clock),
    clock,
    random: Math.random,
    tell: () => undefined,
    knownConfig: 'known',
    onPlan: () => undefined,
    onDisabled: () => undefined,
    onWelcome: () => undefined,
  });
  void courier.run(new AbortController().signal);
  const last = spool.getLastSlot();
  const first = last === undefined ? 0 : (last.slotMs - START_MS) / SLOT_MS + 1;
  for (let slot = first; slot < Number(total); slot += 1) {
    spool.add(makeSpoolRun(START_MS + slot * SLOT_MS, { certificates: [`c${slot % 5}`] }));
    writeSync(1, `${slot}\n`);
    courier.notify();
    await systemClock.sleep(1);
  }
}

if (import.meta.main) await main(process.argv.slice(2));
