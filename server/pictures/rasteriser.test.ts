/** PNG files: their size and letters, and the bounds of the process that draws them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { LOCALES } from '../../dashboard/i18n/locale.ts';
import { readArea } from '../../dashboard/i18n/texts.ts';
import { BusyError, RasterError, Rasteriser } from './rasteriser.ts';

const MISBEHAVING = join(import.meta.dirname, '..', 'testing', 'misbehaving-rasteriser.mjs');
const PNG_SIGNATURE = '89504e470d0a1a0a';

function write(text: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="Inter"><rect width="40" height="40" fill="#fff"/><text x="4" y="30" font-size="24">${text}</text></svg>`;
}

suite('PNG files', () => {
  test('have the asked width, and letters of our three languages, never a box in their place', async (t) => {
    const raster = new Rasteriser();
    t.after(() => raster.stop());
    const wide = await raster.rasterise(write('A'), 120);
    assert.equal(wide.subarray(0, 8).toString('hex'), PNG_SIGNATURE);
    assert.deepEqual([wide.readUInt32BE(16), wide.readUInt32BE(20)], [120, 120]);
    const draw = (text: string) => raster.rasterise(write(text), 40);
    // Georgian is in no font that we ship: what stands for it is the box of a missing letter.
    const box = await draw('ა');
    assert.notDeepEqual(box, await draw(' '), 'a missing letter leaves a trace');
    const texts = LOCALES.flatMap((locale) =>
      (['picture', 'words', 'map', 'time', 'answer', 'ledger'] as const).flatMap((area) =>
        Object.entries(readArea(area, locale))
          // Signs of controls stand on pages alone.
          .filter(([key]) => !key.startsWith('control.'))
          .map(([, text]) => text),
      ),
    );
    const letters = new Set(texts.join('').match(/[^\s\u0020-\u007e]/gu));
    assert.ok(letters.size > 60);
    for (const letter of letters) assert.notDeepEqual(await draw(letter), box, letter);
  });

  test('the same picture is drawn once, and kept pictures stay within their bound', async (t) => {
    const raster = new Rasteriser({ maxKeptBytes: 2_000 });
    t.after(() => raster.stop());
    const [one, two] = await Promise.all([
      raster.rasterise(write('1'), 40),
      raster.rasterise(write('1'), 40),
    ]);
    assert.equal(one, two);
    for (let index = 0; index < 20; index += 1) await raster.rasterise(write(String(index)), 40);
    assert.ok(raster.keptBytes <= 2_000 && raster.keptBytes > 0, `${raster.keptBytes} bytes`);
  });

  test('SVG that is none is refused, and the next picture is drawn', async (t) => {
    const raster = new Rasteriser();
    t.after(() => raster.stop());
    await assert.rejects(raster.rasterise('<svg', 40), RasterError);
    assert.ok((await raster.rasterise(write('A'), 40)).length > 0);
  });
});

suite('the process that draws', () => {
  test('is not started before it is needed, and ends when idle', async (t) => {
    const ended = Promise.withResolvers<void>();
    const raster = new Rasteriser({ idleMs: 1, onEnd: ended.resolve }, MISBEHAVING);
    t.after(() => raster.stop());
    assert.equal(raster.isRunning, false);
    await raster.rasterise('draw', 40);
    await ended.promise;
    assert.equal(raster.isRunning, false);
    assert.ok((await raster.rasterise('draw again', 40)).length > 0, 'it starts again');
  });

  test('takes so many pictures and refuses more at once', async (t) => {
    const raster = new Rasteriser({ maxWaiting: 1 }, MISBEHAVING);
    const held = ['hang 1', 'hang 2'].map((svg) => raster.rasterise(svg, 40));
    t.after(() => raster.stop());
    await assert.rejects(raster.rasterise('draw', 40), BusyError);
    raster.stop();
    for (const one of held) await assert.rejects(one, RasterError);
  });

  for (const behaviour of ['crash', 'hang'])
    test(`a picture that makes it ${behaviour} fails alone`, async (t) => {
      const raster = new Rasteriser({ timeoutMs: 300 }, MISBEHAVING);
      t.after(() => raster.stop());
      await assert.rejects(raster.rasterise(behaviour, 40), RasterError);
      assert.ok((await raster.rasterise('draw', 40)).length > 0);
    });

  test('gets nothing of the environment', async (t) => {
    process.env['REACHLINE_TEST_SECRET'] = 'hidden';
    t.after(() => delete process.env['REACHLINE_TEST_SECRET']);
    const raster = new Rasteriser({}, MISBEHAVING);
    t.after(() => raster.stop());
    const names = (await raster.rasterise('environment', 40)).toString();
    assert.ok(!names.includes('SECRET'), names);
  });
});
