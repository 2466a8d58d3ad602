import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { runScenarios } from './scenarios.ts';

async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const code = await runScenarios({
    settings: {
      port: 0,
      host: '127.0.0.1',
      dataFolder: '.',
      configFile: resolve('config/reachline.yaml'),
      rest: [],
      ownAddresses: [],
    },
    argv,
    log: () => {},
    signal: new AbortController().signal,
    print: (text) => void printed.push(text),
  });
  return { code, text: printed.join('') };
}

test('--json prints one object', async () => {
  const { code, text } = await run('--only', 'A41,A48', '--repeat', '2', '--shuffle', '--json');
  const { seconds, ...rest } = JSON.parse(text);
  assert.equal(code, 0);
  assert.equal(typeof seconds, 'number');
  assert.deepEqual(rest, {
    scenarios: 2,
    verdictExact: 2,
    mechanismExact: 2,
    falseAlarms: 0,
    repeats: 2,
  });
});

test('the table has a row per scenario and the totals', async () => {
  const { code, text } = await run('--only', 'A16', '--compare');
  assert.equal(code, 0);
  assert.match(text, /✓ {2}A16 .* down +down +dns\.nxdomain/);
  assert.match(text, /1 of 1 verdicts and 1 mechanisms exact, 0 false alarms/);
  assert.match(text, /A16 .* false \/ dns +down dns\.nxdomain/);
});

const mistakes = [
  ['--only', 'Z1'],
  ['--repeat', '0'],
  ['--repeat', 'often'],
  ['--unknown'],
] as const;
for (const argv of mistakes)
  test(`${argv.join(' ')} → exit code 64`, async () => {
    const { code, text } = await run(...argv);
    assert.equal(code, 64);
    assert.notEqual(text, '');
  });
