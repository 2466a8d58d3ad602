/** Rules that one value alone cannot keep: between the keys of a row, between rows, between files. */
import { isIP } from 'node:net';
import { checkAlerts } from './alerts.ts';
import { checkAnnouncements } from './announcement-checks.ts';
import { at, type Cursor, each, numberAt, placeOf, problemAt, start, textAt } from './cursor.ts';
import type { SourceDocument } from './document.ts';
import type { Problem } from './problem.ts';
import { FUNCTION_IDS } from './schema.ts';

/** The files of a configuration; one that could not be read is missing. */
export type Documents = {
  readonly main?: SourceDocument | undefined;
  readonly services?: SourceDocument | undefined;
  readonly rules?: SourceDocument | undefined;
  readonly fingerprints?: SourceDocument | undefined;
  readonly announcements?: SourceDocument | undefined;
};

/** Gives every broken rule of the files. Works on raw values, so it may be called before they are valid. */
export function checkDocuments(documents: Documents): Problem[] {
  const main = documents.main && start(documents.main);
  const rules = documents.rules && start(documents.rules);
  const services = documents.services ? each(at(start(documents.services), 'services')) : [];
  const fingerprints = documents.fingerprints
    ? each(at(start(documents.fingerprints), 'fingerprints'))
    : [];
  const announcements = documents.announcements
    ? each(at(start(documents.announcements), 'announcements'))
    : [];
  const vantages = main ? each(at(main, 'vantages')) : [];
  const baselines = main ? each(at(main, 'baselines')) : [];
  const targets = services.flatMap((service) => each(at(service, 'targets')));
  return [
    ...checkUnique([...vantages, ...baselines, ...services, ...targets]),
    ...checkUnique(fingerprints),
    ...checkUnique(announcements),
    ...(main ? [...checkTimes(main), ...checkDeep(main), ...checkAlerts(main)] : []),
    ...(main && rules ? checkRules(main, rules, baselines.length) : []),
    ...vantages.flatMap(checkVantage),
    ...(main && documents.services
      ? checkGlobalping(main, vantages, [...baselines, ...targets])
      : []),
    ...baselines.flatMap(checkBaseline),
    ...services.flatMap(checkService),
    ...[...baselines, ...targets].flatMap(checkTarget),
    ...fingerprints.flatMap(checkFingerprint),
    ...checkAnnouncements(announcements),
  ];
}

function checkUnique(rows: readonly Cursor[]): Problem[] {
  const seen = new Map<string, Cursor>();
  const problems: Problem[] = [];
  for (const row of rows) {
    const id = textAt(row, 'id');
    if (id === undefined) continue;
    const first = seen.get(id);
    if (first === undefined) seen.set(id, at(row, 'id'));
    else {
      problems.push(
        problemAt(
          at(row, 'id'),
          `id \`${id}\` is already used at ${placeOf(first)}`,
          'write another id',
        ),
      );
    }
  }
  return problems;
}

function checkTimes(main: Cursor): Problem[] {
  const intervalSeconds = numberAt(main, 'schedule', 'intervalSeconds') ?? Infinity;
  const deadlineSeconds = numberAt(main, 'schedule', 'deadlineSeconds') ?? Infinity;
  const maxBodyBytes = numberAt(main, 'budgets', 'maxBodyBytes') ?? Infinity;
  const deepSeconds = (numberAt(main, 'deep', 'budgetMs') ?? Infinity) / 1_000;
  const problems: Problem[] = [];
  /** Reports the number at `keys` when it is not below (or at most) `bound`. */
  const limit = (
    keys: readonly string[],
    bound: number,
    isBelow: boolean,
    boundName: string,
  ): void => {
    const value = numberAt(main, ...keys);
    // A bound that is itself wrong is reported at its own place.
    if (value === undefined || bound <= 0 || (isBelow ? value < bound : value <= bound)) return;
    problems.push(
      problemAt(
        at(main, ...keys),
        `\`${value}\` is ${isBelow ? 'not less' : 'more'} than ${boundName} (${bound})`,
        isBelow ? `write less than ${bound}` : `write ${bound} or less`,
      ),
    );
  };
  limit(['schedule', 'deadlineSeconds'], intervalSeconds, true, 'schedule.intervalSeconds');
  limit(['schedule', 'jitterSeconds'], intervalSeconds, true, 'schedule.intervalSeconds');
  limit(['budgets', 'bodyHeadBytes'], maxBodyBytes, false, 'budgets.maxBodyBytes');
  const deadlineMs = deadlineSeconds * 1_000;
  for (const key of ['dnsMs', 'tcpMs', 'tlsMs', 'httpMs', 'stunMs']) {
    limit(['budgets', key], deadlineMs, false, 'schedule.deadlineSeconds in milliseconds');
  }
  limit(
    ['budgets', 'confirmAfterMs'],
    deadlineMs,
    true,
    'schedule.deadlineSeconds in milliseconds',
  );
  limit(['deep', 'budgetMs'], deadlineMs, true, 'schedule.deadlineSeconds in milliseconds');
  limit(['deep', 'goodputSeconds'], deepSeconds, false, 'deep.budgetMs in seconds');
  return problems;
}

