/** The stations that the ubus source tells of: who came, who left, whom nobody told of, and crowds. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ALICE, BOB, sessionScene } from './sessionScene.ts';

const s = sessionScene();
const { listen, pass, told, upWithNobody, join, asked } = s;

describe('stations', () => {
  test('the name that RADIUS accepted comes with the attachment, and with the list', () => {
    upWithNobody();
    join(ALICE, 'alice@home.example');
    pass();
    expect(s.events).toMatchObject([{ kind: 'stationAttached', mac: ALICE, identity: 'alice@home.example' }]);
    s.source.close();
    listen();
    pass();
    expect(s.events.at(-1)).toMatchObject({ kind: 'stationList', identities: { [ALICE]: 'alice@home.example' } });
  });

  test.each(['disassoc', 'deauth', 'local-deauth', 'inactive-deauth'])('%s ends it', (method) => {
    upWithNobody();
    join(ALICE);
    pass();
    told();
    s.bss.stations.delete(ALICE);
    s.bss.notify(method, ALICE);
    s.bss.notify(method, ALICE);
    pass();
    expect(told()).toEqual([`stationDetached ${ALICE}`]);
  });

  test('one that left before the list was read was never there', () => {
    upWithNobody();
    join(ALICE);
    s.bss.stations.delete(ALICE);
    s.bss.notify('deauth', ALICE);
    pass();
    expect(told()).toEqual([]);
  });

  test('one that is authorized no more by the time of the list was never there', () => {
    upWithNobody();
    s.bss.notify('sta-authorized', ALICE);
    pass();
    expect(told()).toEqual([]);
  });

  test('deauthenticate asks for it, and believes the list', () => {
    upWithNobody();
    join(ALICE);
    pass();
    s.ubusd.lossy = true;
    s.source.deauthenticate('access0', ALICE);
    pass();
    expect(told()).toEqual([`stationAttached ${ALICE}`, `stationDetached ${ALICE}`]);
  });

  test('two radios are one access interface', () => {
    const other = s.ubusd.addBss('phy1-ap0');
    listen(['phy0-ap0', 'phy1-ap0']);
    pass();
    join(ALICE);
    pass();
    other.stations.set(ALICE, { authorized: true });
    other.notify('sta-authorized', ALICE);
    s.bss.stations.delete(ALICE);
    s.bss.notify('inactive-deauth', ALICE);
    pass();
    expect(told()).toEqual(['linkUp', 'list', `stationAttached ${ALICE}`, `stationAttached ${ALICE}`]);
  });
});

describe('a hostapd without sta-authorized', () => {
  beforeEach(upWithNobody);

  test('a station that associated is looked at until it is authorized', () => {
    s.bss.stations.set(ALICE, { authorized: false });
    s.bss.notify('assoc', ALICE);
    pass(400);
    expect(told()).toEqual([]);
    s.bss.stations.set(ALICE, { authorized: true });
    pass(400);
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
    expect(s.counted).toEqual([expect.stringMatching(/does not tell sta-authorized/)]);
    const before = asked();
    pass(5000);
    expect(asked()).toBe(before);
  });

  test('one that never gets through is given up', () => {
    s.bss.stations.set(ALICE, { authorized: false });
    s.bss.notify('assoc', ALICE);
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
    s.bss.stations.set(ALICE, { authorized: false });
    s.bss.notify('assoc', ALICE);
    pass(100);
    s.bss.stations.set(ALICE, { authorized: true });
    pass(1000);
    expect(told()).toEqual([`stationAttached ${ALICE}`]);
  });
});

test('a hostapd that tells sta-authorized is not asked because of assoc', () => {
  upWithNobody();
  join(ALICE);
  pass();
  const before = asked();
  for (let i = 0; i < 100; i++) s.bss.notify('assoc', BOB);
  pass(100);
  expect(asked()).toBe(before);
});

describe('lost notifications', () => {
  test('the list shows who came and who left, and who left is told so', () => {
    upWithNobody();
    join(ALICE);
    pass();
    s.ubusd.lossy = true;
    s.bss.stations.delete(ALICE);
    s.bss.stations.set(BOB, { authorized: true });
    pass(16_000);
    expect(told()).toEqual([`stationAttached ${ALICE}`, `stationDetached ${ALICE}`, `stationAttached ${BOB}`]);
  });
});

describe('a flood', () => {
  test('of ten thousand probes costs no question, and a join among them is told', () => {
    upWithNobody();
    const before = asked();
    for (let i = 0; i < 10_000; i++) s.bss.notify('probe', BOB);
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
    s.ubusd.silent = true;
    for (let i = 0; i < 5000; i++) s.bss.notify('sta-authorized', `02:00:00:02:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`);
    pass();
    expect(s.counted.filter((reason) => /more stations at once/.test(reason))).toHaveLength(5000 - 4096);
    s.ubusd.silent = false;
    pass(5000);
    expect(told()).toEqual(['linkDown', 'linkUp', 'list']);
  });
});
