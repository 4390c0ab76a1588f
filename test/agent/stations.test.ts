/** The sources of stations put together: who may attach, what a frame of somebody without a binding does, and what a flood of them costs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admission } from '../../agent/admission.ts';
import { createArrivals } from '../../agent/arrivals.ts';
import { accessInterfaces, agentSchema } from '../../agent/config.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { openStations, type Stations } from '../../agent/stations.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { entryOf } from './entries.ts';

const ALICE = '02:00:00:00:0a:01';
const BOB = '02:00:00:00:0b:01';
const folder = mkdtempSync(join(tmpdir(), 'roamstead-stations-'));
const script = join(folder, 'script');
const config = parseConfig(
  'x.yaml',
  `{ domain: D1, mag: M1, uplink: wan0, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1" }], interfaces: [
    { name: access0, scripted-stations: ${script} }, { name: access1, first-packet: true }, { name: access2, first-packet: true }] }`,
  agentSchema,
);

let stations: Stations;
let events: MagEvent[];
let onEvent: (event: MagEvent) => void;

beforeEach(async () => {
  events = [];
  onEvent = (event) => events.push(event);
  stations = openStations({ interfaces: accessInterfaces(config), lastSeen: () => undefined, onEvent: (event) => onEvent(event), onCount: () => undefined, log: () => undefined, now: () => ({ at: 1, wall: 1 }) });
  await stations.start();
  events.length = 0;
});
afterEach(() => stations.close());
afterAll(() => rmSync(folder, { recursive: true }));

/** Says a line to the script, and waits for its answer. */
const say = (command: object): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(script, () => socket.write(`${JSON.stringify(command)}\n`));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
const attached = (device: string, mac: string, at: number, identity?: string) => ({ kind: 'stationAttached', station: { interface: device, mac, ...(identity === undefined ? {} : { identity }) }, at });

describe('where a source tells who comes', () => {
  beforeEach(() => say({ do: 'attach', interface: 'access0', mac: ALICE, identity: 'alice@home.example' }));

  it('a frame of an admitted station without a binding attaches it again, with what was proved', () => {
    stations.heard('access0', ALICE, 5, false);
    expect(events).toEqual([attached('access0', ALICE, 1, 'alice@home.example'), attached('access0', ALICE, 5, 'alice@home.example')]);
  });

  it('a frame of a stranger, or of one that has a binding elsewhere, is nothing', () => {
    events.length = 0;
    stations.heard('access0', BOB, 5, false);
    stations.heard('access0', ALICE, 5, true);
    expect(events).toEqual([]);
    expect([stations.mayAttach('access0', ALICE), stations.mayAttach('access0', BOB)]).toEqual([true, false]);
  });

  it('one that left, or is not on the list any more, may no longer attach', async () => {
    await say({ do: 'detach', interface: 'access0', mac: ALICE });
    expect(stations.mayAttach('access0', ALICE)).toBe(false);
    await say({ do: 'attach', interface: 'access0', mac: BOB });
    await say({ do: 'vanish', interface: 'access0', mac: BOB });
    await say({ do: 'resync', interface: 'access0' });
    expect(stations.mayAttach('access0', BOB)).toBe(false);
  });
});

describe('where frames alone attach', () => {
  it('anybody may, at the first frame, without an identity', () => {
    stations.heard('access1', ALICE, 5, false);
    expect(events).toEqual([attached('access1', ALICE, 5)]);
    expect(stations.mayAttach('access1', BOB)).toBe(true);
  });

  it('a station that comes over from another access interface moves', () => {
    stations.heard('access2', ALICE, 5, true);
    expect(events).toEqual([attached('access2', ALICE, 5)]);
  });

  it('a flood of made-up MACs takes no place of a phone that has one, and is counted', () => {
    const MOST = 64;
    const byMac = new Map<string, Entry>();
    const counted = new Map<string, number>();
    const onCount = (reason: string) => counted.set(reason, (counted.get(reason) ?? 0) + 1);
    const feed = (event: MagEvent) => {
      if (event.kind === 'stationAttached') byMac.set(event.station.mac, entryOf(event.station));
    };
    const admit = admission({ list: { byMac }, most: () => MOST, paused: () => false, feed, onCount });
    onEvent = admit;
    const arrivals = createArrivals({ list: { byMac }, stations: () => stations, feed, admit, onCount });
    arrivals.noticed('access1', ALICE, 1);
    for (let i = 0; i < 10_000; i++) arrivals.noticed('access1', `02:00:01:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`, 2);
    arrivals.noticed('access2', ALICE, 3);
    expect(byMac.size).toBe(MOST);
    expect(byMac.get(ALICE)?.interface).toBe('access2');
    expect(counted).toEqual(new Map([['station beyond max-bindings', 10_000 - MOST + 1]]));
  });
});
