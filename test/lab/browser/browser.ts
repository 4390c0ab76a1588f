/** A real browser for tests of the dashboard (Debian's chromium): console errors, accessibility by axe-core, widths, screenshots. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';
export const WIDTHS = { narrow: { width: 360, height: 780 }, wide: { width: 1920, height: 1080 } } as const;
export const THEMES = ['light', 'dark'] as const;
export type Width = keyof typeof WIDTHS;
export type Theme = (typeof THEMES)[number];

export interface Visit {
  readonly page: Page;
  /** What went wrong since it was opened: errors of the console, exceptions, answers of 500 and more, blocked content. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}
export interface BrowserUnderTest {
  visit(options?: { readonly width?: Width; readonly theme?: Theme; readonly language?: string }): Promise<Visit>;
  close(): Promise<void>;
}

export async function openBrowser(): Promise<BrowserUnderTest> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return {
    async visit({ width = 'wide', theme = 'light', language = 'en-GB' } = {}) {
      const context = await browser.newContext({ viewport: WIDTHS[width], colorScheme: theme, locale: language, timezoneId: 'Europe/Berlin', deviceScaleFactor: width === 'narrow' ? 2 : 1 });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('console', (message) => {
        // The browser says itself that an answer was none; what the page does with it is tested elsewhere.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
      page.on('response', (answer) => {
        if (answer.status() >= 500) errors.push(`${answer.status()} ${answer.url()}`);
      });
      return { page, errors, close: () => context.close() };
    },
    close: () => browser.close(),
  };
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ALL_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/** What axe-core calls serious or critical, a line each. @param rules the tags to look for, or one rule, such as `color-contrast` */
export async function seriousProblems(page: Page, rules: readonly string[] = ALL_RULES): Promise<readonly string[]> {
  // The content security policy lets no script in; the debugger's own evaluation is not bound by it.
  await page.evaluate(axeSource);
  // What fades in has its colours at the end only.
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((a) => Number.isFinite(Number(a.effect?.getComputedTiming().endTime)));
    await Promise.allSettled(ending.map((a) => a.finished));
  });
  const violations = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: { run(root: unknown, options: unknown): Promise<{ violations: unknown }> } };
    return (await axe.run(document, { runOnly })).violations;
  }, rules);
  return (violations as readonly Violation[]).filter((v) => v.impact === 'serious' || v.impact === 'critical').flatMap((v) => v.nodes.slice(0, 4).map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary?.replaceAll(/\s+/g, ' ') ?? ''}`));
}

/** Pixels that the page is wider than the window; 0 is right. */
export const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Folder for pictures, from the environment; none = no pictures. */
export const PICTURES = process.env['ROAMSTEAD_SCREENSHOTS'];
export async function picture(page: Page, name: string, width: Width, theme: Theme): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  const { width: across, height } = WIDTHS[width];
  // A phone's picture shows the whole page: as if the phone were that tall, so that what sticks to an edge stays there.
  if (width === 'narrow') {
    await page.setViewportSize({ width: across, height: Math.min(TALLEST, Math.max(height, await page.evaluate(() => document.documentElement.scrollHeight))) });
    await page.waitForTimeout(200);
  }
  await page.screenshot({ path: join(PICTURES, `${name}-${across}-${theme}.png`) });
  if (width === 'narrow') await page.setViewportSize(WIDTHS[width]);
}
const TALLEST = 1600;

/** Frames drawn in so many milliseconds, as the page itself sees them. */
export const framesIn = (page: Page, milliseconds: number): Promise<number> =>
  page.evaluate(
    (length) =>
      new Promise<number>((resolve) => {
        let frames = 0;
        const from = performance.now();
        const next = (): void => {
          frames += 1;
          if (performance.now() - from < length) requestAnimationFrame(next);
          else resolve(frames);
        };
        requestAnimationFrame(next);
      }),
    milliseconds,
  );
