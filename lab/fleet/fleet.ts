/** A simulated fleet that runs: an LMA and a cloud as processes of their own, hundreds of gateways in this one, and subscribers who walk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ipv4 } from '../../protocol/address.ts';
import type { Millis } from '../../protocol/units.ts';
import { sleep, until } from '../processes.ts';
import { apiOf, prepareCloud, startCloud, type Api, type LabCloud } from './cloud.ts';
import { createCrowd, strangersOf, type Crowd } from './crowd.ts';
import { foundFleet, makeToken } from './founding.ts';
import { simulatedGateway, type SimulatedGateway } from './gateway.ts';
import { LMA, startLabLma, type LabLma } from './lma.ts';
import { townOf } from './town.ts';

export interface FleetLabOptions {
  readonly homes: number;
  readonly subscribers: number;
  readonly version: string;
  readonly random?: () => number;
  /** Logs, configurations and state stay behind. */
  readonly keep?: boolean;
  readonly stop: AbortSignal;
  /** How far each step is. */
  readonly progress: (step: string, done: number, of: number) => void;
  readonly say: (text: string) => void;
  readonly onError: (error: Error) => void;
}

export interface FleetLab {
  readonly folder: string;
  readonly cloud: LabCloud;
  readonly lma: LabLma;
  readonly api: Api;
  /** Of an owner. */
  readonly token: string;
  readonly gateways: readonly SimulatedGateway[];
  readonly crowd: Crowd;
  /** Gateways that the broker knows. */
  connected(): number;
  /** After its process ended, however that was. */
  restartCloud(): Promise<void>;
  /** Everybody is at some home. */
  settle(perSecond: number): Promise<void>;
  close(): Promise<void>;
}

/** One of so many subscribers has no contract. */
const STRANGERS = 100;
export const HOMES_MAX = 4000;
const anchor: Ipv4 = '127.78.255.254';
const addressOf = (n: number): Ipv4 => `127.78.${n >> 8}.${n & 0xff}`;
/** With a jitter of ten seconds after their start, and a handshake of two milliseconds each. */
const CONNECTED: Millis = 60_000;
const PER_GATEWAY: Millis = 60;

/** @throws LabError, or whatever was wrong, once everything is ended again */
export async function openFleetLab(o: FleetLabOptions): Promise<FleetLab> {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-fleet-'));
  const closers: (() => unknown)[] = [];
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Also when somebody does not wait for the end.
  if (!o.keep) process.once('exit', remove);
  const close = async (): Promise<void> => {
    for (let last = closers.pop(); last; last = closers.pop()) await last();
    process.off('exit', remove);
    if (!o.keep) remove();
  };
  try {
    return await open(o, folder, closers, close);
  } catch (e) {
    await close();
    throw e;
  }
}

async function open(o: FleetLabOptions, folder: string, closers: (() => unknown)[], close: FleetLab['close']): Promise<FleetLab> {
  const { homes, subscribers, version, random = Math.random, stop, progress, say, onError } = o;
  const lma = await startLabLma(folder, anchor, strangersOf(subscribers, STRANGERS));
  closers.push(() => lma.process.stop());
  const names = ['127.0.0.1'];
  const files = await prepareCloud({ folder, names, lma: { name: LMA, socket: lma.socket, anchors: [{ id: LMA, 'ipv4-address': anchor }] } });
  const members = await foundFleet({ folder: files.state, names, town: townOf(homes), lma: LMA, onProgress: (made) => progress('keys and certificates', made, homes), onError });
  const token = await makeToken(files.state, onError);
  writeFileSync(join(folder, 'token'), `${token}\n`, { mode: 0o600 });
  let cloud = await startCloud(files, folder);
  closers.push(() => cloud.process.stop());
  say(`dashboard: ${cloud.address}`);
  if (cloud.setUpLink !== undefined) say(`set-up link (once): ${cloud.setUpLink}`);
  stop.throwIfAborted();

  const broker = `mqtts://127.0.0.1:${files.brokerPort}`;
  const gateways = members.map((member, i) =>
    simulatedGateway({ member, address: addressOf(i + 1), signallingPort: lma.signallingPort, broker, folder, version, here: (mac) => crowd.here(i, mac), onTransition: (t) => crowd.onTransition(t), onError }),
  );
  const crowd = createCrowd({ size: subscribers, strangers: STRANGERS, gateways: () => gateways, random });
  // The last first: a phone that hears nothing any more sets no timer.
  closers.push(() => crowd.close(), () => Promise.all(gateways.map((g) => g.off())));
  for (const gateway of gateways) await gateway.on();
  /** With what its fleet says: without an LMA it serves nobody. */
  const connected = (): number => gateways.filter((g) => {
    const status = g.status();
    return status?.fleet?.state === 'connected' && status.lmas.length > 0;
  }).length;
  await until('the gateways to connect', CONNECTED + homes * PER_GATEWAY, async () => {
    stop.throwIfAborted();
    const there = connected();
    progress('gateways connected', there, homes);
    // To ask all of them takes a while, too.
    if (there < homes) await sleep(homes / 2);
    return there === homes;
  });

  return {
    folder,
    get cloud() {
      return cloud;
    },
    lma,
    api: apiOf(files, token),
    token,
    gateways,
    crowd,
    connected,
    async restartCloud() {
      await cloud.process.exited;
      cloud = await startCloud(files, folder);
    },
    async settle(perSecond) {
      const waiting = crowd.subscribers.map((s, i) => [s, i % homes] as const);
      const begun = performance.now();
      for (let done = 0; done < waiting.length; ) {
        stop.throwIfAborted();
        const due = Math.min(waiting.length, Math.ceil(((performance.now() - begun) * perSecond) / 1000));
        for (; done < due; done++) crowd.move(...(waiting[done] as (typeof waiting)[number]));
        progress('subscribers attached', done, waiting.length);
        await new Promise((resolve) => void setTimeout(resolve, 50));
      }
    },
    close,
  };
}
