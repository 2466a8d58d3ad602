/** Where this process listens and keeps its data: from flags, which win, from the environment, or by default. */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, type Problem } from './problem.ts';

/** What a process needs to know before it reads any file. */
export type Settings = {
  /** 0 lets the system choose. */
  readonly port: number;
  /** Address or name to listen on. */
  readonly host: string;
  /** Absolute path. */
  readonly dataFolder: string;
  /** Absolute path of reachline.yaml. */
  readonly configFile: string;
  /** Where readers find the pages, e.g. `https://reachline.example.org`; as they addressed us when it is absent. */
  readonly publicUrl?: string;
  /** Addresses under which this machine is seen from outside, to be scrubbed beside those of its interfaces. */
  readonly ownAddresses: readonly string[];
  /** Arguments that are none of these flags, in their order. */
  readonly rest: readonly string[];
};

/** Each setting as it is spelt in both places. */
const SPELLINGS = {
  port: 'PORT',
  host: 'HOST',
  data: 'REACHLINE_DATA',
  config: 'REACHLINE_CONFIG',
  'public-url': 'REACHLINE_URL',
} as const;
type Flag = keyof typeof SPELLINGS;

const DEFAULTS = {
  port: '8080',
  // Loopback only: whoever wants to be seen from outside has to say so.
  host: '127.0.0.1',
  data: './data',
  config: join(import.meta.dirname, 'reachline.yaml'),
  'public-url': '',
} as const satisfies Record<Flag, string>;

/**
 * Only in the environment: flags can be read by every user of the machine, and what stands in reachline.yaml goes into
 * a sum that is published, from which an address could be guessed.
 */
const OWN_ADDRESSES = 'REACHLINE_OWN_ADDRESSES';

/** A text and where it was found, for the message. */
type Given = { readonly value: string; readonly file: string; readonly path: string };

/**
 * Reads the settings. Empty environment variables count as unset; a repeated flag counts as its last.
 * @throws ConfigError with every setting that cannot be used.
 */
export function loadSettings({
  argv,
  environment,
}: {
  /** Without the runtime and the script: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Settings {
  const flags = readFlags(argv);
  const pick = (flag: Flag): Given => {
    const fromFlag = flags.values.get(flag);
    if (fromFlag !== undefined) return { value: fromFlag, file: 'command line', path: `--${flag}` };
    const name = SPELLINGS[flag];
    const fromEnvironment = environment[name];
    if (fromEnvironment) return { value: fromEnvironment, file: 'environment', path: name };
    return { value: DEFAULTS[flag], file: 'default', path: flag };
  };
  const problems: Problem[] = [];
  const need = (given: Given, isGood: boolean, wanted: string, remedy: string): void => {
    if (isGood) return;
    const { file, path, value } = given;
    const problem = value === '' ? 'has no value' : `\`${value}\` is not ${wanted}`;
    problems.push({ file, line: 0, column: 0, path, problem, remedy });
  };
  const port = pick('port');
  const host = pick('host');
  const data = pick('data');
  const config = pick('config');
  const url = pick('public-url');
  need(
    port,
    /^\d{1,5}$/.test(port.value) && Number(port.value) <= 65_535,
    'a port',
    'write a number from 0 to 65535',
  );
  need(
    host,
    isIP(host.value) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host.value),
    'an address or host name',
    'write e.g. 127.0.0.1, or 0.0.0.0 to listen on every network',
  );
  need(data, data.value !== '', 'a folder', 'write the path of a folder');
  need(config, config.value !== '', 'a file', 'write the path of a reachline.yaml');
  need(
    url,
    url.value === '' ? url.file === 'default' : isOrigin(url.value),
    'the address of a site',
    'write scheme and host alone, e.g. https://reachline.example.org',
  );
  const ownAddresses = (environment[OWN_ADDRESSES] ?? '').split(/[\s,]+/).filter(Boolean);
  for (const value of ownAddresses) {
    const given = { value, file: 'environment', path: OWN_ADDRESSES };
    need(
      given,
      isIP(value) !== 0,
      'an address',
      'write e.g. 192.0.2.7, several with commas between',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    port: Number(port.value),
    host: host.value,
    dataFolder: resolve(data.value),
    configFile: resolve(config.value),
    ownAddresses,
    rest: flags.rest,
    ...(url.value === '' ? {} : { publicUrl: new URL(url.value).origin }),
  };
}

/** True for scheme, host and perhaps a port, which is all that addresses of pages are put behind. */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    text.replace(/\/$/, '').toLowerCase() === url.origin
  );
}

/** Takes our flags out of the arguments; a flag without a value is given as empty text. */
function readFlags(argv: readonly string[]): { values: Map<Flag, string>; rest: string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      config: { type: 'string' },
      'public-url': { type: 'string' },
    },
    // Commands have flags of their own, which they read from what is left.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<Flag, string>();
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !isFlag(token.name)) continue;
    const isNextFlag = token.inlineValue === false && token.value.startsWith('--');
    values.set(token.name, isNextFlag ? '' : (token.value ?? ''));
    taken.add(token.index);
    if (token.inlineValue === false) taken.add(token.index + 1);
  }
  return { values, rest: argv.filter((_, index) => !taken.has(index)) };
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(SPELLINGS, name);
}
