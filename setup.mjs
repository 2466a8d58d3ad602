/**
 * Makes the machine ready for an npm script: installs what the lockfile names and builds the browser bundle.
 * Plain JavaScript without dependencies, since it runs under whatever Node the machine has (20 or later)
 * before anything of ours is installed. `node setup.mjs run` prepares `npm start`, `develop` adds the tools
 * for checks and tests. Does nothing when both are already current.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(fileURLToPath(import.meta.url));
const INSTALL_STAMP = join(ROOT, 'node_modules', '.reachline-setup.json');
const COMPILE_STAMP = join(ROOT, 'node_modules', '.reachline-compiled.sha256');
const BUNDLE_STAMP = join(ROOT, 'dashboard', 'dist', '.sources.sha256');
/** The oldest Node that strips types the way the sources need (package.json, engines). */
const NEEDED_NODE_MAJOR = 26;

const mode = process.argv[2] === 'develop' ? 'develop' : 'run';

/** Prints what went wrong and what to do, and ends with a failure code. */
function fail(problem, remedy) {
  process.stderr.write(`reachline set-up: ${problem}\n  ${remedy}\n`);
  process.exit(1);
}

function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // no stamp yet: the work behind it has not been done
  }
}

/** True when `node_modules` is what the lockfile says, for this mode. */
function isInstalled(lockHash) {
  const text = readStamp(INSTALL_STAMP);
  if (text === '') return false;
  const stamp = JSON.parse(text);
  return stamp.lockHash === lockHash && (stamp.mode === 'develop' || mode === 'run');
}

function install() {
  const lockHash = sha256(readFileSync(join(ROOT, 'package-lock.json')));
  if (isInstalled(lockHash)) return;
  const startedAt = Date.now();
  process.stderr.write(
    mode === 'run'
      ? 'reachline set-up: installing packages (about 90 MB to fetch, once) …\n'
      : 'reachline set-up: installing packages and development tools (about 250 MB to fetch, once) …\n',
  );
  // The node that runs npm, not the one inside node_modules, which `npm ci` is about to remove.
  const npm = process.env.npm_execpath
    ? [process.env.npm_node_execpath ?? process.execPath, process.env.npm_execpath]
    : ['npm'];
  const args = [
    ...npm.slice(1),
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  if (mode === 'run') args.push('--omit=dev');
  const result = spawnSync(npm[0], args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) {
    fail(
      'the packages could not be installed (npm says why above).',
      'Run the command again; what an interrupted one left behind is cleared then. If npm names the registry, check that this machine reaches it, or set one with `npm config set registry …`; if it names node_modules, delete that folder first.',
    );
  }
  writeFileSync(INSTALL_STAMP, JSON.stringify({ lockHash, mode }));
  process.stderr.write(
    `reachline set-up: packages ready in ${Math.round((Date.now() - startedAt) / 1000)} s\n`,
  );
}

/** Path of a Node that can run the sources: the one that npm installed, or the machine's own. */
function findNode() {
  const installed = join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_NODE_MAJOR) return process.execPath;
  return fail(
    `Node ${process.versions.node} is too old and no newer one could be installed for ${process.platform}-${process.arch}.`,
    `Install Node ${NEEDED_NODE_MAJOR} or later and run the command again.`,
  );
}

/** Every file below `folder` that goes into the bundle, sorted. */
function listSources(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => /\.(ts|css|json|svg)$/.test(file) && !file.includes(`${'dist'}/`))
    .filter((file) => statSync(file).isFile())
    .sort();
}

function buildBundle() {
  const files = listSources(join(ROOT, 'dashboard'));
  const wanted = sha256(
    readFileSync(join(ROOT, 'package-lock.json')),
    ...files.flatMap((file) => [file.slice(ROOT.length), readFileSync(file)]),
  );
  if (readStamp(BUNDLE_STAMP) === wanted) return;
  const result = spawnSync(findNode(), [join(ROOT, 'dashboard', 'build.ts')], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (result.status !== 0) {
    fail(
      'the browser bundle could not be built (the reason is above).',
      'Run `node dashboard/build.ts` to see it alone.',
    );
  }
  writeFileSync(BUNDLE_STAMP, wanted);
}

/** Compiles the server into its cache after sources have changed (server/compile.mjs says why). */
function compileServer() {
  const files = ['config', 'probes', 'db', 'server', 'dashboard'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .map((name) => join(ROOT, folder, String(name)))
      .filter((file) => /\.m?[jt]s$/.test(file) && !file.includes(`${'dist'}/`)),
  );
  const wanted = sha256(
    readFileSync(join(ROOT, 'package-lock.json')),
    ...files.sort().map((file) => {
      const { mtimeMs, size } = statSync(file);
      return `${file} ${mtimeMs} ${size}`;
    }),
  );
  if (readStamp(COMPILE_STAMP) === wanted) return;
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  // The same flags as the start script: the runtime keeps a cache for each set of them.
  const flags = scripts.start.split(' ').filter((word) => word.startsWith('--'));
  const script = join(ROOT, 'server', 'compile.mjs');
  const result = spawnSync(findNode(), [...flags, script], { cwd: ROOT, stdio: 'inherit' });
  // What does not load here does not load at the start either, which then says so.
  if (result.status === 0) writeFileSync(COMPILE_STAMP, wanted);
}

install();
findNode();
buildBundle();
if (mode === 'run') compileServer();
