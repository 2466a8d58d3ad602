/**
 * What tells who and where an agent is stays with it. Everything that does is a marker here, and a page and a resolver
 * echo the addresses in many spellings: none of the markers may be in the spool, in what is sent, or in the log.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { decompressJson, readShippedDictionary } from '../db/evidence.ts';
import { openSpool } from '../db/spool.ts';
import { decodeBatch } from '../probes/agent/batch.ts';
import type { Plan } from '../probes/agent/plan.ts';
import { listSensitiveAddresses } from '../probes/agent/sensitive-addresses.ts';
import { createUplink } from '../probes/agent/uplink.ts';
import { systemClock } from '../probes/clock.ts';
import { createAuthority } from '../probes/lab/certificates.ts';
import { startDnsServer } from '../probes/lab/dns-server.ts';
import { createLabNetwork } from '../probes/lab/lab-network.ts';
import { startSocksProxy } from '../probes/lab/socks5-server.ts';
import { startTcpFaults } from '../probes/lab/tcp-faults.ts';
import { startOriginServer, startPlainServer } from '../probes/lab/tls-server.ts';
import { createTrust } from '../probes/network/trust.ts';
import { startAgent } from './agent-process.ts';
import { createProxyDial, readProxy } from './agent-proxy.ts';
import { startProtocolServer } from './testing/protocol-server.ts';

const PUBLIC_ADDRESS = '93.184.216.77';
const OWN_IPV6 = '2a02:6b8:77:1::feed:77';
const RESOLVER = '62.76.7.53';
const PROXY_USER = 'marker-proxy-user';
const PROXY_PASSWORD = 'marker-proxy-password';
const HOST_NAME = 'marker-host-name';
const OS_USER = 'marker-os-user';
const TARGET_ADDRESS = '157.240.1.35';
const NEUTRAL_ADDRESS = '93.184.215.14';

const hex = (address: string) =>
  address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
/** Every way in which one of the markers is echoed. */
const SPELLINGS = [PUBLIC_ADDRESS, RESOLVER].flatMap((address) => [
  address,
  address.split('.').toReversed().join('.'),
  address.replaceAll('.', '-'),
  hex(address).join(''),
  hex(address).join('').toUpperCase(),
  hex(address).toReversed().join(''),
  String(hex(address).reduce((sum, octet) => sum * 256 + Number.parseInt(octet, 16), 0)),
]);
const IPV6_SPELLINGS = [
  OWN_IPV6,
  '2a02:06b8:0077:0001:0000:0000:feed:0077',
  '2a0206b80077000100000000feed0077',
];
const MARKERS = [...SPELLINGS, ...IPV6_SPELLINGS, PROXY_USER, PROXY_PASSWORD, HOST_NAME, OS_USER];
/** Not a secret: shows that the page was kept at all. */
const KEPT = 'Access restricted, case 4711';

const PAGE = `<html><head><title>${KEPT} for ${PUBLIC_ADDRESS}</title></head><body>${KEPT}
${[...SPELLINGS, ...IPV6_SPELLINGS].join(' | ')}</body></html>`;

function makeConfig(): Config {
  const config = loadConfig({ file: 'config/reachline.yaml' });
  const [service] = config.services;
  const [target] = service?.targets ?? [];
  const [baseline] = config.baselines;
  assert.ok(service && target && baseline);
  const host = { host: 'www.facebook.com', path: '/' };
  return {
    ...config,
    schedule: { ...config.schedule, jitterSeconds: 0, startSpacingMs: 0 },
    budgets: {
      ...config.budgets,
      dnsMs: 500,
      lateRepliesMs: 10,
      tcpMs: 500,
      tlsMs: 500,
      httpMs: 500,
      confirmAfterMs: 0,
    },
    deep: { ...config.deep, publicResolvers: [], budgetMs: 2_000 },
    baselines: [{ ...baseline, kind: 'https', host: 'neutral.example', port: 443, path: '/' }],
    services: [
      {
        ...service,
        targets: [
          { ...target, ...host, id: 'facebook.web.plain', kind: 'http', port: 80 },
          { ...target, ...host, id: 'facebook.web.www', kind: 'https', port: 443 },
          {
            ...target,
            ...host,
            id: 'facebook.web.lie',
            kind: 'https',
            port: 443,
            host: 'm.facebook.com',
          },
        ],
      },
    ],
  };
}

