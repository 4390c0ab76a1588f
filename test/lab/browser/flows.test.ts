/** What people do with subscribers, rollouts, anchors and the map, in a real browser in front of the simulated fleet. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HandoverSummary } from '../../../cloud/api/resources/handovers.ts';
import { walk } from '../../../web/mocks/handovers.ts';
import type { Mock } from '../../../web/mocks/mock.ts';
import { openBrowser, overflow, seriousProblems, type BrowserUnderTest, type Visit } from './browser.ts';
import { buildDashboard, mockCloud } from './dashboard.ts';

const REASON = 'Ticket 4711: cannot connect at home';
let browser: BrowserUnderTest;
let dashboard: Awaited<ReturnType<typeof buildDashboard>>;
let mock: Mock;
beforeAll(async () => {
  dashboard = await buildDashboard();
  mock = await mockCloud(dashboard.files, { seed: 3, rate: 0 });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await mock.close();
  dashboard.remove();
});

/** Runs one visit and wants no error of it. */
async function visiting(path: string, does: (visit: Visit) => Promise<void>): Promise<void> {
  const visit = await browser.visit();
  await visit.page.goto(mock.url + path);
  await does(visit);
  expect(await seriousProblems(visit.page)).toEqual([]);
  await visit.close();
  expect(visit.errors).toEqual([]);
}
const roamer = () => mock.world.people.find((p) => p.active && mock.world.handovers.some((h) => h.subscriber === p.id)) ?? expect.unreachable('nobody has roamed');
/** Somebody walks on, and the page is told. */
function roamOf(person: ReturnType<typeof roamer>): HandoverSummary {
  let moved = walk(mock.world, person, Date.now());
  while (!moved?.success) moved = walk(mock.world, person, Date.now());
  mock.publish('handovers', [moved]);
  return moved;
}

