import { describe, expect, test } from 'vitest';
import { TIMING } from 'hostapd-ctrl';
import { ALICE, attached, BOB, setUp } from './hostapdBench.ts';

describe('the beginning', () => {
  test('attaches, asks for the status and reads the list; stations not authorized are left out', () => {
    const { hostapd, pass, told } = setUp((h) => {
      h.stations.set(ALICE, { authorized: true, identity: 'alice' });
      h.stations.set(BOB, { authorized: false });
    });
    pass();
    expect(hostapd.requests).toEqual(['ATTACH', 'STATUS', 'STA-FIRST', `STA-NEXT ${ALICE}`, `STA-NEXT ${BOB}`]);
    expect(told()).toEqual(['up community 6', `list ${ALICE}`]);
  });

  test('hostapd is not there yet: told once, tried again, found', () => {
    const { hostapd, pass, told } = setUp((h) => (h.dead = true));
    pass(5000);
    expect(told()).toEqual(['down: connect to /run/hostapd/wlan0: ENOENT']);
    hostapd.dead = false;
    pass(TIMING.retry);
    expect(told()).toEqual(['up community 6', 'list']);
  });

  test('an access point that waits for its channel is down until AP-ENABLED', () => {
    const { hostapd, pass, told } = setUp((h) => (h.state = 'ACS'));
    pass();
    expect(told()).toEqual(['down: the access point is in state ACS']);
    hostapd.state = 'ENABLED';
    hostapd.say('AP-ENABLED ');
    pass();
    expect(told()).toEqual(['up community 6', 'list']);
  });

  test('an AP-ENABLED that got lost is found by the next comparison', () => {
    const { hostapd, pass, told } = setUp((h) => (h.state = 'DISABLED'));
    pass();
    hostapd.state = 'ENABLED';
    pass(TIMING.audit + 100);
    expect(told()).toEqual(['down: the access point is in state DISABLED', 'up community 6', 'list']);
  });

  test('a refused ATTACH is a reason', () => {
    const { told, pass } = setUp((h) => (h.instead = (request) => (request === 'ATTACH' ? 'FAIL\n' : undefined)));
    pass();
    expect(told()).toEqual(['down: hostapd refuses ATTACH: FAIL']);
  });
});

describe('attachment', () => {
  test('AP-STA-CONNECTED, with the identity and the time of the event', () => {
    const { connect, pass, clock, hostapd, reports } = attached();
    clock.advance(50);
    const at = clock.now();
    connect(ALICE, 'alice@home.example');
    pass();
    expect(reports).toEqual([{ kind: 'attached', mac: ALICE, identity: 'alice@home.example', at }]);
    expect(hostapd.requests.at(-1)).toBe(`STA ${ALICE}`);
  });

  test('EAP-SUCCESS of a station whose keys are still to come is none', () => {
    const { hostapd, connect, pass, told } = attached();
    hostapd.stations.set(ALICE, { authorized: false });
    hostapd.say(`CTRL-EVENT-EAP-SUCCESS2 ${ALICE}`);
    pass();
    expect(told()).toEqual([]);
    connect(ALICE, 'alice');
    pass();
    expect(told()).toEqual([`attached ${ALICE} alice`]);
  });

  test('EAP-SUCCESS and AP-STA-CONNECTED together are one (driver=wired)', () => {
    const { hostapd, connect, pass, told } = attached();
    hostapd.stations.set(ALICE, { authorized: true, identity: 'alice' });
    hostapd.say(`CTRL-EVENT-EAP-SUCCESS2 ${ALICE}`);
    connect(ALICE, 'alice');
    pass();
    expect(told()).toEqual([`attached ${ALICE} alice`]);
  });

  test('AP-STA-CONNECTED first and EAP-SUCCESS within a second are one; later it is another', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE, 'alice');
    pass(TIMING.debounce - 100);
    hostapd.say(`CTRL-EVENT-EAP-SUCCESS ${ALICE}`);
    pass();
    expect(told()).toEqual([`attached ${ALICE} alice`]);
    pass(200);
    hostapd.say(`CTRL-EVENT-EAP-SUCCESS ${ALICE}`);
    pass();
    expect(told()).toEqual([`attached ${ALICE} alice`]);
  });

  test('a return without having left is told each time (driver=wired)', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE, 'alice');
    pass(3000);
    for (let i = 0; i < 3; i++) {
      hostapd.say(`CTRL-EVENT-EAP-SUCCESS2 ${ALICE}`);
      pass(500);
    }
    expect(told()).toEqual(Array(4).fill(`attached ${ALICE} alice`));
  });

  test('gone before it could be asked for is none', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    hostapd.stations.delete(ALICE);
    pass();
    expect(told()).toEqual([]);
  });

  test('an event without meaning is handed on', () => {
    const { hostapd, pass, told } = attached();
    hostapd.say('WPS-TIMEOUT ');
    pass();
    expect(told()).toEqual(['unknown WPS-TIMEOUT']);
  });
});

describe('detachment', () => {
  test('AP-STA-DISCONNECTED, once, and the return at once is no repetition', () => {
    const { connect, disconnect, pass, told } = attached();
    connect(ALICE);
    disconnect(ALICE);
    disconnect(ALICE);
    connect(ALICE);
    pass();
    expect(told()).toEqual([`attached ${ALICE} -`]);
    disconnect(ALICE);
    pass();
    expect(told()).toEqual([`detached ${ALICE}: hostapd: station disconnected`]);
    connect(ALICE);
    pass();
    expect(told()).toEqual([`attached ${ALICE} -`]);
  });

  test('of a station that was never told is nothing', () => {
    const { disconnect, pass, told } = attached();
    disconnect(BOB);
    pass();
    expect(told()).toEqual([]);
  });

  test('a failed EAP that cost the authorization', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    pass();
    told();
    hostapd.say(`CTRL-EVENT-EAP-FAILURE ${ALICE}`);
    pass();
    expect(told()).toEqual([]);
    hostapd.stations.set(ALICE, { authorized: false });
    hostapd.say(`CTRL-EVENT-EAP-FAILURE2 ${ALICE}`);
    pass();
    expect(told()).toEqual([`detached ${ALICE}: hostapd: no longer authorized`]);
  });

  test('deauthenticate, also when hostapd tells no event of it', () => {
    const { hostapd, client, connect, pass, told } = attached();
    connect(ALICE);
    connect(BOB);
    pass();
    told();
    client.deauthenticate(ALICE);
    pass();
    expect(told()).toEqual([`detached ${ALICE}: hostapd: station disconnected`]);
    hostapd.dropMonitors();
    client.deauthenticate(BOB);
    pass();
    expect(told()).toEqual([`detached ${BOB}: hostapd: no longer authorized`]);
    client.deauthenticate('02:00:00:00:99:99');
    pass();
    expect(told()).toEqual([]);
  });
});
