/** The ubus source against a ubusd and a hostapd that refuse, fall silent, lose notifications, restart and flood. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ubusStations } from '../../../agent/wifi/ubusStations.ts';
import type { StationEvent, StationEvents } from '../../../agent/wifi/stationEvents.ts';
import { fakeUbusd, type FakeBss, type FakeUbusd } from './fakeUbusd.ts';

const ALICE = '02:00:00:00:0a:01';
const BOB = '02:00:00:00:0b:01';

let ubusd: FakeUbusd;
let bss: FakeBss;
let source: StationEvents;
let events: StationEvent[];
let counted: string[];

beforeEach(() => {
  vi.useFakeTimers();
  ubusd = fakeUbusd();
  ubusd.startHostapd();
  bss = ubusd.addBss('phy0-ap0');
  events = [];
  counted = [];
});
afterEach(() => {
  source.close();
  vi.useRealTimers();
});

function listen(bsses: readonly string[] = ['phy0-ap0']): void {
  const now = () => ({ at: Date.now(), wall: Date.now() });
  source = ubusStations({ interfaces: [{ interface: 'access0', bsses }], open: ubusd.open, now, onCount: (reason) => counted.push(reason) });
  void source.start((event) => events.push(event));
}

/** Messages are delivered and time passes, in steps of 10 ms. */
function pass(ms = 0): void {
  ubusd.deliver();
  for (let left = ms; left > 0; left -= 10) {
    vi.advanceTimersByTime(Math.min(10, left));
    ubusd.deliver();
  }
}

/** The events since the last look, in words. */
const told = (): string[] =>
  events.splice(0).map((e) => {
    if (e.kind === 'stationList') return `list ${e.macs.join(' ')}`.trim();
    return 'mac' in e ? `${e.kind} ${e.mac}` : e.kind;
  });

function upWithNobody(): void {
  listen();
  pass();
  expect(told()).toEqual(['linkUp', 'list']);
}
function join(mac: string, identity?: string): void {
  bss.stations.set(mac, { authorized: true, ...(identity === undefined ? {} : { identity }) });
  bss.notify('sta-authorized', mac);
}
const asked = (): number => ubusd.requests.filter((r) => r === 'invoke hostapd.phy0-ap0 get_clients').length;

describe('stations', () => {
  test('the name that RADIUS accepted comes with the attachment, and with the list', () => {
    upWithNobody();
    join(ALICE, 'alice@home.example');
    pass();
    expect(events).toMatchObject([{ kind: 'stationAttached', mac: ALICE, identity: 'alice@home.example' }]);
    source.close();
    listen();
    pass();
    expect(events.at(-1)).toMatchObject({ kind: 'stationList', identities: { [ALICE]: 'alice@home.example' } });
  });

  test.each(['disassoc', 'deauth', 'local-deauth', 'inactive-deauth'])('%s ends it', (method) => {
    upWithNobody();
    join(ALICE);
    pass();
    told();
    bss.stations.delete(ALICE);
    bss.notify(method, ALICE);
    bss.notify(method, ALICE);
    pass();
    expect(told()).toEqual([`stationDetached ${ALICE}`]);
  });

  test('one that left before the list was read was never there', () => {
    upWithNobody();
    join(ALICE);
    bss.stations.delete(ALICE);
    bss.notify('deauth', ALICE);
    pass();
    expect(told()).toEqual([]);
  });

  test('one that is authorized no more by the time of the list was never there', () => {
    upWithNobody();
    bss.notify('sta-authorized', ALICE);
    pass();
    expect(told()).toEqual([]);
  });

  test('deauthenticate asks for it, and believes the list', () => {
    upWithNobody();
    join(ALICE);
    pass();
    ubusd.lossy = true;
    source.deauthenticate('access0', ALICE);
    pass();
    expect(told()).toEqual([`stationAttached ${ALICE}`, `stationDetached ${ALICE}`]);
  });

  test('two radios are one access interface', () => {
    const other = ubusd.addBss('phy1-ap0');
    listen(['phy0-ap0', 'phy1-ap0']);
    pass();
    join(ALICE);
    pass();
    other.stations.set(ALICE, { authorized: true });
    other.notify('sta-authorized', ALICE);
    bss.stations.delete(ALICE);
    bss.notify('inactive-deauth', ALICE);
    pass();
    expect(told()).toEqual(['linkUp', 'list', `stationAttached ${ALICE}`, `stationAttached ${ALICE}`]);
  });
});