function checkRules(main: Cursor, rules: Cursor, baselineCount: number): Problem[] {
  const problems: Problem[] = [];
  const needed = numberAt(rules, 'minBaselinesOk');
  if (needed !== undefined && needed > baselineCount) {
    problems.push(
      problemAt(
        at(rules, 'minBaselinesOk'),
        `\`${needed}\` baselines are needed and ${baselineCount} are listed`,
        `write ${baselineCount} or less, or list more baselines in ${main.document.file}`,
      ),
    );
  }
  const gapSeconds = numberAt(rules, 'confirmGapSeconds');
  const confirmAfterMs = numberAt(main, 'budgets', 'confirmAfterMs');
  if (
    gapSeconds !== undefined &&
    confirmAfterMs !== undefined &&
    gapSeconds * 1_000 > confirmAfterMs
  ) {
    problems.push(
      problemAt(
        at(rules, 'confirmGapSeconds'),
        `\`${gapSeconds}\` is longer than budgets.confirmAfterMs (${confirmAfterMs}), so that no retry could confirm`,
        `write ${Math.floor(confirmAfterMs / 1_000)} or less`,
      ),
    );
  }
  return problems;
}

/** What each kind of vantage needs and may have beside the keys that all of them share. */
const VANTAGE_KEYS: Readonly<
  Record<string, { needs?: readonly string[]; may?: readonly string[] }>
> = {
  local: { may: ['resolvers'] },
  socks5: { needs: ['proxy', 'names'], may: ['resolvers'] },
  'http-proxy': { needs: ['proxy', 'names'], may: ['resolvers'] },
  agent: {},
  globalping: { may: ['probes'] },
};
const KIND_KEYS = ['proxy', 'names', 'resolvers', 'probes'];
const KEY_REMEDIES: Readonly<Record<string, string>> = {
  proxy: 'add where it listens, e.g. `proxy: { host: 198.51.100.7, port: 1080 }`',
  names: 'add `names: far` when the proxy shall resolve names, or `names: here`',
};

function checkVantage(vantage: Cursor): Problem[] {
  const kind = textAt(vantage, 'kind') ?? '';
  if (kind === 'lab') {
    const problem = '`lab` vantages exist only in the demo';
    return [problemAt(at(vantage, 'kind'), problem, 'write `local`')];
  }
  const keys = VANTAGE_KEYS[kind];
  const missing = (keys?.needs ?? []).flatMap((key) =>
    at(vantage, key).value === undefined
      ? [problemAt(vantage, `a \`${kind}\` vantage without \`${key}\``, KEY_REMEDIES[key] ?? '')]
      : [],
  );
  const allowed = [...(keys?.needs ?? []), ...(keys?.may ?? [])];
  const superfluous = KIND_KEYS.filter((key) => keys && !allowed.includes(key)).flatMap((key) => {
    const field = at(vantage, key);
    if (field.value === undefined) return [];
    return [problemAt(field, `a \`${kind}\` vantage has no \`${key}\``, 'remove it')];
  });
  return [
    ...missing,
    ...superfluous,
    ...(at(vantage, 'proxy').value === undefined ? [] : checkProxied(vantage)),
    ...(kind === 'globalping' ? checkBorrowed(vantage) : []),
    ...each(at(vantage, 'resolvers')).flatMap(checkResolver),
  ];
}

/** Resolvers are asked through the proxy, which carries no datagrams. */
function checkProxied(vantage: Cursor): Problem[] {
  const resolvers = each(at(vantage, 'resolvers'));
  const names = at(vantage, 'names');
  const password = at(vantage, 'proxy', 'passwordVariable');
  const problems: Problem[] = [];
  if (names.value === 'here' && resolvers.length === 0) {
    const remedy = 'list `resolvers` with transport `tcp` or `doh`, or write `names: far`';
    problems.push(problemAt(names, '`here` without a resolver to ask through the proxy', remedy));
  }
  if (names.value === 'far' && resolvers.length > 0) {
    const remedy = 'remove them, or write `names: here`';
    problems.push(problemAt(at(vantage, 'resolvers'), 'resolvers that nobody asks', remedy));
  }
  for (const resolver of resolvers) {
    const transport = at(resolver, 'transport');
    if (transport.value === 'tcp' || transport.value === 'doh') continue;
    const place = transport.value === undefined ? resolver : transport;
    problems.push(problemAt(place, 'a proxy carries no `udp`', 'write `transport: tcp` or `doh`'));
  }
  if (password.value !== undefined && at(vantage, 'proxy', 'username').value === undefined)
    problems.push(problemAt(password, 'a password without a name', 'add `username`'));
  return problems;
}

/** Probes are asked for by their country. */
function checkBorrowed(vantage: Cursor): Problem[] {
  const country = at(vantage, 'countryCode');
  if (country.value !== 'ZZ') return [];
  return [problemAt(country, 'a `globalping` vantage without a country', 'write e.g. `RU`')];
}

