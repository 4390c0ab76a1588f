/** The LMA's requirements of protocol.md 13, L48 to L53: keys and encapsulation. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../protocol/codec.ts';
import { tlvPacket } from '../../protocol/gre.ts';
import { find } from '../../protocol/mobility/options.ts';
import { Anchor, bindings, brisOf, keyOf, labConfig, MAG1, MAG2, NAT1, NAT2, overIpv4, pathsOf, pbaOf, TABLET } from '../lma/pbu.ts';

const F_AND_T = { forceUdp: true, tlv: true };
const allowForced = labConfig({ acceptForcedIpv4UdpEncapsulationRequest: true });

describe('GRE keys', () => {
  it('L48 GRE needed but not asked: 163; not needed but asked: 2 without the option', () => {
    expect(new Anchor().ask({ key: undefined }).status).toBe(163);
    expect(new Anchor().ask({ key: 'without' }).status).toBe(163);
    const a = new Anchor(labConfig({ greKey: 'refused' }));
    const effects = a.pbu();
    expect(pbaOf(effects)?.status).toBe(2);
    expect(find(pbaOf(effects)!.options, 'greKey')).toBeUndefined();
    expect(pathsOf(effects)).toEqual([]);
  });

  it('L48 a de-registration needs no key', () => {
    const a = new Anchor();
    const pba = a.ask();
    expect(pbaOf(a.deregister(pba, { key: undefined }))?.status).toBe(0);
  });

  it('optional keys: a session without one is accepted, but has no path', () => {
    const a = new Anchor(labConfig({ greKey: 'optional' }));
    const plain = a.pbu({ key: undefined });
    expect([pbaOf(plain)?.status, find(pbaOf(plain)!.options, 'greKey'), pathsOf(plain)]).toEqual([0, undefined, []]);
    const keyless = a.pbu({ key: 'without' });
    expect(find(pbaOf(keyless)!.options, 'greKey')).toEqual({ kind: 'greKey' });
    const keyed = a.pbu();
    expect(pathsOf(keyed)).toHaveLength(1);
  });

  it('L49 the uplink key stays the same over refresh and handover', () => {
    const a = new Anchor();
    const first = a.ask();
    expect(keyOf(pbaOf(a.refresh(first))!)).toBe(keyOf(first));
    expect(keyOf(a.ask({ mag: MAG2, key: 0x0a00ffff }))).toBe(keyOf(first));
  });

  it('L50 downlink packets carry the key of the MAG, uplink packets are accepted with that of the LMA only', () => {
    const a = new Anchor();
    const effects = a.pbu({ key: 0x0a00abcd });
    expect(pathsOf(effects)[0]?.tunnel).toMatchObject({ sendKey: 0x0a00abcd, receiveKey: keyOf(pbaOf(effects)!) });
    expect(a.lma.cache.ofUplinkKey(keyOf(pbaOf(effects)!) as number)).toBe(bindings(a)[0]);
  });
});

describe('IPv4 transport', () => {
  it('plain IPv4 carries GRE with key', () => {
    const mag = overIpv4(MAG1.id, '198.51.100.15');
    expect(pathsOf(new Anchor().pbu({ mag }))[0]?.tunnel).toEqual({ transport: 'gre4', local: '203.0.113.101', remote: '198.51.100.15', sendKey: 0x0a000005, receiveKey: 0x0b000007, mtu: 1472 });
  });

  it('L51 T is never set in a PBA unless it was in the PBU', () => {
    for (const config of [labConfig(), allowForced]) {
      for (const tlv of [false, true]) {
        for (const forceUdp of [false, true]) {
          for (const mag of [MAG1, NAT1]) {
            const pba = new Anchor(config).ask({ mag, flags: { tlv, forceUdp } });
            expect(pba.flags.tlv && !tlv).toBe(false);
          }
        }
      }
    }
  });

  it('T without F: 3, GRE without UDP', () => {
    const effects = new Anchor(allowForced).pbu({ mag: NAT1, flags: { tlv: true } });
    expect(pbaOf(effects)).toMatchObject({ status: 3, flags: { tlv: false } });
    expect(pathsOf(effects)[0]?.tunnel.transport).toBe('gre4');
  });

  it('F and T where allowed: option 31 with F, T in the answer, IPv4-UDP with a port to be learned', () => {
    const effects = new Anchor(allowForced).pbu({ mag: NAT1, flags: F_AND_T });
    const pba = pbaOf(effects)!;
    expect(pba).toMatchObject({ status: 0, flags: { tlv: true } });
    expect(find(pba.options, 'natDetection')).toEqual({ kind: 'natDetection', flags: { forceUdp: true }, refreshSeconds: 25 });
    expect(pathsOf(effects)[0]?.tunnel).toMatchObject({ transport: 'udp4', remote: '198.51.100.15', remotePort: 0, mtu: 1460 });
  });

  it('F without T stays on plain IPv4: no option 31', () => {
    const effects = new Anchor(allowForced).pbu({ mag: NAT1, flags: { forceUdp: true } });
    expect(find(pbaOf(effects)!.options, 'natDetection')).toBeUndefined();
    expect(pathsOf(effects)[0]?.tunnel.transport).toBe('gre4');
  });

  it('L52 a TLV packet whose lengths disagree is discarded', () => {
    expect(decode(tlvPacket, Uint8Array.of(0, 47, 0, 2, 1, 2))).toMatchObject({ nextHeader: 47 });
    expect(() => decode(tlvPacket, Uint8Array.of(0, 47, 0, 3, 1, 2))).toThrow(/length/);
    expect(() => decode(tlvPacket, Uint8Array.of(0, 47, 0, 1, 1, 2))).toThrow(/length/);
  });

  it('L53 F=1 while AcceptForcedIPv4UDPEncapsulationRequest is 0: 129', () => {
    expect(new Anchor().ask({ mag: NAT1, flags: F_AND_T }).status).toBe(129);
    expect(new Anchor().ask({ mag: NAT1, flags: { forceUdp: true } }).status).toBe(129);
  });

  it('homes behind one NAT address are told apart by their identity', () => {
    const a = new Anchor(allowForced);
    a.pbu({ mag: NAT1, flags: F_AND_T });
    const effects = a.pbu({ mag: NAT2, flags: F_AND_T });
    expect(brisOf(effects)).toHaveLength(1);
    expect(bindings(a)).toMatchObject([{ mag: MAG2.id, endpoint: { remotePort: 40_002 } }]);
    const late = a.pbu({ mag: NAT1, flags: F_AND_T, handoff: 5 });
    expect(pbaOf(late)?.status).toBe(128);
  });

  it('a NAT that maps a home anew is followed by its next authenticated PBU, a refresh included', () => {
    const a = new Anchor(allowForced);
    const pba = a.ask({ mag: NAT1, flags: F_AND_T });
    const effects = a.refresh(pba, { mag: overIpv4(NAT1.id, '198.51.100.99', 1024), flags: F_AND_T });
    expect(pbaOf(effects)?.status).toBe(0);
    expect(pathsOf(effects)[0]?.tunnel).toMatchObject({ remote: '198.51.100.99', remotePort: 0 });
    const portOnly = a.refresh(pba, { mag: overIpv4(NAT1.id, '198.51.100.99', 2048), flags: F_AND_T });
    expect(pathsOf(portOnly)).toEqual([]);
    expect(bindings(a)[0]?.endpoint.remotePort).toBe(2048);
  });
});

describe('tunnel MTU', () => {
  it('comes from what the MAG reports, else from its row, else from 1500', () => {
    const a = new Anchor(labConfig({}, { mags: [{ id: 'mag1@example.com', wanMtu: 1492 }, { id: 'mag2@example.com' }] }));
    const mtu = (wish: object) => pathsOf(a.pbu(wish))[0]?.tunnel.mtu;
    expect(mtu({})).toBe(1492 - 48);
    expect(mtu({ mag: MAG2 })).toBe(1500 - 48);
    expect(mtu({ mag: MAG1, wanMtu: 1400 })).toBe(1400 - 48);
    expect(mtu({ mn: 'mn1@example.com', mac: TABLET, mag: overIpv4(MAG2.id, '198.51.100.1') })).toBe(1500 - 28);
  });
});
