/** An export as code to copy: what the page about data shows, and what the tests of it run. */

/** Says the same download in four languages. Values in an address need no escaping: it holds no quotes. */
export function writeSnippets(url: string, format: string, fileName: string) {
  const python = {
    csv: `pd.read_csv(url)`,
    jsonl: `pd.read_json(url, lines=True)`,
    json: `pd.DataFrame(requests.get(url, timeout=60).json()["rows"])`,
    parquet: `pd.read_parquet(url)`,
  }[format];
  const r = {
    csv: `data <- read.csv("${url}")`,
    jsonl: `data <- jsonlite::stream_in(url("${url}"))`,
    json: `data <- jsonlite::fromJSON("${url}")$rows`,
    parquet: `download.file("${url}", "${fileName}", mode = "wb")\ndata <- arrow::read_parquet("${fileName}")`,
  }[format];
  const duckdb = {
    csv: `read_csv('${url}')`,
    jsonl: `read_json('${url}', format = 'newline_delimited')`,
    json: `(SELECT unnest(rows, max_depth := 2) FROM read_json('${url}'))`,
    parquet: `read_parquet('${url}')`,
  }[format];
  return [
    { id: 'curl', code: `curl --compressed --fail --output ${fileName} '${url}'` },
    {
      id: 'python',
      code: `import pandas as pd${format === 'json' ? '\nimport requests' : ''}\n\nurl = "${url}"\ndata = ${python ?? ''}\nprint(data)`,
    },
    { id: 'r', code: `${r ?? ''}\nstr(data)` },
    {
      id: 'duckdb',
      code: `INSTALL httpfs; LOAD httpfs;\nSELECT * FROM ${duckdb ?? ''} LIMIT 10;`,
    },
  ] as const;
}
