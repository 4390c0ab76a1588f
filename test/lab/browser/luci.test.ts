/** The router's own page for the home's owner (luci-app-roamstead) in a real browser, in front of a ubus that answers as told. */
import { encode } from 'uqr';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimQr } from '../../../agent/fleet/qr.ts';
import type { AgentStatus } from '../../../agent/fleet/status.ts';
import { openBrowser, overflow, seriousProblems, WIDTHS, type BrowserUnderTest, type Visit, type Width } from './browser.ts';
import { startRouter, type Router, type RouterPage } from './luciRouter.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 12);
const FLEET = { gateway: 'gw-4a71c0', state: 'connected', why: 'connected', since: START, home: 'Family Berger', group: 'north', session: 1, documents: [] } as const;
const STATUS: AgentStatus = {
  version: '1.2.3',
  identity: 'home-17@D1',
  state: 'serving',
  cause: 'ready',
  why: 'ready for guests',
  sharing: { guests: 2, octetsUp: 48_123_456, octetsDown: 9_000_000_000, limits: { 'maximum-guests': 6, 'up-rate': 5_000_000 }, cap: { 'maximum-guests': 6 } },
  lmas: [{ id: 'lma1', reachable: true, since: START, roundTrip: 18.4 }, { id: 'lma2', reachable: false, since: START }, { id: 'lma3', reachable: false }],
  problems: [{ at: START + MINUTE, level: 'warn', text: 'no events of stations on br-roam: hostapd does not run', times: 3 }],
  fleet: FLEET,
};
const UNCLAIMED: AgentStatus = { ...STATUS, state: 'waiting', cause: 'noLma', lmas: [], problems: [], fleet: { ...FLEET, state: 'unclaimed', code: 'ABCD-EFGH', qr: claimQr(FLEET.gateway, 'ABCD-EFGH') } };

let browser: BrowserUnderTest;
let router: Router;
let status: unknown;
beforeAll(async () => {
  router = await startRouter();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await router.close();
});
beforeEach(() => {
  status = STATUS;
  router.calls.length = 0;
  router.docs = undefined;
  router.ubus = (object, method) => (object === 'roamstead' && method === 'status' ? [0, status] : [0, {}]);
});

async function open(page: Partial<RouterPage> = {}, width: Width = 'wide'): Promise<Visit> {
  const visit = await browser.visit({ width });
  await visit.page.goto(router.at({ view: 'status', ...page }));
  await visit.page.evaluate('shown');
  return visit;
}
const textOf = ({ page }: Visit, part?: string): Promise<string> => page.locator(part === undefined ? '#view' : `#roamstead-part-${part}`).innerText();
const again = ({ page }: Visit): Promise<unknown> => page.evaluate('pollNow()');
async function close(visit: Visit): Promise<void> {
  expect(visit.errors).toEqual([]);
  await visit.close();
}
/** One page for all tests of a group, which move it on by polls. */
function onOnePage(view: RouterPage['view'] = 'status'): () => Visit {
  let visit: Visit | undefined;
  beforeAll(async () => void (visit = await open({ view })));
  afterAll(async () => visit && close(visit));
  return () => visit ?? expect.unreachable('the page was not opened');
}

it.each(Object.keys(WIDTHS) as Width[])('every state, error and page is drawn at the %s width, and axe finds nothing serious', async (width) => {
  const visit = await open({}, width);
  for (const next of [STATUS, UNCLAIMED, { ...STATUS, state: 'paused', cause: 'paused' }, { ...STATUS, state: 'waiting', cause: 'noClock' }, { error: 'the process is starting' }]) {
    status = next;
    await again(visit);
    expect([await seriousProblems(visit.page), await overflow(visit.page)]).toEqual([[], 0]);
  }
  for (const view of ['settings', 'help'] as const) {
    await visit.page.goto(router.at({ view }));
    await visit.page.evaluate('shown');
    expect([await seriousProblems(visit.page), await overflow(visit.page)]).toEqual([[], 0]);
  }
  await close(visit);
});

