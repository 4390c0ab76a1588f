import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAG_MAC } from '../../protocol/address.ts';
import { checksum, pseudoHeaderSum } from '../../protocol/checksum.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { native } from '../../linux/native.ts';
import { icmp6Filter } from '../../linux/sockets/filter.ts';
import { mobilitySocket } from '../../linux/sockets/mobilitySocket.ts';
import type { MobilityMessage } from '../../linux/sockets/mobilitySocket.ts';
import { packetSocket } from '../../linux/sockets/packetSocket.ts';
import { udpSocket } from '../../linux/sockets/udpSocket.ts';
import type { UdpMessage } from '../../linux/sockets/udpSocket.ts';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import { LEFT_MAC, mailbox, namespaceLab, RIGHT_MAC } from '../linux/namespaceLab.ts';

const lab = namespaceLab('rsk');
const folder = mkdtempSync(join(tmpdir(), 'roamstead-sockets-'));
afterAll(() => {
  lab.remove();
  rmSync(folder, { recursive: true });
});

const unexpected = (error: Error) => {
  throw error;
};
const text = (octets: Uint8Array) => Buffer.from(octets).toString();
const hexOctets = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex'));

describe('the Mobility Header socket', () => {
  /** Heartbeat request of 8 octets with a wrong checksum (RFC 5847 §3.3) */
  const heartbeat = hexOctets('3b 01 0d 00 ffff 0000 00000007 0100 0000');

  test('tells destination, interface and hop limit; the kernel fills the checksum', async () => {
    const got = mailbox<MobilityMessage>();
    const receiver = inNamespace(lab.right, () => mobilitySocket({ onMessage: got.put, onError: unexpected }));
    lab.ip(lab.left, 'address add 2001:db8::11/64 dev left nodad');
    const sender = inNamespace(lab.left, () => mobilitySocket({ onMessage: () => {}, onError: unexpected }));
    expect(sender.send(heartbeat, { source: '2001:db8::11', destination: '2001:db8::2' })).toBe(true);
    const m = await got.next();
    expect(m).toMatchObject({ source: '2001:db8::11', destination: '2001:db8::2', hopLimit: 64 });
    expect(m.interfaceIndex).toBe(inNamespace(lab.right, () => native().ifNameToIndex('right')));
    expect(checksum(m.octets, pseudoHeaderSum(m.source, m.destination, 135, m.octets.length))).toBe(0);
    expect(m.octets.slice(6)).toEqual(heartbeat.slice(6));
    sender.close();
    receiver.close();
  });

  test('an address that is not there is a refusal in words, and nothing is thrown', () => {
    const errors: Error[] = [];
    const sender = inNamespace(lab.left, () => mobilitySocket({ onMessage: () => {}, onError: (e) => errors.push(e) }));
    expect(sender.send(heartbeat, { source: '2001:db8::99', destination: '2001:db8::2' })).toBe(false);
    expect(errors[0]?.message).toMatch(/^send 16 octets on the Mobility Header socket: EINVAL \(is the source address/);
    sender.close();
    expect(sender.send(heartbeat, { source: '2001:db8::1', destination: '2001:db8::2' })).toBe(false);
    expect(() => inNamespace(lab.left, () => mobilitySocket({ address: '2001:db8::99', onMessage: () => {}, onError: unexpected }))).toThrow(/EADDRNOTAVAIL/);
  });

  test('a packet with a wrong checksum is dropped by the kernel', async () => {
    const got = mailbox<MobilityMessage>();
    const receiver = inNamespace(lab.right, () => mobilitySocket({ address: '2001:db8::2', onMessage: got.put, onError: unexpected }));
    const raw = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 0x0806, onFrame: () => {}, onError: unexpected }));
    const frame = (sum: string, sequence: string) =>
      hexOctets(`${RIGHT_MAC}${LEFT_MAC}86dd 60000000 0010 87 40 20010db8000000000000000000000001 20010db8000000000000000000000002 3b010d00${sum}0000${sequence}0100 0000`);
    const good = (sequence: string) => {
      const f = frame('0000', sequence);
      const sum = checksum(f.slice(54), pseudoHeaderSum('2001:db8::1', '2001:db8::2', 135, 16));
      return frame(sum.toString(16).padStart(4, '0'), sequence);
    };
    raw.send(frame('1234', '00000001'));
    raw.send(good('00000002'));
    expect((await got.next()).octets[11]).toBe(2);
    expect(got.waiting).toBe(0);
    raw.close();
    receiver.close();
  });
});

