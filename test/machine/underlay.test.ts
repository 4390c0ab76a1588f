/** Encrypted underlays in a virtual machine (`npm run lab:underlay`): run once, and what it told is held against what must be true. */
import { beforeAll, describe, expect, it } from 'vitest';
import { progress } from '../../lab/underlay/report.ts';
import { UNDERLAYS, type Carried, type Refused, type Result } from '../../lab/underlay/results.ts';
import { runUnderlayLab } from '../../lab/underlay/run.ts';

let results: readonly Result[] = [];
const carried = (underlay: string) => results.find((r): r is Carried => r.kind === 'carried' && r.underlay === underlay) as Carried;

beforeAll(async () => {
  const say = (text: string) => process.stdout.write(`underlay: ${text}\n`);
  results = await runUnderlayLab({ say, onResult: (r) => progress(r).forEach(say), signal: new AbortController().signal, keep: false });
});

describe('W24 signalling is integrity-protected end to end, with IPsec', () => {
  it('every Mobility Header is ESP on the wire, none is in clear', () => {
    const { wire } = carried('esp-signalling');
    expect(wire.clearSignalling).toBe(0);
    // PBU and PBA of three attachments at the least; the tunnels are not a part of it.
    expect(wire.protected).toBeGreaterThanOrEqual(6);
    expect(wire.clearTunnels).toBeGreaterThan(0);
  });

  it('what comes without it is dropped by the anchor, and the session stays where it is', () => {
    const refused = results.find((r): r is Refused => r.kind === 'refused');
    expect(refused).toMatchObject({ servedBy: 'home1@lab.example', servedByAfter: 'home2@lab.example' });
    expect(refused?.dropped).toBeGreaterThan(0);
  });
});

describe.each(['esp-tunnel', 'wireguard'])('%s for everything', (underlay) => {
  it('hides signalling and tunnels alike', () => {
    const { wire } = carried(underlay);
    expect(wire).toMatchObject({ clearSignalling: 0, clearTunnels: 0 });
    expect(wire.protected).toBeGreaterThan(100);
  });
});

describe.each(UNDERLAYS)('over %s a phone that roams', (underlay) => {
  it('keeps its addresses, over the programs of the data path', () => {
    const { before, after, datapath } = carried(underlay);
    expect(after).toEqual(before);
    expect([before.ipv4.length, before.ipv6.length]).toEqual([1, 1]);
    expect(datapath).toEqual(['bpf', 'bpf']);
  });

  it('keeps its connections, and hears the internet in both families', () => {
    const { tcp, udp } = carried(underlay);
    for (const report of tcp) {
      expect(report).toMatchObject({ alive: true, corrupt: 0 });
      expect(report.octetsVerified).toBeGreaterThan(0);
    }
    for (const report of udp) expect([report.duplicates, report.downReceived > 0]).toEqual([0, true]);
  });
});
