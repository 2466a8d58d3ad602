/**
 * The deep pass: on doubt it asks what the regular pass cannot tell. Other views of the name, the same handshake with
 * one thing changed, the pace of a download beside that of a neutral host. Facts only, like everything before the judge.
 * What the network cannot carry is left out: its failures would look like evidence.
 */
import type { Deep } from '../config/schema.ts';
import { greetQuic } from './deepen/greet-quic.ts';
import type { Depth } from './deepen/plan.ts';
import type { Sighting } from './deepen/sighting.ts';
import { tryHandshake, tryNames, tryParallel, trySmallHello, tryVisit } from './deepen/trials.ts';
import { askWhoami, viewName } from './deepen/views.ts';
import { isBlindTo } from './network/network.ts';
import type { Subject } from './recorder.ts';
import type { StageDeps } from './stages.ts';
import type { BaselineTarget, Target } from './types.ts';
import { fetchAt, toUrl } from './web-visit.ts';

/** A target with what the plain visits have shown of it, and how deep to look; fully unless told. */
export type Doubted = {
  readonly target: Target;
  readonly sighting: Sighting;
  readonly depth?: Depth;
};

/** A neutral host that answered in this run. */
export type Neutral = { readonly baseline: BaselineTarget; readonly address: string };

/** What the deep pass needs beside the targets. */
export type DeepDeps = StageDeps & {
  readonly settings: Deep;
  /** Neutral hosts to compare with, in order of preference. */
  readonly neutrals: readonly Neutral[];
  readonly pace: (signal: AbortSignal) => Promise<void>;
};

/** The port that QUIC is greeted on. */
const QUIC_PORT = 443;
const MS_PER_SECOND = 1000;

/**
 * Looks deeper at targets of one service: side by side while only answers matter, one after another where speed does,
 * many connections at once last. Never rejects; ends soon after the signal aborts.
 */
export async function deepenTargets(doubted: readonly Doubted[], deps: DeepDeps): Promise<void> {
  await Promise.all(
    doubted.map(async (one) => {
      await deps.pace(deps.signal);
      if (!deps.signal.aborted) await deepenTarget(one, deps);
    }),
  );
  await compareGoodput(doubted.filter(isDownloadWanted), deps);
  for (const { target, sighting, depth } of doubted) {
    if (depth === 'brief') continue;
    const { address, isOpen } = sighting;
    const count = deps.settings.parallelConnections;
    if (!isOpen || address === undefined || target.kind !== 'https' || count === 0) continue;
    await tryParallel(target, address, count, subjectOf(target, sighting), deps);
  }
}

function subjectOf({ id }: Target, { attempt, hop }: Sighting): Subject {
  return { targetId: id, role: 'target', attempt, ...(hop > 0 ? { hop } : {}) };
}

/** A lasting doubt about speed is about speed every time; any other is timed only in a full look. */
function isDownloadWanted({ sighting: { isOpen, doubt }, depth }: Doubted): boolean {
  const isAboutSpeed = doubt === 'slow' || doubt?.startsWith('http.') === true;
  return isOpen && (depth !== 'brief' || isAboutSpeed);
}

/** Everything about one target that needs neither an idle line nor many connections. */
async function deepenTarget({ target, sighting, depth }: Doubted, deps: DeepDeps): Promise<void> {
  const { settings, signal } = deps;
  const { address, isConnected, tried } = sighting;
  const subject = subjectOf(target, sighting);
  const isWeb = target.kind === 'https' || target.kind === 'http';
  // Who answers for a resolver shows in the difference between UDP and TCP.
  const isWhoamiAsked = depth !== 'brief' && !isBlindTo(deps.network, 'udp');
  await Promise.all([
    viewName(target, tried, subject, deps),
    isWhoamiAsked ? askWhoami(settings.whoamiName, subject, deps) : undefined,
  ]);
  if (signal.aborted || address === undefined) return;
  // The order of the names matters, so nothing else happens meanwhile.
  const trials = depth === 'brief' ? 1 : 2;
  if (isWeb && isConnected)
    await tryNames(target, address, { name: settings.innocuousName, trials }, subject, deps);
  else if (depth !== 'brief')
    await tryVisit(target, address, { ...subject, purpose: 'target_again' }, deps);
  if (signal.aborted || depth === 'brief') return;
  await Promise.all([
    trySecondAddress({ target, sighting }, subject, deps),
    ...(target.kind === 'https' ? tryHttpsVariations(target, address, subject, deps) : []),
  ]);
}

/** Each at another address or another port, or later than the handshakes before: none disturbs the other. */
function tryHttpsVariations(
  target: Target,
  address: string,
  subject: Subject,
  deps: DeepDeps,
): Promise<void>[] {
  const [neutral] = deps.settings.neutralAddress ? deps.neutrals : [];
  const isGreeted = target.port === QUIC_PORT && !isBlindTo(deps.network, 'udp');
  return [
    trySmallHello(target, address, subject, deps),
    ...(neutral ? [tryNeutralAddress(target, neutral, subject, deps)] : []),
    ...(isGreeted ? [greetQuic(target, address, subject, deps)] : []),
  ];
}

async function tryNeutralAddress(
  { host: serverName }: Target,
  { address, baseline: { port } }: Neutral,
  subject: Subject,
  deps: DeepDeps,
): Promise<void> {
  const input = { address, port, serverName, clientHello: 'default' } as const;
  await tryHandshake(input, { ...subject, purpose: 'neutral_address' }, deps);
}

async function trySecondAddress(
  { target, sighting }: Doubted,
  subject: Subject,
  deps: DeepDeps,
): Promise<void> {
  if (isBlindTo(deps.network, 'addresses')) return;
  const second = sighting.addresses.find((one) => one !== sighting.address);
  if (second === undefined) return;
  await tryVisit(target, second, { ...subject, purpose: 'second_address' }, deps);
}

/** Timed downloads, a neutral host first; each has the line for itself as far as this service goes. */
async function compareGoodput(doubted: readonly Doubted[], deps: DeepDeps): Promise<void> {
  if (doubted.length === 0) return;
  const neutral = deps.neutrals.find(({ baseline }) => baseline.largePath) ?? deps.neutrals[0];
  if (neutral) {
    const { baseline, address } = neutral;
    const attempt = Math.max(...doubted.map(({ sighting }) => sighting.attempt));
    await download(
      baseline,
      address,
      { targetId: baseline.id, role: 'baseline', attempt, purpose: 'goodput_baseline' },
      deps,
    );
  }
  for (const { target, sighting } of doubted) {
    if (sighting.address === undefined) continue;
    const subject: Subject = { ...subjectOf(target, sighting), purpose: 'goodput' };
    await download(target, sighting.address, subject, deps);
  }
}

async function download(
  target: Target,
  address: string,
  subject: Subject,
  deps: DeepDeps,
): Promise<void> {
  if (deps.signal.aborted) return;
  const { goodputBytes, goodputSeconds } = deps.settings;
  const url = toUrl(target, { path: target.largePath ?? target.path });
  await fetchAt(url, address, subject, deps, {
    budgetMs: goodputSeconds * MS_PER_SECOND,
    maxBodyBytes: goodputBytes,
    // The regular visit has kept the text of the page already.
    bodyHeadBytes: 0,
    isTimed: true,
  });
}
