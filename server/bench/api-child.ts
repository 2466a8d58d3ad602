/** Processes of the API benchmark, as the benchmark holds them. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { ApiOrder } from './api-process.ts';

/** A server in a process of its own. */
export type Child = AsyncDisposable & {
  readonly url: string;
  readonly takeCpuMs: () => Promise<number>;
};

/** Flags of `npm start`, for figures that threads and collections of garbage bear on. */
export const START_FLAGS = ['--max-semi-space-size=2', '--no-maglev'];

/** Starts a server and waits until it listens. */
export async function startChild(order: ApiOrder, flags: readonly string[] = []): Promise<Child> {
  const child = fork(join(import.meta.dirname, 'api-process.ts'), { execArgv: [...flags] });
  const hear = <T>() =>
    new Promise<T>((resolve) => child.once('message', (said) => resolve(said as T))); // ours
  const started = hear<{ url: string }>();
  child.send(order);
  const { url } = await started;
  return {
    url,
    async takeCpuMs() {
      const said = hear<{ cpuMs: number }>();
      child.send('cpu');
      return (await said).cpuMs;
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}
