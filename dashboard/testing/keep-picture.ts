/** Pictures of pages for looking at, made only when somebody asks for them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Keeps the whole page in the folder that `REACHLINE_PICTURES` names; does nothing without it. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['REACHLINE_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