/** Sites and resolvers on loopback that echo whatever they can. */
async function startEchoes() {
  const authority = createAuthority({ name: 'Lab Root' });
  const certificate = authority.issue({ names: ['www.facebook.com', 'neutral.example'] });
  const location = `https://${PUBLIC_ADDRESS.replaceAll('.', '-')}.portal.example/?ip=${hex(PUBLIC_ADDRESS).join('')}&v6=${encodeURIComponent(OWN_IPV6)}`;
  const origin = await startOriginServer(() => ({
    certificate,
    behaviourOf: () => ({ kind: 'redirect', location }),
  }));
  const plain = await startPlainServer(() => ({ kind: 'block_page', html: PAGE }));
  const dns = await startDnsServer(({ name }) => ({
    kind: 'addresses',
    addresses:
      name === 'm.facebook.com'
        ? [RESOLVER, PUBLIC_ADDRESS]
        : [name === 'neutral.example' ? NEUTRAL_ADDRESS : TARGET_ADDRESS],
  }));
  const faults = await startTcpFaults();
  const ports: Readonly<Record<string, number>> = {
    [`${TARGET_ADDRESS}:80`]: plain.port,
    [`${TARGET_ADDRESS}:443`]: origin.port,
    [`${NEUTRAL_ADDRESS}:443`]: origin.port,
    [`${RESOLVER}:53`]: dns.port,
  };
  const resolvers = [
    { transport: 'udp', resolver: 'network', address: RESOLVER, port: 53 },
  ] as const;
  const network = createLabNetwork({
    routeOf: (address, port) => {
      const open = ports[`${address}:${port}`];
      return open === undefined ? { kind: 'refuse' } : { kind: 'open', port: open };
    },
    faults,
    resolvers,
    trust: createTrust({ roots: [authority.certificatePem] }),
    ownAddresses: listSensitiveAddresses([PUBLIC_ADDRESS, OWN_IPV6], resolvers, []),
  });
  const toServer = createLabNetwork({
    routeOf: (_address, port) => ({ kind: 'open', port }),
    faults,
    resolvers: [],
    trust: createTrust(),
  });
  const proxy = await startSocksProxy({
    network: toServer,
    auth: { username: PROXY_USER, password: PROXY_PASSWORD },
  });
  const close = async (): Promise<void> => {
    await proxy[Symbol.asyncDispose]();
    await Promise.all([origin, plain, dns, faults].map((server) => server.close()));
  };
  return { network, proxy, close };
}

function assertClean(what: string, text: string): void {
  for (const marker of MARKERS)
    assert.ok(!text.toLowerCase().includes(marker.toLowerCase()), `${what} holds ${marker}`);
}

test('none of what names the machine or the place is kept, sent or logged', {
  timeout: 30_000,
}, async (t) => {
  const saved = { USER: process.env['USER'], HOSTNAME: process.env['HOSTNAME'] };
  Object.assign(process.env, { USER: OS_USER, HOSTNAME: HOST_NAME });
  const realNames = [os.hostname(), os.userInfo().username].filter((name) => name.length > 5);
  const folder = mkdtempSync(join(tmpdir(), 'reachline-canary-'));
  const own = makeConfig();
  const { privateKey } = generateKeyPairSync('ed25519');
  const identity = { instance: 'server-1', vantageId: 'ru-volga-fixed', privateKey };
  const server = await startProtocolServer({ ...identity, configHash: own.hash });
  const echoes = await startEchoes();
  const { schedule, budgets, deep, services, baselines, rules } = own;
  const { stall, clock } = rules;
  const facts = { vantageId: identity.vantageId, configHash: own.hash, serverNowMs: Date.now() };
  const plan: Plan = { ...facts, schedule, budgets, deep, services, baselines, stall, clock };
  const spool = openSpool({ file: join(folder, 'spool.db'), clock: systemClock });
  spool.claim(identity);
  spool.setPlan(JSON.stringify(plan));
  server.setMood('down');
  const proxy = readProxy(`socks5://${PROXY_USER}@127.0.0.1:${echoes.proxy.port}`, PROXY_PASSWORD);
  const logged: string[] = [];
  const offline = Promise.withResolvers<void>();
  const delivered = Promise.withResolvers<void>();
  const agent = startAgent({
    identity,
    uplink: createUplink({ server: server.url, dial: await createProxyDial(proxy) }),
    spool,
    own,
    clock: systemClock,
    random: () => 0,
    log(level, event, fields) {
      logged.push(`${level} ${event} ${JSON.stringify(fields)}`);
      if (event === 'offline') offline.resolve();
      if (event === 'delivered') delivered.resolve();
    },
    createNetwork: () => echoes.network,
  });
  t.after(async () => {
    await agent.stop();
    await server[Symbol.asyncDispose]();
    await echoes.close();
    rmSync(folder, { recursive: true, force: true });
    for (const [name, value] of Object.entries(saved))
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  });

  await offline.promise;
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    assertClean(name, bytes.toString('latin1'));
    for (const address of [PUBLIC_ADDRESS, RESOLVER])
      assert.ok(!bytes.includes(Buffer.from(hex(address).join(''), 'hex')), `${name} packed`);
  }
  server.setMood(undefined);
  await delivered.promise;

  const { content: dictionary } = readShippedDictionary();
  let kept = 0;
  for (const body of server.bodies) {
    const { measurements, certificates } = decodeBatch(body);
    for (const { evidence, ...head } of measurements) {
      const json = decompressJson(evidence, dictionary);
      assertClean('a head', JSON.stringify(head));
      assertClean('evidence', json);
      for (const name of realNames) assert.ok(!json.includes(name), 'a name of this machine');
      kept += json.split(KEPT).length - 1;
      assert.match(json, /\[scrubbed\]/);
      assert.ok(json.includes('portal.example'), 'the redirect was kept without its address');
    }
    for (const der of certificates.values())
      assertClean('a certificate', Buffer.from(der).toString('latin1'));
  }
  assert.ok(kept >= 2, 'the page itself was kept');
  assertClean('the log', logged.join('\n'));
});
