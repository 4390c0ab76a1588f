/** A ubusd with a hostapd that a test can trouble, the ubus source at them, and what it tells, on a clock that the test moves. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { ubusStations } from '../../../agent/wifi/ubusStations.ts';
import type { StationEvent, StationEvents } from '../../../agent/wifi/stationEvents.ts';
import { fakeUbusd, type FakeBss, type FakeUbusd } from './fakeUbusd.ts';

export const ALICE = '02:00:00:00:0a:01';
export const BOB = '02:00:00:00:0b:01';

export interface SessionScene {
  ubusd: FakeUbusd;
  bss: FakeBss;
  source: StationEvents;
  readonly events: StationEvent[];
  readonly counted: string[];
  readonly listen: (bsses?: readonly string[]) => void;
  /** Messages are delivered and time passes, in steps of 10 ms. */
  readonly pass: (ms?: number) => void;
  /** The events since the last look, in words. */
  readonly told: () => string[];
  readonly upWithNobody: () => void;
  readonly join: (mac: string, identity?: string) => void;
  /** Questions for the list of stations. */
  readonly asked: () => number;
}

/** For the tests of the file or group that calls it, a new one each. */
export function sessionScene(): SessionScene {
  const events: StationEvent[] = [];
  const counted: string[] = [];
  const s = { events, counted, listen, pass, told, upWithNobody, join, asked } as SessionScene;

  beforeEach(() => {
    vi.useFakeTimers();
    s.ubusd = fakeUbusd();
    s.ubusd.startHostapd();
    s.bss = s.ubusd.addBss('phy0-ap0');
    events.length = 0;
    counted.length = 0;
  });
  afterEach(() => {
    s.source.close();
    vi.useRealTimers();
  });

  function listen(bsses: readonly string[] = ['phy0-ap0']): void {
    const now = () => ({ at: Date.now(), wall: Date.now() });
    s.source = ubusStations({ interfaces: [{ interface: 'access0', bsses }], open: s.ubusd.open, now, onCount: (reason) => counted.push(reason) });
    void s.source.start((event) => events.push(event));
  }
  function pass(ms = 0): void {
    s.ubusd.deliver();
    for (let left = ms; left > 0; left -= 10) {
      vi.advanceTimersByTime(Math.min(10, left));
      s.ubusd.deliver();
    }
  }
  function told(): string[] {
    return events.splice(0).map((e) => {
      if (e.kind === 'stationList') return `list ${e.macs.join(' ')}`.trim();
      return 'mac' in e ? `${e.kind} ${e.mac}` : e.kind;
    });
  }
  function upWithNobody(): void {
    listen();
    pass();
    expect(told()).toEqual(['linkUp', 'list']);
  }
  function join(mac: string, identity?: string): void {
    s.bss.stations.set(mac, { authorized: true, ...(identity === undefined ? {} : { identity }) });
    s.bss.notify('sta-authorized', mac);
  }
  function asked(): number {
    return s.ubusd.requests.filter((r) => r === 'invoke hostapd.phy0-ap0 get_clients').length;
  }
  return s;
}
