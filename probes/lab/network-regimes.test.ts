import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSelfSigned } from './certificates.ts';
import { createAllowList, createCaptivePortal } from './network-regimes.ts';

test('an allow-list passes its names in any case and swallows all others', () => {
  const { tls, plain } = createAllowList(['Ya.ru']);
  for (const choose of [tls, plain]) {
    assert.equal(choose('ya.ru').kind, 'pass');
    assert.equal(choose('www.facebook.com').kind, 'hang');
    assert.equal(choose(undefined).kind, 'hang');
  }
});

test('a captive portal answers everything itself', () => {
  const certificate = createSelfSigned({ names: ['login.example'] });
  const { tls, plain } = createCaptivePortal(certificate, 'https://login.example/');
  assert.deepEqual(tls('ya.ru'), { kind: 'mitm', certificate });
  assert.deepEqual(plain('ya.ru'), { kind: 'redirect', location: 'https://login.example/' });
});