describe('a hostapd without sta-authorized', () => {
  beforeEach(upWithNobody);

  test('a station that associated is looked at until it is authorized', () => {
    bss.stations.set(ALICE, { authorized: false });
    bss.notify('assoc', ALICE);
    pass(400);
    expect(told()).toEqual([]);
    bss.stations.set(ALICE, { authorized: true });
    pass(400);
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
    expect(counted).toEqual([expect.stringMatching(/does not tell sta-authorized/)]);
    const before = asked();
    pass(5000);
    expect(asked()).toBe(before);
  });

  test('one that never gets through is given up', () => {
    bss.stations.set(ALICE, { authorized: false });
    bss.notify('assoc', ALICE);
    pass(31_000);
    const before = asked();
    pass(14_000);
    expect(asked() - before).toBeLessThanOrEqual(1);
    expect(told()).toEqual([]);
  });

  test('one that is on its way through again is not taken for gone', () => {
    join(ALICE);
    pass();
    told();
    listen();
    pass();
    told();
    bss.stations.set(ALICE, { authorized: false });
    bss.notify('assoc', ALICE);
    pass(100);
    bss.stations.set(ALICE, { authorized: true });
    pass(1000);
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
  });
});

test('a hostapd that tells sta-authorized is not asked because of assoc', () => {
  upWithNobody();
  join(ALICE);
  pass();
  const before = asked();
  for (let i = 0; i < 100; i++) bss.notify('assoc', BOB);
  pass(100);
  expect(asked()).toBe(before);
});

describe('lost notifications', () => {
  test('the list shows who came and who left, and who left is told so', () => {
    upWithNobody();
    join(ALICE);
    pass();
    ubusd.lossy = true;
    bss.stations.delete(ALICE);
    bss.stations.set(BOB, { authorized: true });
    pass(16_000);
    expect(told()).toEqual([`stationAttached ${ALICE}`, `stationDetached ${ALICE}`, `stationAttached ${BOB}`]);
  });
});

describe('a flood', () => {
  test('of ten thousand probes costs no question, and a join among them is told', () => {
    upWithNobody();
    const before = asked();
    for (let i = 0; i < 10_000; i++) bss.notify('probe', BOB);
    join(ALICE);
    pass();
    expect(asked() - before).toBe(1);
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
  });

  test('of attachments is answered by one list at a time, and by every station', () => {
    upWithNobody();
    const before = asked();
    const macs = Array.from({ length: 1000 }, (_, i) => `02:00:00:01:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`);
    for (const mac of macs) join(mac);
    pass();
    expect(asked() - before).toBeLessThanOrEqual(2);
    expect(new Set(told())).toEqual(new Set(macs.map((mac) => `stationAttached ${mac}`)));
  });

  test('of made-up stations that hostapd does not list leaves nothing behind', () => {
    upWithNobody();
    ubusd.silent = true;
    for (let i = 0; i < 5000; i++) bss.notify('sta-authorized', `02:00:00:02:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`);
    pass();
    expect(counted.filter((reason) => /more stations at once/.test(reason))).toHaveLength(5000 - 4096);
    ubusd.silent = false;
    pass(5000);
    expect(told()).toEqual(['linkDown', 'linkUp', 'list']);
  });
});

