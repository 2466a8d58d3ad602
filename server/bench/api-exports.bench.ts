/**
 * How long narrow questions wait while ten readers want exports: two run in threads, the others are told to come back.
 * The same questions are asked without exports in turn, so that whatever else the machine does meets both.
 */
import { fork } from 'node:child_process';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { START_FLAGS, startChild } from './api-child.ts';
import { type BenchResult, quantile, toResult } from './result.ts';
import { pairsOf, runRounds } from './rounds.ts';
import { END_MS, YEAR_MS } from './timeline-world.ts';

const DAY_MS = 86_400_000;
const CLIENTS = 2;
const QUESTIONS_PER_CLIENT = 300;
const MAX_RATIO = 2;
const ROUNDS = 5;

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** A day of one lane; none is asked for twice within a thousand. */
function questionAt(at: number, vantages: readonly string[]): string {
  const fromMs = END_MS - YEAR_MS + ((at * 37) % 360) * DAY_MS;
  const vantage = vantages[at % vantages.length] ?? '';
  return `api/v1/measurements?service=facebook&vantage=${vantage}&from=${day(fromMs)}&to=${day(fromMs + DAY_MS)}&limit=100`;
}

function ask(url: string, agent: Agent): Promise<number> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - beganMs);
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

/** Ten readers until it is disposed of; resolves when exports run and one reader was refused. */
async function startReaders(url: string): Promise<AsyncDisposable> {
  const child = fork(join(import.meta.dirname, 'export-readers-process.ts'));
  const busy = new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the readers ended with ${code}`)));
  });
  child.send(url);
  await busy;
  return {
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

/** Gives the times of answers with ten exports wanted beside those without any. */
export async function benchDuringExports(
  file: string,
  vantages: readonly string[],
  onRound: (round: number) => void,
): Promise<BenchResult[]> {
  await using server = await startChild({ kind: 'ours', file }, START_FLAGS);
  using agent = new (class extends Agent {
    [Symbol.dispose]() {
      this.destroy();
    }
  })({ keepAlive: true, maxSockets: CLIENTS });
  let asked = 0;
  const measure = async () => {
    const times: number[] = [];
    const runClient = async () => {
      for (let question = 0; question < QUESTIONS_PER_CLIENT; question += 1) {
        asked += 1;
        times.push(await ask(server.url + questionAt(asked, vantages), agent));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, runClient));
    return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  };
  // What is compiled and read from the disk for the first time is nobody's measure.
  await measure();
  const rounds = await runRounds(
    {
      async ours() {
        await using readers = await startReaders(server.url);
        void readers;
        return measure();
      },
      bare: measure,
    },
    { rounds: ROUNDS, onRound },
  );
  return [
    toResult('api.exports.p50', 'ms', pairsOf(rounds, 'p50')),
    toResult('api.exports.p99', 'ms', pairsOf(rounds, 'p99'), {
      of: 'ratio',
      is: 'at_most',
      limit: MAX_RATIO,
    }),
  ];
}
