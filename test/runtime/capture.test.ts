/** Captures: whole packets around the octets, and what is asked for and nothing else. */
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../protocol/mobility/header.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { decode } from '../../protocol/codec.ts';
import type { Endpoint } from '../../protocol/entity.ts';
import { ipv4Packet, ipv6Packet, udpDatagram } from '../../protocol/ip.ts';
import { createCapture, onTheWire, type CaptureEvent, type CaptureServer } from '../../runtime/capture.ts';
import type { Stream } from '../../runtime/control.ts';
import { pcapHeader, pcapRecord } from '../../runtime/pcap.ts';
import { buildPbu } from '../lma/pbu.ts';

const udp: Endpoint = { transport: 'udp', local: '192.0.2.1', remote: '198.51.100.7', remotePort: 40000 };
const six: Endpoint = { transport: 'ipv6', local: '2001:db8::1', remote: '2001:db8::2' };
const pbu = buildPbu({}, { at: 0, wall: 1_800_000_000_000 }, 7);
const heartbeat: MobilityMessage = { kind: 'heartbeat', flags: { unsolicited: false, response: false }, sequence: 1, options: [] };
const overUdp = (m: MobilityMessage): Uint8Array => encodeMessage(m, { kind: 'udp' });
const overSix = (m: MobilityMessage, e: Endpoint = six): Uint8Array => encodeMessage(m, { kind: 'ipv6', source: e.remote, destination: e.local });

