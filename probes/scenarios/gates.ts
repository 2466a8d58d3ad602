/** What listens at the addresses of a world: origins behind their gates, strangers, and proxies. */
import net from 'node:net';
import type { IssuedCertificate } from '../lab/certificates.ts';
import { type LabServer, LOOPBACK_ADDRESS, listenTcp } from '../lab/lab-server.ts';
import { guardConnection } from '../lab/middlebox.ts';
import type { PageBehaviour } from '../lab/page-behaviour.ts';
import { guardRequest } from '../lab/plain-middlebox.ts';
import { createOrigin, type Site, startPlainServer } from '../lab/tls-server.ts';
import type { Chooser } from './chooser.ts';
import { LARGE_BYTES, LARGE_PATH } from './hosts.ts';
import type { Origin, Place, Scenario, Stranger } from './scenario.ts';
import type { Stage } from './stage.ts';

export const HTTPS_PORT = 443;
const HTTP_PORT = 80;
/** Large services begin with short TLS records, so that a slow reader sees something soon. */
const RECORD_BYTES = 4_096;
/** Pages are longer than the notices that come in their place, as in life. */
const PAGE_BYTES = 3_000;

/** A network under construction: what it is made of and where everything listens. */
export type Building = {
  readonly scenario: Scenario;
  readonly place: Place;
  readonly stage: Stage;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly choose: Chooser;
  /** Loopback ports by logical endpoint, e.g. `157.240.1.35:443`, with `/udp` for datagrams. */
  readonly ports: Map<string, number>;
  /** Remembers a server, so that it is closed with the world. */
  readonly keep: <T extends LabServer>(server: T) => T;
};

/** A proxy or gate that has nowhere to go on to closes the connection. */
export function refuse(): net.Socket {
  return new net.Socket().destroy();
}

/** Opens every port of one address at which hosts live. */
export async function openHost(
  address: string,
  hosts: readonly string[],
  building: Building,
): Promise<void> {
  const { origins, choose, keep, ports } = building;
  const isClosed = (port: number): boolean =>
    hosts.every((host) => origins.get(host)?.closedPorts?.includes(port));
  const first = hosts[0] ?? '';
  const siteOf = (name: string | undefined): Site => {
    const host = name !== undefined && hosts.includes(name) ? name : first;
    return {
      certificate: certificateFor(host, building),
      behaviourOf: pagesOf(host, building),
    };
  };
  const secure = createOrigin(siteOf);
  secure.on('secureConnection', (socket) => socket.setMaxSendFragment(RECORD_BYTES));
  const gate = net.createServer((client) =>
    guardConnection(client, {
      choose: (name) => choose.tls(name, address),
      openUpstream: () => net.connect(inner.port, LOOPBACK_ADDRESS),
      accept: (socket) => void secure.emit('connection', socket),
    }),
  );
  const inner = keep(await listenTcp(secure));
  if (!isClosed(HTTPS_PORT))
    ports.set(`${address}:${HTTPS_PORT}`, keep(await listenTcp(gate)).port);
  if (!isClosed(HTTP_PORT)) {
    const page = keep(
      await startPlainServer((host, path) =>
        pagesOf(hosts.includes(host) ? host : first, building)(path),
      ),
    );
    const openUpstream = (): net.Socket => net.connect(page.port, LOOPBACK_ADDRESS);
    const plain = net.createServer((client) =>
      guardRequest(client, { choose: choose.plain, openUpstream }),
    );
    ports.set(`${address}:${HTTP_PORT}`, keep(await listenTcp(plain)).port);
  }
  for (const { port, kind, host } of building.scenario.service.targets)
    if (kind === 'tcp' && port !== HTTPS_PORT && hosts.includes(host) && !isClosed(port))
      ports.set(`${address}:${port}`, keep(await listenTcp(net.createServer())).port);
}

function certificateFor(host: string, { origins, place, stage }: Building): IssuedCertificate {
  if (place.clockSkewDays) return stage.agedCertificateOf(host, place.clockSkewDays);
  return stage.certificateOf(origins.get(host)?.certificate ?? 'good', host);
}

function pagesOf(host: string, { origins, place }: Building): (path: string) => PageBehaviour {
  const pages = origins.get(host)?.pages ?? {};
  return (path) =>
    place.pages?.[host] ??
    pages[path] ??
    (path === LARGE_PATH
      ? { kind: 'big', bytes: LARGE_BYTES }
      : (pages['/'] ?? { kind: 'page', title: `${host} (simulated)`, fillerBytes: PAGE_BYTES }));
}

/** Opens what listens at an address of nobody's. */
export async function openStranger(
  address: string,
  stranger: Stranger,
  building: Building,
): Promise<void> {
  const { choose, keep, ports, stage } = building;
  if (stranger.isProxy) return openProxy(address, building);
  const { certificate, page = { kind: 'block_page' } } = stranger;
  if (certificate) {
    const secure = createOrigin((name) => ({
      certificate: stage.certificateOf(certificate, name ?? ''),
      behaviourOf: () => page,
    }));
    const gate = net.createServer((client) =>
      guardConnection(client, {
        choose: (name) => choose.tls(name, address),
        openUpstream: refuse,
        accept: (socket) => void secure.emit('connection', socket),
      }),
    );
    ports.set(`${address}:${HTTPS_PORT}`, keep(await listenTcp(gate)).port);
  }
  if (stranger.page)
    ports.set(`${address}:${HTTP_PORT}`, keep(await startPlainServer(() => page)).port);
}

/** A proxy reads the name that is asked for and carries the connection to where that name really lives. */
async function openProxy(
  address: string,
  { origins, choose, keep, ports }: Building,
): Promise<void> {
  const dial = (name: string | undefined, port: number): net.Socket => {
    const home = ports.get(`${origins.get(name ?? '')?.addresses[0]}:${port}`);
    return home === undefined ? refuse() : net.connect(home, LOOPBACK_ADDRESS);
  };
  const secure = net.createServer((client) => {
    let asked: string | undefined;
    guardConnection(client, {
      choose: (name) => {
        asked = name;
        return choose.tls(name, address);
      },
      openUpstream: () => dial(asked, HTTPS_PORT),
    });
  });
  const plain = net.createServer((client) =>
    guardRequest(client, { choose: choose.plain, openUpstream: (host) => dial(host, HTTP_PORT) }),
  );
  ports.set(`${address}:${HTTPS_PORT}`, keep(await listenTcp(secure)).port);
  ports.set(`${address}:${HTTP_PORT}`, keep(await listenTcp(plain)).port);
}
