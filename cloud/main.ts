/** Composition root of the anchor: what the process has once, and the services (cloud/service.ts) that share it. */
import { createCapture } from '../runtime/capture.ts';
import { now } from '../runtime/clock.ts';
import { openControl, type Handlers } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { createDebug } from '../runtime/debug.ts';
import { MONITOR, protocolMonitor } from '../runtime/debugPackets.ts';
import { watchDevices } from '../runtime/devices.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { createRandom32 } from '../runtime/random.ts';
import { createClearing } from './clear.ts';
import { createFollow } from './follow.ts';
import { refreshHandlers } from './refresh.ts';
import { proxyOptions } from './aaa/config.ts';
import { openAaaProxy, type AaaProxy } from './aaa/proxy.ts';
import { openAccountings } from './accounting/open.ts';
import { accountingHandlers, accountingStreams } from './accounting/show.ts';
import { openAdmission } from './admission.ts';
import { apnsOf, magKeys, variablesOf, type LmaFile } from './config.ts';
import { openDataPath, watchedDevices, type StoppablePaths } from './dataPath.ts';
import { portBlocks } from './egress/plan.ts';
import type { AddressAtRest, BindingStore } from './lma/bindingStore.ts';
import { createNumbers } from './lma/numbers.ts';
import { createObservation, type Running } from './observe/observe.ts';
import { startService, type Service, type Shared } from './service.ts';
import { openPeersFile } from './peersFile.ts';
import { anchorLostState, anchorRestartCounter } from './restartCounter.ts';
import { heartbeatHandlers } from './showHeartbeat.ts';
import { showHandlers, showStreams } from './show.ts';
import { serviceHandlers } from './showServices.ts';
import { alone, openStore } from './store/openStore.ts';

export interface RunningLma {
  /** Resolves, with why, when another anchor has taken over: this one is to be stopped, without its forwarding. */
  readonly over: Promise<string>;
  /** Resolves when the last bindings are stored and their answers have left. */
  stop(how: { readonly keepForwarding: boolean }): Promise<void>;
}

/**
 * Resolves when it answers; of a pair, the standby does so when its turn comes. `own`: instead of the store of the configuration.
 * @throws Error in words when something it needs is not there
 */