describe('the UDP socket', () => {
  test('tells where a datagram went and answers from there', async () => {
    const atRight = mailbox<UdpMessage>();
    const atLeft = mailbox<UdpMessage>();
    lab.ip(lab.right, 'address add 192.0.2.22/24 dev right');
    const server = inNamespace(lab.right, () => udpSocket({ port: 5436, onMessage: atRight.put, onError: unexpected }));
    const client = inNamespace(lab.left, () => udpSocket({ port: 0, onMessage: atLeft.put, onError: unexpected }));
    client.send(Buffer.from('question'), { address: '192.0.2.22', port: 5436 });
    const q = await atRight.next();
    expect(q).toMatchObject({ source: '192.0.2.1', sourcePort: client.port, destination: '192.0.2.22' });
    server.send(Buffer.from('answer'), { address: q.source, port: q.sourcePort, source: q.destination });
    const a = await atLeft.next();
    expect([a.source, a.sourcePort, text(a.octets)]).toEqual(['192.0.2.22', 5436, 'answer']);
    server.close();
    client.close();
  });

  test('broadcasts on its interface without a route', async () => {
    const got = mailbox<UdpMessage>();
    const receiver = inNamespace(lab.right, () => udpSocket({ port: 6800, interface: 'right', onMessage: got.put, onError: unexpected }));
    const sender = inNamespace(lab.left, () => udpSocket({ port: 6700, interface: 'left', broadcast: true, onMessage: () => {}, onError: unexpected }));
    expect(sender.send(Buffer.from('offer'), { address: '255.255.255.255', port: 6800 })).toBe(true);
    expect(await got.next()).toMatchObject({ destination: '255.255.255.255', source: '192.0.2.1', sourcePort: 6700 });
    sender.close();
    receiver.close();
  });

  test('a taken port is refused in words', () => {
    const open = () => inNamespace(lab.left, () => udpSocket({ port: 7777, onMessage: () => {}, onError: unexpected }));
    const first = open();
    expect(open).toThrow(/bind the UDP socket 0\.0\.0\.0:7777: EADDRINUSE \(another process/);
    first.close();
    open().close();
  });

  test('one wake takes at most 64 datagrams, and none is lost', async () => {
    const got = mailbox<UdpMessage>();
    const turns: number[] = [];
    let inThisTurn = 0;
    const receiver = inNamespace(lab.right, () => udpSocket({
      port: 6900,
      onError: unexpected,
      onMessage: (m) => {
        if (inThisTurn++ === 0) setImmediate(() => (turns.push(inThisTurn), (inThisTurn = 0)));
        got.put(m);
      },
    }));
    const sender = inNamespace(lab.left, () => udpSocket({ port: 0, onMessage: () => {}, onError: unexpected }));
    for (let i = 0; i < 500; i++) sender.send(Uint8Array.of(i & 255), { address: '192.0.2.2', port: 6900 });
    for (let i = 0; i < 500; i++) expect((await got.next()).octets[0]).toBe(i & 255);
    expect(Math.max(...turns)).toBeLessThanOrEqual(64);
    sender.close();
    receiver.close();
  });

  test('an error in a callback is told and the socket goes on', async () => {
    const errors = mailbox<Error>();
    const got = mailbox<string>();
    const receiver = inNamespace(lab.right, () => udpSocket({
      port: 6901,
      onError: errors.put,
      onMessage: ({ octets }) => {
        if (text(octets) === 'bad') throw new Error('cannot digest this');
        got.put(text(octets));
      },
    }));
    const sender = inNamespace(lab.left, () => udpSocket({ port: 0, onMessage: () => {}, onError: unexpected }));
    for (const word of ['bad', 'good']) sender.send(Buffer.from(word), { address: '192.0.2.2', port: 6901 });
    expect((await errors.next()).message).toBe('cannot digest this');
    expect(await got.next()).toBe('good');
    sender.close();
    receiver.close();
  });

  test('an unreachable port is no end: the socket still receives', async () => {
    const got = mailbox<string>();
    const client = inNamespace(lab.left, () => udpSocket({ port: 6902, onMessage: ({ octets }) => got.put(text(octets)), onError: () => {} }));
    client.send(Buffer.from('nobody there'), { address: '192.0.2.2', port: 1 });
    client.send(Buffer.from('myself'), { address: '192.0.2.1', port: 6902 });
    expect(await got.next()).toBe('myself');
    client.close();
  });
});

describe('the packet socket', () => {
  const arp = (to: string, operation: number) => hexOctets(`${to}${LEFT_MAC}0806 0001 0800 06 04 000${operation} ${LEFT_MAC} c0000201 000000000000 c0000203`);

  test('receives ARP to a MAC that the device does not have', async () => {
    const got = mailbox<Uint8Array>();
    const receiver = inNamespace(lab.right, () => packetSocket({ interface: 'right', etherType: 0x0806, onFrame: (f) => got.put(f), onError: unexpected }));
    const sender = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 0x0806, onFrame: () => {}, onError: unexpected }));
    expect(lab.ip(lab.right, 'maddress show dev right')).toBeDefined();
    sender.send(arp(MAG_MAC, 1));
    expect(await got.next()).toEqual(arp(MAG_MAC, 1));
    sender.close();
    receiver.close();
  });

  test('a bridge above the radio takes frames to the fixed MAC from its port', async () => {
    lab.ip(lab.right, 'link add acc type bridge');
    lab.ip(lab.right, 'link set acc up');
    lab.ip(lab.right, 'link set right master acc');
    const got = mailbox<number>();
    const receiver = inNamespace(lab.right, () => packetSocket({ interface: 'acc', etherType: 0x0806, onFrame: (_, info) => got.put(info.packetType), onError: unexpected }));
    const sender = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 0x0806, onFrame: () => {}, onError: unexpected }));
    sender.send(arp(MAG_MAC, 1));
    expect(await got.next()).toBe(3);
    sender.send(arp('ff:ff:ff:ff:ff:ff', 1));
    expect(await got.next()).toBe(1);
    sender.close();
    receiver.close();
    lab.ip(lab.right, 'link del acc');
  });

  test('a filter lets only the chosen ICMPv6 types in', async () => {
    const got = mailbox<Uint8Array>();
    const filter = icmp6Filter([133, 135]);
    const receiver = inNamespace(lab.right, () => packetSocket({ interface: 'right', etherType: 0x86dd, filter, onFrame: (f) => got.put(f), onError: unexpected }));
    const sender = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 0x0806, onFrame: () => {}, onError: unexpected }));
    const icmp = (type: number, next = 58) => {
      const f = hexOctets(`3333000000ee${LEFT_MAC}86dd 60000000 0008 3a ff fe800000000000000000000000000001 ff0200000000000000000000000000ee 0000 0000 00000000`);
      f[20] = next;
      f[54] = type;
      return f;
    };
    for (const f of [icmp(134), icmp(133, 17), arp('ff:ff:ff:ff:ff:ff', 1), icmp(135), icmp(128), icmp(133)]) sender.send(f);
    const mine = async () => {
      // The kernel's own neighbour discovery may pass in between.
      for (;;) {
        const f = await got.next();
        if (f[5] === 0xee) return f[54];
      }
    };
    expect([await mine(), await mine()]).toEqual([135, 133]);
    sender.close();
    receiver.close();
  });

  test('its own frames do not come back', async () => {
    const seen: Uint8Array[] = [];
    const got = mailbox<Uint8Array>();
    const a = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 3, onFrame: (f) => (f[13] === 6 ? seen.push(f) : 0), onError: unexpected }));
    const b = inNamespace(lab.right, () => packetSocket({ interface: 'right', etherType: 0x0806, onFrame: (f) => got.put(f), onError: unexpected }));
    a.send(arp('ff:ff:ff:ff:ff:ff', 2));
    await got.next();
    b.send(arp(LEFT_MAC, 2));
    while (seen.length === 0) await new Promise(setImmediate);
    expect(seen.map((f) => text(f.slice(0, 6)))).toEqual([text(arp(LEFT_MAC, 2).slice(0, 6))]);
    a.close();
    b.close();
  });

  test('an interface that goes down and up again is reported, and frames still come', async () => {
    const got = mailbox<Uint8Array>();
    const errors = mailbox<Error>();
    const receiver = inNamespace(lab.right, () => packetSocket({ interface: 'right', etherType: 0x0806, onFrame: (f) => got.put(f), onError: errors.put }));
    const sender = inNamespace(lab.left, () => packetSocket({ interface: 'left', etherType: 0x0806, onFrame: () => {}, onError: () => {} }));
    lab.ip(lab.right, 'link set right down');
    expect((await errors.next()).message).toMatch(/the packet socket on right: ENETDOWN \(the interface is down/);
    lab.ip(lab.right, 'link set right up');
    lab.ip(lab.right, 'address add 2001:db8::2/64 dev right nodad');
    sender.send(arp('ff:ff:ff:ff:ff:ff', 1));
    expect((await got.next())[13]).toBe(6);
    sender.close();
    receiver.close();
  });

  test('an interface that is not there is refused in words', () => {
    expect(() => packetSocket({ interface: 'nowhere0', etherType: 3, onFrame: () => {}, onError: unexpected })).toThrow(/find the interface nowhere0: ENODEV/);
  });
});

