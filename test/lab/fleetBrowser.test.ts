/**
 * The dashboard as people use it, on the real thing: a browser, `roamstead cloud`, an LMA, gateways in homes and phones that walk. From the
 * link of the first start to a gateway that is thrown out. With ROAMSTEAD_SCREENSHOTS=docs/screenshots it also makes the pictures of docs/DASHBOARD.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Handover, HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Overview } from '../../cloud/api/resources/network.ts';
import type { Rollout } from '../../cloud/api/resources/rollouts.ts';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import { storeNeighbours } from '../../agent/wifi/survey/store.ts';
import { agentSocket } from '../../lab/configuration.ts';
import { run } from '../../lab/namespaces.ts';
import { roamstead } from '../../lab/paths.ts';
import type { HomePlan } from '../../lab/topology.ts';
import { openBrowser, WIDTHS, type BrowserUnderTest, type Visit, type Width } from './browser/browser.ts';
import { look, type PageToLookAt } from './browser/look.ts';
import { eventually, openFleetScene, PASSWORD, setUpLink, signIn, type FleetScene, type Person } from './fleetScene.ts';
import { attach, sessions, startTraffic, type Attached, type Traffic } from './scene.ts';

/** What somebody would write where a name is shown. */
const script = (where: string): string => `<svg/onload=globalThis.owned='${where}'>`;

const hostileState = mkdtempSync(join(tmpdir(), 'rsb-'));
/** The third home belongs to somebody who means no good: its list of phones and what its radio hears. */
function hostile(home: HomePlan): Readonly<Record<string, unknown>> {
  if (home.number !== 3) return {};
  storeNeighbours(hostileState, [{ bssid: '02:aa:00:00:00:99', ssid: script('ssid'), frequency: 2412, channel: 1, signal: -60, lastSeen: Date.now() }]);
  return {
    profiles: [{ nai: `${script('nai')}@home.example`, 'l2-addr': '02:bb:00:00:00:02', apn: 'internet', lma: 'lma1', service: 'ipv6' }],
    survey: { interface: 'wlan0', ssid: script('ssid'), source: 'iw' },
    'state-directory': hostileState,
  };
}

const REASON = 'Ticket 4711: cannot connect at home';
const TSHARK = ['tshark', '-n'];
let scene: FleetScene;
let browser: BrowserUnderTest;
let visit: Visit;
let page: Page;
let ada: Person;
const homes: string[] = [];
let walker: Attached;
let traffic: Traffic;
let subscriber = '';

beforeAll(async () => {
  [scene, browser] = await Promise.all([openFleetScene({ prefix: 'rsb-', homes: 3, phones: 2, variation: { agent: hostile } }), openBrowser()]);
  visit = await browser.visit();
  ({ page } = visit);
});
afterAll(async () => {
  await browser?.close();
  await scene?.close();
  rmSync(hostileState, { recursive: true });
});

const go = async (path: string): Promise<void> => void (await page.goto(scene.url + path));
const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: true });
const click = (name: string | RegExp): Promise<void> => button(name).click();
const inDialog = (name: string): Promise<void> => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const audited = async (action: string) => (await ada.audit()).filter((e) => e.action === action);