/** A reader with room for so many events. */
function reader(capture: CaptureServer, request: Record<string, unknown> = {}, room = Infinity) {
  const events: CaptureEvent[] = [];
  let gone: (() => void) | undefined;
  const stream: Stream = {
    send: (event) => {
      if (events.length >= room) return false;
      events.push(event as CaptureEvent);
      return true;
    },
    drained: () => Promise.resolve(),
    end: (event) => void events.push(event as CaptureEvent),
    onClose: (call) => {
      gone = call;
    },
  };
  capture.streams.capture({ ...request, command: 'capture' })(stream);
  const packets = (): Uint8Array[] => events.flatMap((e) => (e.kind === 'packet' ? [Buffer.from(e.packet, 'base64')] : []));
  return { events, packets, leave: () => gone?.() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('packets', () => {
  it('over IPv4 stand behind UDP with both ports and a checksum', () => {
    const octets = overUdp(pbu);
    const ip = decode(ipv4Packet, onTheWire('in', udp, octets, 5436));
    expect(ip).toMatchObject({ source: udp.remote, destination: udp.local, protocol: 17 });
    expect(decode(udpDatagram(ip.source, ip.destination), ip.payload)).toEqual({ sourcePort: 40000, destinationPort: 5436, payload: octets });
    const back = decode(ipv4Packet, onTheWire('out', udp, octets, 5436));
    expect(decode(udpDatagram(back.source, back.destination), back.payload)).toMatchObject({ sourcePort: 5436, destinationPort: 40000 });
  });

  it('over IPv6 are the Mobility Header itself, whose checksum fits the addresses', () => {
    const ip = decode(ipv6Packet, onTheWire('in', six, overSix(pbu), 5436));
    expect(ip).toMatchObject({ source: six.remote, destination: six.local, nextHeader: 135 });
    expect(decodeMessage(ip.payload, { kind: 'ipv6', source: ip.source, destination: ip.destination })).toEqual(pbu);
  });
});

describe('a capture', () => {
  it('that stands takes so many packets a second and counts the others; one beside it takes all', async () => {
    let at = 1_800_000_000_000;
    const capture = createCapture({ port: 5436, wall: () => at });
    const standing = reader(capture, { rate: 2, count: 4 });
    const all = reader(capture);
    for (let n = 0; n < 5; n++) capture.wire('in', udp, overUdp(pbu));
    await turn();
    expect([standing.packets().length, all.packets().length]).toEqual([2, 5]);
    at += 1000;
    for (let n = 0; n < 5; n++) capture.wire('in', udp, overUdp(pbu));
    await turn();
    expect(standing.events.at(-1)).toEqual({ kind: 'off', reason: 'as many packets as were asked for', packets: 4, lost: 6 });
    capture.close();
  });

  it('keeps what passes both ways, malformed or not, from its beginning to its end', async () => {
    const capture = createCapture({ port: 5436, wall: () => 1234.5 });
    capture.wire('in', udp, overUdp(pbu));
    const r = reader(capture);
    capture.wire('in', udp, Uint8Array.of(1, 2, 3));
    capture.wire('out', six, overSix(heartbeat));
    await turn();
    r.leave();
    capture.wire('in', udp, overUdp(pbu));
    await turn();
    expect(r.events.map((e) => e.kind)).toEqual(['on', 'packet', 'packet']);
    expect(r.events[1]).toMatchObject({ at: 1234.5 });
  });

  it.each([
    [{ host: '2001:db8::2' }, ['bindingUpdate', 'heartbeat']],
    [{ host: '198.51.100.7' }, ['bindingUpdate']],
    [{ host: '2001:DB8:0::2' }, ['bindingUpdate', 'heartbeat']],
    [{ type: 'PBU' }, ['bindingUpdate', 'bindingUpdate']],
    [{ type: 'heartbeat', host: '198.51.100.7' }, []],
    [{ nai: 'mn0@example.com' }, ['bindingUpdate', 'bindingUpdate']],
    [{ nai: 'somebody@example.com' }, []],
  ])('with the filter %j keeps %j', async (filter, kinds) => {
    const capture = createCapture({ port: 5436 });
    const r = reader(capture, filter);
    capture.wire('in', udp, overUdp(pbu));
    capture.wire('in', six, overSix(pbu));
    capture.wire('in', six, overSix(heartbeat));
    await turn();
    const read = (packet: Uint8Array): string => {
      if ((packet[0] as number) >> 4 === 4) return decodeMessage(decode(ipv4Packet, packet).payload.subarray(8), { kind: 'udp' }).kind;
      const ip = decode(ipv6Packet, packet);
      return decodeMessage(ip.payload, { kind: 'ipv6', source: ip.source, destination: ip.destination }).kind;
    };
    expect(r.packets().map(read)).toEqual(kinds);
    r.leave();
  });

  it('ends after so many packets, and says how many its reader was too slow for', async () => {
    const capture = createCapture({ port: 5436 });
    const r = reader(capture, { count: 3 }, 3);
    for (let i = 0; i < 5; i++) capture.wire('in', udp, overUdp(pbu));
    await turn();
    expect(r.events.at(-1)).toEqual({ kind: 'off', reason: 'as many packets as were asked for', packets: 2, lost: 1 });
    expect(r.packets()).toHaveLength(2);
  });

  it('ends with the process, with what had passed', async () => {
    const capture = createCapture({ port: 5436 });
    const r = reader(capture);
    capture.wire('in', udp, overUdp(pbu));
    capture.close();
    expect(r.events.map((e) => e.kind)).toEqual(['on', 'packet', 'off']);
  });

  it.each([
    [{ type: 'pbx' }, 'no message is called pbx; there are: pbu, pba,'],
    [{ count: 0 }, 'expected 1 to'],
    [{ seconds: 1e9 }, 'expected 1 to 86400 seconds'],
    [{ host: 5 }, 'host is a text'],
    [{ host: '192.0.2' }, 'host 192.0.2: expected an address'],
  ])('refuses %j in words', (request, words) => {
    expect(() => createCapture({ port: 5436 }).streams.capture({ ...request, command: 'capture' })).toThrow(words);
  });
});

it('a capture file begins with the magic number, and each packet with its time in microseconds and its length', () => {
  const b = Buffer.from([...pcapHeader(), ...pcapRecord(1_800_000_000_123.456, Uint8Array.of(0x60, 1, 2))]);
  expect(b.readUInt32LE(0)).toBe(0xa1b2c3d4);
  expect(b.readUInt32LE(20)).toBe(101);
  expect([b.readUInt32LE(24), b.readUInt32LE(28), b.readUInt32LE(32), b.readUInt32LE(36)]).toEqual([1_800_000_000, 123_456, 3, 3]);
  expect(b).toHaveLength(24 + 16 + 3);
});
