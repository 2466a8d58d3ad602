import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import packet from 'dns-packet';
import type { BaselineTarget, Service, ServiceTarget } from '../types.ts';
import { createRegion, type Region } from './region.ts';
import { METHODS, type Method, type Story } from './restrictions.ts';

/** How long a test that expects silence listens. */
const SILENCE_MS = 250;
/** How long the others wait, on a busy machine too. */
const PATIENCE_MS = 10_000;
const START_MS = Date.UTC(2022, 2, 1);
const RESTRICTED_MS = START_MS + 1000;
const OUTAGE_MS = START_MS + 2000;
const DOWN_MS = START_MS + 3000;
const VANTAGE = 'ru-volga-fixed';
const FREE_VANTAGE = 'pl-vistula-fixed';

const target = (id: string, kind: ServiceTarget['kind'], port: number): ServiceTarget => ({
  id: `${id}.media.one`,
  function: 'media',
  kind,
  host: `${id}.example`,
  port,
  path: '/',
});
const serviceOf = (method: Method): Service => {
  const id = method.replaceAll('_', '-');
  const kind = METHODS[method].layer === 'udp' ? 'stun' : 'https';
  const port = kind === 'stun' ? 3478 : 443;
  return { id, name: id, requiredFunctions: ['media'], targets: [target(id, kind, port)] };
};
const methods = Object.keys(METHODS) as Method[];
const services = methods.map(serviceOf);
const baselines: readonly BaselineTarget[] = [
  {
    id: 'baseline.a',
    kind: 'https',
    host: 'neutral.example',
    port: 443,
    path: '/',
    scope: 'foreign',
  },
];
const story: Story = {
  impositions: methods.map((method) => ({
    networkId: VANTAGE,
    serviceId: serviceOf(method).id,
    functions: 'all',
    method,
    fromMs: RESTRICTED_MS,
    untilMs: OUTAGE_MS,
  })),
  disturbances: [
    { kind: 'outage', networkId: VANTAGE, fromMs: OUTAGE_MS, untilMs: DOWN_MS },
    ...services.map(
      ({ id }) =>
        ({ kind: 'origin_down', serviceId: id, fromMs: DOWN_MS, untilMs: DOWN_MS + 1000 }) as const,
    ),
  ],
};

let region: Region;
before(async () => {
  region = await createRegion({ services, baselines, story, startMs: START_MS });
});
after(() => region.close());

async function resolveName(
  vantageId: string,
  name: string,
  patienceMs = PATIENCE_MS,
): Promise<string[] | string> {
  const network = region.networkOf(vantageId);
  const [resolver] = network.resolvers;
  assert.ok(resolver);
  const path = network.openUdp(resolver.address, resolver.port);
  try {
    path.socket.send(
      packet.encode({ type: 'query', id: 7, questions: [{ type: 'A', name }] }),
      path.port,
      path.address,
    );
    const signal = AbortSignal.timeout(patienceMs);
    const [reply] = (await once(path.socket, 'message', { signal })) as [Buffer];
    const { answers = [], ...rest } = packet.decode(reply);
    const addresses = answers.flatMap((one) => (one.type === 'A' ? [one.data] : []));
    return addresses.length > 0 ? addresses : String(Reflect.get(rest, 'rcode'));
  } catch {
    return 'silence';
  } finally {
    path.socket.close();
  }
}

async function askStun(vantageId: string, address: string, patienceMs: number): Promise<string> {
  const path = region.networkOf(vantageId).openUdp(address, 3478);
  path.socket.send(
    Buffer.from('000100002112a442000102030405060708090a0b', 'hex'),
    path.port,
    path.address,
  );
  const signal = AbortSignal.timeout(patienceMs);
  const end = await once(path.socket, 'message', { signal }).then(
    () => 'answer',
    () => 'silence',
  );
  path.socket.close();
  return end;
}

