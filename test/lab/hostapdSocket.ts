/** The fake hostapd of the unit tests behind a real control socket, where the lab expects hostapd's: stations come and go as told. */
import { mkdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import type { DatagramSocket } from 'hostapd-ctrl';
import { controlFolder } from '../../lab/access.ts';
import { RADIO } from '../../lab/topology.ts';
import type { World } from '../../lab/world.ts';
import { inNamespace } from '../../linux/namespace.ts';
import { NativeError } from '../../linux/native.ts';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import { fakeHostapd } from '../wifi/fakeHostapd.ts';
import type { FakeHostapd } from '../wifi/fakeHostapd.ts';

export interface HostapdSocket {
  readonly fake: FakeHostapd;
  /** Sends an event; false: nobody had room for it, which is how hostapd loses events too. */
  readonly say: (event: string) => boolean;
  /** Every event arrives: waits where a queue is full. */
  readonly flood: (events: Iterable<string>) => Promise<number>;
  readonly close: () => void;
}

const FULL: ReadonlySet<string> = new Set(['EAGAIN', 'ENOBUFS']);

/** @param namespace of the gateway, whose own end may be a name that is only known there @param path of the control socket @param identity what EAP proves of a station that the lab lets associate; nothing on an open network */
function serveHostapd(namespace: string, path: string, identity: (mac: string) => string | undefined = () => undefined): HostapdSocket {
  mkdirSync(dirname(path), { recursive: true });
  const fake = fakeHostapd();
  const peers = new Map<string, DatagramSocket>();
  let lost = false;
  let refusal = '';
  const socket = inNamespace(namespace, () =>
    unixDatagram({
      path,
      onMessage(octets, from) {
        peer(from).send(octets);
        fake.deliver();
      },
      onError: (error) => (refusal = error instanceof NativeError ? error.errno : error.message),
    }),
  );
  /** A full queue is a reason to wait; whoever has gone is forgotten. */
  function send(octets: Uint8Array, to: string): void {
    if (socket.send(octets, to)) return;
    if (FULL.has(refusal)) lost = true;
    else {
      peers.get(to)?.close();
      peers.delete(to);
    }
  }
  function peer(from: string): DatagramSocket {
    const known = peers.get(from) ?? fake.open(path, (octets) => send(octets, from), () => undefined);
    peers.set(from, known);
    return known;
  }
  const server: HostapdSocket = {
    fake,
    say(event) {
      lost = false;
      fake.say(event);
      fake.deliver();
      return !lost;
    },
    async flood(events) {
      let said = 0;
      for (const event of events) {
        while (!server.say(event)) await turn();
        if ((said += 1) % 16 === 0) await turn();
      }
      return said;
    },
    close: () => socket.close(),
  };
  // What the lab asks for when a phone comes into reach (lab/access.ts, `associate`).
  fake.instead = (request) => {
    const [command, mac = ''] = request.split(' ');
    if (command !== 'NEW_STA' && command !== 'EAPOL_REAUTH') return undefined;
    const name = identity(mac);
    fake.stations.set(mac, { authorized: true, ...(name === undefined ? {} : { identity: name }) });
    fake.say(`AP-STA-CONNECTED ${mac}`);
    return 'OK\n';
  };
  return server;
}

/** One at every home, instead of hostapd and of supplicants. */
export const serveHostapds = (world: World, identity?: (mac: string) => string | undefined): HostapdSocket[] =>
  world.plan.homes.map((h) => serveHostapd(h.namespace, join(controlFolder(world.folder, h), RADIO), identity));
