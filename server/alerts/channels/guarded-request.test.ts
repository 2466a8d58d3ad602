/** The guard against hostile addresses: real sockets on loopback, and a resolver that answers what a row says. */
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../../probes/clock.ts';
import { createAuthority, type IssuedCertificate } from '../../../probes/lab/certificates.ts';
import { dial } from '../../../probes/network/direct.ts';
import { createGuardedRequest, type GuardDeps, readTargetUrl } from './guarded-request.ts';
import { isPublicAddress } from './public-address.ts';

const STRICT = { allowPrivateTargets: false, allowPlainHttp: false };
const PLAIN = { allowPrivateTargets: false, allowPlainHttp: true };
const OPEN = { allowPrivateTargets: true, allowPlainHttp: true };
const never = new AbortController().signal;

/** Spellings of this machine, of networks behind it, and of where clouds keep their secrets. */
const INWARD = [
  '127.0.0.1',
  '127.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '0177.0.0.01',
  '127.0.0.1.',
  '１２７.0.0.1',
  '0',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[2002:7f00:1::]',
  '[2002:808:808::]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::7f00:1]',
  '[2001:0:7f00:1::1]',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
  '168.63.129.16',
  '100.100.100.200',
  '10.0.0.1',
  '172.16.5.4',
  '192.168.1.1',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '[fe80::1]',
  '[fc00::1]',
  '[ff02::1]',
];

test('addresses that are public, and forms of them that are', () => {
  for (const address of ['93.184.216.34', '2a03:2880:f10c:83:face:b00c:0:25de', '64:ff9b::808:808'])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of ['', 'example.org', '64:ff9b::', '64:ff9b::10.0.0.1', '2001::1'])
    assert.equal(isPublicAddress(address), false, address);
});

for (const host of INWARD) {
  test(`nothing is sent to ${host}, whether checked or only sent`, async () => {
    const address = `https://${host}/hook`;
    assert.ok('problem' in readTargetUrl(address, STRICT), 'taken as a target');
    const dialled: string[] = [];
    const answer = await ask(address, {
      policy: STRICT,
      dial: async (to, port, signal) => {
        dialled.push(to);
        return dial(to, port, signal);
      },
    });
    assert.deepEqual(answer, { kind: 'refused', reason: 'address_not_public' });
    assert.deepEqual(dialled, []);
  });
}

const FORMS: readonly (readonly [address: string, part: RegExp])[] = [
  ['http://example.org/', /must start with https/],
  ['ftp://example.org/', /must start with https/],
  ['javascript:alert(1)', /must start with https/],
  ['//example.org', /not a web address/],
  ['', /not a web address/],
  [`https://example.org/${'a'.repeat(2_000)}`, /not a web address/],
  ['https://me:secret@example.org/', /name or password/],
  ['https://example.org:25/', /port/],
  ['https://example.org:80/', /port/],
];
for (const [address, part] of FORMS) {
  test(`as a target ${address.slice(0, 40)} is turned away`, () => {
    const read = readTargetUrl(address, STRICT);
    assert.match('problem' in read ? read.problem.detail : 'taken', part);
  });
}

test('a good address is written one way', () => {
  const read = readTargetUrl('HTTPS://Example.ORG:443/Hook?a=1#part', STRICT);
  assert.equal('url' in read && read.url.href, 'https://example.org/Hook?a=1');
});

const ask = (address: string, deps: Partial<GuardDeps>) =>
  createGuardedRequest({ policy: OPEN, clock: systemClock, deadlineMs: 3_000, ...deps })(
    { method: 'POST', url: new URL(address), headers: {}, body: 'hello' },
    never,
  );