/** Visits a target like a probe does and tells in a word how far it came. */
async function visit(
  vantageId: string,
  { host, kind, port }: Pick<ServiceTarget, 'host' | 'kind' | 'port'>,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const addresses = await resolveName(vantageId, host, patienceMs);
  const address = addresses[0];
  if (typeof addresses === 'string' || address === undefined) return `dns ${String(addresses)}`;
  if (kind === 'stun') return askStun(vantageId, address, patienceMs);
  if (address === '10.10.34.35') return `dns ${address}`;
  const network = region.networkOf(vantageId);
  const raw = await network
    .connect(address, port, AbortSignal.timeout(patienceMs))
    .catch((error: NodeJS.ErrnoException) => error);
  if (raw instanceof Error)
    return `tcp ${address} ${raw.name === 'TimeoutError' ? 'silence' : raw.code}`;
  const socket = tls.connect({
    socket: raw,
    servername: host,
    secureContext: network.secureContext,
  });
  let text = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.once('secureConnect', () =>
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
  );
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.once('end', () => text && resolve('page'));
  socket.once('error', (error: NodeJS.ErrnoException) =>
    resolve(`tls ${error.syscall === 'read' ? 'RST' : error.code}`),
  );
  socket.setTimeout(patienceMs, () => resolve(text ? 'frozen page' : 'tls silence'));
  const end = await promise;
  socket.destroy();
  return end;
}

const RESTRICTED_ENDS: Readonly<Record<Method, RegExp>> = {
  dns_nxdomain: /^dns NXDOMAIN$/,
  dns_stub: /^tcp 95\.167\.13\.50 ECONNREFUSED$/,
  dns_bogon: /^dns 10\.10\.34\.35$/,
  ip_drop: /^tcp 157\.240\.\S+ silence$/,
  ip_reset: /^t(cp|ls).* (ECONNRESET|RST)$/,
  udp_drop: /^silence$/,
  tls_reset: /^tls RST$/,
  tls_fin: /^tls ECONNRESET$/,
  tls_alert: /^tls ERR_SSL_SSL\/TLS_ALERT_HANDSHAKE_FAILURE$/,
  tls_silence: /^tls silence$/,
  freeze: /^frozen page$/,
};

for (const method of methods) {
  const [only] = serviceOf(method).targets;
  assert.ok(only);
  const good = only.kind === 'stun' ? 'answer' : 'page';
  test(`${method}: free before, restricted then, and free elsewhere`, async () => {
    region.setTime(START_MS);
    assert.equal(await visit(VANTAGE, only), good);
    region.setTime(RESTRICTED_MS);
    const end = RESTRICTED_ENDS[method];
    const patienceMs = /silence|frozen/.test(end.source) ? SILENCE_MS : PATIENCE_MS;
    assert.match(await visit(VANTAGE, only, patienceMs), end);
    assert.equal(await visit(FREE_VANTAGE, only), good);
    assert.equal(
      await visit(VANTAGE, { host: 'neutral.example', kind: 'https', port: 443 }),
      'page',
    );
  });
}

test('an outage silences everything on one network', async () => {
  region.setTime(OUTAGE_MS);
  const neutral = { host: 'neutral.example', kind: 'https', port: 443 } as const;
  assert.equal(await visit(VANTAGE, neutral, SILENCE_MS), 'dns silence');
  assert.equal(await visit(FREE_VANTAGE, neutral), 'page');
});

test('an origin that is down is so for the control too', async () => {
  region.setTime(DOWN_MS);
  const down = { host: 'tls-reset.example', kind: 'https', port: 443 } as const;
  for (const vantageId of [VANTAGE, FREE_VANTAGE, 'de-rhine-control'])
    assert.match(await visit(vantageId, down), /^tcp .* ECONNREFUSED$/);
});

test('unknown names, addresses and vantages are answered as such', async () => {
  region.setTime(START_MS);
  assert.equal(await resolveName(VANTAGE, 'nowhere.example'), 'NXDOMAIN');
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await assert.rejects(region.networkOf(VANTAGE).connect('9.9.9.9', 443, signal), {
    code: 'ECONNREFUSED',
  });
  assert.throws(() => region.networkOf('zz-none'), /no vantage/);
});

test('the retry finds a second address, and every network has an address of its own to hide', async () => {
  region.setTime(START_MS);
  const addresses = await resolveName(VANTAGE, 'tls-reset.example');
  assert.equal(addresses.length, 2);
  const own = region.vantages.flatMap(({ id }) => region.networkOf(id).ownAddresses);
  assert.equal(new Set(own).size, region.vantages.length);
});
