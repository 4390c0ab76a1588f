/** What happens to gateways, their uplinks and their clocks, and what is asked of them. */
import { DEVICES } from '../home.ts';
import { usualUplink, type World } from '../world.ts';
import { anyHome, anyPhone } from './draw.ts';

export function renumber(w: World): string {
  const home = anyHome(w);
  const generation = w.random.below(60_000);
  home.setUplink(usualUplink(home.number, generation));
  return `home${home.number} is renumbered to ${JSON.stringify(home.uplink)}`;
}

export function cutHome(w: World): string {
  const home = anyHome(w);
  const before = home.uplink;
  const time = w.random.pick([500, 5000, 60_000]);
  home.setUplink({ mtu: before.mtu });
  w.run(time);
  home.setUplink(w.random.chance(0.5) ? before : usualUplink(home.number, w.random.below(60_000)));
  return `home${home.number} was without uplink for ${time} ms`;
}

export function rebind(w: World): string {
  const home = anyHome(w);
  const { nat } = home.uplink;
  if (!nat) return 'nothing';
  const publicAddress = w.random.chance(0.5) ? nat.publicAddress : `203.0.${w.random.below(100)}.${home.number}`;
  // The agent notices nothing: its own address stays.
  home.setUplink({ ...home.uplink, nat: { publicAddress, publicPort: 1024 + w.random.below(60_000) } });
  return `the NAT of home${home.number} maps it anew, from ${publicAddress}`;
}

export function kill(w: World): string {
  const home = anyHome(w);
  const time = w.random.pick([50, 2000, 10_000, 100_000]);
  w.kill(home, time);
  return `the agent of home${home.number} is killed for ${time} ms`;
}

export function clock(w: World): string {
  const home = anyHome(w);
  home.setClock(!home.clockSynchronised);
  return `the clock of home${home.number} is ${home.clockSynchronised ? '' : 'not '}synchronised`;
}

export function list(w: World): string {
  const home = anyHome(w);
  for (const phone of w.phones) if (phone.home !== home.number) home.stations.delete(phone.mac);
  for (const device of DEVICES) home.listStations(device);
  return `home${home.number} gets a station list`;
}

export function administrator(w: World): string {
  const home = anyHome(w);
  home.feed({ kind: 'retryDenied' });
  return `an administrator lifts the refusals of home${home.number}`;
}

/** Or at a gateway. */
export function clearAtHome(w: World): string {
  const home = anyHome(w);
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }] as const);
  home.feed({ kind: 'giveUp', scope, reason: 'cleared' });
  return `home${home.number} gives up ${scope.kind === 'all' ? 'all' : phone.nai}`;
}

/** In order, or by pulling its plug: then it has forgotten everything, and its phones lost their link. */
export function reboot(w: World): string {
  const home = anyHome(w);
  const inOrder = w.random.chance(0.5);
  if (!home.mag) return 'nothing';
  if (inOrder) {
    home.feed({ kind: 'giveUp', scope: { kind: 'all' }, reason: 'the gateway goes down' });
    w.run(w.random.pick([20, 3500]));
  }
  for (const phone of w.phones) if (phone.home === home.number) w.leave(phone);
  home.lose();
  const time = w.random.pick([2000, 20_000, 90_000]);
  w.run(time);
  home.start();
  return `home${home.number} was down for ${time} ms, ${inOrder ? 'in order' : 'without a word'}`;
}
