/** What happens in a world, at random: one table of moves, each with its weight. */
import type { Millis } from '../../protocol/units.ts';
import { DEVICES, type Home } from './home.ts';
import { AWFUL, CALM, ROUGH } from './network.ts';
import type { Phone } from './phone.ts';
import type { Reference } from './reference.ts';
import { usualUplink, type World } from './world.ts';

type Move = (w: World, r: Reference) => string;

const anyHome = (w: World): Home => w.random.pick(w.homes);
const anyPhone = (w: World): Phone => w.random.pick(w.phones);
/** Never, at once, or some time after. */
const told = (w: World): Millis | undefined => w.random.pick([undefined, undefined, undefined, 0, w.random.between(0, 300), w.random.between(0, 5000)]);

function roam(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  const when = told(w);
  w.attach(phone, home, when);
  return `phone${phone.number} attaches to home${home.number}, the old home ${when === undefined ? 'is not told' : `is told after ${Math.round(when)} ms`}`;
}

function bounce(w: World): string {
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

function changeInterface(w: World): string {
  const phone = anyPhone(w);
  if (phone.home === undefined) return 'nothing';
  const when = told(w);
  const device = phone.device === 'wlan0' ? 'wlan1' : 'wlan0';
  w.attach(phone, w.homes[phone.home - 1] as Home, when, device);
  return `phone${phone.number} goes over to ${device}, the other interface ${when === undefined ? 'says nothing' : `says so after ${Math.round(when)} ms`}`;
}

/** Of a phone that comes back hostapd says DISCONNECTED first. */
function flicker(w: World): string {
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
function wrongWord(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  const device = w.random.pick(DEVICES);
  if (phone.home === home.number && phone.device === device) return 'nothing';
  home.feed({ kind: 'stationDetached', interface: device, mac: phone.mac, reason: 'disconnected' });
  return `home${home.number} says that phone${phone.number} left ${device}, where it is not`;
}

function disconnect(w: World): string {
  const phone = anyPhone(w);
  const home = anyHome(w);
  home.feed({ kind: 'disconnect', mac: phone.mac, reason: 'an operator says so' });
  return `home${home.number} is to disconnect phone${phone.number}`;
}

function leave(w: World): string {
  const phone = anyPhone(w);
  const when = told(w);
  w.leave(phone, when);
  return `phone${phone.number} leaves, its home ${when === undefined ? 'is not told' : `is told after ${Math.round(when)} ms`}`;
}

function sleep(w: World): string {
  const phone = anyPhone(w);
  const time = w.random.pick([300, 3000, 30_000, 200_000]);
  w.sleep(phone, time);
  return `phone${phone.number} sleeps for ${time} ms`;
}

function giveBack(w: World, r: Reference): string {
  const phone = anyPhone(w);
  const how = w.random.pick(['release', 'release', 'decline'] as const);
  r.gaveBack(phone);
  w.giveBack(phone, how);
  // Its user takes the network down or waits for another address.
  if (how === 'release') w.run(w.random.between(0, 2000));
  return `phone${phone.number}: DHCP ${how}`;
}

function renumber(w: World): string {
  const home = anyHome(w);
  const generation = w.random.below(60_000);
  home.setUplink(usualUplink(home.number, generation));
  return `home${home.number} is renumbered to ${JSON.stringify(home.uplink)}`;
}

function cutHome(w: World): string {
  const home = anyHome(w);
  const before = home.uplink;
  const time = w.random.pick([500, 5000, 60_000]);
  home.setUplink({ mtu: before.mtu });
  w.run(time);
  home.setUplink(w.random.chance(0.5) ? before : usualUplink(home.number, w.random.below(60_000)));
  return `home${home.number} was without uplink for ${time} ms`;
}

function rebind(w: World): string {
  const home = anyHome(w);
  const { nat } = home.uplink;
  if (!nat) return 'nothing';
  const publicAddress = w.random.chance(0.5) ? nat.publicAddress : `203.0.${w.random.below(100)}.${home.number}`;
  // The agent notices nothing: its own address stays.
  home.setUplink({ ...home.uplink, nat: { publicAddress, publicPort: 1024 + w.random.below(60_000) } });
  return `the NAT of home${home.number} maps it anew, from ${publicAddress}`;
}

function kill(w: World): string {
  const home = anyHome(w);
  const time = w.random.pick([50, 2000, 10_000, 100_000]);
  w.kill(home, time);
  return `the agent of home${home.number} is killed for ${time} ms`;
}

function clock(w: World): string {
  const home = anyHome(w);
  home.setClock(!home.clockSynchronised);
  return `the clock of home${home.number} is ${home.clockSynchronised ? '' : 'not '}synchronised`;
}

function cut(w: World): string {
  const time = w.random.pick([800, 5000, 20_000, 120_000]);
  w.network.cut = true;
  w.run(time);
  w.network.cut = false;
  return `the anchor was unreachable for ${time} ms`;
}

function list(w: World): string {
  const home = anyHome(w);
  for (const phone of w.phones) if (phone.home !== home.number) home.stations.delete(phone.mac);
  for (const device of DEVICES) home.listStations(device);
  return `home${home.number} gets a station list`;
}

function weather(w: World): string {
  w.network.weather = w.random.pick([CALM, ROUGH, ROUGH, AWFUL]);
  return `weather: loss ${w.network.weather.loss}`;
}

function wait(w: World): string {
  const time = w.random.pick([1, 30, 200, 1000, 1000, 4000, 15_000, 60_000, 320_000]);
  w.run(time);
  return `${time} ms pass`;
}

function restartAnchor(w: World): string {
  w.anchor.kill();
  w.anchor.start();
  return 'the anchor restarts';
}

function killAnchor(w: World): string {
  const time = w.random.pick([0, 20, 500, 3000, 20_000]);
  w.killAnchor(time);
  return `the anchor is killed for ${time} ms`;
}

function storeTrouble(w: World): string {
  const { disk } = w.anchor;
  disk.mode = w.random.pick(['full', 'away']);
  disk.latency = [10, 400];
  const time = w.random.pick([300, 5000, 60_000]);
  const killed = w.random.chance(0.3);
  w.run(time / 2);
  if (killed) w.killAnchor(w.random.between(0, time));
  w.run(time / 2);
  const { mode } = disk;
  disk.mode = 'well';
  return `the store was ${mode} for ${time} ms${killed ? ', and the anchor was killed meanwhile' : ''}`;
}

function slowStore(w: World): string {
  w.anchor.disk.latency = w.random.pick([undefined, [0.1, 4], [2, 60], [50, 900]] as const);
  return `a commit takes ${w.anchor.disk.latency?.join(' to ') ?? 0} ms`;
}

/** While it runs and can store what that changes; a clock that is set while nobody looks is the operator's to prevent. */
function setAnchorClock(w: World): string {
  const { anchor } = w;
  if (anchor.nextAt() === Infinity) return 'nothing';
  anchor.disk.mode = 'well';
  w.run(2000);
  anchor.clockError = w.random.pick([0, 0, 20_000, -20_000, 3_600_000, -3_600_000]);
  anchor.feed({ kind: 'timer' });
  w.run(2000);
  return `the anchor's clock is wrong by ${anchor.clockError} ms`;
}

function administrator(w: World): string {
  const home = anyHome(w);
  home.feed({ kind: 'retryDenied' });
  return `an administrator lifts the refusals of home${home.number}`;
}

/** An operator has sessions registered anew (RFC 7077, reason 1). */
function refresh(w: World): string {
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }] as const);
  w.anchor.feed({ kind: 'notify', scope, reason: 1, acknowledge: w.random.pick([true, false]), administrative: true });
  return `the anchor wants ${scope.kind === 'all' ? 'every session' : phone.nai} registered anew`;
}

