/** What every page is asked in a real browser: whether axe finds something, and how wide it is. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A phone held upright, and the window of a desk, in CSS pixels. */
export const PHONE = { width: 390, height: 844 } as const;
export const DESK = { width: 1_280, height: 900 } as const;

/** What axe looks at, and rules that are not asked. */
export type AxeChoice = {
  /** Selector of the part; the whole page unless told. */
  readonly within?: string;
  readonly without?: readonly string[];
};

/** Runs axe in the page and returns one line per violation; what is folded is not looked at. */
export async function listViolations(page: Page, choice: AxeChoice = {}): Promise<string[]> {
  const rules = Object.fromEntries((choice.without ?? []).map((id) => [id, { enabled: false }]));
  const within = choice.within === undefined ? 'document' : JSON.stringify(choice.within);
  // A script that ends in a value which cannot be copied would fail, hence the 0.
  await page.evaluate(`${AXE};0`);
  return await page.evaluate(
    `axe.run(${within}, { rules: ${JSON.stringify(rules)} }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
  );
}

/** Unfolds whatever is folded in the main part of the page. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(
    `document.querySelectorAll('main details').forEach((one) => { one.open = true; })`,
  );
}

/** Width of the content: more than the window's when the page scrolls sideways. */
export async function measureWidth(page: Page): Promise<number> {
  // Clicking far to the right would fail silently; the layout's own width is asked through the protocol.
  const session = await page.context().newCDPSession(page);
  const { cssContentSize } = await session.send('Page.getLayoutMetrics');
  return cssContentSize.width;
}
