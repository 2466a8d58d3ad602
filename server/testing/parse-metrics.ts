/** A strict reader of the text format of Prometheus: whatever its description does not allow is an error. */

/** A metric as it was read. */
export type ParsedMetric = {
  readonly kind: string;
  readonly help: string;
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
};

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/y;

function unescape(text: string): string {
  return text.replaceAll(/\\(["\\n])/g, (_, code: string) => (code === 'n' ? '\n' : code));
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    LABEL.lastIndex = at;
    const [found, key, value] = LABEL.exec(text) ?? [];
    if (found === undefined || key === undefined || value === undefined || key in labels)
      throw new Error(`labels of: ${line}`);
    labels[key] = unescape(value);
    at += found.length;
    if (at < text.length && text[at++] !== ',') throw new Error(`comma in: ${line}`);
  }
  return labels;
}

/** Reads all metrics by name. @throws Error naming the line that is wrong */
export function parseMetrics(text: string): Map<string, ParsedMetric> {
  if (!text.endsWith('\n') || text.includes('\r')) throw new Error('lines end in one line feed');
  const metrics = new Map<
    string,
    { kind: string; help: string; samples: ParsedMetric['samples'][number][] }
  >();
  const seen = new Set<string>();
  let name = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helpName, help] = new RegExp(`^# HELP (${NAME}) (.+)$`).exec(line) ?? [];
    const [, typeName, kind] = new RegExp(`^# TYPE (${NAME}) (gauge|counter)$`).exec(line) ?? [];
    if (helpName !== undefined && help !== undefined) {
      if (metrics.has(helpName)) throw new Error(`${helpName} comes in two groups`);
      name = helpName;
      metrics.set(name, { kind: '', help, samples: [] });
    } else if (typeName !== undefined && kind !== undefined) {
      const metric = metrics.get(typeName);
      if (typeName !== name || metric?.kind !== '') throw new Error(`out of order: ${line}`);
      metric.kind = kind;
    } else {
      const [, own, labels = '', value] =
        new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
      const metric = metrics.get(own ?? '');
      if (own !== name || metric === undefined || metric.kind === '' || value === undefined)
        throw new Error(`no sample of ${name}: ${line}`);
      if (!/^[+-]?(\d+(\.\d+)?(e[+-]?\d+)?|Inf)$|^NaN$/.test(value))
        throw new Error(`value of: ${line}`);
      const read = readLabels(labels, line);
      const key = JSON.stringify([
        name,
        Object.entries(read).toSorted(([a], [b]) => a.localeCompare(b)),
      ]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      metric.samples.push({ labels: read, value: Number(value.replace('Inf', 'Infinity')) });
    }
  }
  return metrics;
}
