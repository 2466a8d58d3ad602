import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { createAuthority, createSelfSigned } from './certificates.ts';

const YEAR_MS = 365 * 86_400_000;

test('a leaf names its hosts, is signed by the authority and is valid over the virtual dates', () => {
  const authority = createAuthority({ name: 'Lab Root' });
  const issued = authority.issue({ names: ['www.facebook.com', '*.fbcdn.net'] });
  const leaf = new X509Certificate(issued.certificatePem);
  const root = new X509Certificate(authority.certificatePem);
  assert.equal(leaf.checkHost('www.facebook.com'), 'www.facebook.com');
  assert.equal(leaf.checkHost('static.fbcdn.net'), '*.fbcdn.net');
  assert.equal(leaf.checkHost('example.com'), undefined);
  assert.ok(leaf.verify(root.publicKey));
  assert.ok(leaf.checkIssued(root));
  assert.ok(root.ca && !leaf.ca);
  assert.ok(leaf.validFromDate.getTime() <= Date.UTC(2022, 1, 22));
  assert.ok(leaf.validToDate.getTime() >= Date.UTC(2039, 0, 1));
});

test('an expired certificate carries the validity it was given', () => {
  const notAfterMs = Date.UTC(2021, 5, 1, 12, 30, 15);
  const { issue } = createAuthority({ name: 'Lab Root' });
  const { certificatePem } = issue({
    names: ['a.example'],
    notAfterMs,
    notBeforeMs: notAfterMs - YEAR_MS,
  });
  assert.equal(new X509Certificate(certificatePem).validToDate.getTime(), notAfterMs);
});

test('validity past 2049 uses the longer form of time', () => {
  const notAfterMs = Date.UTC(2052, 0, 1);
  const { certificatePem } = createSelfSigned({ names: ['a.example'], notAfterMs });
  assert.equal(new X509Certificate(certificatePem).validToDate.getTime(), notAfterMs);
});

test('a self-signed certificate is its own issuer', () => {
  const { certificatePem } = createSelfSigned({ names: ['a.example'] });
  const certificate = new X509Certificate(certificatePem);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.subject, certificate.issuer);
});

test('two issues never share a serial number', () => {
  const { issue } = createAuthority({ name: 'Lab Root' });
  const [first, second] = [issue({ names: ['a'] }), issue({ names: ['a'] })];
  assert.notEqual(
    new X509Certificate(first.certificatePem).serialNumber,
    new X509Certificate(second.certificatePem).serialNumber,
  );
});
