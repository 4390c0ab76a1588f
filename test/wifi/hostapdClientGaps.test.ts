import { describe, expect, test } from 'vitest';
import { createSession, deadline, hostapdClient, step, TIMING } from 'hostapd-ctrl';
import type { Report } from 'hostapd-ctrl';
import { fakeClock, fakeHostapd } from './fakeHostapd.ts';
import { ALICE, attached, BOB, setUp } from './hostapdBench.ts';

describe('gaps', () => {
  test('a restarted hostapd: down, then up with the new list', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    pass();
    told();
    hostapd.dead = true;
    hostapd.stations.clear();
    pass(TIMING.ping + 100);
    expect(told()).toEqual(["down: hostapd's control socket /run/hostapd/wlan0 refuses PING"]);
    hostapd.dead = false;
    hostapd.stations.set(BOB, { authorized: true });
    pass(TIMING.retry);
    expect(told()).toEqual(['up community 6', `list ${BOB}`]);
  });

  test('hostapd says that it ends', () => {
    const { hostapd, pass, told } = attached();
    hostapd.say('CTRL-EVENT-TERMINATING ');
    hostapd.deliver();
    expect(told()).toEqual(['down: hostapd ends']);
    pass(TIMING.retry);
    expect(told()).toEqual(['up community 6', 'list']);
  });

  test('a hostapd that hangs is noticed by PING', () => {
    const { hostapd, pass, told } = attached();
    hostapd.silent = true;
    pass(TIMING.ping + TIMING.reply - 200);
    expect(told()).toEqual([]);
    pass(400);
    expect(told()).toEqual(['down: hostapd does not answer PING']);
    hostapd.silent = false;
    pass(TIMING.retry);
    expect(told()).toEqual(['up community 6', 'list']);
  });

  test('it is not pinged while it talks', () => {
    const { hostapd, pass } = attached();
    for (let i = 0; i < 5; i++) {
      pass(TIMING.ping - 1000);
      hostapd.say('SOMETHING');
    }
    pass();
    expect(hostapd.requests).not.toContain('PING');
  });

  test('a monitor that hostapd dropped: the list shows it, and the next event arrives again', () => {
    const { hostapd, connect, pass, told } = attached();
    hostapd.dropMonitors();
    connect(ALICE, 'alice');
    pass(TIMING.audit - 1000);
    expect(told()).toEqual([]);
    pass(1500);
    expect(told()).toEqual([`list ${ALICE}`]);
    connect(BOB);
    pass();
    expect(told()).toEqual([`attached ${BOB} -`]);
  });

  test('the comparison says nothing while all is as told', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    pass();
    told();
    pass(3 * TIMING.audit);
    expect(told()).toEqual([]);
    expect(hostapd.requests.filter((r) => r === 'STA-FIRST')).toHaveLength(4);
    expect(hostapd.requests.filter((r) => r === 'ATTACH')).toHaveLength(1);
  });

  test('a list that changes while it is read is read again', () => {
    const all = setUp((h) => {
      for (let i = 10; i < 20; i++) h.stations.set(`02:00:00:00:03:${i}`, { authorized: true });
      h.instead = (request) => {
        if (request !== 'STA-NEXT 02:00:00:00:03:14') return undefined;
        h.instead = undefined;
        h.stations.delete('02:00:00:00:03:14');
        h.stations.delete('02:00:00:00:03:11');
        h.say('AP-STA-DISCONNECTED 02:00:00:00:03:14');
        return 'FAIL\n';
      };
    });
    all.pass();
    const lists = all.told().filter((line) => line.startsWith('list'));
    expect(lists).toEqual([`list ${[10, 12, 13, 15, 16, 17, 18, 19].map((i) => `02:00:00:00:03:${i}`).join(' ')}`]);
  });

  test('a list that never holds still is a reason to begin anew, not to turn for ever', () => {
    const all = setUp((h) => {
      h.stations.set(ALICE, { authorized: true });
      h.instead = (request) => (request.startsWith('STA-NEXT') ? 'FAIL\n' : undefined);
    });
    all.pass();
    expect(all.told()).toEqual(['down: the station list changed 20 times while it was read']);
  });

  test('what comes and goes while the list is read does not make it be read again, and is told all the same', () => {
    const all = setUp((h) => {
      h.stations.set(ALICE, { authorized: true });
      h.instead = (request) => {
        if (request !== `STA-NEXT ${ALICE}`) return undefined;
        h.instead = undefined;
        h.stations.delete(ALICE);
        h.say(`AP-STA-DISCONNECTED ${ALICE}`);
        h.stations.set(BOB, { authorized: true });
        h.say(`AP-STA-CONNECTED ${BOB}`);
        return '';
      };
    });
    all.pass();
    expect(all.told()).toEqual(['up community 6', 'list', `attached ${BOB} -`]);
    expect(all.hostapd.requests.filter((r) => r === 'STA-FIRST')).toHaveLength(1);
  });

  test('the access point is disabled and enabled', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    pass();
    told();
    hostapd.state = 'DISABLED';
    hostapd.stations.clear();
    hostapd.say('AP-DISABLED ');
    pass();
    expect(told()).toEqual(['down: the access point is disabled']);
    hostapd.state = 'ENABLED';
    hostapd.say('AP-ENABLED ');
    pass();
    expect(told()).toEqual(['up community 6', 'list']);
  });
});

