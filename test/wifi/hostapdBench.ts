/** A client of hostapd with a fake hostapd and a clock that is moved. */
import { expect } from 'vitest';
import { hostapdClient } from 'hostapd-ctrl';
import type { Report } from 'hostapd-ctrl';
import { fakeClock, fakeHostapd } from './fakeHostapd.ts';

export const ALICE = '02:00:00:00:02:00';
export const BOB = '02:00:00:00:02:01';

export function setUp(prepare: (hostapd: ReturnType<typeof fakeHostapd>) => void = () => {}) {
  const hostapd = fakeHostapd();
  const clock = fakeClock();
  const reports: Report[] = [];
  prepare(hostapd);
  const client = hostapdClient({ path: '/run/hostapd/wlan0', open: hostapd.open, clock, onReport: (r) => reports.push(r) });
  /** What was reported since the last call, shortened to what matters. */
  const told = () =>
    reports.splice(0).map((r) => {
      switch (r.kind) {
        case 'attached':
          return `attached ${r.mac} ${r.identity ?? '-'}`;
        case 'detached':
          return `detached ${r.mac}: ${r.reason}`;
        case 'list':
          return `list ${r.stations.map((s) => s.mac).join(' ')}`.trim();
        case 'up':
          return `up ${r.status.ssid} ${r.status.channel}`;
        case 'down':
          return `down: ${r.reason}`;
        case 'overrun':
          return 'overrun';
        case 'unknown':
          return `unknown ${r.text}`;
      }
    });
  const pass = (ms = 0) => {
    hostapd.deliver();
    for (let left = ms; left > 0; left -= 100) {
      clock.advance(Math.min(100, left));
      hostapd.deliver();
    }
  };
  const connect = (mac: string, identity?: string) => {
    hostapd.stations.set(mac, { authorized: true, ...(identity ? { identity } : {}) });
    hostapd.say(`AP-STA-CONNECTED ${mac}`);
  };
  const disconnect = (mac: string) => {
    hostapd.stations.delete(mac);
    hostapd.say(`AP-STA-DISCONNECTED ${mac}`);
  };
  return { hostapd, clock, client, told, pass, connect, disconnect, reports };
}

/** As `setUp`, attached and with an empty list told. */
export function attached() {
  const all = setUp();
  all.pass();
  expect(all.told()).toEqual(['up community 6', 'list']);
  return all;
}
