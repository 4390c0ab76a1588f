/** Real 802.11 in a virtual machine (`npm run lab:wifi`): run once, and what it told is held against what must be true. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DETACH } from '../../lab/wifi/guest/configuration.ts';
import { progress } from '../../lab/wifi/report.ts';
import type { Result, RoamCause, Roamed } from '../../lab/wifi/results.ts';
import { runWifiLab } from '../../lab/wifi/run.ts';

/** Milliseconds without a packet. Loose: the machine has no hardware support and its host is busy; the phone itself needs seconds to miss a home. */
const LONGEST_GAP: Record<RoamCause, number> = { command: 15_000, vanishing: 40_000, fading: 15_000 };
const SLACK = 20_000;

let results: readonly Result[] = [];
const of = <K extends Result['kind']>(kind: K) => results.filter((r): r is Extract<Result, { kind: K }> => r.kind === kind);
const roam = (i: number) => of('roamed')[i] as Roamed;

beforeAll(async () => {
  const say = (text: string) => process.stdout.write(`wifi: ${text}\n`);
  results = await runWifiLab({ say, onResult: (r) => progress(r).forEach(say), signal: new AbortController().signal, keep: false });
});

describe('the phone attaches', () => {
  it('with WPA2-Enterprise, as a device of its account, and gets the addresses of the profile that RADIUS knows', () => {
    const [first] = of('attached');
    expect(first).toMatchObject({ home: 1, identity: 'phone1@home.example', nai: 'phone1+02bb00000001@home.example' });
    expect(first?.addresses).toEqual({ ipv4: [expect.stringMatching(/^10\.77\./)], ipv6: [expect.stringMatching(/^2001:db8:77/)] });
  });

  it('after the EAP exchange that the RADIUS server decided', () => {
    const events = of('attached')[0]?.events.map((e) => e.event) ?? [];
    expect(events).toEqual(expect.arrayContaining(['CTRL-EVENT-EAP-STARTED', 'CTRL-EVENT-EAP-SUCCESS2', 'AP-STA-CONNECTED']));
  });
});

describe('six roams under traffic', () => {
  it('were four by command, one because the home vanished, one because it became weak', () => {
    expect(of('roamed').map((r) => `${r.cause} ${r.from}->${r.to}`)).toEqual(['command 1->2', 'command 2->1', 'command 1->2', 'command 2->1', 'vanishing 1->2', 'fading 2->1']);
  });

  describe.each([0, 1, 2, 3, 4, 5])('roam %i', (i) => {
    it('keeps the addresses', () => expect(roam(i).addresses).toEqual(of('attached')[0]?.addresses));
    it('is followed by the LMA, and the old home lets go', () => expect([roam(i).servedBy, roam(i).heldBy]).toEqual([roam(i).to, [roam(i).to]]));
    it('is announced by the new home', () => expect(roam(i).events.map((e) => `${e.home} ${e.event}`)).toContain(`${roam(i).to} AP-STA-CONNECTED`));
    it('is bounded', () => expect(Math.max(roam(i).gapMs.ipv4, roam(i).gapMs.ipv6)).toBeLessThan(LONGEST_GAP[roam(i).cause]));
  });

  it('leave the TCP connections alive, with every octet as it was sent', () => {
    const connections = of('traffic').flatMap((t) => t.tcp);
    expect(connections).toEqual([expect.objectContaining({ alive: true, corrupt: 0 }), expect.objectContaining({ alive: true, corrupt: 0 })]);
    expect(connections.every((c) => c.octetsVerified > 0)).toBe(true);
  });

  it('went through the eBPF data path', () => {
    const [f] = of('forwarded');
    expect(f?.datapath).toEqual(['bpf', 'bpf']);
    expect(Math.min(f?.upPackets ?? 0, f?.downPackets ?? 0)).toBeGreaterThan(0);
  });
});

describe('what 802.11 does that a switch does not', () => {
  it('no home that a phone left by itself is told', () => {
    for (const { from, to, events } of of('roamed')) {
      // A phone that missed an answer goes back for a moment, which is no roam yet.
      const arrived = events.findLast((e) => e.home === to && e.event === 'AP-STA-CONNECTED')?.at ?? Infinity;
      expect(events.filter((e) => e.home === from && e.at > arrived)).toEqual([]);
    }
  });

  it('a home that the phone returns to says that it left, and then that it came, and keeps it', () => {
    const returned = roam(1);
    const events = returned.events.filter((e) => e.home === returned.to).map((e) => e.event);
    expect(events.indexOf('AP-STA-DISCONNECTED')).toBeGreaterThanOrEqual(0);
    expect(events.indexOf('AP-STA-DISCONNECTED')).toBeLessThan(events.indexOf('AP-STA-CONNECTED'));
    expect(returned.heldBy).toEqual([returned.to]);
  });

  it('a return needs no EAP: the home and the phone remember (PMKSA)', () => {
    expect(roam(1).events.filter((e) => e.event.includes('EAP-STARTED'))).toEqual([]);
  });
});

describe('the phone leaves', () => {
  const left = (how: 'disconnect' | 'silence') => of('left').find((l) => l.how === how);

  it('with a word: its home de-registers it at once', () => {
    expect(left('disconnect')).toMatchObject({ home: 1, sessions: 0, reason: 'hostapd: station disconnected' });
  });

  it('and gets the same addresses when it comes back soon', () => {
    expect(of('attached')[1]).toMatchObject({ home: 2, addresses: of('attached')[0]?.addresses });
  });

  it('without a word: its home asks it, and de-registers it when the answers stay away', () => {
    const silent = left('silence');
    expect(silent).toMatchObject({ home: 2, sessions: 0 });
    expect(silent?.events).toEqual([]);
    expect(silent?.afterMs).toBeGreaterThan(DETACH.retries * DETACH.timeout * 1000);
    expect(silent?.afterMs).toBeLessThan((DETACH.interval + (1 + DETACH.retries) * DETACH.timeout) * 1000 + SLACK);
  });
});

describe('the gateways', () => {
  it('heard each other with their own radios, each on the other one\'s channel', () => {
    const heard = (home: number) => of('neighbours').find((n) => n.home === home)?.heard;
    expect(heard(1)).toEqual([expect.objectContaining({ bssid: '02:aa:00:00:00:02', ssid: 'community', channel: 6 })]);
    expect(heard(2)).toEqual([expect.objectContaining({ bssid: '02:aa:00:00:00:01', ssid: 'community', channel: 1 })]);
  });
});
