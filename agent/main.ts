/**
 * Composition root of the home gateway: configuration -> ports -> loop. Events of the access links, the uplink, the clock and
 * the LMA go into the MAG; its effects go to the data path, the phones, the LMA and whoever watches.
 */
import { readSysctl, writeSysctl } from '../linux/datapath/device.ts';
import { available } from '../linux/native.ts';
import type { Mac } from '../protocol/mac.ts';
import { SIGNALLING_PORT } from '../protocol/mobility/header.ts';
import { createCapture } from '../runtime/capture.ts';
import { now } from '../runtime/clock.ts';
import { openControl } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { watchDevices } from '../runtime/devices.ts';
import { createLoop } from '../runtime/loop.ts';
import { createRandom32 } from '../runtime/random.ts';
import { restartCounter } from '../runtime/restartCounter.ts';
import { openSignalling } from '../runtime/signalling.ts';
import { createTraces } from '../runtime/traces.ts';
import { openAaa } from './aaa/aaa.ts';
import { prepareAccessInterface } from './accessInterface.ts';
import { openAccessLink, type AccessLink } from './accessLink.ts';
import { watchAccessPorts } from './accessPorts.ts';
import { admission } from './admission.ts';
import { createArrivals } from './arrivals.ts';
import { claimAccessInterface } from './claim.ts';
import { createClearing } from './clear.ts';
import { watchClock } from './clock.ts';
import { accessInterfaces, identityOf, magConfig, type AgentConfig } from './config.ts';
import type { AccessTrace } from './conversations.ts';
import { accessOf, openDataPath } from './dataPath.ts';
import { agentDebug } from './debug.ts';
import { openFleet } from './fleet/fleet.ts';
import { createMeter } from './fleet/meter.ts';
import { createKeepalive } from './keepalive.ts';
import { rememberProblems } from './lastProblems.ts';
import { leaveWords, takeWordsBack } from './lastWords.ts';
import type { MagEffect, MagEvent } from './mag/events.ts';
import { createMag, deadline, step } from './mag/mag.ts';
import { part } from './part.ts';
import { createPerformer } from './perform.ts';
import { createReport } from './report.ts';
import { openRetention } from './retention.ts';
import { securityAssociations, signallingAddresses } from './securityAssociations.ts';
import { showHandlers } from './show.ts';
import { createLeases } from './show/leases.ts';
import { createStatistics } from './show/statistics.ts';
import { openStations } from './stations.ts';
import { takeUp } from './takeUp.ts';
import { openUbusObject } from './ubusObject.ts';
import { watchUplink } from './uplink.ts';
import { wantedPaths } from './wantedPaths.ts';
import { openSurvey } from './wifi/survey/survey.ts';

/** Attachments that are remembered, of a home's phones and guests. */
const TRACES = 128;

export interface Agent {
  /** Forwarding goes on unless it is to be removed: then the LMAs are told first, and given a few seconds to answer. */
  stop(how: { readonly keepForwarding: boolean }): Promise<void>;
  /** The fleet wants it started anew, with why: this one is to be stopped, and its forwarding to go on. */
  readonly over: Promise<string>;
}

/** @param version of the agent @throws Error in words when something it needs is not there; then nothing is left open */
export async function runAgent(config: AgentConfig, version: string, log: Log = createLog('agent')): Promise<Agent> {
  const closers: Closer[] = [];
  let end: (why: string) => void = () => undefined;
  const over = new Promise<string>((resolve) => (end = resolve));
  const stop: Agent['stop'] = async (how) => {
    for (let close = closers.pop(); close; close = closers.pop()) await close(how);
  };
  try {
    await start({ base: config, version, log, restart: end }, (close) => closers.push(close));
    takeWordsBack(config['control-socket']);
  } catch (e) {
    leaveWords(config['control-socket'], (e as Error).message, now().wall);
    await stop({ keepForwarding: true });
    throw e;
  }
  return { stop, over };
}

type Closer = (how: { readonly keepForwarding: boolean }) => void | Promise<void>;

interface Start {
  /** The file's. */
  readonly base: AgentConfig;
  readonly version: string;
  readonly log: Log;
  readonly restart: (why: string) => void;
}

