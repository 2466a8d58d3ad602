/**
 * SVG as text, made so that nothing from outside can become markup: names and values are escaped here, and only what
 * `draw` itself made goes in as it is. No inline style and no script, so that the strict policy of the pages holds.
 */

/** A finished piece of SVG. */
export type Markup = { readonly markup: string };

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets): a file with one of them cannot be opened. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text for content and attributes; characters that XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');
}

/** A length or place with two decimals at most. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Makes an element; attributes that are undefined are left out, texts are escaped. */
export function draw(
  name: string,
  attributes: Attributes,
  ...children: readonly (Markup | string | undefined)[]
): Markup {
  const written = Object.entries(attributes).map(([key, value]) =>
    value === undefined
      ? ''
      : ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value)}"`,
  );
  const inner = children.map((child) =>
    child === undefined ? '' : typeof child === 'string' ? escapeXml(child) : child.markup,
  );
  const content = inner.join('');
  return {
    markup:
      content === ''
        ? `<${name}${written.join('')}/>`
        : `<${name}${written.join('')}>${content}</${name}>`,
  };
}

/** Pieces one after the other. */
export function join(pieces: readonly (Markup | undefined)[]): Markup {
  return { markup: pieces.map((piece) => piece?.markup ?? '').join('') };
}