describe('a subscriber', () => {
  it('is found by NAI, by address and by pseudonym', async () => {
    const person = roamer();
    await visiting('/subscribers', async ({ page }) => {
      for (const known of [person.nai, person.addresses[0] ?? '', person.id]) {
        await page.goto(`${mock.url}/subscribers`);
        await page.locator('.subscriber-search input').fill(known);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name: person.id }).waitFor();
      }
    });
  });

  it('walks, and the new roam appears at the top by itself', async () => {
    const person = roamer();
    await visiting(`/subscribers/${person.id}`, async ({ page }) => {
      await page.locator('.waterfall svg').first().waitFor();
      const moved = roamOf(person);
      const first = page.locator('.roam').first();
      await first.and(page.locator('.fresh')).waitFor();
      expect(await first.locator('.roam-way').innerText()).toContain(moved.to.name);
      await first.locator('.waterfall svg').waitFor();
      expect(await page.locator('.where-name').innerText()).toBe(moved.to.name);
    });
  });

  it('whose page is left open shows the newest roams, and what somebody looks at', async () => {
    const person = roamer();
    await visiting(`/subscribers/${person.id}`, async ({ page }) => {
      const looked = page.locator('.roam').first();
      const id = (await looked.getAttribute('id')) ?? '';
      await looked.locator('.waterfall').click();
      for (let i = 0; i < 5; i++) roamOf(person);
      await expect.poll(() => page.locator('.roam').evaluateAll((all) => all.findIndex((one) => one.querySelector('[aria-expanded=true]') === null))).toBe(3);
      const open = await page.locator('.roam:has([aria-expanded=true])').evaluateAll((all) => all.map((one) => one.id));
      expect([open.length, open.at(-1)]).toEqual([4, id]);
    });
  });

  it('shows the messages of a roam, and gives a capture to whoever says why', async () => {
    const person = roamer();
    await visiting(`/subscribers/${person.id}`, async ({ page }) => {
      await page.getByRole('button', { name: /decoded/ }).first().click();
      await page.getByText(/binding update: sequence/).first().waitFor();
      await page.getByRole('button', { name: 'Capture for Wireshark' }).and(page.locator(':enabled')).first().click();
      await page.getByLabel('Reason').fill(REASON);
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the capture' }).click()]);
      expect(file.suggestedFilename()).toMatch(/^handover-.*\.pcap$/);
      expect(mock.world.audit.at(-1)).toMatchObject({ action: 'handovers.pcap', reason: REASON });
    });
  });

  it('has roams whose remarks are out of the way until somebody wants them', async () => {
    await visiting(`/subscribers/${roamer().id}`, async ({ page }) => {
      const roam = page.locator('.roam').filter({ has: page.locator('.waterfall') }).filter({ hasText: /remark/ }).first();
      const remark = roam.getByText(/clocks of both ends differ|told nothing/);
      await roam.locator('summary').waitFor();
      expect(await remark.isVisible()).toBe(false);
      await roam.locator('summary').click();
      expect(await remark.isVisible()).toBe(true);
    });
  });

  it('is revealed for a minute only, for a reason that is audited', async () => {
    const person = roamer();
    const visit = await browser.visit();
    await visit.page.clock.install();
    await visit.page.goto(`${mock.url}/subscribers/${person.id}`);
    await visit.page.getByRole('button', { name: 'Reveal', exact: true }).click();
    await visit.page.getByLabel('Reason').fill(REASON);
    await visit.page.getByRole('button', { name: 'Reveal for a minute' }).click();
    await visit.page.getByText(person.nai).waitFor();
    expect(mock.world.audit.at(-1)).toMatchObject({ action: 'subscribers.reveal', target: person.id, reason: REASON });
    await visit.page.clock.runFor(61_000);
    await visit.page.getByText(person.nai).waitFor({ state: 'detached' });
    await visit.close();
    expect(visit.errors).toEqual([]);
  });

  it('is erased only when its pseudonym is typed', async () => {
    const person = mock.world.people.at(-1) ?? expect.unreachable('there is nobody');
    await visiting(`/subscribers/${person.id}`, async ({ page }) => {
      await page.getByRole('button', { name: 'Erase', exact: true }).click();
      const confirm = page.getByRole('button', { name: 'Erase for good' });
      expect(await confirm.isDisabled()).toBe(true);
      await page.getByLabel(`Type ${person.id} to confirm`).fill(person.id);
      await page.getByLabel('Reason').fill('Asked for by letter of 2 November');
      await confirm.click();
      await page.getByRole('heading', { level: 1, name: 'Subscribers' }).waitFor();
      expect(mock.world.people.some((p) => p.id === person.id)).toBe(false);
    });
  });
});

