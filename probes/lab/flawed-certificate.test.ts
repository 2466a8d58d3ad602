import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { createTrust } from '../network/trust.ts';
import { probeTls } from '../operations/tls.ts';
import { createAuthority } from './certificates.ts';
import { CERTIFICATE_FLAWS, type CertificateFlaw, issueFlawed } from './flawed-certificate.ts';
import { createLabNetwork, routeTable } from './lab-network.ts';
import { startTcpFaults } from './tcp-faults.ts';
import { startOriginServer } from './tls-server.ts';

const NAME = 'www.instagram.com';

const codes: Readonly<Record<CertificateFlaw, string>> = {
  good: 'ok',
  expired: 'ssl_invalid_certificate',
  not_yet_valid: 'ssl_invalid_certificate',
  wrong_name: 'ssl_invalid_hostname',
  self_signed: 'ssl_unknown_authority',
  untrusted_root: 'ssl_unknown_authority',
};

for (const flaw of CERTIFICATE_FLAWS)
  test(`${flaw} → ${codes[flaw]}`, async (t) => {
    const authority = createAuthority({ name: 'Lab Root' });
    const certificate = issueFlawed(flaw, [NAME], authority);
    const site = { certificate, behaviourOf: () => ({ kind: 'page', title: NAME }) as const };
    const [server, faults] = await Promise.all([startOriginServer(() => site), startTcpFaults()]);
    t.after(() => Promise.all([server.close(), faults.close()]));
    const network = createLabNetwork({
      routeOf: routeTable({}),
      faults,
      resolvers: [],
      trust: createTrust({ roots: [authority.certificatePem] }),
    });
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const input = { address: '157.240.1.35', port: 443, serverName: NAME } as const;
    const { outcome, ...sockets } = await probeTls(
      { ...input, clientHello: 'default' },
      { network, socket, clock: systemClock, signal: t.signal, budgetMs: 5_000 },
    );
    (sockets.socket ?? sockets.unverified)?.destroy();
    assert.equal(outcome.kind === 'ok' ? 'ok' : outcome.failure.code, codes[flaw]);
  });
