/** Every page of the dashboard in a real browser, in front of the simulated fleet. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HOSTILE_NAME } from '../../../web/mocks/world.ts';
import type { Mock } from '../../../web/mocks/mock.ts';
import { framesIn, openBrowser, overflow, picture, seriousProblems, THEMES, WIDTHS, type BrowserUnderTest, type Width } from './browser.ts';
import { buildDashboard, mockCloud } from './dashboard.ts';

let browser: BrowserUnderTest;
let dashboard: Awaited<ReturnType<typeof buildDashboard>>;
let mock: Mock;
beforeAll(async () => {
  dashboard = await buildDashboard();
  mock = await mockCloud(dashboard.files, { seed: 7 });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await mock.close();
  dashboard.remove();
});

/** Name of the picture, address, and what has to be seen before it is taken. */
function pages(): readonly (readonly [name: string, path: string, seen: string])[] {
  const { world } = mock;
  const roamer = world.handovers.at(-1)?.subscriber ?? '';
  const failed = world.handovers.findLast((h) => !h.success)?.subscriber ?? roamer;
  return [
    ['now', '/', 'h1'],
    ['homes', '/homes', '[role=row]'],
    ['home', `/homes/${world.homes[3]?.id ?? ''}`, 'h1'],
    ['subscribers', '/subscribers', '[role=row]'],
    ['subscriber', `/subscribers/${roamer}`, '.waterfall svg'],
    ['subscriber-failed', `/subscribers/${failed}`, '.roam'],
    ['map', '/map', 'canvas'],
    ['graph', '/map?view=graph', 'canvas'],
    ['map-list', '/map?view=list', '[role=table]'],
    ['configuration', '/configuration?concern=timers', '.setting'],
    ['profiles', '/configuration?concern=profiles', '.profile'],
    ['rollouts', '/configuration?tab=rollouts', '.rollout-row'],
    ['wizard', '/configuration/new?concern=timers&scope=group:pilot', '.wizard'],
    ['rollout', `/configuration/rollouts/${world.rollouts[1]?.id ?? ''}`, '.waves'],
    ['lmas', '/lmas', '.pool'],
    ['lma', '/lmas/lma-1', '[role=row]'],
    ['alerts', '/alerts', 'h1'],
    ['audit', '/audit', 'h1'],
    ['access', '/access', 'h1'],
    ['settings', '/settings', 'form'],
  ];
}

const only = process.env['ROAMSTEAD_PAGES']?.split(',');

const COMBINATIONS = (Object.keys(WIDTHS) as Width[]).flatMap((width) => THEMES.map((theme) => [width, theme] as const));

// Side by side: most of it is waiting for pages to come to rest.
it.concurrent.each(COMBINATIONS)('at the %s width every page is drawn without an error, and axe finds nothing serious (%s)', async (width, theme) => {
  const visit = await browser.visit({ width, theme });
  const found: string[] = [];
  for (const [name, path, seen] of pages()) {
    if (only && !only.includes(name)) continue;
    await visit.page.goto(mock.url + path);
    await visit.page.waitForSelector(seen, { state: 'attached', timeout: 15_000 }).catch(() => found.push(`${name}: ${seen} does not appear`));
    await visit.page.waitForTimeout(700);
    await picture(visit.page, name, width, theme);
    found.push(...(await seriousProblems(visit.page)).map((p) => `${name}: ${p}`));
    const wider = await overflow(visit.page);
    if (wider > 0) found.push(`${name}: ${wider} pixels wider than the window`);
  }
  await visit.close();
  expect([...found, ...visit.errors]).toEqual([]);
});

it('script in the name of a home, an NAI or an SSID is text on every page', async () => {
  const hostile = await mockCloud(dashboard.files, { seed: 7, hostile: true, homes: 40, subscribers: 200 });
  const visit = await browser.visit();
  const home = hostile.world.homes[0]?.id ?? '';
  for (const path of ['/', '/homes', `/homes/${home}`, '/subscribers', '/map', '/map?view=list', '/configuration', '/configuration/rollouts/rollout-2', '/lmas/lma-1', '/alerts', '/audit']) {
    await visit.page.goto(hostile.url + path);
    await visit.page.waitForSelector('h1');
    await visit.page.waitForTimeout(400);
  }
  expect(await visit.page.evaluate(() => 'owned' in globalThis)).toBe(false);
  await visit.page.goto(`${hostile.url}/map?view=list`);
  await visit.page.getByText(HOSTILE_NAME).first().waitFor();
  await visit.page.goto(`${hostile.url}/homes/${home}`);
  await visit.page.getByText(`The SSID ${HOSTILE_NAME}`).first().waitFor();
  const { id, nai } = hostile.world.people[0] ?? expect.unreachable('nobody lives there');
  await visit.page.goto(`${hostile.url}/subscribers/${id}`);
  await visit.page.getByRole('button', { name: 'Reveal', exact: true }).click();
  await visit.page.getByLabel('Reason').fill('Ticket 4711: who is this');
  await visit.page.getByRole('button', { name: 'Reveal for a minute' }).click();
  await visit.page.getByText(nai).waitFor();
  expect(await visit.page.evaluate(() => 'owned' in globalThis)).toBe(false);
  await visit.close();
  await hostile.close();
  expect(visit.errors).toEqual([]);
});

it('the map goes on answering while 200 handovers a second are drawn', async () => {
  const busy = await mockCloud(dashboard.files, { seed: 7, homes: 500, subscribers: 5000, rate: 200 });
  const visit = await browser.visit();
  await visit.page.goto(`${busy.url}/map`);
  await visit.page.waitForSelector('canvas');
  await visit.page.waitForTimeout(2000);
  const frames = await framesIn(visit.page, 4000);
  process.stdout.write(`map, 500 homes, 200 handovers a second: ${(frames / 4).toFixed(1)} frames a second\n`);
  await visit.page.goto(`${busy.url}/`);
  await visit.page.waitForTimeout(2000);
  process.stdout.write(`now, 200 handovers a second: ${((await framesIn(visit.page, 4000)) / 4).toFixed(1)} frames a second\n`);
  await visit.page.getByRole('link', { name: 'Homes' }).first().click();
  await visit.page.waitForSelector('[role=row]');
  await visit.close();
  await busy.close();
  expect(visit.errors).toEqual([]);
});
