/** `debug ip cef packet`: sampled, in one line a packet, and no socket while nobody looks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packetLine } from '../../agent/debug/packet.ts';
import { tapWatch, type TapOptions } from '../../agent/debug/tap.ts';
import { createDebug, type DebugServer } from '../../runtime/debug.ts';
import { shownAs } from '../../runtime/identities.ts';
import { octetsOf, vectors } from '../vectors/index.ts';
import { neighbourFrames } from '../protocol/neighbourFrames.ts';
import { debugTerminal } from './debugTerminal.ts';

const raw = (identity: string): string => identity;
const hex = (name: string): Uint8Array => octetsOf(vectors.find((v) => v.name === name)?.hex ?? '');

describe('a packet in a line', () => {
  const line = (name: string, ethernet = false): string => packetLine('in', 'wan0', hex(name), ethernet, raw);
  it.each([
    ['data-gre6-ipv4-up', /^IPv6 2001:db8:cafe:1025::15 > 2001:db8:cafe:1024::101 hop limit \d+ GRE key 0x[0-9a-f]{8} carries IPv4 192\.0\.2\.1 > .*, \d+ octets$/],
    ['data-gre4-ipv6-up', /^IPv4 .* GRE key 0x[0-9a-f]{8} carries IPv6 /],
    ['data-udp-tlv-gre-ipv4-up', /^IPv4 .* UDP \d+ > 5437 GRE key 0x[0-9a-f]{8} carries IPv4 192\.0\.2\.1 > /],
    ['data-udp-ipv4-up', /^IPv4 .* UDP \d+ > 5437 carries IPv4 /],
    ['data-ip6ip6-up', /^IPv6 .* protocol 41, /],
    ['pbu-initial-dualstack', /^IPv6 2001:db8:cafe:1025::15 > 2001:db8:cafe:1024::101 hop limit \d+ MH, \d+ octets$/],
    ['v4-pbu-initial-dualstack', /^IPv4 .* UDP \d+ > 5436, \d+ octets$/],
  ])('%s', (name, expected) => {
    expect(line(name)).toMatch(expected);
  });

  it('with its Ethernet header', () => {
    expect(line('dhcp-discover', true)).toBe('00:24:d7:8e:21:a4 > ff:ff:ff:ff:ff:ff IPv4 0.0.0.0 > 255.255.255.255 ttl 64 UDP 68 > 67, 342 octets');
    expect(line('arp-request-router', true)).toBe('IP ARP: rcvd req src 192.0.2.1 00:24:d7:8e:21:a4, dst 192.0.2.254 00:00:00:00:00:00 wan0');
    expect(packetLine('in', 'br0', neighbourFrames.routerSolicitation, true, raw)).toBe('ICMPv6-ND: received RS from fe80::224:d7ff:fe8e:21a4 to ff02::2 on br0');
  });

  it('a fragment, another protocol, another type', () => {
    const fragment = hex('dhcp-discover').slice();
    fragment[20] = 0x20; // more fragments
    fragment[24] = 0; // header checksum, made right for it
    fragment[25] = 0;
    let sum = 0;
    for (let i = 14; i < 34; i += 2) sum += ((fragment[i] as number) << 8) | (fragment[i + 1] as number);
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    [fragment[24], fragment[25]] = [sum >> 8, sum & 255];
    expect(packetLine('in', 'br0', fragment, true, raw)).toContain('UDP fragment at 0, more follow, 342 octets');
    expect(packetLine('in', 'br0', octetsOf('0024d78e21a400005e00521388cc0102'), true, raw)).toBe('00:00:5e:00:52:13 > 00:24:d7:8e:21:a4 type 0x88cc, 16 octets');
  });

  it.each(vectors.map((v) => [v.name, v] as const))('%s, cut anywhere, is no error', (_, v) => {
    const octets = octetsOf(v.hex);
    for (let n = 0; n < octets.length; n += 7) expect(packetLine('out', 'x', octets.subarray(0, n), v.link === 'eth', raw)).toMatch(/octets$|^IP ARP|^ICMPv6/);
  });

  it('names nobody where identities are pseudonymous: not by MAC, nor by an address made of it', () => {
    const veil = shownAs('pseudonymous');
    const lines = [...vectors.filter((v) => v.link === 'eth').map((v) => packetLine('in', 'br0', octetsOf(v.hex), true, veil)), ...Object.values(neighbourFrames).map((f) => packetLine('in', 'br0', f, true, veil))].join('\n');
    expect(lines).toContain(veil('00:24:d7:8e:21:a4'));
    expect(lines).toContain(`fe80::${veil('00:24:d7:8e:21:a4')}`);
    expect(lines).toContain('fe80::200:5eff:fe00:5213'); // all gateways'
    expect(lines).not.toMatch(/00:24:d7|224:d7ff/);
  });
});

describe('the tap', () => {
  let taps: (TapOptions & { closed: boolean })[];
  let server: DebugServer;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    taps = [];
    const open = (options: TapOptions) => {
      if (options.device === 'gone') throw new Error('there is no interface gone');
      const tap = { ...options, closed: false };
      taps.push(tap);
      return { close: () => void (tap.closed = true) };
    };
    const devices = () => new Map([['GigabitEthernet0/1/0.3074', 'br-3074'], ['br-3074', 'br-3074'], ['wan0', 'wan0'], ['gone', 'gone']]);
    server = createDebug({ topics: [], watches: { 'ip cef packet': tapWatch({ devices, open, veil: raw }) }, onError: () => undefined });
  });
  afterEach(() => vi.useRealTimers());
  const frame = hex('dhcp-discover');
  const watch = (request: Readonly<Record<string, unknown>>) => debugTerminal(server, { watch: 'ip cef packet', interface: 'GigabitEthernet0/1/0.3074', direction: 'input', rate: 3, ...request });
  const pass = (count: number): void => {
    for (let n = 0; n < count; n++) taps.at(-1)?.onFrame(frame, true);
  };

  it('is open on the device while a terminal looks, and no longer', async () => {
    const t = watch({});
    expect(taps).toMatchObject([{ device: 'br-3074', direction: 'input', closed: false }]);
    pass(1);
    expect(await t.lines()).toEqual(['GigabitEthernet0/1/0.3074 input: 00:24:d7:8e:21:a4 > ff:ff:ff:ff:ff:ff IPv4 0.0.0.0 > 255.255.255.255 ttl 64 UDP 68 > 67, 342 octets']);
    t.hangUp();
    expect(taps[0]?.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shows the first packets of each second, and receives none of the rest', async () => {
    const t = watch({});
    pass(10);
    expect(await t.lines()).toHaveLength(3);
    expect(taps[0]?.closed).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(taps).toHaveLength(2);
    pass(2);
    vi.advanceTimersByTime(1000);
    expect(taps).toHaveLength(2); // it was never closed
    pass(3);
    expect(await t.lines()).toHaveLength(8);
    t.hangUp();
  });

  it('rate 0 is all, within reason', async () => {
    const t = watch({ rate: 0, interface: 'wan0', direction: 'output' });
    pass(5000);
    const lines = await t.lines();
    expect(lines).toHaveLength(1000);
    expect(lines[0]).toContain('wan0 output: ');
    t.hangUp();
  });

  it.each([
    [{ interface: 'eth9' }, 'no interface of this gateway is called "eth9"; there are: GigabitEthernet0/1/0.3074, br-3074, wan0'],
    [{ interface: 7 }, 'no interface of this gateway is called 7'],
    [{ interface: undefined }, 'no interface of this gateway is called ""'],
    [{ direction: 'both' }, 'expected input or output'],
    [{ rate: -1 }, 'expected a rate of packets a second, 0 for all'],
    [{ rate: NaN }, 'expected a rate'],
    [{ rate: 1.5 }, 'expected a rate'],
  ])('%o is refused in words', (request, words) => {
    expect(() => watch(request)).toThrow(words);
    expect(taps).toEqual([]);
  });

  it('one that cannot be opened says why', () => {
    expect(watch({ interface: 'gone' }).reason()).toBe('there is no interface gone');
    expect(vi.getTimerCount()).toBe(0);
  });
});
