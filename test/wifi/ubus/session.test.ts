/** The ubus source against a ubusd and a hostapd that refuse, fall silent, restart, and answer nonsense. */
import { describe, expect, test, vi } from 'vitest';
import { ALICE, sessionScene } from './sessionScene.ts';

const s = sessionScene();
const { listen, pass, told, upWithNobody, join, asked } = s;

describe('hostapd', () => {
  test('that is not there yet is told once, in words that help, and found when it comes', () => {
    s.bss.remove();
    listen();
    pass(10_000);
    expect(s.events).toEqual([{ kind: 'linkDown', interface: 'access0', reason: expect.stringMatching(/ubus has no hostapd.phy0-ap0.*ubus list/) }]);
    told();
    s.bss = s.ubusd.addBss('phy0-ap0');
    pass();
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('that says nothing of its new object is found by looking', () => {
    s.bss.remove();
    listen();
    pass(100);
    told();
    s.bss = s.ubusd.addBss('phy0-ap0', true);
    s.ubusd.lossy = true;
    pass(4000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('that restarts is subscribed to once: nothing is told twice', () => {
    upWithNobody();
    s.ubusd.killHostapd();
    pass();
    expect(told()).toEqual(['linkDown']);
    s.ubusd.startHostapd();
    s.bss = s.ubusd.addBss('phy0-ap0');
    pass(5000);
    expect(told()).toEqual(['linkUp', 'list']);
    expect(s.ubusd.requests.filter((r) => r === 'subscribe hostapd.phy0-ap0')).toHaveLength(2);
  });

  test('bss.remove is believed before the object goes, bss.reload makes it asked', () => {
    upWithNobody();
    const before = asked();
    s.ubusd.news('bss.reload', 'phy0-ap0');
    pass();
    expect(asked() - before).toBe(1);
    s.ubusd.news('bss.remove', 'phy0-ap0');
    s.ubusd.news('bss.reload', 'no-such-ap');
    pass();
    expect(told()).toEqual(['linkDown']);
  });

  test('that does not answer is down until it does', () => {
    upWithNobody();
    s.ubusd.silent = true;
    join(ALICE);
    pass(4000);
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: 'hostapd does not answer on hostapd.phy0-ap0' }]);
    told();
    s.ubusd.silent = false;
    pass(5000);
    expect(told()).toEqual(['linkUp', `list ${ALICE}`]);
  });

  test.each([
    ['refuses get_clients', 6, /answers get_clients .* permission denied/],
    ['has no object of that number any more', 4, /no such object/],
  ])('that %s is down, with the reason', (_, status, reason) => {
    s.ubusd.refuse.set('invoke hostapd.phy0-ap0 get_clients', status);
    listen();
    pass(100);
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(reason) as string }]);
  });

  test('whose list cannot be read is down, and the fault is counted', () => {
    s.ubusd.instead = () => Uint8Array.of(1, 2, 3);
    listen();
    pass(100);
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(/cannot be read/) as string }]);
    expect(s.counted).toEqual(['ubus: truncated']);
  });

  test('that waits for its subscribers gets their word at once', () => {
    upWithNobody();
    s.bss.notify('probe', ALICE, true);
    s.bss.notify('probe', ALICE);
    pass();
    expect(s.ubusd.answers).toEqual([0]);
  });

  test('that tells of no station, or of none with a MAC, is counted', () => {
    upWithNobody();
    s.bss.notify('disassoc', 'nobody');
    pass();
    expect(s.counted).toEqual(['ubus: disassoc without a station']);
  });

  test('notify_response is never set, because hostapd would wait for us', () => {
    upWithNobody();
    join(ALICE);
    s.source.deauthenticate('access0', ALICE);
    pass(20_000);
    expect(s.ubusd.requests.filter((r) => r.includes('notify_response'))).toEqual([]);
  });
});

describe('ubusd', () => {
  test('that is not there is tried again, ever more rarely', async () => {
    s.ubusd.dead = true;
    let opened = 0;
    const { open } = s.ubusd;
    s.ubusd = { ...s.ubusd, open: (...to) => ((opened += 1), open(...to)) };
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
    s.ubusd.dead = true;
    s.ubusd.dead = false;
    pass(1000);
    expect(told()).toEqual(['linkDown', 'linkUp', `list ${ALICE}`]);
  });

  test('that does not greet, or does not answer, is given up and tried again', () => {
    s.ubusd.hung = true;
    listen();
    pass(4000);
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: 'ubusd does not say HELLO' }]);
    told();
    s.ubusd.hung = false;
    pass(5000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test.each([
    ['addObject', /lets nobody subscribe: out of memory/, 11],
    ['lookup hostapd.phy0-ap0', /does not give hostapd.phy0-ap0: permission denied/, 6],
    ['subscribe hostapd.phy0-ap0', /has no hostapd.phy0-ap0/, 4],
  ])('that refuses %s is told with its reason', (request, reason, status) => {
    s.ubusd.refuse.set(request, status);
    listen();
    pass(100);
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(reason) as string }]);
    s.ubusd.refuse.clear();
    told();
    pass(9000);
    expect(told()).toEqual(['linkUp', 'list']);
  });

  test('without events of new objects, hostapd is found all the same', () => {
    s.ubusd.refuse.set('invoke events register', 6);
    upWithNobody();
    expect(s.counted).toEqual([expect.stringMatching(/no events of new objects: permission denied/)]);
  });

  test('whose lengths cannot be is no ubusd', () => {
    upWithNobody();
    s.ubusd.say(new Uint8Array(12));
    pass();
    expect(s.events).toMatchObject([{ kind: 'linkDown', reason: expect.stringMatching(/no ubusd/) as string }]);
    expect(s.counted).toEqual(['ubus: length']);
  });

  test('one message that cannot be read costs that message', () => {
    upWithNobody();
    s.ubusd.say(Uint8Array.of(0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4));
    s.ubusd.say(Uint8Array.of(0, 1, 9, 9, 0, 0, 0, 0, 0, 0, 0, 4));
    join(ALICE);
    pass();
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
    expect(s.counted).toEqual(['ubus: unknown-type', 'ubus: answer to nothing']);
  });

  test('may cut its messages as it likes', () => {
    listen();
    for (let i = 0; i < 20; i++) s.ubusd.deliver(3);
    join(ALICE);
    for (let i = 0; i < 5; i++) s.ubusd.deliver(1);
    expect(told()).toEqual(['linkUp', 'list', `stationAttached ${ALICE}`]);
  });
});
