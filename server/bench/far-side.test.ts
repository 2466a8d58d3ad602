import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createSiteChain } from './chain.ts';
import { DELAY_MS, SITE_HOST, startFarSide } from './far-side.ts';
import { createBareVisit, createFarNetwork, createVisit } from './visits.ts';

test('the chain has the shape of a big site’s: a P-256 leaf of about 2 KB under an RSA issuer', () => {
  const { chainPem, rootPem } = createSiteChain(SITE_HOST);
  const [leaf, issuer, ...rest] = chainPem
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .map((pem) => new X509Certificate(pem));
  const root = new X509Certificate(rootPem);
  assert.ok(leaf && issuer && rest.length === 0);
  assert.equal(leaf.publicKey.asymmetricKeyType, 'ec');
  assert.equal(issuer.publicKey.asymmetricKeyType, 'rsa');
  assert.ok(leaf.verify(issuer.publicKey) && issuer.verify(root.publicKey));
  assert.equal(leaf.checkHost(SITE_HOST), SITE_HOST);
  assert.ok(leaf.raw.length > 1_300 && leaf.raw.length < 2_600, `${leaf.raw.length} bytes`);
});

test('both visits reach the far side, and its delay stands in both times', async () => {
  using farSide = await startFarSide();
  for (const visit of [
    createVisit(createFarNetwork(farSide, farSide.delayedPort), 0),
    createBareVisit(farSide, farSide.delayedPort),
  ]) {
    const { tcp, tls } = await visit();
    assert.ok(tcp < DELAY_MS, `connected after ${tcp} ms`);
    assert.ok(tls >= DELAY_MS, `shook hands in ${tls} ms`);
  }
});