/** `onStop` collects what is to be closed, the last first. */
async function start({ base, version, log: written, restart }: Start, onStop: (close: Closer) => void): Promise<void> {
  const { log, latest } = rememberProblems(written, now);
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const onCount = (name: string): void => counters.add(name);
  const interfaces = accessInterfaces(base);
  const addon = available();
  if (addon !== true) throw new Error(`the gateway needs the addon for DHCP and the data path: ${addon}`);

  // First what tells that another agent is at work, before anything of its is touched.
  const control = await openControl(base['control-socket'], onError);
  onStop(() => control.close());
  const fleet = await openFleet({ config: base, version, now, log, onCount, onError, problems: latest });
  const { config } = fleet;
  const shown = shownAs(config.identities);
  const debug = agentDebug(config, shown, onError);
  onStop(() => debug.server.close());
  const capture = createCapture({ port: config['signalling-port'] });
  onStop(() => capture.close());
  for (const { device } of interfaces) {
    const claim = claimAccessInterface(device, log);
    onStop(() => claim.release());
  }
  for (const { device } of interfaces) prepareAccessInterface(device);

  const { paths, octets } = createMeter(await openDataPath(config, log));
  onStop((how) => paths.stop(how));
  const ports = watchAccessPorts(interfaces, { count: (index, counted) => paths.countPort?.(index, counted), onError });
  onStop(() => ports.close());
  const advertised = config.uplink !== undefined && readSysctl(`ipv6/conf/${config.uplink}/accept_ra`) === '2';
  const wanted = wantedPaths(paths, now, onError);
  onStop(() => wanted.stop());
  const retention = openRetention(config['state-directory'], onError);
  onStop(() => retention.flush());
  const random32 = createRandom32();
  const retained = retention.load();
  const mag = createMag(magConfig(config, restartCounter(config['state-directory'], retention.damaged(), onError), random32));
  if (config.radsec) {
    const [{ radsecOptions }, { openRadsec }] = await part('RadSec', () => Promise.all([import('./aaa/radsecConfig.ts'), import('./aaa/radsec.ts')]));
    const radsec = await openRadsec({ ...radsecOptions(config.radsec), now: () => now().at, onCount, onError });
    onStop(() => radsec.close());
  }
  const aaa = await openAaa({ config, list: mag.list, paths, feed: (event) => feed(event), now, log, shown, onCount, onError, onPacket: debug.radius });
  onStop(() => aaa.close());
  const keepalive = createKeepalive(onError);
  onStop(() => keepalive.close());
  const links = new Map<string, AccessLink>();
  const ended = new AbortController();
  const traces = createTraces({ size: TRACES, onStage: fleet.onTrace });
  const report = createReport({ wanted, paths, shown, log, identity: identityOf(config), traces, publish: (event) => control.publish(event), ended: ended.signal });

  const statistics = createStatistics();
  const leases = createLeases();
  const passed = (device: string, trace: AccessTrace): void => {
    leases.observe(trace, now().at);
    debug.access(device, trace);
  };

  const loop = createLoop<MagEvent, MagEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => {
      const effects = step(mag, event, at);
      statistics.count(event, effects, mag.list.byMac.size);
      debug.step(event, effects);
      return effects;
    },
    deadline: () => deadline(mag),
    perform: createPerformer({
      send: (m) => signalling.send(m.to.remotePort === SIGNALLING_PORT ? { ...m, to: { ...m.to, remotePort: config['signalling-port'] } } : m),
      loadProfile: (station, question) =>
        void Promise.resolve(aaa.load(station))
          .catch((e: unknown) => ({ refused: `the profile cannot be looked up: ${(e as Error).message}` }))
          .then((answer) => feed({ kind: 'profile', mac: station.mac, question, answer })),
      report: (transition) => {
        aaa.onTransition(transition);
        report(transition);
        fleet.onTransition(transition);
      },
      noticed: (device, mac, at) => arrivals.noticed(device, mac, at),
      stations: () => stations,
      links,
      paths,
      wanted,
      retention,
      keepalive,
      counters,
      gaveUp: (effect) => clearing.gaveUp(effect),
    }),
    onError: (e, what) => {
      onError(e);
      log('debug', 'while performing', { what: (what as { kind?: string }).kind ?? '' });
    },
  });
  const feed = (event: MagEvent): void => loop.feed(event);
  const clearing = createClearing(identityOf(config), feed);

  const admit = admission({ list: mag.list, most: () => fleet.config['max-bindings'], paused: fleet.paused, feed, onCount });
  const stations = openStations({ interfaces, ubusSocket: config['ubus-socket'], lastSeen: (device, mac) => paths.lastSeen(device, mac), onEvent: admit, onCount, log, now });
  onStop(() => stations.close());
  const arrivals = createArrivals({ list: mag.list, stations: () => stations, feed, admit, onCount });
  const heard = (device: string, mac: Mac): void => {
    arrivals.noticed(device, mac, now().at);
    aaa.seen(mac);
  };
  for (const { device } of interfaces) {
    const link = openAccessLink({ device, now, onStation: (mac) => heard(device, mac), onWish: (wish) => arrivals.wish(device, wish), onCount, onError, onTrace: (trace) => passed(device, trace) });
    links.set(device, link);
    onStop(() => link.close());
  }

  const taken = takeUp({ mag, retained, retention, wanted, feed, isOurs: (device) => links.has(device) });
  aaa.takeUp();
  if (taken) log('info', 'took up what the last agent left', taken);

  const associations = securityAssociations(config['local-mobility-anchors']);
  const signalling = await openSignalling({
    role: 'mag',
    identity: identityOf(config),
    // All addresses: those of the uplink come and go.
    ...signallingAddresses(config),
    port: config['signalling-port'],
    associations,
    onReceived: (received) => {
      counters.add(`received ${received.message.kind}`);
      feed(received);
      fleet.heard(received);
    },
    onUnknown: (from) => feed({ kind: 'unknownMessage', from }),
    onDiscard: (reason) => {
      onCount(reason);
      debug.packets.discarded(reason);
    },
    onTrace: debug.packets.message,
    onWire: capture.wire,
    onError,
  });
  onStop(() => signalling.close());

  const clock = watchClock(config, (synchronised) => {
    if (!synchronised) log('warn', 'waiting for clock: nobody disciplines it (adjtimex), so no binding update leaves; start NTP');
    feed({ kind: 'clock', synchronised });
  });
  onStop(() => clock.stop());
  const devices = watchDevices([...(config.uplink === undefined ? [] : [config.uplink]), ...links.keys()], takeDevice, onError);
  onStop(() => devices.close());
  const uplink = watchUplink({
    ...(config.uplink === undefined ? {} : { interface: config.uplink }),
    fixed: { ...(config.address.ipv4 === undefined ? {} : { ipv4: config.address.ipv4 }), ...(config.address.ipv6 === undefined ? {} : { ipv6: config.address.ipv6 }) },
    ...(config['uplink-mtu'] === undefined ? {} : { mtu: config['uplink-mtu'] }),
    onChange: (careOf) => {
      log('info', 'uplink', { ...careOf });
      feed({ kind: 'careOf', careOf });
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
    for (const access of accessOf(config)) if (access.interface === device) paths.attachAccess(access);
    link.reopen();
  }

  await stations.start();
  const survey = config.survey && openSurvey({ config: config.survey, folder: config['state-directory'], now: () => now().wall, log, onCount });
  onStop(() => survey?.close());
  const facts = { config: { ...config, datapath: paths.backend }, mag, paths, fault: (index: number) => wanted.fault(index), counters, statistics, leases, traces, neighbours: () => survey?.neighbours() ?? [], now, retryDenied: () => feed({ kind: 'retryDenied' }) };
  fleet.start({
    mag,
    feed,
    show: facts,
    bindings: config['max-bindings'],
    octets: () => octets([...mag.list.byMac.values()].flatMap((e) => e.path?.index ?? [])),
    giveUp: (reason) => clearing.giveUp({ kind: 'all' }, reason),
    restart,
    useAnchors: (changed, inUse) => associations.use(changed['local-mobility-anchors'], inUse),
    useProfiles: (changed) => aaa.use(changed),
    limitGuests: paths.limitGuests,
  });
  onStop(() => fleet.close());
  control.serve({ ...showHandlers({ ...facts, shown }), ...clearing.handlers, ...fleet.handlers, ...debug.server.handlers }, { ...debug.server.streams, ...capture.streams });
  const ubusObject = openUbusObject({ socket: config['ubus-socket'], handlers: fleet.handlers, now, log, onCount });
  onStop(() => ubusObject.close());
  onStop(async ({ keepForwarding }) => {
    if (keepForwarding) return;
    const { bindings, unanswered } = await clearing.giveUp({ kind: 'all' }, 'the gateway goes down');
    if (bindings > 0) log('info', 'the LMAs were told that their sessions here are over', { bindings, unanswered });
  });
  log('info', `gateway ${identityOf(config)} is ready`, { interfaces: interfaces.map((i) => i.device), datapath: paths.backend });
}
