/**
 * Draws PNG files from SVG in a process that starts when the first one is wanted and ends when none is for a while. A
 * worker thread would do the same work, but what its native code allocated stays with the server after its end: 90 to
 * 130 MB when it was measured. One picture is drawn at a time, so that measuring keeps the other core; a few wait.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Bounds of drawing. */
const RASTER_LIMITS = {
  /** Beyond the one that is drawn: as many as a browser asks for at once. */
  maxWaiting: 6,
  /** Without work for so long the process ends. */
  idleMs: 15_000,
  /** A picture takes 30 to 150 ms; one that takes this long never comes. */
  timeoutMs: 10_000,
  /** Finished pictures kept, bytes in all. */
  maxKeptBytes: 4 * 1024 * 1024,
} as const;

/** The same bounds with other numbers, and who is told when the process has ended. */
export type RasterOptions = Partial<Readonly<Record<keyof typeof RASTER_LIMITS, number>>> & {
  readonly onEnd?: () => void;
};

/** There is no room for another picture now. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** The machine has no rasteriser, or it failed. */
export class RasterError extends Error {
  override readonly name = 'RasterError';
}

/** Draws a picture. @throws BusyError, RasterError. */
export type Rasterise = (svg: string, widthPx: number) => Promise<Buffer<ArrayBuffer>>;

type Job = {
  readonly resolve: (png: Buffer<ArrayBuffer>) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
};

const PROGRAM = join(import.meta.dirname, 'rasterise.mjs');

/** The process that draws; nothing runs until `rasterise` is called for the first time. */
export class Rasteriser {
  readonly #limits: Readonly<Record<keyof typeof RASTER_LIMITS, number>>;
  readonly #onEnd: () => void;
  readonly #program: string;
  readonly #jobs = new Map<number, Job>();
  /** By content, the one used longest ago first; also those under way, so that the same one is drawn once. */
  readonly #kept = new Map<string, Promise<Buffer<ArrayBuffer>>>();
  readonly #sizes = new Map<string, number>();
  #keptBytes = 0;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 0;

  constructor({ onEnd = () => undefined, ...limits }: RasterOptions = {}, program = PROGRAM) {
    this.#limits = { ...RASTER_LIMITS, ...limits };
    this.#onEnd = onEnd;
    this.#program = program;
  }

  /** True while the process lives. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Bytes of finished pictures that are kept. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Draws a picture or gives the one that is kept. @throws BusyError, RasterError. */
  readonly rasterise: Rasterise = (svg, widthPx) => {
    const key = createHash('sha256').update(`${widthPx}\0${svg}`).digest('base64url');
    const held = this.#kept.get(key);
    if (held !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, held);
      return held;
    }
    if (this.#jobs.size > this.#limits.maxWaiting)
      return Promise.reject(new BusyError('too many pictures are being drawn'));
    const made = this.#send(svg, widthPx);
    this.#kept.set(key, made);
    made.then(
      (png) => this.#keep(key, png.byteLength),
      () => this.#kept.delete(key),
    );
    return made;
  };

  /** Ends the process; pictures under way fail. */
  stop(): void {
    clearTimeout(this.#idle);
    this.#child?.kill();
  }

  #keep(key: string, bytes: number): void {
    this.#sizes.set(key, bytes);
    this.#keptBytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= this.#limits.maxKeptBytes) break;
      const size = this.#sizes.get(oldest);
      if (size === undefined) continue; // under way
      this.#kept.delete(oldest);
      this.#sizes.delete(oldest);
      this.#keptBytes -= size;
    }
  }

  #send(svg: string, widthPx: number): Promise<Buffer<ArrayBuffer>> {
    const child = this.#open();
    clearTimeout(this.#idle);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), this.#limits.timeoutMs);
      this.#jobs.set(id, { resolve, reject, timer });
      child.send({ id, svg, widthPx }, (error) => {
        if (error) this.#settle(id, undefined, error.message);
      });
    });
  }

  #open(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(this.#program, [], {
      serialization: 'advanced',
      // Small heaps: what takes memory is native.
      execArgv: ['--max-semi-space-size=2', '--max-old-space-size=128'],
      // Nothing of the server's environment is its business, secrets least of all.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message) => this.#take(message));
    const lose = () => this.#lose(child);
    child.on('error', lose);
    child.on('exit', lose);
    // A server that has nothing else to do may end.
    child.unref();
    child.channel?.unref();
    this.#child = child;
    return child;
  }

  #take(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message)) return;
    const png = 'png' in message && message.png instanceof Uint8Array ? message.png : undefined;
    const reason = 'error' in message ? String(message.error) : 'no picture came';
    this.#settle(Number(message.id), png, reason);
  }

  #settle(id: number, png: Uint8Array | undefined, reason: string): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#jobs.delete(id);
    clearTimeout(job.timer);
    if (png === undefined) job.reject(new RasterError(reason));
    else job.resolve(Buffer.from(png));
    if (this.#jobs.size === 0) {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.stop(), this.#limits.idleMs);
      this.#idle.unref();
    }
  }

  #lose(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    clearTimeout(this.#idle);
    for (const id of this.#jobs.keys())
      this.#settle(id, undefined, 'the process that draws has ended');
    clearTimeout(this.#idle);
    this.#onEnd();
  }
}