describe('the client', () => {
  test('close takes leave, and nothing comes after it', () => {
    const { hostapd, client, connect, pass, told } = attached();
    connect(ALICE);
    client.close();
    client.close();
    pass(60_000);
    expect(hostapd.requests.at(-1)).toBe('DETACH');
    expect(told()).toEqual([]);
  });

  test('a report may call back into the client', () => {
    const hostapd = fakeHostapd();
    const clock = fakeClock();
    const seen: string[] = [];
    const client = hostapdClient({
      path: 'x',
      open: hostapd.open,
      clock,
      onReport(report) {
        seen.push(report.kind);
        if (report.kind === 'attached') client.deauthenticate(report.mac);
      },
    });
    hostapd.deliver();
    hostapd.stations.set(ALICE, { authorized: true });
    hostapd.say(`AP-STA-CONNECTED ${ALICE}`);
    hostapd.deliver();
    expect(seen).toEqual(['up', 'list', 'attached', 'detached']);
  });

  test('an error on the socket is a gap', () => {
    const hostapd = fakeHostapd();
    const clock = fakeClock();
    const reports: Report[] = [];
    let fail: (error: Error) => void = () => {};
    hostapdClient({
      path: 'x',
      clock,
      open: (path, onMessage, onError) => {
        fail = onError;
        return hostapd.open(path, onMessage, onError);
      },
      onReport: (r) => reports.push(r),
    });
    hostapd.deliver();
    fail(new Error('ENOBUFS'));
    expect(reports.at(-1)).toEqual({ kind: 'down', reason: 'ENOBUFS' });
  });
});

describe('a flood of events', () => {
  const stranger = (i: number) => `02:00:00:02:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;

  test('of one station is one question at a time, and the newest event counts', () => {
    const { hostapd, connect, pass, told, clock, reports } = attached();
    hostapd.requests.length = 0;
    for (let i = 0; i < 5000; i++) hostapd.say('CTRL-EVENT-EAP-FAILURE 02:00:00:00:99:99');
    clock.advance(10);
    connect(ALICE);
    pass();
    expect(hostapd.requests.length).toBeLessThan(10);
    expect(reports).toMatchObject([{ kind: 'attached', mac: ALICE }]);
    expect(told()).toHaveLength(1);
  });

  test('of strangers fills no memory: what cannot be asked one by one is read from the list', () => {
    const s = createSession();
    step(s, { kind: 'timer' }, 0);
    step(s, { kind: 'opened' }, 0);
    for (const text of ['OK\n', 'state=ENABLED\n', '']) step(s, { kind: 'datagram', text }, 0);
    const effects = Array.from({ length: 10_000 }, (_, i) => step(s, { kind: 'datagram', text: `<3>AP-STA-CONNECTED ${stranger(i)}` }, 1)).flat();
    expect(s.queue.length).toBeLessThanOrEqual(1100);
    expect(effects.filter((e) => e.kind === 'overrun').length).toBeGreaterThan(5);
    expect(effects.filter((e) => e.kind === 'send')).toHaveLength(1);
  });

  test('of strangers while the list is read does not keep it from being told', () => {
    const { hostapd, connect, pass, told } = attached();
    connect(ALICE);
    pass();
    for (let i = 0; i < 3000; i++) hostapd.say(`AP-STA-CONNECTED ${stranger(i)}`);
    hostapd.stations.set(BOB, { authorized: true });
    pass();
    expect(new Set(told())).toEqual(new Set([`attached ${ALICE} -`, 'overrun', `list ${ALICE} ${BOB}`]));
    hostapd.stations.delete(BOB);
    hostapd.say(`AP-STA-DISCONNECTED ${BOB}`);
    pass();
    expect(told()).toEqual([`detached ${BOB}: hostapd: station disconnected`]);
  });
});

describe('the session alone', () => {
  test('a timer that comes early does nothing, and each deadline has a reason', () => {
    const s = createSession();
    expect(deadline(s)).toEqual({ at: -Infinity, why: 'open the control socket' });
    expect(step(s, { kind: 'timer' }, 0)).toEqual([{ kind: 'open' }]);
    expect(step(s, { kind: 'opened' }, 0)).toEqual([{ kind: 'send', text: 'ATTACH' }]);
    expect(deadline(s)).toEqual({ at: TIMING.reply, why: 'answer to ATTACH' });
    expect(step(s, { kind: 'timer' }, TIMING.reply - 1)).toEqual([]);
  });

  test('garbage is neither an exception nor a report', () => {
    const s = createSession();
    step(s, { kind: 'datagram', text: 'PONG' }, 0);
    step(s, { kind: 'opened' }, 0);
    step(s, { kind: 'datagram', text: 'OK' }, 0);
    step(s, { kind: 'datagram', text: 'state=ENABLED' }, 0);
    let seed = 7;
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: i % 60 }, () => String.fromCharCode((seed = (seed * 48271) % 2147483647) % 128)).join('');
      const effects = step(s, { kind: 'datagram', text }, i);
      expect(effects.every((e) => ['send', 'close', 'up', 'down', 'list', 'unknown'].includes(e.kind))).toBe(true);
      if (!s.open) step(s, { kind: 'opened' }, i);
    }
  });
});
