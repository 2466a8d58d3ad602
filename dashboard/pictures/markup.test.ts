/** SVG is well formed whatever comes in, and nothing from outside becomes markup. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { draw, escapeXml } from './markup.ts';

/** Texts of the characters that could do harm, and a few that could not. */
const hostile = fc
  .array(fc.constantFrom(...'<>&"\';/-!\0\u0008\ud800\ufffeї ▶a'.split('')), { maxLength: 30 })
  .map((letters) => letters.join(''));

suite('markup', () => {
  const rows = [
    [`"><script>alert('x')</script>`, '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;'],
    ['a & b', 'a &amp; b'],
    ['a\u0000b\u0008c\ufffe', 'abc'],
    ['Україна ▶ 😀\t', 'Україна ▶ 😀\t'],
    ['\ud800 lone', ' lone'],
  ] as const;
  for (const [text, expected] of rows)
    test(`${JSON.stringify(text)} is escaped`, () => assert.equal(escapeXml(text), expected));

  test('an attribute that is undefined is left out, numbers have two decimals', () => {
    const drawn = draw('rect', { x: 1 / 3, y: undefined, fill: '#fff' });
    assert.equal(drawn.markup, '<rect x="0.33" fill="#fff"/>');
  });

  test('no text can open or close an element or an attribute', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const { markup } = draw('text', { id: text }, text);
        const [, attribute = '', content = ''] =
          /^<text id="([^"<>']*)"(?:\/>$|>([^"<>']*)<\/text>$)/.exec(markup) ?? assert.fail(markup);
        const whole = /^(?:[^&]|&(?:amp|lt|gt|quot|#39);)*$/u;
        assert.match(attribute, whole);
        assert.match(content, whole);
      }),
    );
  });
});
