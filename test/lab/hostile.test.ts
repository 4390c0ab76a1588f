/** Garbage, mutilated, replayed, forged and wrong-key packets at every socket while a phone roams: counted, nothing lost, nothing ends. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNamespace } from '../../linux/namespace.ts';
import { mobilitySocket } from '../../linux/sockets/mobilitySocket.ts';
import { packetSocket } from '../../linux/sockets/packetSocket.ts';
import { udpSocket } from '../../linux/sockets/udpSocket.ts';
import { sleep, until } from '../../lab/processes.ts';
import { attach, isAt, openScene, startTraffic } from './scene.ts';
import type { Attached, Scene, Traffic } from './scene.ts';

const ALL_PROTOCOLS = 0x0003;
const ROAMS = 12;
const PER_ROUND = 10;

let scene: Scene;
let phone: Attached;
let traffic: Traffic;

beforeAll(async () => {
  scene = await openScene({ homes: 2, phones: 1, prefix: 'rsbad-' });
  phone = await attach(scene, 1, 1, ['ipv4', 'ipv6']);
  traffic = await startTraffic(scene, phone);
});
afterAll(() => scene?.close());

/** Frames on the transport's wires, and a way to put others there: an attacker who sits on the path. */
function eavesdrop() {
  const heard = { lma: [] as Buffer[], home1: [] as Buffer[], home2: [] as Buffer[] };
  const sockets = inNamespace(scene.world.plan.net, () =>
    (['lma', 'home1', 'home2'] as const).map((wire) => [
      wire,
      packetSocket({
        interface: wire,
        etherType: ALL_PROTOCOLS,
        also: [],
        onFrame: (frame, { packetType }) => {
          if (packetType === 0 && heard[wire].length < 4000) heard[wire].push(Buffer.from(frame));
        },
        onError: () => undefined,
      }),
    ] as const),
  );
  const socketOf = new Map(sockets);
  return {
    heard,
    /** Sends the packet of a frame to whoever is at the other end of the wire. */
    send(wire: 'lma' | 'home1' | 'home2', frame: Buffer): void {
      const from = heard[wire][0];
      if (!from) throw new Error(`nothing was heard on ${wire} yet`);
      // Towards the neighbour from which something came, with our own address there.
      socketOf.get(wire)?.send(Buffer.concat([from.subarray(6, 12), from.subarray(0, 6), frame.subarray(12)]));
    },
    close: () => sockets.forEach(([, socket]) => socket.close()),
  };
}

const ETHERNET = 14;
const IPV6 = 40;
const isMobility = (f: Buffer) => f.readUInt16BE(12) === 0x86dd && f[ETHERNET + 6] === 135;
const isTunnel = (f: Buffer) => f.readUInt16BE(12) === 0x86dd && f[ETHERNET + 6] === 47;
const random = (octets: number) => Buffer.from(Array.from({ length: octets }, () => Math.floor(Math.random() * 256)));

function with_(frame: Buffer, at: number, octets: readonly number[]): Buffer {
  const copy = Buffer.from(frame);
  Buffer.from(octets).copy(copy, at);
  return copy;
}

const counted = async (home: number): Promise<Record<string, number>> => {
  const stats = (await scene.pmip.ask(home, home === 0 ? 'show lma statistics' : 'show mag stats')) as { counters?: object; discarded?: object; drops: object };
  return Object.fromEntries(Object.entries({ ...stats.counters, ...stats.discarded, ...stats.drops }).map(([k, v]) => [k, Number(v)]));
};

/** What grew between two counts. */
const grown = (before: Record<string, number>, after: Record<string, number>) => Object.keys(after).filter((k) => (after[k] ?? 0) > (before[k] ?? 0));

/** Roams back and forth under the attack of each round; the phone hears the internet after every roam. */
async function roamUnder(attack: (round: number) => void): Promise<void> {
  for (let i = 0; i < ROAMS; i++) {
    const home = (i % 2) + 1;
    const timer = setInterval(() => attack(i), 5);
    try {
      if (i > 0) await scene.roam(1, home);
      await traffic.flows();
    } finally {
      clearInterval(timer);
    }
  }
  await isAt(scene, 1, ((ROAMS - 1) % 2) + 1);
  await scene.roam(1, 1);
}

