/** Whether a document is XML as ours is, without a parser. */
import assert from 'node:assert/strict';

const ENTITY = '&(?:amp|lt|gt|quot|#39);';
/** A closing tag; an opening one with its attributes, perhaps closed at once; or text. */
const TOKEN = new RegExp(
  `</([\\w-]+)>|<([\\w-]+)(?: [\\w:-]+="(?:[^"<&]|${ENTITY})*")*(/?)>|(?:[^<&]|${ENTITY})+`,
  'y',
);

/** Fails unless a document is nothing but elements, closed in their order, attributes in quotes, and escaped text. */
export function checkWellFormed(xml: string): void {
  const open: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xml.length) {
    const at = TOKEN.lastIndex;
    const [, closed, opened, isEmpty] = TOKEN.exec(xml) ?? assert.fail(xml.slice(at, at + 80));
    if (closed !== undefined) assert.equal(closed, open.pop());
    if (opened !== undefined && isEmpty === '') open.push(opened);
  }
  assert.deepEqual(open, []);
}