describe('a change of timers', () => {
  it('is corrected at its field, checked home by home, started, and watched', async () => {
    await visiting('/configuration/new?concern=timers&scope=group:riverside', async ({ page }) => {
      const field = page.getByLabel('Binding lifetime (s)');
      await field.fill('90000');
      await page.locator('.field-error').first().waitFor();
      expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
      await field.fill('1800');
      await page.getByRole('button', { name: 'Next' }).and(page.locator(':enabled')).click();
      await page.getByText('timers.binding-lifetime').waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByLabel('Homes of the first wave').fill('2');
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Start the rollout' }).click();
      await page.locator('.waves').waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      await page.getByRole('button', { name: 'Roll back' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
      await page.locator('.page-title').getByText(/Going back|Rolled back/).waitFor();
    });
    expect(mock.world.audit.map((e) => e.action)).toEqual(expect.arrayContaining(['rollouts.start', 'rollouts.pause', 'rollouts.roll back']));
  });

  it('can be written as JSON, and what is wrong there is said', async () => {
    await visiting('/configuration/new?concern=limits', async ({ page }) => {
      await page.getByRole('button', { name: 'JSON' }).click();
      await page.getByLabel('Document').fill('{ "max-bindings": ');
      await page.locator('.field-error').waitFor();
      await page.getByLabel('Document').fill('{ "max-bindings": 0 }');
      await page.locator('.raw-problems').getByText('max-bindings').waitFor();
    });
  });
});

it('a session is revoked at its anchor after a confirmation', async () => {
  await visiting('/lmas/lma-1', async ({ page }) => {
    const revoke = page.getByRole('button', { name: /^Revoke mn-/ }).first();
    const id = (await revoke.getAttribute('aria-label'))?.replace('Revoke ', '');
    await revoke.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('The session was revoked.').waitFor();
    expect(mock.world.people.find((p) => p.id === id)?.active).toBe(false);
  });
});

it('the map is used with the keyboard alone', async () => {
  let second = '';
  await visiting('/map', async ({ page }) => {
    await page.getByRole('application').focus();
    await page.keyboard.press('ArrowRight');
    const chosen = page.locator('.chosen header a');
    await chosen.waitFor();
    const first = await chosen.innerText();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => chosen.innerText()).not.toBe(first);
    second = await chosen.innerText();
    for (const key of ['+', '+', '-', 'Shift+ArrowUp', '0']) await page.keyboard.press(key);
  });
  // A key that is held down repeats faster than the page draws: each press is a step all the same.
  await visiting('/map', async ({ page }) => {
    await page.getByRole('application').evaluate((map) => {
      for (const key of ['ArrowRight', 'ArrowRight']) map.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    await expect.poll(() => page.locator('.chosen header a').innerText()).toBe(second);
  });
});

it('settings are saved, and only what was changed is sent', async () => {
  await visiting('/settings', async ({ page }) => {
    await page.getByLabel('Roams (days)').fill('10');
    const [request] = await Promise.all([page.waitForRequest((r) => r.method() === 'PATCH'), page.getByRole('button', { name: 'Save' }).click()]);
    expect(request.postDataJSON()).toEqual({ retention: { handovers: 10 } });
    await page.getByText('The settings are saved.').waitFor();
  });
});

it.each([
  ['/access/sessions', 'Change my password', 'Save', ['Password of now', 'New password', 'Password once more']],
  ['/access', 'Add a person', 'Add a person', ['Name', 'Password']],
  ['/settings', '', 'Save', ['Roams (days)']],
] as const)('%s %s: what blames none of the form’s fields is said at its head', async (path, open, action, fields) => {
  await visiting(path, async ({ page }) => {
    await page.route('**/api/v1/**', (route) => (route.request().method() === 'GET' ? route.fallback() : route.fulfill({ status: 400, json: { error: 'expected something else', path: 'odd.one' } })));
    if (open !== '') await page.getByRole('button', { name: open }).click();
    const form = open === '' ? page.getByRole('main') : page.getByRole('dialog');
    for (const field of fields) await form.getByLabel(field, { exact: true }).fill('77');
    await form.getByRole('button', { name: action }).click();
    await form.getByRole('alert').getByText('expected something else').waitFor();
  });
});

it('a phone that lost the cloud says so without getting wider', async () => {
  const gone = await mockCloud(dashboard.files, { homes: 20, subscribers: 50 });
  const visit = await browser.visit({ width: 'narrow', language: 'de-DE' });
  await visit.page.goto(`${gone.url}/lmas`);
  await visit.page.getByText('Live', { exact: true }).waitFor();
  await gone.close();
  await visit.page.locator('.header-end .badge.warn').waitFor();
  expect(await overflow(visit.page)).toBe(0);
  await visit.close();
});

it.each(['de-DE', 'es-ES', 'fr-FR'])('no page is wider than a phone in %s', async (language) => {
  const visit = await browser.visit({ width: 'narrow', language });
  const wide: string[] = [];
  for (const path of ['/', '/homes', '/subscribers', `/subscribers/${roamer().id}`, '/map', '/configuration?concern=timers', '/configuration?concern=profiles', '/configuration/new?concern=profiles', '/configuration/rollouts/rollout-2', '/lmas', '/lmas/lma-1', '/alerts', '/audit', '/access', '/settings']) {
    await visit.page.goto(mock.url + path);
    await visit.page.waitForSelector('h1');
    await visit.page.waitForTimeout(300);
    const more = await overflow(visit.page);
    if (more > 0) wide.push(`${path}: ${more}`);
  }
  expect(await visit.page.evaluate(() => document.documentElement.lang)).toBe(language.slice(0, 2));
  await visit.close();
  expect([...wide, ...visit.errors]).toEqual([]);
});
