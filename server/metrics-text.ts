/** The text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), version 0.0.4. */

/** One value with its labels. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A metric; one without samples is left out. */
export type Metric = {
  /** With the unit behind it, e.g. `reachline_schedule_lag_seconds`. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
};

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"');

function writeSample(name: string, [labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

/** Writes metrics, each with what it means and its kind. */
export function writeMetrics(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, kind, help, samples }) =>
      [
        `# HELP ${name} ${escapeHelp(help)}`,
        `# TYPE ${name} ${kind}`,
        ...samples.map((sample) => writeSample(name, sample)),
        '',
      ].join('\n'),
    )
    .join('');
}