/** What Globalping is to fetch has to be there. */
function checkGlobalping(
  main: Cursor,
  vantages: readonly Cursor[],
  rows: readonly Cursor[],
): Problem[] {
  const globalping = at(main, 'globalping');
  const first = vantages.find((vantage) => textAt(vantage, 'kind') === 'globalping');
  if (globalping.value === undefined) {
    if (first === undefined) return [];
    const remedy =
      'add a `globalping` section as in the default configuration, or remove the vantage';
    return [problemAt(first, 'a `globalping` vantage without a `globalping` section', remedy)];
  }
  const kinds = new Map(rows.map((row) => [textAt(row, 'id'), textAt(row, 'kind')]));
  return [...each(at(globalping, 'targets')), at(globalping, 'baseline')].flatMap((cursor) => {
    if (typeof cursor.value !== 'string' || kinds.get(cursor.value) === 'https') return [];
    const what = kinds.has(cursor.value) ? 'is no `https` target' : 'is not listed anywhere';
    return [problemAt(cursor, `\`${cursor.value}\` ${what}`, 'write the id of an `https` target')];
  });
}

/** The deep pass names its resolvers as a vantage does, and all of them are everybody's. */
function checkDeep(main: Cursor): Problem[] {
  return each(at(main, 'deep', 'publicResolvers')).flatMap((resolver) => {
    const problems = checkResolver(resolver);
    const kind = at(resolver, 'resolver');
    if (kind.value !== 'public') {
      problems.push(
        problemAt(
          kind.value === undefined ? resolver : kind,
          'a resolver of the deep pass that is not `public`',
          'write `resolver: public`',
        ),
      );
    }
    return problems;
  });
}

function checkResolver(resolver: Cursor): Problem[] {
  const isDoh = textAt(resolver, 'transport') === 'doh';
  const url = at(resolver, 'url');
  if (isDoh && url.value === undefined) {
    const problem = 'a `doh` resolver without `url`';
    const remedy = 'add its address, e.g. `url: https://dns.google/dns-query`';
    return [problemAt(resolver, problem, remedy)];
  }
  if (isDoh || url.value === undefined) return [];
  return [problemAt(url, 'only `doh` resolvers have a `url`', 'remove it')];
}

function checkBaseline(baseline: Cursor): Problem[] {
  const id = textAt(baseline, 'id');
  if (id === undefined || /^baseline\.[^.]+$/.test(id)) return [];
  return [
    problemAt(
      at(baseline, 'id'),
      `\`${id}\` is not the id of a baseline`,
      'write `baseline.<name>`',
    ),
  ];
}

function checkService(service: Cursor): Problem[] {
  const problems: Problem[] = [];
  const serviceId = textAt(service, 'id') ?? '';
  if (serviceId === 'baseline') {
    problems.push(
      problemAt(at(service, 'id'), '`baseline` is kept for neutral hosts', 'write another id'),
    );
  }
  const targets = each(at(service, 'targets'));
  for (const target of targets) {
    const id = textAt(target, 'id');
    const functionId = FUNCTION_IDS.find((known) => known === textAt(target, 'function'));
    if (id === undefined || functionId === undefined || serviceId === '') continue;
    const prefix = `${serviceId}.${functionId}.`;
    if (!id.startsWith(prefix) || id.slice(prefix.length).includes('.')) {
      problems.push(
        problemAt(
          at(target, 'id'),
          `\`${id}\` does not say service and function`,
          `write \`${prefix}<name>\``,
        ),
      );
    }
  }
  for (const required of each(at(service, 'requiredFunctions'))) {
    const isMeasured = targets.some((target) => textAt(target, 'function') === required.value);
    if (isMeasured || typeof required.value !== 'string') continue;
    problems.push(
      problemAt(
        required,
        `the required function \`${required.value}\` has no target`,
        'add a target of this function or remove it from requiredFunctions',
      ),
    );
  }
  return problems;
}

function checkTarget(target: Cursor): Problem[] {
  const kind = textAt(target, 'kind');
  if (kind !== 'tcp' && kind !== 'stun') return [];
  const what = { path: 'a path', largePath: 'a path', isFollowingRedirects: 'redirects' };
  return Object.entries(what).flatMap(([key, words]) => {
    const field = at(target, key);
    if (field.value === undefined) return [];
    const problem = `only \`https\` and \`http\` targets have ${words}, this one is \`${kind}\``;
    return [problemAt(field, problem, 'remove it')];
  });
}

function checkFingerprint(fingerprint: Cursor): Problem[] {
  if (textAt(fingerprint, 'kind') !== 'dns') return [];
  const pattern = textAt(fingerprint, 'pattern');
  const problems: Problem[] = [];
  if (pattern !== undefined && isIP(pattern) === 0) {
    problems.push(
      problemAt(
        at(fingerprint, 'pattern'),
        `\`${pattern}\` is not an IP address`,
        'write the address that resolvers give',
      ),
    );
  }
  const match = textAt(fingerprint, 'match');
  if (match !== undefined && match !== 'full') {
    problems.push(
      problemAt(at(fingerprint, 'match'), 'addresses can only be compared whole', 'write `full`'),
    );
  }
  return problems;
}