/** An operator ends sessions at the anchor (RFC 5846 §8.1). */
function clearAtAnchor(w: World): string {
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }, { kind: 'mag', mag: anyHome(w).identity }, { kind: 'realm', realm: '@world' }] as const);
  const trigger = w.random.pick([0, 1, 5, 6, 7]);
  w.anchor.feed({ kind: 'revoke', scope, trigger, reason: 'cleared' });
  return `the anchor revokes ${Object.values(scope).join(' ')}, trigger ${trigger}`;
}

/** Or at a gateway. */
function clearAtHome(w: World): string {
  const home = anyHome(w);
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }] as const);
  home.feed({ kind: 'giveUp', scope, reason: 'cleared' });
  return `home${home.number} gives up ${scope.kind === 'all' ? 'all' : phone.nai}`;
}

/** In order, or by pulling its plug: then it has forgotten everything, and its phones lost their link. */
function reboot(w: World): string {
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

const MOVES: readonly (readonly [weight: number, move: Move])[] = [
  [30, roam],
  [6, bounce],
  [6, leave],
  [5, changeInterface],
  [5, flicker],
  [3, wrongWord],
  [2, disconnect],
  [8, sleep],
  [4, giveBack],
  [5, renumber],
  [2, cutHome],
  [2, rebind],
  [4, kill],
  [2, clock],
  [3, cut],
  [3, list],
  [5, weather],
  [40, wait],
  [1, restartAnchor],
  [1, administrator],
];

/** Besides, in stories about what the anchor tells its gateways. */
const UPDATES: typeof MOVES = [...MOVES, [8, refresh]];

/** Besides, in stories about who ends sessions and who forgets them. */
const CLEARS: typeof MOVES = [...MOVES, [6, clearAtAnchor], [3, clearAtHome], [4, reboot]];

/** Besides, in stories about the anchor's own troubles. */
const CHAOS: typeof MOVES = [
  ...MOVES,
  [12, killAnchor],
  [5, storeTrouble],
  [5, slowStore],
  [2, setAnchorClock],
];

/** One move, done at once; says what it was. */
export function moveAtRandom(w: World, r: Reference): string {
  const moves = w.options.chaos ? CHAOS : w.options.updates ? UPDATES : w.options.clears ? CLEARS : MOVES;
  let left = w.random.below(moves.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, move] of moves) {
    left -= weight;
    if (left < 0) return move(w, r);
  }
  return roam(w);
}
