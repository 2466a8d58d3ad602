import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressJson, readShippedDictionary } from '../../db/evidence.ts';
import { toText, unpackEach } from './unpack-evidence.ts';

const { content: dictionary } = readShippedDictionary();
const RUNS = 150;

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

function damage(frame: Buffer, at: number): Buffer {
  const copy = Buffer.from(frame);
  copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ 0x10;
  return copy;
}

/** The same frame whose head says another length. */
function lie(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy[5] = (copy[5] ?? 0) ^ 1;
  return copy;
}

/** Frames as agents and others may send them, each made of a text. */
const FORMS: Readonly<Record<string, (text: string) => Buffer>> = {
  plain: (text) => compressJson(text, dictionary),
  'with the usual window': (text) => zstdCompressSync(text, { dictionary }),
  'without a dictionary': (text) => zstdCompressSync(text),
  'without a checksum': (text) =>
    zstdCompressSync(text, { dictionary, params: { [constants.ZSTD_c_checksumFlag]: 0 } }),
  'without a length': (text) =>
    zstdCompressSync(text, { dictionary, params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }),
  'two in one': (text) =>
    Buffer.concat([compressJson(text, dictionary), compressJson(text, dictionary)]),
  'with something behind': (text) =>
    Buffer.concat([compressJson(text, dictionary), Buffer.from(text)]),
  'with much behind': (text) =>
    Buffer.concat([compressJson(text, dictionary), Buffer.alloc(9_000)]),
  'one block of one byte': (text) => compressJson(text.slice(0, 1).repeat(3_000), dictionary),
  'cut off': (text) => compressJson(text, dictionary).subarray(0, -3),
  damaged: (text) => damage(compressJson(text, dictionary), text.length),
  'of another length than it says': (text) => lie(compressJson(text, dictionary)),
  'only a head': () => Buffer.from([...MAGIC, 0xa0, 1, 0, 0, 0]),
  'no frame': (text) => Buffer.from(text),
  nothing: () => Buffer.alloc(0),
  'a bomb': () => zstdCompressSync(Buffer.alloc(3 * 1024 * 1024), { dictionary }),
};

test('frames unpacked together give what each gives by itself', () => {
  const frames = fc.array(
    fc
      .tuple(
        fc.constantFrom(...Object.keys(FORMS)),
        fc.string({ maxLength: 300, unit: 'grapheme' }),
      )
      .map(([form, text]) => FORMS[form]?.(`{"text":"${text}"}`) ?? Buffer.alloc(0)),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(frames, (contents) => {
      const alone = contents.map((content) => [...unpackEach([content], dictionary)][0]);
      assert.deepEqual([...unpackEach(contents, dictionary)], alone);
    }),
    { numRuns: RUNS },
  );
});

const plain = FORMS['plain'] ?? assert.fail();
for (const [form, make] of Object.entries(FORMS)) {
  test(`a frame ${form} does not change its neighbours`, () => {
    const contents = [plain('"before"'), make('{"a":"é"}'), plain('"after"')];
    const texts = [...unpackEach(contents, dictionary)].map((bytes) => bytes && toText(bytes));
    assert.equal(texts.length, 3);
    assert.deepEqual([texts[0], texts[2]], ['"before"', '"after"']);
  });
}

test('what is longer than its bounds is not unpacked', () => {
  const rows = [
    { says: 'longer than its text', frame: FORMS['with much behind'] },
    { says: 'a bomb', frame: FORMS['a bomb'] },
    { says: 'damaged', frame: FORMS['cut off'] },
  ];
  for (const { says, frame } of rows)
    assert.deepEqual(
      [...unpackEach([frame?.('"x"') ?? Buffer.alloc(0)], dictionary)],
      [undefined],
      says,
    );
});

test('many that unpack to more than is held at once are all given', () => {
  const long = JSON.stringify('x'.repeat(400_000));
  const contents = Array.from({ length: 9 }, (_, index) =>
    plain(`${long} `.padEnd(400_010 + index)),
  );
  const lengths = [...unpackEach(contents, dictionary)].map((bytes) => bytes?.length);
  assert.deepEqual(
    lengths,
    contents.map((_, index) => 400_010 + index),
  );
});