describe('somebody who has just installed it', () => {
  it('makes the first account with the link of the log, signs out, and signs in', async () => {
    await page.goto(setUpLink(scene));
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password once more').fill(PASSWORD);
    await click('Make the account');
    await heading('Now').waitFor();
    await click('Account');
    await page.getByText('Sign out').click();
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password', { exact: true }).fill('not that one, surely');
    await click('Sign in');
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await click('Sign in');
    await heading('Now').waitFor();
    ada = await signIn(scene);
  });

  it('adds a gateway by the code that it shows, to a new group', async () => {
    await go('/homes');
    await button('Add a home').first().click();
    await page.getByText('home1@lab.example').waitFor();
    const printed = run([process.execPath, roamstead, 'agent', 'status', '--json', '--socket', agentSocket(scene.world.folder, scene.world.home(1))]);
    const { code, gateway } = (JSON.parse(printed) as AgentStatus).fleet ?? expect.unreachable('the gateway has no fleet');
    homes.push(gateway);
    await page.getByLabel('Code', { exact: true }).fill(code ?? '');
    await page.getByLabel('Name of the home').fill('Mill Lane 1');
    await page.getByLabel('Group', { exact: true }).selectOption({ label: 'A new group' });
    await page.getByLabel('Name of the new group').fill('North');
    await click('Add this home');
    await heading('Mill Lane 1').waitFor();
    await page.locator('.page-title, header').getByText('Online').first().waitFor();
    expect(await scene.status(1)).toMatchObject({ fleet: { state: 'connected', home: 'Mill Lane 1' } });
    const [group] = (await ada.ask<{ id: string; name: string }[]>('GET', '/groups')).filter((g) => g.name === 'North');
    homes.push(...(await Promise.all([ada.claim(2, 'Harbour Street 7', group?.id), ada.claim(3, 'Old Mill', group?.id)])));
    for (const [i, place] of [[48.1374, 11.5755], [48.1392, 11.5808], [48.1351, 11.5832]].entries()) await ada.ask('PATCH', `/homes/${homes[i]}`, { position: { latitude: place[0], longitude: place[1] } });
  });
});

/** From the third step of the wizard to the end of the rollout. */
async function rollOut(): Promise<void> {
  await button('Next').and(page.locator(':enabled')).click();
  await click('Next');
  await page.getByLabel('Watch each wave (s)').fill('0');
  await click('Next');
  await click('Start the rollout');
  await page.locator('.waves').waitFor();
  await page.locator('.page-title').getByText('Done').waitFor();
}
const group = async (): Promise<string> => (await ada.home(homes[0] ?? '')).group;

