/** What the agent answers about its bindings: names as Cisco's, identities as configured, and what is not forwarded. */
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { showHandlers, type ShownBinding } from '../../agent/show.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import { parseConfig } from '../../runtime/config.ts';
import { createCounters } from '../../runtime/counters.ts';
import { shownAs } from '../../runtime/identities.ts';
import { activeBench, createBench, MAC, type Bench } from '../mag/harness.ts';

const KEY = '00112233445566778899aabbccddeeff';
function handlers(bench: Bench, { identities = 'raw', fault }: { readonly identities?: 'raw' | 'pseudonymous'; readonly fault?: string } = {}) {
  const config = parseConfig('x.yaml', `{ domain: D1, mag: M1, uplink: wan0, identities: ${identities}, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1", key: ${KEY} }], interfaces: [{ name: GigabitEthernet0/1/0.3074, device: wlan0, first-packet: true }] }`, agentSchema);
  const paths = fakePaths();
  for (const e of bench.mag.list.byMac.values()) if (e.path) paths.set(e.path);
  paths.passed(0, 'up', 3, 300, 1);
  const counters = createCounters();
  counters.add('sent bindingUpdate');
  const retried: string[] = [];
  const shown = shownAs(identities);
  const all = showHandlers({ config, mag: bench.mag, paths, fault: () => fault, counters, shown, now: bench.now, retryDenied: () => retried.push('x') });
  return { shown, retried, ask: (command: string): any => all[command]?.({ command }) };
}

describe('show mag binding', () => {
  it('has Cisco’s names, what was granted and what is left, keys, tunnel and counters', () => {
    const bench = activeBench();
    bench.advance(10_500);
    const [b] = handlers(bench).ask('show mag binding') as [ShownBinding];
    expect(b).toMatchObject({
      domain: 'D1',
      mnnai: 'mn0@example.com',
      state: 'active',
      phyintf: 'GigabitEthernet0/1/0.3074',
      hoa: '192.0.2.1',
      'prefix-len': 24,
      dflt: '192.0.2.254',
      att: 4,
      llid: '0024.d78e.21a4',
      hnps: ['2001:db8:f00d:1::/64'],
      'peer-id': 'lma1@isp.example',
      lifetime: 3600,
      'up-stream-grekey': 0x0b000007,
      tunnel: { transport: 'gre6', mtu: 1452 },
      counters: { upPackets: '3', upOctets: '300' },
    });
    expect(b.liferem).toBeLessThan(3600);
    expect(b.liferem).toBeGreaterThan(3580);
    expect(b.reason).toBeUndefined();
  });

  it('an active binding without a path says so', () => {
    expect(handlers(activeBench(), { fault: 'Path 0 was not set: the map is full' }).ask('show mag binding')).toMatchObject([{ state: 'active', reason: 'nothing is forwarded: Path 0 was not set: the map is full' }]);
  });

  it('a denied one says why', () => {
    const bench = createBench({ profile: { refused: 'nobody knows it' } });
    bench.attach();
    expect(handlers(bench).ask('show mag binding')).toMatchObject([{ state: 'denied', reason: 'nobody knows it', mnnai: '0024.d78e.21a4', hnps: [], lifetime: 0 }]);
  });

  it('pseudonyms are those of the log and of the events: made of the NAI, and of the MAC in its own spelling', () => {
    const { ask, shown } = handlers(activeBench(), { identities: 'pseudonymous' });
    expect(ask('show mag binding')).toMatchObject([{ mnnai: shown('mn0@example.com'), llid: shown(MAC) }]);
    expect(JSON.stringify(ask('show mag binding'))).not.toMatch(/mn0|21:?a4/);
  });
});

it('globals name timers and peers, and no key', () => {
  const text = JSON.stringify(handlers(activeBench()).ask('show mag globals'));
  expect(JSON.parse(text)).toMatchObject({ mag: 'M1@D1', 'reg-time': 3600, 'ref-time': 300, ddp: 10, ddt: 2, ddr: 3, bindings: 1, clock: 'synchronised', 'max-bindings': 512 });
  expect(text).not.toContain(KEY);
});

it('stats are counters by reason and the drops of the data path', () => {
  expect(handlers(activeBench()).ask('show mag stats')).toEqual({ counters: { 'sent bindingUpdate': 1 }, drops: {} });
});

it('clear mag denied reaches the MAG', () => {
  const { ask, retried } = handlers(activeBench());
  ask('clear mag denied');
  expect(retried).toHaveLength(1);
});
