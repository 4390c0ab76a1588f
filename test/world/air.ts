/** The radio between phones and homes: who is where, what is heard, and what hostapd says of it. */
import type { Millis } from '../../protocol/units.ts';
import type { Device, Home } from './home.ts';
import { chatter, hear, linkUp, type Phone } from './phone.ts';
import type { Random } from './random.ts';
import type { Schedule } from './schedule.ts';

/** Air and queues between a phone and its home. */
const AIR: readonly [Millis, Millis] = [1, 5];

export interface Air {
  readonly isAwake: (phone: Phone) => boolean;
  /** Frames of the phone reach the home that it is at when it sends them. */
  readonly speak: (phone: Phone, frames: readonly Uint8Array[]) => void;
  readonly toPhone: (number: number, device: Device, mac: string, frame: Uint8Array) => void;
  /** From now on it says something now and then. */
  readonly chat: (phone: Phone) => void;
  /** `told` is when its old home learns it from hostapd, undefined = never. */
  readonly attach: (phone: Phone, home: Home, told?: Millis, device?: Device) => void;
  readonly leave: (phone: Phone, told?: Millis) => void;
  /** A phone that is sent away comes back, as a phone does that lost its link: it asks for everything anew. */
  readonly sendAway: (number: number, mac: string) => void;
}

export interface AirParts {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly phones: readonly Phone[];
  readonly homes: () => readonly Home[];
}

export function createAir({ schedule, random, phones, homes }: AirParts): Air {
  const isAwake = (phone: Phone): boolean => schedule.now() >= phone.asleepUntil;
  const homeOf = (phone: Phone): Home | undefined => (phone.home === undefined ? undefined : homes()[phone.home - 1]);

  function speak(phone: Phone, frames: readonly Uint8Array[]): void {
    const home = homeOf(phone);
    const { device } = phone;
    if (!home) return;
    for (const frame of frames) {
      schedule.after(random.between(...AIR), () => {
        if (phone.home !== home.number || phone.device !== device) return;
        phone.lastAt.set(home.number, schedule.now());
        home.hear(device, phone.mac, frame);
      });
    }
  }

  function toPhone(number: number, device: Device, mac: string, frame: Uint8Array): void {
    const phone = phones.find((p) => p.mac === mac);
    schedule.after(random.between(...AIR), () => {
      if (phone?.home === number && phone.device === device && isAwake(phone)) speak(phone, hear(phone, frame, schedule.now()));
    });
  }

  function chat(phone: Phone): void {
    if (phone.home !== undefined && isAwake(phone)) speak(phone, [chatter(phone)]);
    schedule.after(random.between(2000, 120_000), () => chat(phone));
  }

  function attach(phone: Phone, home: Home, told?: Millis, device: Device = 'wlan0'): void {
    leave(phone, told);
    phone.home = home.number;
    phone.device = device;
    const associated = schedule.now();
    phone.lastAt.set(home.number, associated);
    phone.settledSince = associated;
    home.stations.set(phone.mac, device);
    // hostapd's event and the phone's first frames race each other.
    schedule.after(random.between(0, 8), () => {
      const lastSeen = home.lastSeen(device, phone.mac);
      if (phone.home === home.number && phone.device === device) home.feed({ kind: 'stationAttached', station: { interface: device, mac: phone.mac }, at: associated, ...(lastSeen === undefined ? {} : { lastSeen }) });
    });
    speak(phone, linkUp(phone, associated));
  }

  function sendAway(number: number, mac: string): void {
    const home = homes()[number - 1] as Home;
    const phone = phones.find((p) => p.mac === mac);
    if (phone?.home !== number) return void home.stations.delete(mac);
    leave(phone, 0);
    schedule.after(random.between(50, 2000), () => {
      if (phone.home !== undefined) return;
      attach(phone, home);
      speak(phone, linkUp({ ...phone, quiet: false }, schedule.now()));
    });
  }

  function leave(phone: Phone, told?: Millis): void {
    const old = homeOf(phone);
    const { device } = phone;
    phone.home = undefined;
    if (!old || told === undefined) return;
    schedule.after(told, () => {
      if (phone.home === old.number && phone.device === device) return; // it is back, and hostapd has an association again
      if (old.stations.get(phone.mac) === device) old.stations.delete(phone.mac);
      old.feed({ kind: 'stationDetached', interface: device, mac: phone.mac, reason: 'disconnected' });
    });
  }

  return { isAwake, speak, toPhone, chat, attach, leave, sendAway };
}