describe('an operator', () => {
  it('gives the group a default profile, and a phone is served with it', async () => {
    await go(`/configuration/new?concern=profiles&scope=group:${await group()}`);
    await page.getByLabel('Name of a new profile').fill('guests');
    await click('Add profile');
    await page.getByLabel('APN').fill('internet');
    await page.getByLabel('Anchors', { exact: true }).fill('lma1');
    await page.getByLabel('DNS servers').fill('198.51.100.53, 2001:db8:251::53');
    await rollOut();
    const { profiles } = (await ada.home(homes[0] ?? '')).effective;
    expect(Object.fromEntries(profiles.map(({ path, value }) => [path, value]))).toMatchObject({ 'default-profiles.guests.apn': 'internet', 'default-profiles.guests.dns': ['198.51.100.53', '2001:db8:251::53'] });
    walker = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
    traffic = await startTraffic(scene, walker);
  });

  it('changes a timer of the group, watches it arrive, and no binding is dropped', async () => {
    const before = scene.pmip.transitions.length;
    await go(`/configuration/new?concern=timers&scope=group:${await group()}`);
    await page.getByLabel('Binding lifetime (s)').fill('1800');
    await rollOut();
    for (const home of [1, 2, 3]) expect(await scene.pmip.ask(home, 'show mag globals')).toMatchObject({ 'reg-time': 1800 });
    expect(scene.pmip.transitions.slice(before).filter((t) => t.from === 'active' || t.from === 'ACTIVE')).toEqual([]);
    await traffic.flows();
    expect((await ada.home(homes[0] ?? '')).configuration.timers).toMatchObject({ status: 'applied', problems: [] });
    expect(await ada.ask<readonly Rollout[]>('GET', '/rollouts').then((all) => JSON.stringify(all))).toContain('"status":"done"');
  });

  it('sees a phone roam: the stages of both ends, the messages, and a capture that tshark reads', async () => {
    const [attached] = await eventually('the phone', async () => {
      const { ticker } = await ada.ask<Overview>('GET', '/overview');
      return ticker.length > 0 && ticker;
    });
    subscriber = attached?.subscriber ?? '';
    await go('/subscribers');
    await page.locator('.subscriber-search input').fill(walker.addresses.ipv4[0] ?? '');
    await page.keyboard.press('Enter');
    await heading(subscriber).waitFor();
    await page.locator('.roam').first().waitFor();
    await scene.roam(1, 2);
    const roam = page.locator('.roam.fresh').first();
    await roam.getByText('Mill Lane 1').first().waitFor();
    await roam.getByText('Harbour Street 7').first().waitFor();
    await page.locator('.where-name').getByText('Harbour Street 7').waitFor();
    await roam.locator('.waterfall svg').waitFor();
    expect([(await ada.home(homes[0] ?? '')).subscribers, (await ada.home(homes[1] ?? '')).subscribers]).toEqual([0, 1]);
    // What the gateway tells comes a second later.
    const story = await eventually('both ends', async () => {
      const [last] = (await ada.ask<{ items: HandoverSummary[] }>('GET', `/subscribers/${subscriber}/handovers`)).items;
      const told = await ada.ask<Handover>('GET', `/handovers/${last?.id ?? ''}`);
      return told.kind === 'handover' && told.duration !== undefined && told;
    });
    expect(story.stages.filter((s) => s.end === 'home').map((s) => s.name)).toEqual(expect.arrayContaining(['associated', 'profile', 'pbuSent', 'pbaReceived', 'pathsSwitched']));
    expect(story.stages.filter((s) => s.end === 'lma').map((s) => s.name)).toEqual(['pbuReceived', 'lmaPathsSwitched', 'pbaSent']);
    for (const stage of ['PBU sent', 'PBU received', 'Anchor switched', 'PBA received', 'Home switched']) await roam.getByText(stage).first().waitFor();
    await roam.getByRole('button', { name: /decoded/ }).click();
    await roam.getByText(/binding update: sequence/).first().waitFor();
    await roam.getByText(/binding acknowledgement: status 0 ACCEPTED/).first().waitFor();
    await roam.getByRole('button', { name: 'Capture for Wireshark' }).click();
    await page.getByLabel('Reason').fill(REASON);
    const [file] = await Promise.all([page.waitForEvent('download'), inDialog('Save the capture')]);
    const saved = join(scene.world.folder, 'roam.pcap');
    await file.saveAs(saved);
    const read = run([...TSHARK, '-r', saved, '-Y', 'mipv6', '-T', 'fields', '-e', 'mip6.mhtype']);
    expect(read.split('\n')).toEqual(expect.arrayContaining(['5', '6']));
    expect(await audited('handovers.pcap')).toMatchObject([{ by: 'ada', reason: REASON }]);
    await traffic.ends();
  });

  it('reveals who a pseudonym is, which the audit log says, whole', async () => {
    await go(`/subscribers/${subscriber}`);
    await click('Reveal');
    await page.getByLabel('Reason').fill(REASON);
    await click('Reveal for a minute');
    const [nai = ''] = (await sessions(scene)).keys();
    await page.locator('.revealed').getByText(nai).waitFor();
    await page.locator('.revealed').getByText(scene.world.phone(1).mac).waitFor();
    await go('/audit');
    const entry = page.getByRole('row').filter({ hasText: 'subscribers.reveal' });
    await entry.getByText(REASON).waitFor();
    await click('Verify the log');
    await page.getByText(/entries, each as it was written, none missing/).waitFor();
  });
});

const pages = async (): Promise<readonly PageToLookAt[]> => [
  ['now', '/', '.ticker li, .ticker [role=row], h1'],
  ['homes', '/homes', '[role=row]'],
  ['home', `/homes/${homes[1]}`, '[role=tab], .tabs'],
  ['home-configuration', `/homes/${homes[1]}/configuration`, 'h1'],
  ['subscribers', '/subscribers', '[role=row]'],
  ['subscriber', `/subscribers/${subscriber}`, '.waterfall svg'],
  ['map', '/map', 'canvas'],
  ['configuration', `/configuration?concern=timers&scope=group:${await group()}`, '.setting'],
  ['wizard', `/configuration/new?concern=timers&scope=group:${await group()}`, '.wizard'],
  ['rollout', `/configuration/rollouts/${(await ada.ask<{ items?: Rollout[] }>('GET', '/rollouts')).items?.[0]?.id ?? ''}`, '.waves'],
  ['lma', '/lmas/lma1', '[role=row]'],
  ['alerts', '/alerts', 'h1'],
  ['audit', '/audit', '[role=row]'],
  ['access', '/access', 'h1'],
  ['settings', '/settings', 'form'],
];

