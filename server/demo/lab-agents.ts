/** Starts agents of the lab as processes of their own, enrolled like any other, and ends them. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Registry } from '../../db/registry.ts';
import { AGENT_LIMITS, formatToken } from '../../probes/agent/protocol.ts';
import type { Region } from '../../probes/lab/region.ts';
import type { LabAgentOrders } from './lab-agent.ts';

export type LabAgentsOptions = {
  readonly registry: Pick<Registry, 'addToken'>;
  readonly region: Region;
  readonly vantageIds: readonly string[];
  /** Each agent gets a folder of its own in here. */
  readonly dataFolder: string;
  readonly configFile: string;
  readonly serverUrl: string;
};

const SECRET_BYTES = 32;
/** An agent that has not ended by then is ended. */
const END_MS = 600;

/** Starts one process per vantage. Each enrols with a token made for it. */
export function startLabAgents(options: LabAgentsOptions): AsyncDisposable {
  const { registry, region, vantageIds, dataFolder, configFile, serverUrl } = options;
  const children = vantageIds.map((vantageId) => {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    registry.addToken(vantageId, secret, AGENT_LIMITS.tokenLifeMs);
    const child = fork(join(import.meta.dirname, 'lab-agent.ts'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.send({
      attachment: region.attachmentOf(vantageId),
      dataFolder: join(dataFolder, 'agents', vantageId),
      configFile,
      token: formatToken({ url: serverUrl, secret }),
    } satisfies LabAgentOrders);
    return child;
  });
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(children.map(end))) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
}