describe('while a phone roams', () => {
  it('garbage at the signalling and data ports of LMA and homes is counted and harms nobody', async () => {
    const { plan } = scene.world;
    const quiet = () => undefined;
    const [udp, mobility] = inNamespace(plan.net, () => [udpSocket({ port: 0, onMessage: quiet, onError: quiet }), mobilitySocket({ onMessage: quiet, onError: quiet })] as const);
    const before = await Promise.all([0, 1, 2].map(counted));
    await roamUnder(() => {
      for (const [ipv4, ipv6, router] of [[plan.lma.ipv4, plan.lma.ipv6, plan.lma.ipv6Router], ...plan.homes.map((h) => [h.ipv4, h.ipv6 ?? '', h.ipv6Router ?? ''])] as [string, string, string][]) {
        for (const port of [5436, 5437]) udp.send(random(1 + Math.floor(Math.random() * 200)), { address: ipv4, port });
        const message = random(8 * (1 + Math.floor(Math.random() * 12)));
        // Half of them look like Mobility Headers of a known type, so that they get past the first look.
        if (Math.random() < 0.5) Buffer.from([59, message.length / 8 - 1, Math.floor(Math.random() * 24)]).copy(message);
        mobility.send(message, { source: router, destination: ipv6 });
      }
    });
    const after = await Promise.all([0, 1, 2].map(counted));
    udp.close();
    mobility.close();
    for (const [i, count] of after.entries()) expect(grown(before[i] ?? {}, count).length, `of ${i}`).toBeGreaterThan(0);
    expect([...scene.world.processes.values()].filter((p) => /^(?:agent|lma)/.test(p.name)).every((p) => p.running())).toBe(true);
  });

  it('signalling that was heard before, whole or cut short, changes no session', async () => {
    const tap = eavesdrop();
    await scene.roam(1, 2);
    await scene.roam(1, 1);
    await traffic.flows();
    await until('signalling on every wire', 5000, () => [tap.heard.lma, tap.heard.home1, tap.heard.home2].every((frames) => frames.some(isMobility)));
    const toLma = [...tap.heard.home1, ...tap.heard.home2].filter(isMobility);
    const toHomes = tap.heard.lma.filter(isMobility);
    const before = await counted(0);
    await roamUnder((round) => {
      for (const frame of [...toLma, ...toHomes].slice(0, PER_ROUND)) {
        const cut = frame.subarray(0, ETHERNET + IPV6 + ((round * 13) % (frame.length - ETHERNET - IPV6)));
        for (const wire of ['lma', 'home1', 'home2'] as const) for (const sent of [frame, cut]) tap.send(wire, sent);
      }
    });
    tap.close();
    expect(grown(before, await counted(0)).length).toBeGreaterThan(0);
    expect(scene.world.addresses(1)).toEqual(phone.addresses);
  });

  it('tunnel packets with a wrong key, a wrong outer or a wrong inner source are dropped and counted', async () => {
    const tap = eavesdrop();
    await traffic.flows();
    await until('a tunnel packet', 5000, () => tap.heard.home1.some(isTunnel) && tap.heard.lma.some(isTunnel));
    const up = tap.heard.home1.find(isTunnel) as Buffer;
    const down = tap.heard.lma.find(isTunnel) as Buffer;
    const GRE_KEY = ETHERNET + IPV6 + 4;
    const INNER = GRE_KEY + 4;
    const inner = (f: Buffer) => ((f[INNER] as number) >> 4 === 6 ? INNER + 8 : INNER + 12);
    const [lmaBefore, homeBefore] = [await counted(0), await counted(1)];
    for (let i = 0; i < PER_ROUND; i++) {
      tap.send('lma', with_(up, GRE_KEY, [...random(4)]));
      tap.send('lma', with_(up, ETHERNET + 8 + 15, [0x77]));
      tap.send('lma', with_(up, inner(up), [9, 9, 9, 9]));
      tap.send('home1', with_(down, GRE_KEY, [...random(4)]));
      tap.send('home1', with_(down, ETHERNET + 8 + 15, [0x77]));
    }
    await sleep(200);
    tap.close();
    const [lma, home] = [grown(lmaBefore, await counted(0)), grown(homeBefore, await counted(1))];
    expect(lma).toEqual(expect.arrayContaining(['unknownKey', 'wrongPeer', 'wrongAddress']));
    expect(home).toEqual(expect.arrayContaining(['unknownKey', 'wrongPeer']));
    await traffic.flows();
  });
});

describe('after all that', () => {
  it('every connection lived', () => traffic.ends());
});