suite('against servers', () => {
  const authority = createAuthority({ name: 'A root' });
  const seen: string[] = [];
  let isBodyClosed = Promise.withResolvers<number>();
  const answer: http.RequestListener = (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (request.url === '/redirect')
      response.writeHead(307, { location: `http://127.0.0.1:${portOf(plain)}/inside` }).end();
    else if (request.url === '/drip') {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    } else if (request.url === '/flood') flood(response, (bytes) => isBodyClosed.resolve(bytes));
    else if (request.url === '/hang') return;
    else request.pipe(response.writeHead(200, { 'x-name': 'value' }));
  };
  const plain = http.createServer(answer);
  const secured = https.createServer(pair(authority.issue({ names: ['hook.example'] })), answer);

  before(async () => {
    for (const server of [plain, secured])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    for (const server of [plain, secured]) {
      server.closeAllConnections();
      server.close();
    }
  });
  const at = (path: string, server: http.Server = plain) =>
    `${server === plain ? 'http://127.0.0.1' : 'https://hook.example'}:${portOf(server)}${path}`;

  test('what was asked for arrives, and the answer comes back', async () => {
    const got = await ask(at('/echo'), {});
    assert.ok(got.kind === 'answered');
    assert.deepEqual([got.statusCode, got.text, got.headers['x-name']], [200, 'hello', 'value']);
  });

  const secureRows = [
    ['a name of its certificate', 'hook.example', authority.certificatePem, 'answered'],
    ['that name with its root', 'hook.example.', authority.certificatePem, 'answered'],
    ['another name', 'other.example', authority.certificatePem, 'err_tls_cert_altname_invalid'],
    [
      'no name but an address',
      '127.0.0.1',
      authority.certificatePem,
      'err_tls_cert_altname_invalid',
    ],
    ['an unknown root', 'hook.example', undefined, 'self_signed_cert_in_chain'],
  ] as const;
  for (const [what, host, root, outcome] of secureRows) {
    test(`TLS with ${what}: ${outcome}`, async () => {
      const got = await ask(`https://${host}:${portOf(secured)}/echo`, {
        resolve: async () => ['127.0.0.1'],
        ...(root === undefined ? {} : { roots: [root] }),
      });
      assert.equal(got.kind === 'failed' ? got.reason : got.kind, outcome);
    });
  }

  test('a name with one private address among public ones is refused before anything is dialled', async () => {
    const dialled: string[] = [];
    const got = await ask(at('/echo').replace('127.0.0.1', 'hook.example'), {
      policy: PLAIN,
      resolve: async () => ['93.184.216.34', '127.0.0.1'],
      dial: async (address) => {
        dialled.push(address);
        throw new Error('not to be dialled');
      },
    });
    assert.deepEqual(got, { kind: 'refused', reason: 'address_not_public' });
    assert.deepEqual(dialled, []);
  });

  test('a name whose address changes is resolved once, and what was checked is dialled', async () => {
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const dialled: string[] = [];
    await ask(at('/echo').replace('127.0.0.1', 'hook.example'), {
      policy: PLAIN,
      resolve: async () => answers.shift() ?? [],
      dial: async (address) => {
        dialled.push(address);
        throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
      },
    });
    assert.deepEqual([dialled, answers.length], [['93.184.216.34'], 1]);
  });

  test('a connection that ends up on this machine after all is cut before a byte is sent', async () => {
    const before = seen.length;
    const got = await ask(at('/echo').replace('127.0.0.1', 'hook.example'), {
      policy: PLAIN,
      resolve: async () => ['93.184.216.34'],
      dial: (_address, port, signal) => dial('127.0.0.1', port, signal),
    });
    assert.deepEqual(got, { kind: 'refused', reason: 'address_not_public' });
    assert.equal(seen.length, before);
  });

  test('the next address is tried when one does not answer', async () => {
    const got = await ask(at('/echo').replace('127.0.0.1', 'hook.example'), {
      resolve: async () => ['::1', '127.0.0.1'],
    });
    assert.equal(got.kind, 'answered');
  });

  test('a redirect is an answer and not followed', async () => {
    const got = await ask(at('/redirect'), {});
    assert.equal(got.kind === 'answered' && got.statusCode, 307);
    assert.ok(!seen.some((line) => line.endsWith('/inside')));
  });

  test('of an endless body 64 KB are read, then the connection is cut', async () => {
    isBodyClosed = Promise.withResolvers();
    const got = await ask(at('/flood'), {});
    assert.equal(got.kind === 'answered' && got.text.length, 64 * 1024);
    assert.ok((await isBodyClosed.promise) < 64 * 1024 * 1024);
  });

  for (const path of ['/drip', '/hang']) {
    test(`one deadline ends ${path}`, async () => {
      const startedMs = performance.now();
      const got = await ask(at(path), { deadlineMs: 300 });
      assert.deepEqual(got, { kind: 'failed', reason: 'timeout' });
      assert.ok(performance.now() - startedMs < 2_500);
    });
  }

  test('a resolver that never answers is ended by the deadline too', async () => {
    const got = await ask('https://hook.example/', {
      deadlineMs: 100,
      resolve: () => new Promise(() => undefined),
    });
    assert.deepEqual(got, { kind: 'failed', reason: 'timeout' });
  });

  test('whoever asked can end it', async () => {
    const controller = new AbortController();
    const request = createGuardedRequest({ policy: OPEN, clock: systemClock });
    const wanted = { method: 'POST' as const, url: new URL(at('/hang')), headers: {}, body: '' };
    const pending = request(wanted, controller.signal);
    controller.abort();
    assert.deepEqual(await pending, { kind: 'failed', reason: 'interrupted' });
  });

  test('what networks do has a code, and no address in it', async () => {
    const free = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => free.once('listening', resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    const refused = await ask(`http://127.0.0.1:${port}/`, {});
    assert.deepEqual(refused, { kind: 'failed', reason: 'econnrefused' });
    const unknown = await ask('http://hook.example/', {
      resolve: () =>
        Promise.reject(Object.assign(new Error('hook.example'), { code: 'ENOTFOUND' })),
    });
    assert.deepEqual(unknown, { kind: 'failed', reason: 'enotfound' });
  });
});

function portOf(server: net.Server): number {
  return (server.address() as AddressInfo).port;
}

function pair(issued: IssuedCertificate) {
  return { cert: issued.certificatePem, key: issued.keyPem };
}

/** Writes up to a gigabyte, as fast as it is taken; tells how much that was. */
function flood(response: http.ServerResponse, onClose: (bytes: number) => void): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let bytes = 0;
  const push = (): void => {
    while (bytes < 1024 ** 3 && !response.destroyed) {
      bytes += chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', push).on('close', () => onClose(bytes));
  push();
}
