/**
 * Composition root of the home gateway: configuration -> ports -> loop. Events of the access links, the uplink, the clock and
 * the LMA go into the MAG; its effects go to the data path, the phones, the LMA and whoever watches.
 */
import { randomBytes } from 'node:crypto';
import { readSysctl, writeSysctl } from '../linux/datapath/device.ts';
import { available } from '../linux/native.ts';
import { ANY_IPV4, ANY_IPV6, MAG_LINK_LOCAL, type Mac } from '../protocol/address.ts';
import { describeTransition, type Transition } from '../protocol/entity.ts';
import { SIGNALLING_PORT } from '../protocol/mobility/header.ts';
import type { Millis } from '../protocol/units.ts';
import { clockSynchronised, now } from '../runtime/clock.ts';
import { openControl } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { watchDevices } from '../runtime/devices.ts';
import { createLoop } from '../runtime/loop.ts';
import { nextRestartCounter } from '../runtime/restartCounter.ts';
import { openSignalling } from '../runtime/signalling.ts';
import { prepareAccessInterface } from './accessInterface.ts';
import { openAccessLink, type AccessLink } from './accessLink.ts';
import { admission } from './admission.ts';
import { claimAccessInterface } from './claim.ts';
import { accessInterfaces, defaultProfiles, identityOf, lmaPeers, localList, timersOf, type AgentConfig } from './config.ts';
import type { Wish } from './conversations.ts';
import { openDataPath } from './dataPath.ts';
import { followFirstDown } from './firstDown.ts';
import { createKeepalive } from './keepalive.ts';
import type { MagConfig } from './mag/config.ts';
import type { MagEffect, MagEvent } from './mag/events.ts';
import { createMag, deadline, step } from './mag/mag.ts';
import { localProfiles } from './mag/profile.ts';
import { openRetention } from './retention.ts';
import { securityAssociations } from './securityAssociations.ts';
import { showHandlers } from './show.ts';
import { openStations } from './stations.ts';
import { watchUplink } from './uplink.ts';
import { wantedPaths } from './wantedPaths.ts';

/** How often adjtimex is asked: a router without a battery gets its time minutes after its uplink. */
const CLOCK_INTERVAL: Millis = 2000;

