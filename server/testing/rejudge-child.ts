/** A child process for the kill test: `node rejudge-child.ts <data folder>` judges everything again, however often it is killed. */
import { loadSettings } from '../../config/settings.ts';
import { runRejudge } from '../commands/rejudge.ts';

const [folder = ''] = process.argv.slice(2);
process.exitCode = await runRejudge({
  settings: loadSettings({ argv: ['--data', folder], environment: {} }),
  argv: ['--since', '2022-03-01'],
  log: () => undefined,
  signal: new AbortController().signal,
  print: () => undefined,
});
