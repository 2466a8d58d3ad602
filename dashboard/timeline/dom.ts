/** Builds elements from text alone: nothing here ever parses markup, so no data can become code. */

type Properties = {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly (Node | string)[];
};

/** Makes an element with class, text, attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, text, attributes = {}, children = [] }: Properties = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

type Place = {
  readonly left?: number;
  readonly top?: number;
  readonly width?: number;
  readonly height?: number;
  readonly marginLeft?: number;
};

/** Places an absolutely positioned element; lengths in CSS pixels. Goes through CSSOM, which a strict policy allows. */
export function place(element: HTMLElement, { left, top, width, height, marginLeft }: Place): void {
  if (left !== undefined) element.style.left = `${left}px`;
  if (top !== undefined) element.style.top = `${top}px`;
  if (width !== undefined) element.style.width = `${width}px`;
  if (height !== undefined) element.style.height = `${height}px`;
  if (marginLeft !== undefined) element.style.marginLeft = `${marginLeft}px`;
}