describe('what is shown', () => {
  it('how much is shared, the limits, the anchors, the last problems, the version', async () => {
    const visit = await open();
    expect((await textOf(visit, 'sharing')).split(/\s*[\n\t]+\s*/)).toEqual(['Shared', 'Guests now', '2', 'Shared since the start', '45.9 MiB up, 8.4 GiB down', 'Limits in force', '6 guests, 5 Mbit/s up']);
    const anchors = await textOf(visit, 'anchors');
    for (const words of [/lma1\s+answers\s.*18.4 ms/, /lma2\s+is silent\s.*–/, /lma3\s+not heard of yet\s+–\s+–/]) expect(anchors).toMatch(words);
    expect(await textOf(visit, 'problems')).toContain('hostapd does not run (3 times)');
    expect(await textOf(visit, 'about')).toMatch(/connected since[^]*Family Berger[^]*home-17@D1[^]*1\.2\.3/);
    await close(visit);
  });

  it('a gateway that nobody has claimed: the code, and the same for a camera', async () => {
    status = UNCLAIMED;
    const visit = await open();
    expect(await textOf(visit, 'state')).toContain('Waiting to be claimed');
    expect(await textOf(visit, 'claim')).toContain('ABCD-EFGH');
    const drawn = ((await visit.page.locator('svg path').getAttribute('d')) ?? '').match(/M\d+ \d+/g) ?? [];
    const { data } = encode(`roamstead:claim?code=ABCD-EFGH&gateway=${FLEET.gateway}`, { border: 2 });
    expect(drawn.toSorted()).toEqual(data.flatMap((line, y) => line.flatMap((dark, x) => (dark ? [`M${x} ${y}`] : []))).toSorted());
    status = STATUS;
    await again(visit);
    expect(await visit.page.locator('svg').count()).toBe(0);
    await close(visit);
  });

  it('never who: nothing but what the page is for, and no text as HTML', async () => {
    const attack = '<img src=x onerror=alert(1)>';
    status = {
      ...STATUS,
      identity: attack,
      sessions: [{ nai: 'alice@home.example', mac: '02:00:00:00:0a:01' }],
      sharing: { ...STATUS.sharing, who: ['alice@home.example'] },
      lmas: [{ id: attack, reachable: true, subscriber: 'alice@home.example' }],
      problems: [{ at: START, level: 'warn', text: attack, times: 1 }],
      fleet: { ...FLEET, state: 'offline', why: attack, home: attack },
    };
    const visit = await open();
    expect(await visit.page.content()).not.toMatch(/alice|02:00:00/);
    expect([await visit.page.locator('#view img').count(), (await textOf(visit)).split(attack).length - 1]).toEqual([0, 5]);
    await close(visit);
  });

  it.each([
    ['de', 'Gäste jetzt', '6 Gäste, 5 Mbit/s hoch', 'Teilen anhalten'],
    ['es', 'Invitados ahora', '6 invitados, 5 Mbit/s de subida', 'Poner en pausa'],
    ['fr', 'Invités maintenant', '6 invités, 5 Mbit/s en envoi', 'Mettre en pause'],
  ] as const)('in the language of the router: %s', async (language, ...words) => {
    const visit = await open({ language });
    for (const word of words) expect(await textOf(visit)).toContain(word);
    await close(visit);
  });
});

it.each(['pt_BR', 'auto'])('times are told in a language that is called %s', async (language) => {
  const visit = await open({ language });
  expect(await textOf(visit, 'problems')).toMatch(/23\/11\/2026|11\/23\/2026/);
  await close(visit);
});

describe('what stands in the way', () => {
  const visit = onOnePage();
  it.each([
    ['ready', 'Sharing'],
    ['silent', 'Sharing, but the operator does not answer'],
    ['paused', 'Paused'],
    ['starting', 'Starting'],
    ['noLma', 'No anchor is known'],
    ['noUplink', 'No internet connection'],
    ['noClock', 'Waiting for the clock'],
    ['of a later version', 'serving'],
  ])('%s: %s', async (cause, title) => {
    status = { ...STATUS, cause };
    await again(visit());
    expect(await visit().page.locator('#roamstead-part-state h4').innerText()).toBe(title);
  });
});

describe("the owner's word", () => {
  it('pause and resume, each seen at once', async () => {
    router.ubus = (_, method) => {
      if (method === 'pause') status = { ...STATUS, state: 'paused', cause: 'paused' };
      if (method === 'resume') status = STATUS;
      return [0, method === 'status' ? status : {}];
    };
    const visit = await open();
    await visit.page.getByRole('button', { name: 'Pause sharing' }).click();
    await visit.page.getByRole('button', { name: 'Resume sharing' }).click();
    await visit.page.getByRole('button', { name: 'Pause sharing' }).waitFor();
    expect(router.calls).toEqual(['pause {}', 'resume {}']);
    await close(visit);
  });

  it('limits: what is typed outlives a poll, an empty field is no limit, nonsense is not sent', async () => {
    const visit = await open();
    const save = visit.page.getByRole('button', { name: 'Save limits' });
    await visit.page.getByLabel('Upload of all guests').fill('2.5');
    status = { ...STATUS, sharing: { ...STATUS.sharing, guests: 3 } };
    await again(visit);
    await save.click();
    await visit.page.getByLabel('Guests at most').fill('');
    await save.click();
    await visit.page.getByLabel('Guests at most').fill('0');
    await save.click();
    await visit.page.getByLabel('Guests at most').fill('1');
    await save.click();
    await expect.poll(() => router.calls).toEqual(['cap {"maximum-guests":6,"up-rate":"2.5Mbit/s"}', 'cap {"up-rate":"2.5Mbit/s"}', 'cap {"maximum-guests":1,"up-rate":"2.5Mbit/s"}']);
    await close(visit);
  });

  it('a refusal is said: in the agent’s words, for want of rights, by silence', async () => {
    const visit = await open();
    for (const [answer, words] of [[[0, { error: 'the disk is full: remove something' }], 'the disk is full: remove something'], [[6], 'You have no right to do this.'], [[7], 'The gateway did not answer (status 7).']] as const) {
      router.ubus = (_, method) => (method === 'status' ? [0, status] : answer);
      await visit.page.getByRole('button', { name: 'Pause sharing' }).click();
      await visit.page.locator('.alert-message.danger', { hasText: words }).waitFor();
    }
    expect(await visit.page.locator('.alert-message.danger h4').allInnerTexts()).toEqual(Array.from({ length: 3 }, () => 'Nothing was changed'));
    await close(visit);
  });

  it('who may only look can press nothing', async () => {
    const visit = await open({ readonly: true });
    expect(await visit.page.getByRole('button', { disabled: true }).count()).toBe(2);
    await close(visit);
  });
});