export async function runLma(file: LmaFile, log: Log = createLog('lma'), own?: BindingStore, openPaths: () => StoppablePaths = () => openDataPath(file, log)): Promise<RunningLma> {
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const shown = shownAs(file.identities);
  const monitor = protocolMonitor(shown, file.identities === 'pseudonymous');
  const debug = createDebug({ topics: [], watches: { [MONITOR]: monitor.watch }, onError });
  const follow = createFollow(shown);
  const capture = createCapture({ port: file['signalling-port'] });
  const control = await openControl(file['control-socket'], onError);
  const opened = await orElse(() => control.close(), () => (own ? alone(own) : openStore(file, log, onError)));
  const { store } = opened;
  const clearing = createClearing(() => running?.services ?? []);
  const configured = magKeys(file);
  const admission = openAdmission({
    configured: new Map(file['mobile-access-gateways'].map((m) => [m.id, configured.get(m.id)])),
    folder: file['state-directory'],
    services: () => running?.services ?? [],
    end: (...order) => clearing.end(...order),
    wall: () => now().wall,
    log,
    onError,
  });
  const standing: Handlers = { 'show standby': () => ({ role: opened.role() }), ...admission.handlers };
  control.serve(standing);
  if (opened.role() === 'standby') log('info', 'this anchor waits for its turn');
  /** What there is from its turn on. */
  let running: (Running & { readonly services: readonly Service[] }) | undefined;
  const observation = createObservation({ file, store, counters, now, role: () => opened.role(), mayAnswer: () => opened.mayAnswer(), onStage: follow.stage, running: () => running, onError });
  const abandon = async (): Promise<void> => {
    observation.close();
    control.close();
    await opened.close();
  };
  await orElse(abandon, () => observation.listen());
  await opened.turn;
  const paths = await orElse(abandon, openPaths);
  const random32 = createRandom32();
  let restart = await orElse(() => {
    paths.stop({ keepForwarding: true });
    return abandon();
  }, () => anchorRestartCounter(store, file['state-directory'], onError));
  const gateways = openPeersFile(file['state-directory'], onError);
  const shared: Shared = {
    file,
    admission,
    restartCounter: () => restart.counter,
    mayAnswer: () => opened.mayAnswer(),
    gateways,
    revoked: (effect) => clearing.revoked(effect),
    log,
    onError,
    counters,
    packets: monitor,
    onWire: capture.wire,
    recorder: observation.recorder,
    shown,
    publish: (event) => control.publish(event),
    follow,
    paths,
    numbers: createNumbers(file['lma-services'].map(variablesOf), random32),
    random32,
    store: observation.store,
  };
  const blockOf = portBlocks(file);
  const accountings = await orElse(
    () => {
      paths.stop({ keepForwarding: true });
      return abandon();
    },
    () => openAccountings(file['lma-services'].map((service) => ({ service, apns: apnsOf(file, service), stateDirectory: file['state-directory'], blockOf, paths, counters, log, onError }))),
  );
  const services = file['lma-services'].map((service) => startService(service, shared, accountings.get(service.name)));
  running = { services, paths, accountings };
  let aaa: AaaProxy | undefined;
  const close = async (keepForwarding: boolean): Promise<void> => {
    for (const service of services) service.stop();
    for (const accounting of accountings.values()) accounting.stop({ keepForwarding });
    observation.close();
    aaa?.close();
    control.close();
    paths.stop({ keepForwarding });
    for (const service of services) await service.close();
    for (const accounting of accountings.values()) await accounting.close();
    gateways.flush();
    await opened.close();
  };
  await orElse(() => close(true), start);

  /** The sessions of the last run stand again, all paths at once, before any gateway is heard. */
  async function start(): Promise<void> {
    const resting: AddressAtRest[] = [];
    let lost = 0;
    for await (const { bindings, atRest, unreadable } of store.load()) {
      resting.push(...atRest);
      lost += unreadable.length;
      for (const problem of unreadable) {
        counters.add('unreadable-stored-binding');
        log('error', problem);
      }
      for (const service of services) service.restore(bindings.filter((b) => b.service === service.name), []);
      const names = new Set(services.map((s) => s.name));
      const orphans = bindings.filter((b) => !names.has(b.service));
      if (orphans.length > 0) log('error', 'bindings of services that are not configured any more are not taken up', { services: [...new Set(orphans.map((b) => b.service))].join(', '), bindings: orphans.length });
    }
    for (const service of services) service.restore([], resting);
    if (lost > 0) restart = await anchorLostState(store, file['state-directory'], onError, restart.counter);
    const { removed } = paths.reconcile(services.flatMap((s) => s.paths()));
    for (const accounting of accountings.values()) accounting.settle();
    if (removed > 0) log('info', 'paths of ended bindings were removed', { stalePaths: removed });
    if (file.aaa) aaa = await openAaaProxy({ ...proxyOptions(file.aaa), isGateway: (name) => admission.has(name), onProved: (proved) => services.forEach((s) => s.feed(proved)), onCount: (reason) => counters.add(reason), onError, now: () => now().at });
    for (const service of services) await service.open();
    admission.resume();
    if (restart.lostState) for (const service of services) service.feed({ kind: 'restarted', peers: gateways.of(service.name) });
  }

  const watched = watchedDevices(file);
  const devices = watched.length > 0 ? watchDevices(watched, takeDevice, onError) : undefined;
  function takeDevice(name: string): void {
    log('info', `${name} is there anew`);
    paths.attachWan?.(name);
  }
  const show = { file, services, paths, counters, traces: observation.traces, shown, now };
  control.serve({ ...standing, ...showHandlers(show), ...serviceHandlers(file), ...clearing.handlers, ...refreshHandlers(() => services), ...heartbeatHandlers(() => services, now), ...accountingHandlers(accountings), ...debug.handlers }, { ...accountingStreams(accountings), ...showStreams(show), ...debug.streams, ...capture.streams, ...follow.streams });

  return {
    over: opened.over,
    async stop({ keepForwarding }) {
      devices?.close();
      debug.close();
      capture.close();
      follow.close();
      await close(keepForwarding);
    },
  };
}

/** What `work` gives; if it throws, what was opened before it is closed. */
async function orElse<T>(close: () => void | Promise<void>, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    await close();
    throw e;
  }
}
