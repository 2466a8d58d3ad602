/** What `reachline <command> --help` prints; `vantage` and `alerts`, which have actions of their own, say it themselves. */

const BULK_AND_OONI = `  bulk FOLDER [--from DAY] [--to DAY] [--own] [--keep 3] [--min-free-mb 1024] [--homepage https://…] [--json]
      A folder of daily files, all tables, a snapshot as one database, and descriptions; goes on where a run was stopped.
  ooni [--since DAY] [--until DAY] [--service whatsapp] [--vantage volga] [--own] [--out FILE.gz] [--force]
      Measurements in OONI's data format, one a line.
`;

/** The help of each command, ended by a line feed. */
export const COMMAND_HELP: Readonly<Record<string, string>> = {
  serve: `Usage: reachline serve [--port 8080] [--host 127.0.0.1] [--data FOLDER] [--config FILE] [--public-url https://…]

Measures on the schedule of the configuration and serves the pages, until Ctrl-C. With npm: npm start -- --port 8081
`,
  agent: `Usage: reachline agent [--token rl1-…] [--server https://…] [--proxy socks5://user@host:port] [--status] [--data FOLDER]

Measures on this machine for a server. The token, which \`reachline vantage add\` prints there, is needed at the first start
only. REACHLINE_AGENT_TOKEN, REACHLINE_AGENT_SERVER and REACHLINE_AGENT_PROXY_PASSWORD stand for the flags and the password.
  --server   another address of the server than the token names
  --proxy    sends what was measured through a proxy, at later starts too; none ends it; measuring itself stays direct
  --status   prints how the agent of this folder is doing, and ends
`,
  measure: `Usage: reachline measure --service facebook|instagram|whatsapp [--json]

Measures one service from this machine now, prints what was seen and concluded, and stores nothing. It may run beside the
server. Exit code 0 reachable, 1 restricted, 2 cannot tell.
`,
  demo: `Usage: reachline demo [--fresh] [--live] [--verify] [--port 8080] [--data FOLDER]

Replays a simulated region through the real probes and serves it, until Ctrl-C; kept in <data>/demo.
  --fresh    begins anew, without what an earlier demo left
  --live     leaves the story out and starts with what goes on now
  --verify   plays the story, compares each conclusion with what the lab imposed, and ends: 0 all the same, 1 a difference
`,
  doctor: `Usage: reachline doctor [--data FOLDER] [--config FILE]

Checks configuration, data folder, database, network and clock, and says what to do. Exit code 1 when something must be
mended. It may run beside the server.
`,
  scenarios: `Usage: reachline scenarios [--only R1,R21] [--repeat 20] [--shuffle] [--medium socks5] [--compare] [--json]

Makes every known condition of a network on loopback, measures each with the real probes and compares verdict and mechanism.
Exit code 1 on any difference.
  --medium   through a proxy: socks5, socks5-far, http-proxy or http-proxy-far; direct unless given
  --compare  shows beside it what a check of the classic kind would conclude
`,
  rejudge: `Usage: reachline rejudge --since 2026-11-20 [--until DAY] [--service whatsapp] [--vantage volga] [--dry-run]

Judges stored evidence under the rules of today, in new revisions beside the old. The server has to be stopped, except for
--dry-run, which only counts what would change. Exit code 1 when stopped midway; the same command then goes on.
`,
  import: `Usage: reachline import ooni FILE|URL
       reachline import ooni --api --country RU --since 2026-11-01 [--until DAY] [--test whatsapp] [--api-url https://…]

Takes in measurements of OONI (JSONL, packed or not), judged by our rules; each keeps OONI's licence. Importing the same again
changes nothing. The server has to be stopped.
`,
  export: `Usage: reachline export <what> [flags], beside a running server

  measurements|targets|availability|lanes|incidents|announcements|ledger|unannounced|vantages|services
      [--format csv|jsonl|json|parquet] [--out FILE] [--force] [--safe] and the filters that the table has, comma lists:
      --service --vantage --country --asn --verdict --function --from DAY --to DAY --own --bucket hour
      --rev REVISION (as it was then) --updated-since REVISION --after-id ID
      One table, to FILE (its ending chooses the form; .gz and .zst pack it) or to standard output, and how to cite it.
${BULK_AND_OONI}`,
  snapshot: `Usage: reachline snapshot FILE [--lang en|ru|uk] [--tz Europe/Warsaw]

Writes the newest answers as one HTML file for mirrors, which asks nobody for anything. It may run beside the server.
`,
  backup: `Usage: reachline backup FILE [--force]

Copies the database, whole or not at all, while the server may run, and writes FILE.pages beside it, by which
\`reachline verify FILE\` finds any flipped bit. It holds what is not published yet, so keep it to yourself. Agents and
subscribers are in files of their own, which README.md names.
  --force    replaces a file that is there
`,
  verify: `Usage: reachline verify [FILE] [--rebuild]

Recomputes what a database promises (hash chain, lanes, spans, counts) and lists every difference; FILE is that of the data
folder unless given. Exit code 1 when something differs. It may run beside the server, except with
  --rebuild  makes lanes, spans and counts again from the measurements first
`,
};
