/** A browser at the dashboard's page Now, while handovers come: node fleetPage.mjs SET-UP-LINK SECONDS. Prints one JSON object. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [, , link, seconds] = process.argv;
const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (!program) {
  process.stderr.write('  no browser: its figures are left out\n');
  process.exit(1);
}
const password = 'four words of a kind';
const { origin, hash } = new URL(link);
const made = await fetch(`${origin}/api/v1/setup`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: hash.slice(1), name: 'bench', password }) });
const [name, value] = (made.headers.get('set-cookie') ?? '').split(';')[0].split('=');
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
try {
  const context = await browser.newContext();
  await context.addCookies([{ name, value, url: origin }]);
  const page = await context.newPage();
  await page.goto(origin, { waitUntil: 'commit' });
  await page.locator('h1').first().waitFor();
  // Since the navigation began: the heading is there when the page can be used.
  const interactiveMs = await page.evaluate(() => performance.now());
  // Code, styles and words, as they came; what the API says is no part of it.
  const octets = await page.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].filter((e) => !new URL(e.name).pathname.startsWith('/api/')).reduce((sum, e) => sum + e.encodedBodySize, 0),
  );
  const frames = await page.evaluate(
    (time) =>
      new Promise((resolve) => {
        const at = [];
        const tick = (now) => {
          at.push(now);
          if (now - at[0] < time) requestAnimationFrame(tick);
          else resolve(at);
        };
        requestAnimationFrame(tick);
      }),
    Number(seconds) * 1000,
  );
  const pauses = frames.slice(1).map((t, i) => t - frames[i]);
  const framesPerSecond = (pauses.length * 1000) / (frames.at(-1) - frames[0]);
  process.stdout.write(JSON.stringify({ octets, interactiveMs, framesPerSecond, longestFrameMs: Math.max(...pauses) }));
} finally {
  await browser.close();
}
