/** What phones do, and what is said of them. */
import { DEVICES, type Home } from '../home.ts';
import type { Reference } from '../reference.ts';
import type { World } from '../world.ts';
import { anyHome, anyPhone, told } from './draw.ts';

export function roam(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  const when = told(w);
  w.attach(phone, home, when);
  return `phone${phone.number} attaches to home${home.number}, the old home ${when === undefined ? 'is not told' : `is told after ${Math.round(when)} ms`}`;
}

export function bounce(w: World): string {
  const phone = anyPhone(w);
  const [first, second] = [anyHome(w), anyHome(w)];
  const when = told(w);
  w.attach(phone, first, when);
  w.run(w.random.between(0, 60));
  w.attach(phone, second, when);
  w.run(w.random.between(0, 60));
  w.attach(phone, first, when);
  return `phone${phone.number} bounces home${first.number}, home${second.number}, home${first.number}`;
}

export function changeInterface(w: World): string {
  const phone = anyPhone(w);
  if (phone.home === undefined) return 'nothing';
  const when = told(w);
  const device = phone.device === 'wlan0' ? 'wlan1' : 'wlan0';
  w.attach(phone, w.homes[phone.home - 1] as Home, when, device);
  return `phone${phone.number} goes over to ${device}, the other interface ${when === undefined ? 'says nothing' : `says so after ${Math.round(when)} ms`}`;
}

/** Of a phone that comes back hostapd says DISCONNECTED first. */
export function flicker(w: World): string {
  const phone = anyPhone(w);
  if (phone.home === undefined) return 'nothing';
  const home = w.homes[phone.home - 1] as Home;
  w.leave(phone, 0);
  const time = w.random.between(50, 350);
  w.run(time);
  if (phone.home === undefined) w.attach(phone, home, undefined, phone.device);
  return `phone${phone.number} was called disconnected for ${Math.round(time)} ms`;
}

/** About where it is not, or is no more. */
export function wrongWord(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  const device = w.random.pick(DEVICES);
  if (phone.home === home.number && phone.device === device) return 'nothing';
  home.feed({ kind: 'stationDetached', interface: device, mac: phone.mac, reason: 'disconnected' });
  return `home${home.number} says that phone${phone.number} left ${device}, where it is not`;
}

export function disconnect(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  home.feed({ kind: 'disconnect', mac: phone.mac, reason: 'an operator says so' });
  return `home${home.number} is to disconnect phone${phone.number}`;
}

export function leave(w: World): string {
  const phone = anyPhone(w);
  const when = told(w);
  w.leave(phone, when);
  return `phone${phone.number} leaves, its home ${when === undefined ? 'is not told' : `is told after ${Math.round(when)} ms`}`;
}

export function sleep(w: World): string {
  const phone = anyPhone(w);
  const time = w.random.pick([300, 3000, 30_000, 200_000]);
  w.sleep(phone, time);
  return `phone${phone.number} sleeps for ${time} ms`;
}

export function giveBack(w: World, r: Reference): string {
  const phone = anyPhone(w);
  const how = w.random.pick(['release', 'release', 'decline'] as const);
  r.gaveBack(phone);
  w.giveBack(phone, how);
  // Its user takes the network down or waits for another address.
  if (how === 'release') w.run(w.random.between(0, 2000));
  return `phone${phone.number}: DHCP ${how}`;
}
