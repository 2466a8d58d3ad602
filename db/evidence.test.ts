import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressJson, decompressJson, readShippedDictionary } from './evidence.ts';

test('the shipped dictionary is the one that stored evidence was packed with', () => {
  const { sha256 } = readShippedDictionary();
  assert.equal(
    sha256.toString('hex'),
    '35fb09aad11410dd77297328d415369d96e83fcc61326820c1076f9c5d669791',
  );
});

test('what was packed needs its dictionary, and a flipped bit is noticed', () => {
  const { content: dictionary } = readShippedDictionary();
  const json = JSON.stringify({ targetId: 'facebook.web.www', operation: 'dns', text: 'Зaмeдлeн' });
  const packed = compressJson(json, dictionary);
  assert.equal(decompressJson(packed, dictionary), json);
  assert.throws(() => decompressJson(packed, Buffer.from('another dictionary')));
  for (let at = 0; at < packed.length; at += 1) {
    const flipped = Buffer.from(packed);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    let text: string | undefined;
    try {
      text = decompressJson(flipped, dictionary);
    } catch {
      continue; // noticed
    }
    assert.equal(text, json, `byte ${at} changed the text silently`);
  }
});
