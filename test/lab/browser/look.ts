/** Every page of the dashboard on one screen, in both appearances; with pictures of them, if they are asked for. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { PASSWORD } from '../fleetScene.ts';
import { overflow, PICTURES, seriousProblems, THEMES, WIDTHS, type BrowserUnderTest, type Width } from './browser.ts';

/** Name of the picture, address, and what has to be seen before it is taken. */
export type PageToLookAt = readonly [name: string, path: string, seen: string];

interface Look {
  readonly browser: BrowserUnderTest;
  /** Of the dashboard, where `ada` has an account. */
  readonly url: string;
  readonly pages: readonly PageToLookAt[];
  readonly width: Width;
}

/** 1280 pixels wide, for docs/DASHBOARD.md. */
async function picture(of: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await of.setViewportSize({ width: 1280, height: 800 });
  await of.waitForTimeout(300);
  await of.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
  expect(statSync(join(PICTURES, `${name}.png`)).size).toBeGreaterThan(10_000);
  await of.setViewportSize(WIDTHS.wide);
}

/** Each page, in both appearances. @returns what is wrong, a line each */
export async function look({ browser, url, pages, width }: Look): Promise<readonly string[]> {
  const other = await browser.visit({ width });
  const found: string[] = [];
  await other.page.goto(`${url}/`);
  await other.page.getByLabel('Name').fill('ada');
  await other.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await other.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
  for (const [name, path, seen] of pages) {
    await other.page.goto(url + path);
    await other.page.waitForSelector(seen, { state: 'attached', timeout: 10_000 }).catch(() => found.push(`${name}: ${seen} does not appear`));
    for (const theme of THEMES) {
      await other.page.emulateMedia({ colorScheme: theme });
      // Appearance changes colours and nothing else.
      found.push(...(await seriousProblems(other.page, theme === THEMES[0] ? undefined : ['color-contrast'])).map((p) => `${name}, ${theme}: ${p}`));
      const wider = await overflow(other.page);
      if (wider > 0) found.push(`${name}, ${theme}: ${wider} pixels wider than the window`);
      if (width === 'wide' && theme === 'light') await picture(other.page, name);
    }
  }
  await other.close();
  return [...found, ...other.errors].map((line) => `${width}: ${line}`);
}
