/** What a verification says, and how its parts collect it. */

/** Parts of a verification, in the order they run. */
export const VERIFY_CHECKS = [
  'pages',
  'structure',
  'schema',
  'entries',
  'lanes',
  'origins',
  'announcements',
  'incidents',
] as const;
export type VerifyCheck = (typeof VERIFY_CHECKS)[number];

/** One thing that differs. Texts are plain sentences. */
export type VerifyFinding = {
  readonly check: VerifyCheck;
  /** What is affected, e.g. `measurement facebook.local.20220304T120000Z`. */
  readonly where: string;
  readonly problem: string;
  readonly remedy: string;
};

/** One part of a verification. */
export type VerifyCheckSummary = {
  readonly check: VerifyCheck;
  /** How many things were looked at. */
  readonly checked: number;
  /** What was counted, e.g. `pages`. */
  readonly unit: string;
  /** All findings, also those beyond the ones that are listed. */
  readonly findings: number;
  /** Why the part could not run, when it could not. */
  readonly note?: string;
};

/** The outcome of a verification. */
export type VerifyReport = {
  readonly file: string;
  /** True when nothing differs. */
  readonly isSound: boolean;
  readonly checks: readonly VerifyCheckSummary[];
  /** At most `MAX_LISTED` per check. */
  readonly findings: readonly VerifyFinding[];
};

/** Called now and then while a verification runs. */
export type VerifyProgress = (progress: {
  readonly check: VerifyCheck;
  readonly done: number;
  /** 0 when not known. */
  readonly total: number;
}) => void;

/** Findings listed per check; more of one kind say nothing new. */
const MAX_LISTED = 20;

/** What to do, by what is damaged. */
export const REMEDY = {
  restore:
    'Stop Reachline, keep this file, and put a backup in its place; measurements made since can be copied over from the kept file.',
  rebuild:
    'It is computed from other tables: run `reachline verify --rebuild` once no other finding is left.',
} as const;

/** Collects findings while checks run. */
export class Findings {
  readonly #onProgress: VerifyProgress;
  readonly #findings: VerifyFinding[] = [];
  readonly #checks: VerifyCheckSummary[] = [];
  #current: { check: VerifyCheck; checked: number; findings: number } | undefined;

  constructor(onProgress: VerifyProgress) {
    this.#onProgress = onProgress;
  }

  /** Runs one check; whatever it throws is a finding, since a damaged file can make any read fail. */
  run(check: VerifyCheck, unit: string, work: () => string | undefined): void {
    const current = { check, checked: 0, findings: 0 };
    this.#current = current;
    this.#onProgress({ check, done: 0, total: 0 });
    let note: string | undefined;
    try {
      note = work();
    } catch (error) {
      this.add(
        'the database file',
        `It cannot be read to the end: ${error instanceof Error ? error.message : String(error)}.`,
        REMEDY.restore,
      );
    }
    const { checked, findings } = current;
    this.#checks.push({ check, checked, unit, findings, ...(note === undefined ? {} : { note }) });
  }

  /** Counts things that were looked at. */
  count(done: number, total = 0): void {
    if (!this.#current) return;
    this.#current.checked = done;
    if (done % 1000 === 0) this.#onProgress({ check: this.#current.check, done, total });
  }

  add(where: string, problem: string, remedy: string): void {
    if (!this.#current) return;
    this.#current.findings += 1;
    if (this.#current.findings <= MAX_LISTED)
      this.#findings.push({ check: this.#current.check, where, problem, remedy });
  }

  report(file: string): VerifyReport {
    return {
      file,
      isSound: this.#checks.every((each) => each.findings === 0),
      checks: this.#checks,
      findings: this.#findings,
    };
  }
}
