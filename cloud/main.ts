/** Composition root of the anchor: what the process has once, and the services (cloud/service.ts) that share it. */
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import type { Paths } from '../protocol/paths.ts';
import { createCapture } from '../runtime/capture.ts';
import { now } from '../runtime/clock.ts';
import { openControl } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { createDebug } from '../runtime/debug.ts';
import { MONITOR, protocolMonitor } from '../runtime/debugPackets.ts';
import { watchDevices } from '../runtime/devices.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { nextRestartCounter } from '../runtime/restartCounter.ts';
import { magKeys, variablesOf, type LmaFile } from './config.ts';
import { memoryStore, type BindingStore } from './lma/bindingStore.ts';
import { pathLimit } from './lma/tunnels.ts';
import { startService } from './service.ts';
import { showHandlers } from './show.ts';

export interface StoppablePaths extends Paths {
  /** The device was made anew. Absent where there are none. @throws PathError, NativeError */
  attachWan?(name: string): void;
  stop(how: { readonly keepForwarding: boolean }): void;
}

export interface RunningLma {
  /** Resolves when the last bindings are stored and their answers have left. */
  stop(how: { readonly keepForwarding: boolean }): Promise<void>;
}

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

/** @throws Error in words when something it needs is not there */
export async function runLma(file: LmaFile, log: Log = createLog('lma'), store: BindingStore = memoryStore(), openPaths: () => StoppablePaths = () => openDataPath(file)): Promise<RunningLma> {
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const shown = shownAs(file.identities);
  const monitor = protocolMonitor(shown, file.identities === 'pseudonymous');
  const debug = createDebug({ topics: [], watches: { [MONITOR]: monitor.watch }, onError });
  const capture = createCapture({ port: file['signalling-port'] });
  const keys = magKeys(file);
  const control = await openControl(file['control-socket'], onError);
  const paths = await orElse(() => control.close(), openPaths);
  const close = (): void => {
    control.close();
    paths.stop({ keepForwarding: true });
  };

  // The sessions of the last run stand again, all paths at once, before any gateway is heard.
  const service = await orElse(close, () =>
    startService({
      file,
      keys,
      restartCounter: nextRestartCounter(file['state-directory'], onError),
      log,
      onError,
      counters,
      packets: monitor,
      onWire: capture.wire,
      shown,
      publish: (event) => control.publish(event),
      paths,
      store,
    }),
  );
  await orElse(
    () => {
      service.stop();
      close();
    },
    () => {
      const { removed } = paths.reconcile(service.restored());
      if (removed > 0) log('info', 'paths of ended bindings were removed', { stalePaths: removed });
      return service.open();
    },
  );
  const devices = file.datapath === 'bpf' ? watchDevices(file.transport, takeDevice, onError) : undefined;
  function takeDevice(name: string): void {
    log('info', `${name} is there anew`);
    paths.attachWan?.(name);
  }
  control.serve({ ...showHandlers({ file, lma: service.lma, paths, counters, shown, now }), ...debug.handlers }, { ...debug.streams, ...capture.streams });

  return {
    async stop({ keepForwarding }) {
      service.stop();
      devices?.close();
      debug.close();
      capture.close();
      control.close();
      paths.stop({ keepForwarding });
      await service.close();
      await store.close();
    },
  };
}

/** What `work` gives; if it throws, what was opened before it is closed. */
async function orElse<T>(close: () => void, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    close();
    throw e;
  }
}

function openDataPath(file: LmaFile): StoppablePaths {
  if (file.datapath === 'none') return { ...nonePaths(), stop: () => undefined };
  const pools = file.apns.flatMap((a) => {
    const v4 = file['ip-pools'].find((p) => p.name === a['ip-pool'])?.network;
    const v6 = file['ipv6-pools'].find((p) => p.name === a['ipv6-pool'])?.prefix;
    return [v4, v6].flatMap((prefix) => (prefix === undefined ? [] : [{ prefix, space: a['address-space'] }]));
  });
  return startBpfPaths({ role: 'lma', wan: file.transport, pools, mtu: LARGEST_TUNNEL_MTU, maxPaths: pathLimit(variablesOf(file)) });
}
