import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { createTrust } from '../network/trust.ts';
import { probeDns } from '../operations/dns.ts';
import { createAuthority } from './certificates.ts';
import type { DnsAnswer } from './dns-server.ts';
import { createDohServer } from './doh-server.ts';
import { createLabNetwork, routeTable } from './lab-network.ts';
import { listenTcp } from './lab-server.ts';
import { startTcpFaults } from './tcp-faults.ts';

const ENDPOINT = {
  transport: 'doh',
  resolver: 'public',
  address: '8.8.8.8',
  port: 443,
  url: 'https://dns.google/dns-query',
} as const;

const rows: readonly { answer: DnsAnswer; end: string }[] = [
  { answer: { kind: 'addresses', addresses: ['157.240.1.35'] }, end: '157.240.1.35' },
  { answer: { kind: 'nxdomain' }, end: 'dns_nxdomain_error' },
  { answer: { kind: 'hang' }, end: 'generic_timeout_error' },
];

for (const { answer, end } of rows)
  test(`over HTTPS: ${answer.kind} → ${end}`, async (t) => {
    const authority = createAuthority({ name: 'Lab Root' });
    const doh = createDohServer(authority.issue({ names: ['dns.google'] }), () => answer);
    const [gate, faults] = await Promise.all([
      listenTcp(net.createServer(doh.accept)),
      startTcpFaults(),
    ]);
    t.after(() => Promise.all([gate.close(), faults.close()]));
    const network = createLabNetwork({
      routeOf: routeTable({ '8.8.8.8:443': gate.port }),
      faults,
      resolvers: [],
      trust: createTrust({ roots: [authority.certificatePem] }),
    });
    const input = {
      host: 'www.instagram.com',
      recordType: 'A',
      transport: 'doh',
      resolver: 'public',
    } as const;
    const outcome = await probeDns(input, {
      network,
      endpoint: ENDPOINT,
      clock: systemClock,
      signal: t.signal,
      budgetMs: end === 'generic_timeout_error' ? 300 : 5_000,
      lateRepliesMs: 0,
    });
    const got = outcome.kind === 'ok' ? outcome.value.addresses.join() : outcome.failure.code;
    assert.equal(got, end);
  });