export interface Agent {
  /** Forwarding goes on unless it is to be removed. */
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** @throws Error in words when something it needs is not there; then nothing is left open */
export async function runAgent(config: AgentConfig, log: Log = createLog('agent')): Promise<Agent> {
  const closers: ((how: { readonly keepForwarding: boolean }) => void)[] = [];
  const stop: Agent['stop'] = (how) => {
    for (let close = closers.pop(); close; close = closers.pop()) close(how);
  };
  try {
    await start(config, log, (close) => closers.push(close));
  } catch (e) {
    stop({ keepForwarding: true });
    throw e;
  }
  return { stop };
}

/** `onStop` collects what is to be closed, the last first. */
async function start(config: AgentConfig, log: Log, onStop: (close: (how: { readonly keepForwarding: boolean }) => void) => void): Promise<void> {
  const shown = shownAs(config.identities);
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const interfaces = accessInterfaces(config);
  const addon = available();
  if (addon !== true) throw new Error(`the gateway needs the addon for DHCP and the data path: ${addon}`);

  // First what tells that another agent is at work, before anything of its is touched.
  const control = await openControl(config['control-socket'], onError);
  onStop(() => control.close());
  for (const { device } of interfaces) {
    const claim = claimAccessInterface(device, log);
    onStop(() => claim.release());
  }
  for (const { device } of interfaces) prepareAccessInterface(device);

  const paths = openDataPath(config);
  onStop((how) => paths.stop(how));
  const advertised = config.uplink !== undefined && readSysctl(`ipv6/conf/${config.uplink}/accept_ra`) === '2';
  const wanted = wantedPaths(paths, onError, (path) => pathSetAt.set(path.index, now().at));
  onStop(() => wanted.stop());
  const retention = openRetention(config['state-directory'], onError);
  onStop(() => retention.flush());
  const mag = createMag(magConfig(config, nextRestartCounter(config['state-directory'], onError)));
  const profiles = localProfiles(localList(config), defaultProfiles(config));
  const keepalive = createKeepalive(onError);
  onStop(() => keepalive.close());
  const links = new Map<string, AccessLink>();
  const pathSetAt = new Map<number, Millis>();
  const ended = new AbortController();

  const loop = createLoop<MagEvent, MagEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => step(mag, event, at),
    deadline: () => deadline(mag),
    perform,
    onError: (e, what) => {
      onError(e);
      log('debug', 'while performing', { what: (what as { kind?: string }).kind ?? '' });
    },
  });

  function perform(effect: MagEffect): void {
    switch (effect.kind) {
      case 'send':
        counters.add(`sent ${effect.message.kind}`);
        return signalling.send(effect.to.remotePort === SIGNALLING_PORT ? { ...effect, to: { ...effect.to, remotePort: config['signalling-port'] } } : effect);
      case 'transition':
        return report(effect);
      case 'discard':
        return counters.add(effect.reason);
      case 'setPath':
        pathSetAt.delete(effect.path.index);
        if (wanted.set(effect.path)) pathSetAt.set(effect.path.index, now().at);
        return;
      case 'removePath':
        pathSetAt.delete(effect.index);
        return wanted.remove(effect.index);
      case 'loadProfile':
        return void Promise.resolve(profiles.load(effect.station)).then((answer) => loop.feed({ kind: 'profile', mac: effect.station.mac, answer }));
      case 'checkPresence': {
        const seen = paths.lastSeen(effect.interface, effect.mac);
        if (seen !== undefined && seen >= effect.since) return noticed(effect.interface, effect.mac, seen);
        return links.get(effect.interface)?.probe(effect.mac);
      }
      case 'session':
        return links.get(effect.interface)?.session(effect.mac, effect.session);
      case 'deauthenticate':
        return stations.deauthenticate(effect.interface, effect.mac);
      case 'keepalive':
        return keepalive.send(effect.path);
      case 'retain':
        return retention.keep(effect.binding);
      case 'forget':
        return retention.forget(effect.mac);
    }
  }

  /** The one record, with what only the shell knows: when the data path had switched. */
  function report(t: Transition): void {
    const index = typeof t.detail?.['index'] === 'number' ? t.detail['index'] : undefined;
    // A phone that comes back before its old home let go finds the path as it was: then the PBA itself is the switch.
    const set = index === undefined ? undefined : pathSetAt.get(index);
    const moved = set !== undefined && set >= (t.stages?.['associated'] ?? Infinity);
    const switched = index !== undefined && wanted.fault(index) === undefined;
    const stages = t.stages && { ...t.stages, ...(switched ? { pathsSwitched: moved ? set : t.at } : {}) };
    const visible = { ...t, subject: shown(t.subject), ...(t.linkLayerId === undefined ? {} : { linkLayerId: shown(t.linkLayerId) }), ...(stages ? { stages } : {}) };
    log('info', describeTransition(visible), t.detail);
    control.publish(visible);
    if (index !== undefined && moved) followFirstDown(paths, index, set, ended.signal, (firstDown) => control.publish({ kind: 'firstDown', subject: visible.subject, linkLayerId: visible.linkLayerId, at: firstDown }));
  }

  const admit = admission({ list: mag.list, most: config['max-bindings'], feed: (event) => loop.feed(event), onCount: (name) => counters.add(name) });
  const stations = openStations({ interfaces, onEvent: admit, log, now });
  onStop(() => stations.close());
  for (const { device } of interfaces) {
    const link = openAccessLink({ device, now, onStation: (mac) => noticed(device, mac, now().at), onWish: (wish) => onWish(device, wish), onCount: (name) => counters.add(name), onError });
    links.set(device, link);
    onStop(() => link.close());
  }

  /** Any frame is presence; the first one of an authorized station that has no binding here attaches it. */
  function noticed(device: string, mac: Mac, at: Millis): void {
    const known = mag.list.byMac.get(mac);
    if (known?.interface === device) return loop.feed({ kind: 'seen', mac, at });
    if (!stations.mayAttach(device, mac) || (known && !stations.byFirstPacket(device))) return;
    const identity = stations.identityOf(device, mac);
    admit({ kind: 'stationAttached', station: { interface: device, mac, ...(identity === undefined ? {} : { identity }) }, at });
  }

  function onWish(device: string, wish: Wish): void {
    if (wish.kind !== 'wantBinding') return loop.feed(wish);
    if (!stations.mayAttach(device, wish.mac)) return counters.add('request of a station that is not authorized');
    admit({ kind: 'wantBinding', station: { interface: device, mac: wish.mac, ...(wish.clientId === undefined ? {} : { clientId: wish.clientId }) }, ...(wish.wantedAddress === undefined ? {} : { wantedIpv4: wish.wantedAddress }) });
  }

  /** What the last agent left on interfaces that are still ours, all paths at once, before anybody is heard. */
  function takeUp(): void {
    const [ours, others] = partition(retention.load(), (b) => interfaces.some((i) => i.device === b.interface));
    for (const { mac } of others) retention.forget(mac);
    loop.feed({ kind: 'restore', bindings: ours });
    const kept = [...mag.list.byMac.values()].flatMap((e) => e.path ?? []);
    const { removed } = wanted.reconcile(kept);
    if (ours.length + others.length + removed > 0) log('info', 'took up what the last agent left', { bindings: kept.length, stalePaths: removed });
  }
  takeUp();

  const signalling = await openSignalling({
    role: 'mag',
    identity: identityOf(config),
    // All addresses: those of the uplink come and go.
    ...(config['local-mobility-anchors'].some((l) => l['ipv6-address']) ? { ipv6: [ANY_IPV6] } : {}),
    ...(config['local-mobility-anchors'].some((l) => l['ipv4-address']) ? { ipv4: [ANY_IPV4] } : {}),
    port: config['signalling-port'],
    associations: securityAssociations(config['local-mobility-anchors']),
    onReceived: (received) => {
      counters.add(`received ${received.message.kind}`);
      loop.feed(received);
    },
    onUnknown: (from) => loop.feed({ kind: 'unknownMessage', from }),
    onDiscard: (reason) => counters.add(reason),
    onError,
  });
  onStop(() => signalling.close());

  const clock = watchClock(config, (synchronised) => {
    if (!synchronised) log('warn', 'waiting for clock: nobody disciplines it (adjtimex), so no binding update leaves; start NTP');
    loop.feed({ kind: 'clock', synchronised });
  });
  onStop(() => clearInterval(clock));
  const devices = watchDevices([...(config.uplink === undefined ? [] : [config.uplink]), ...links.keys()], takeDevice, onError);
  onStop(() => devices.close());
  const uplink = watchUplink({
    ...(config.uplink === undefined ? {} : { interface: config.uplink }),
    fixed: { ...(config.address.ipv4 === undefined ? {} : { ipv4: config.address.ipv4 }), ...(config.address.ipv6 === undefined ? {} : { ipv6: config.address.ipv6 }) },
    ...(config['uplink-mtu'] === undefined ? {} : { mtu: config['uplink-mtu'] }),
    onChange: (careOf) => {
      log('info', 'uplink', { ...careOf });
      loop.feed({ kind: 'careOf', careOf });
    },
    onError,
  });
  onStop(() => uplink.close());
  onStop(() => ended.abort());
  onStop(() => loop.stop());

  /** An interface was made anew: what was attached to the one before is attached again. */
  function takeDevice(device: string): void {
    log('info', `${device} is there anew`);
    const link = links.get(device);
    if (!link) {
      // A machine that forwards takes no router advertisements on a new device, unless it is told as the old one was.
      if (advertised) writeSysctl(`ipv6/conf/${device}/accept_ra`, 2);
      return paths.attachWan(device);
    }
    prepareAccessInterface(device);
    paths.attachAccess({ interface: device });
    link.reopen();
  }

  await stations.start();
  control.serve(showHandlers({ config, mag, paths, fault: (index) => wanted.fault(index), counters, shown, now, retryDenied: () => loop.feed({ kind: 'retryDenied' }) }));
  log('info', `gateway ${identityOf(config)} is ready`, { interfaces: interfaces.map((i) => i.device), datapath: config.datapath });
}

function partition<T>(all: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  return [all.filter(test), all.filter((item) => !test(item))];
}

function magConfig(config: AgentConfig, restartCounter: number): MagConfig {
  return {
    identity: identityOf(config),
    domain: config.domain,
    lmas: lmaPeers(config),
    timers: timersOf(config),
    timestamps: config['replay-protection'] === 'timestamp',
    noRoaming: config['no-roaming'],
    linkLocal: MAG_LINK_LOCAL,
    assumeDhcpServer: config['assume-dhcp-server'],
    restartCounter,
    random32: () => randomBytes(4).readUInt32BE(),
  };
}

function watchClock(config: AgentConfig, onChange: (synchronised: boolean) => void): NodeJS.Timeout {
  const look = (): boolean => config.clock === 'assume-synchronised' || clockSynchronised();
  let last = look();
  onChange(last);
  return setInterval(() => {
    const is = look();
    if (is === last) return;
    last = is;
    onChange(is);
  }, CLOCK_INTERVAL);
}