describe('without a status, what to do', () => {
  const visit = onOnePage();
  const service = (more: object) => [0, { roamstead: { start: 95, enabled: true, running: false, ...more } }] as const;
  it.each([
    ['not installed', [4], [0, {}], 'Install the package'],
    ['switched off', [4], service({ enabled: false }), 'Enable it on the page'],
    ['stopped', [4], service({}), 'Start it under System'],
    ['stopped, and services are not ours to see', [4], [6], 'Start it under System'],
    ['starting', [4], service({ running: true }), 'is starting, or cannot be reached'],
    ['started again and again', [4], service({ running: true }), 'another DHCP server listens on br0'],
    ['stopped, as uhttpd says it', { error: { code: -32000, message: 'Object not found' } }, service({}), 'Start it under System'],
    ['no rights', { error: { code: -32002, message: 'Access denied' } }, [6], 'Log in as root'],
    ['no rights on ubus', [6], [6], 'Log in as root'],
    ['silent', [7], [0, {}], 'gave no answer in time'],
    ['nonsense', [0, { error: 'the process is starting' }], [0, {}], 'the process is starting'],
    ['no web server', 'broken', [0, {}], 'HTTP error 404'],
  ] as const)('%s', async (name, answer, services, words) => {
    const left = JSON.stringify({ at: START, why: 'another DHCP server listens on br0: stop it' });
    router.ubus = (object) => (object === 'rc' ? services : object === 'file' ? (name.includes('again') ? [0, { data: left }] : [4]) : answer);
    await again(visit());
    expect(await textOf(visit(), 'state')).toContain(words);
    expect(await visit().page.locator('button:visible').count()).toBe(0);
    // It comes back by itself.
    router.ubus = () => [0, STATUS];
    await again(visit());
    expect(await textOf(visit(), 'state')).toContain('Ready for guests.');
  });
});

describe('settings and help', () => {
  it('the configuration is checked as the service checks it, and its words are shown', async () => {
    router.ubus = (object) => (object === 'file' ? [0, { code: 1, stdout: '', stderr: '/etc/config/roamstead:9: main.domain: missing <b>' }] : [0, {}]);
    const visit = await open({ view: 'settings' });
    await visit.page.getByRole('button', { name: 'Check' }).click();
    expect(await visit.page.getByRole('dialog').innerText()).toMatch(/has mistakes[^]*main\.domain: missing <b>/);
    expect(router.calls).toEqual(['exec {"command":"/etc/init.d/roamstead","params":["check"]}']);
    await visit.page.getByRole('button', { name: 'Close' }).click();
    router.ubus = () => ({ error: { code: -32002, message: 'Access denied' } });
    await visit.page.getByRole('button', { name: 'Check' }).click();
    await visit.page.getByText('service roamstead check').last().waitFor();
    await close(visit);
  });

  it('a rate is checked as the agent reads it', async () => {
    const visit = await open({ view: 'settings' });
    const field = visit.page.getByLabel('Upload of all guests');
    const said: string[] = [];
    for (const rate of ['5 Mbit/s', '', '16k', '15 kbit/s', 'fast']) {
      await field.fill(rate);
      await field.dispatchEvent('change');
      said.push(await visit.page.locator('[id="host_first.up_rate"] + [role=alert]').innerText());
    }
    expect(said).toEqual(['', '', '', ...Array.from({ length: 2 }, () => 'A rate such as 20 Mbit/s, at least 16 kbit/s')]);
    await close(visit);
  });

  it('the documentation is that of the installed version; without it, where it is', async () => {
    const none = await open({ view: 'help' });
    expect(await textOf(none)).toContain('docs/openwrt.md');
    await close(none);
    router.docs = '# Roamstead on OpenWrt\n<b>';
    const visit = await open({ view: 'help' });
    expect(await visit.page.locator('pre').innerText()).toBe('# Roamstead on OpenWrt\n<b>');
    await close(visit);
  });
});
