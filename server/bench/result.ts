/** What a benchmark says: a figure, the same figure of bare code in the same run, and the bound that it must keep. */

/** One figure of one benchmark, in the shape that `--json` prints. */
export type BenchResult = {
  /** Benchmark and case, e.g. `probe.c32`. */
  readonly name: string;
  /** Median over the rounds, in `unit`. */
  readonly value: number;
  readonly unit: string;
  /** The figure of the bare code, in the same unit; null when there is nothing to compare with. */
  readonly baseline: number | null;
  /** Median of value ÷ baseline of each round; null without a baseline. */
  readonly ratio: number | null;
  /** The bound in words, e.g. `ratio >= 0.8`; `none` when the figure only informs. */
  readonly target: string;
  readonly ok: boolean;
  /** Lowest and highest of what the target speaks of, over the rounds. */
  readonly spread?: readonly [low: number, high: number];
};

/** What must hold of a figure. */
export type Bound = {
  readonly of: 'value' | 'ratio';
  readonly is: 'at_least' | 'at_most';
  readonly limit: number;
};

/** Ours and bare, measured one right after the other. */
export type Pair = { readonly ours: number; readonly bare: number };

/** Says how far a benchmark has come: a share from 0 to 1 and what it is busy with. */
export type OnProgress = (share: number, note: string) => void;

/** A benchmark by its name. */
export type Benchmark = {
  readonly says: string;
  /** @throws when what is measured does not work at all. */
  readonly run: (onProgress: OnProgress) => Promise<readonly BenchResult[]>;
};

/** Sums up the rounds of one figure. Pairs are compared within their round, since machines change their pace. */
export function toResult(
  name: string,
  unit: string,
  rounds: readonly Pair[],
  bound?: Bound,
): BenchResult {
  const values = rounds.map(({ ours }) => ours);
  const ratios = rounds.map(({ ours, bare }) => ours / bare);
  const [value, ratio] = [median(values), median(ratios)];
  return {
    name,
    value,
    unit,
    baseline: median(rounds.map(({ bare }) => bare)),
    ratio,
    ...judgeBound(value, ratio, bound),
    spread: spreadOf(bound?.of === 'value' ? values : ratios),
  };
}

/** A figure that has no counterpart to be compared with. */
export function toSingleResult(
  name: string,
  unit: string,
  values: readonly number[],
  bound?: Bound,
): BenchResult {
  const value = median(values);
  return {
    name,
    value,
    unit,
    baseline: null,
    ratio: null,
    ...judgeBound(value, null, bound),
    spread: spreadOf(values),
  };
}

function judgeBound(
  value: number,
  ratio: number | null,
  bound?: Bound,
): Pick<BenchResult, 'target' | 'ok'> {
  if (!bound) return { target: 'none', ok: true };
  const figure = bound.of === 'value' ? value : (ratio ?? Number.NaN);
  const isKept = bound.is === 'at_least' ? figure >= bound.limit : figure <= bound.limit;
  return {
    target: `${bound.of} ${bound.is === 'at_least' ? '>=' : '<='} ${bound.limit}`,
    ok: isKept,
  };
}

function spreadOf(values: readonly number[]): readonly [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** The middle value; the mean of both middles when their number is even. NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which this share (0 to 1) lies, interpolated. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