describe('hostapd', () => {
  test('that is not there yet is told once, in words that help, and found when it comes', () => {
    bss.remove();
    listen();
    pass(10_000);
    expect(events).toEqual([{ kind: 'linkDown', interface: 'access0', reason: expect.stringMatching(/ubus has no hostapd.phy0-ap0.*ubus list/) }]);
    told();
    bss = ubusd.addBss('phy0-ap0');
    pass();
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('that says nothing of its new object is found by looking', () => {
    bss.remove();
    listen();
    pass(100);
    told();
    bss = ubusd.addBss('phy0-ap0', true);
    ubusd.lossy = true;
    pass(4000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('that restarts is subscribed to once: nothing is told twice', () => {
    upWithNobody();
    ubusd.killHostapd();
    pass();
    expect(told()).toEqual(['linkDown']);
    ubusd.startHostapd();
    bss = ubusd.addBss('phy0-ap0');
    pass(5000);
    expect(told()).toEqual(['linkUp', 'list']);
    expect(ubusd.requests.filter((r) => r === 'subscribe hostapd.phy0-ap0')).toHaveLength(2);
  });

  test('bss.remove is believed before the object goes, bss.reload makes it asked', () => {
    upWithNobody();
    const before = asked();
    ubusd.news('bss.reload', 'phy0-ap0');
    pass();
    expect(asked() - before).toBe(1);
    ubusd.news('bss.remove', 'phy0-ap0');
    ubusd.news('bss.reload', 'no-such-ap');
    pass();
    expect(told()).toEqual(['linkDown']);
  });

  test('that does not answer is down until it does', () => {
    upWithNobody();
    ubusd.silent = true;
    join(ALICE);
    pass(4000);
    expect(events).toMatchObject([{ kind: 'linkDown', reason: 'hostapd does not answer on hostapd.phy0-ap0' }]);
    told();
    ubusd.silent = false;
    pass(5000);
    expect(told()).toEqual(['linkUp', `list ${ALICE}`]);
  });

  test.each([
    ['refuses get_clients', 6, /answers get_clients .* permission denied/],
    ['has no object of that number any more', 4, /no such object/],
  ])('that %s is down, with the reason', (_, status, reason) => {
    ubusd.refuse.set('invoke hostapd.phy0-ap0 get_clients', status);
    listen();
    pass(100);
    expect(events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(reason) as string }]);
  });

  test('whose list cannot be read is down, and the fault is counted', () => {
    ubusd.instead = () => Uint8Array.of(1, 2, 3);
    listen();
    pass(100);
    expect(events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(/cannot be read/) as string }]);
    expect(counted).toEqual(['ubus: truncated']);
  });

  test('that waits for its subscribers gets their word at once', () => {
    upWithNobody();
    bss.notify('probe', ALICE, true);
    bss.notify('probe', ALICE);
    pass();
    expect(ubusd.answers).toEqual([0]);
  });

  test('that tells of no station, or of none with a MAC, is counted', () => {
    upWithNobody();
    bss.notify('disassoc', 'nobody');
    pass();
    expect(counted).toEqual(['ubus: disassoc without a station']);
  });

  test('notify_response is never set, because hostapd would wait for us', () => {
    upWithNobody();
    join(ALICE);
    source.deauthenticate('access0', ALICE);
    pass(20_000);
    expect(ubusd.requests.filter((r) => r.includes('notify_response'))).toEqual([]);
  });
});

describe('ubusd', () => {
  test('that is not there is tried again, ever more rarely', async () => {
    ubusd.dead = true;
    let opened = 0;
    const { open } = ubusd;
    ubusd = { ...ubusd, open: (...to) => ((opened += 1), open(...to)) };
    listen();
    for (let i = 0; i < 600; i++) await vi.advanceTimersByTimeAsync(100);
    expect(told()).toEqual(['linkDown']);
    expect(opened).toBeGreaterThan(10);
    expect(opened).toBeLessThan(25);
  });

  test('that restarts costs the list, not the stations', () => {
    upWithNobody();
    join(ALICE);
    pass();
    told();
    ubusd.dead = true;
    ubusd.dead = false;
    pass(1000);
    expect(told()).toEqual(['linkDown', 'linkUp', `list ${ALICE}`]);
  });

  test('that does not greet, or does not answer, is given up and tried again', () => {
    ubusd.hung = true;
    listen();
    pass(4000);
    expect(events).toMatchObject([{ kind: 'linkDown', reason: 'ubusd does not say HELLO' }]);
    told();
    ubusd.hung = false;
    pass(5000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test.each([
    ['addObject', /lets nobody subscribe: out of memory/, 11],
    ['lookup hostapd.phy0-ap0', /does not give hostapd.phy0-ap0: permission denied/, 6],
    ['subscribe hostapd.phy0-ap0', /has no hostapd.phy0-ap0/, 4],
  ])('that refuses %s is told with its reason', (request, reason, status) => {
    ubusd.refuse.set(request, status);
    listen();
    pass(100);
    expect(events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(reason) as string }]);
    ubusd.refuse.clear();
    told();
    pass(9000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('without events of new objects, hostapd is found all the same', () => {
    ubusd.refuse.set('invoke events register', 6);
    upWithNobody();
    expect(counted).toEqual([expect.stringMatching(/no events of new objects: permission denied/)]);
  });

  test('whose lengths cannot be is no ubusd', () => {
    upWithNobody();
    ubusd.say(new Uint8Array(12));
    pass();
    expect(events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(/no ubusd/) as string }]);
    expect(counted).toEqual(['ubus: length']);
  });

  test('one message that cannot be read costs that message', () => {
    upWithNobody();
    ubusd.say(Uint8Array.of(0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4));
    ubusd.say(Uint8Array.of(0, 1, 9, 9, 0, 0, 0, 0, 0, 0, 0, 4));
    join(ALICE);
    pass();
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
    expect(counted).toEqual(['ubus: unknown-type', 'ubus: answer to nothing']);
  });

  test('may cut its messages as it likes', () => {
    listen();
    for (let i = 0; i < 20; i++) ubusd.deliver(3);
    join(ALICE);
    for (let i = 0; i < 5; i++) ubusd.deliver(1);
    expect(told()).toEqual(['linkUp', 'list', `stationAttached ${ALICE}`]);
  });
});