it('every page is drawn on a phone and on a wide screen, in light and dark, without an error, no wider than the screen, and axe finds nothing serious', async () => {
  const all = await pages();
  expect((await Promise.all((Object.keys(WIDTHS) as Width[]).map((width) => look({ browser, url: scene.url, pages: all, width })))).flat()).toEqual([]);
});

it('script in an SSID, an NAI or the name of a home is text', async () => {
  const [name, nai, ssid] = [script('name'), `${script('nai')}@home.example`, script('ssid')];
  await ada.ask('PATCH', `/homes/${homes[2]}`, { name, notes: name });
  await attach(scene, 2, 3, ['ipv6']);
  const { ticker } = await eventually('the phone', async () => {
    const overview = await ada.ask<Overview>('GET', '/overview');
    return overview.ticker.some((h) => h.to.name === name && h.duration !== undefined) && overview;
  });
  await go('/');
  await page.locator('main').getByText(name).first().waitFor();
  await go('/homes');
  await page.getByRole('row').getByText(name).first().waitFor();
  await go(`/homes/${homes[2]}/commands`);
  await heading(name).waitFor();
  await page.getByText('Survey', { exact: true }).first().click();
  await click('Send');
  await page.locator('.command-record pre').getByText(ssid).waitFor();
  await go('/map?view=list');
  await page.getByText(name).first().waitFor();
  await go(`/subscribers/${ticker.find((h) => h.to.name === name)?.subscriber}`);
  await click('Reveal');
  await page.getByLabel('Reason').fill(REASON);
  await click('Reveal for a minute');
  await page.locator('.revealed').getByText(nai).waitFor();
  await go('/audit');
  await page.getByRole('row').getByText('homes.change').first().waitFor();
  expect(await page.evaluate(() => 'owned' in globalThis)).toBe(false);
});

describe('who has to go', () => {
  it('a subscriber whose binding is revoked loses its session, and may join again', async () => {
    await go('/lmas/lma1');
    await button(`Revoke ${subscriber}`).click();
    const from = scene.pmip.transitions.length;
    await inDialog('Revoke');
    await page.getByText('The session was revoked.').waitFor();
    await scene.pmip.heard('the anchor to end the session', from, (t) => t.home === 0 && t.from === 'ACTIVE');
    await scene.pmip.heard('the home to let it go', from, (t) => t.home === 2 && t.from === 'active');
    await attach(scene, 2, 2, ['ipv6']);
  });

  it('a gateway that is revoked is out at once, with its phones', async () => {
    await go(`/homes/${homes[1]}`);
    await click('More');
    await click('Revoke');
    await page.getByLabel('Reason').fill('The router was stolen');
    const from = performance.now();
    expect([...(await sessions(scene)).values()]).toContainEqual(expect.objectContaining({ mag: 'home2@lab.example' }));
    await inDialog('Revoke');
    await eventually('its connection to end', async () => (await scene.status(2)).fleet?.state === 'offline');
    await page.locator('.page-title, header').getByText('Revoked').first().waitFor();
    await eventually('the anchor to end its sessions', async () => [...(await sessions(scene)).values()].every((s) => s.mag !== 'home2@lab.example'));
    process.stdout.write(`from the click to no connection and no session: ${(performance.now() - from).toFixed()} ms\n`);
    expect(await audited('homes.revoke')).toMatchObject([{ by: 'ada', target: homes[1], reason: 'The router was stolen' }]);
    expect((await scene.status(1)).fleet?.state).toBe('connected');
  });

  it('and in all of that the browser saw no error', () => expect(visit.errors).toEqual([]));
});