describe('UNIX datagrams', () => {
  const path = (name: string) => join(folder, name);
  beforeAll(() => chmodSync(folder, 0o755));

  test('a client with its own path talks to a server, and the path has the wished rights', async () => {
    const asked = mailbox<string>();
    const answered = mailbox<string>();
    const server = unixDatagram({ path: path('server'), onError: unexpected, onMessage: (o, from) => (server.send(Buffer.from('PONG'), from), asked.put(`${text(o)} ${from}`)) });
    const client = unixDatagram({ path: path('client'), peer: path('server'), mode: 0o620, owner: { uid: 101, gid: 102 }, onError: unexpected, onMessage: (o) => answered.put(text(o)) });
    expect([statSync(path('client')).mode & 0o777, statSync(path('client')).uid, statSync(path('client')).gid]).toEqual([0o620, 101, 102]);
    client.send(Buffer.from('PING'));
    expect([await asked.next(), await answered.next()]).toEqual([`PING ${path('client')}`, 'PONG']);
    client.close();
    server.close();
    expect([existsSync(path('client')), existsSync(path('server'))]).toEqual([false, false]);
  });

  test('an abstract name needs no file', async () => {
    const got = mailbox<string>();
    const a = unixDatagram({ path: `@rsk-a-${process.pid}`, onError: unexpected, onMessage: (o, from) => got.put(text(o) + from) });
    const b = unixDatagram({ path: `@rsk-b-${process.pid}`, peer: `@rsk-a-${process.pid}`, onError: unexpected, onMessage: () => {} });
    b.send(Buffer.from('hello '));
    expect(await got.next()).toBe(`hello @rsk-b-${process.pid}`);
    a.close();
    b.close();
  });

  test('a peer that is gone is a refusal in words, and no exception', () => {
    const errors: Error[] = [];
    const server = unixDatagram({ path: path('gone'), onError: unexpected, onMessage: () => {} });
    const client = unixDatagram({ path: path('left-over'), peer: path('gone'), onError: (e) => errors.push(e), onMessage: () => {} });
    server.close();
    expect(client.send(Buffer.from('x'))).toBe(false);
    expect(errors[0]?.message).toMatch(/ECONNREFUSED/);
    client.close();
    expect(() => unixDatagram({ path: path('c2'), peer: path('gone'), onError: unexpected, onMessage: () => {} })).toThrow(/connect .*ENOENT \(is its owner running/);
    expect(existsSync(path('c2'))).toBe(false);
  });

  test('replaces a socket that a crash left behind, but no other file', () => {
    const first = unixDatagram({ path: path('stale'), onError: unexpected, onMessage: () => {} });
    const second = unixDatagram({ path: path('stale'), onError: unexpected, onMessage: () => {} });
    first.close();
    second.close();
    writeFileSync(path('precious'), 'data');
    expect(() => unixDatagram({ path: path('precious'), onError: unexpected, onMessage: () => {} })).toThrow(/EADDRINUSE/);
    expect(statSync(path('precious')).size).toBe(4);
  });
});
