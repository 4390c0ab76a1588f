/** Station events from OpenWrt's hostapd over ubus: one connection for all objects, which stand below the access interfaces. */
import type { Now } from '../../protocol/units.ts';
import { createLoop, type Loop } from '../../runtime/loop.ts';
import { mergeBss, type BssReport } from './mergeBss.ts';
import type { StationEvents } from './stationEvents.ts';
import { createSession, deadline, step, type Effect, type Input, type Timing } from './ubus/index.ts';
import type { OpenStream, StreamSocket } from './ubusSocket.ts';

export interface UbusStationsOptions {
  readonly interfaces: readonly {
    /** The bridge or macvlan above the radios. */
    readonly interface: string;
    /** The interfaces of its BSSs, as hostapd calls them: `phy0-ap0`. */
    readonly bsses: readonly string[];
  }[];
  readonly open: OpenStream;
  readonly now: () => Now;
  readonly timing?: Partial<Timing>;
  /** What was refused or could not be read, by reason. */
  readonly onCount: (reason: string) => void;
}

const objectOf = (bss: string): string => `hostapd.${bss}`;

export function ubusStations({ interfaces, open, now, timing, onCount }: UbusStationsOptions): StationEvents {
  const session = createSession(interfaces.flatMap((i) => i.bsses.map(objectOf)), timing);
  let loop: Loop<Input> | undefined;
  let socket: StreamSocket | undefined;

  return {
    start(onEvent) {
      const merged = new Map<string, (report: BssReport) => void>();
      for (const { interface: name, bsses } of interfaces) {
        const report = mergeBss(name, bsses.length, onEvent);
        bsses.forEach((bss, i) => merged.set(objectOf(bss), (r) => report(i, r)));
      }
      function perform(effect: Effect): void {
        switch (effect.kind) {
          case 'open':
            socket = open(
              (octets) => loop?.feed({ kind: 'octets', octets }),
              (reason) => loop?.feed({ kind: 'failed', reason }),
            );
            return;
          case 'close':
            socket?.close();
            return;
          case 'send':
            return socket?.send(effect.octets);
          case 'report':
            return merged.get(effect.path)?.(effect.report);
          case 'count':
            return onCount(effect.reason);
        }
      }
      loop = createLoop<Input, Effect>({
        step: (input, { at }) => step(session, input, at),
        deadline: () => deadline(session),
        perform,
        timer: { kind: 'timer' },
        now,
        onError: (e) => onCount(`error ${e.name}`),
      });
      loop.feed({ kind: 'timer' });
    },
    deauthenticate(name, mac) {
      for (const bss of interfaces.find((i) => i.interface === name)?.bsses ?? []) loop?.feed({ kind: 'deauthenticate', path: objectOf(bss), mac });
    },
    close() {
      loop?.stop();
      socket?.close();
    },
  };
}
