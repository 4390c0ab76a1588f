/** Composition root of the anchor: configuration -> ports -> loop. A PBA leaves once its binding is durable. */
import { randomBytes } from 'node:crypto';
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import { describeTransition, type Transition } from '../protocol/entity.ts';
import { find } from '../protocol/mobility/options.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import type { Path } from '../protocol/paths.ts';
import type { Millis, Now } from '../protocol/units.ts';
import type { Paths } from '../protocol/paths.ts';
import { now } from '../runtime/clock.ts';
import { openControl } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { createDebug } from '../runtime/debug.ts';
import { PACKETS, packetTrace } from '../runtime/debugPackets.ts';
import { watchDevices } from '../runtime/devices.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { createLoop } from '../runtime/loop.ts';
import { nextRestartCounter } from '../runtime/restartCounter.ts';
import { openSignalling, type SecurityAssociations } from '../runtime/signalling.ts';
import { lmaConfig, magKeys, variablesOf, type LmaFile } from './config.ts';
import { createDurable } from './durable.ts';
import { memoryStore, type BindingStore } from './lma/bindingStore.ts';
import { createLma, deadline, step, type LmaEffect, type LmaEvent } from './lma/lma.ts';
import { pathLimit } from './lma/tunnels.ts';
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
  const shown = shownAs(file.identities);
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const debug = createDebug({ topics: [PACKETS], onError });
  const packets = packetTrace(debug, shown);
  const addresses = file['lma-service']['bind-address'];
  const keys = magKeys(file);
  const control = await openControl(file['control-socket'], onError);
  const paths = await orElse(() => control.close(), openPaths);
  const lma = createLma(lmaConfig(file, nextRestartCounter(file['state-directory'], onError), () => randomBytes(4).readUInt32BE()));

  const loop = createLoop<LmaEvent, LmaEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => step(lma, event, at),
    deadline: () => deadline(lma),
    perform,
    onError,
  });
  const durable = createDurable(store, (effect) => signalling.send(effect), onError);

  /** The step (by its instant) whose path was set, with when; and the one whose path was refused, which sends nothing more. */
  let switched: { readonly step: Now; readonly at: Millis } | undefined;
  let refused: Now | undefined;
  let restoring = true;

  function perform(effect: LmaEffect, at: Now): void {
    switch (effect.kind) {
      case 'storeBinding':
        return durable.change({ key: effect.key, record: effect.record });
      case 'forgetBinding':
        return durable.change({ key: effect.key });
      case 'send':
        if (refused !== at) durable.send(effect);
        return;
      case 'transition':
        return publish(effect, at);
      case 'discard':
        return counters.add(effect.reason);
      case 'setPath':
        return restoring ? undefined : setPath(effect.path, at);
      case 'removePath':
        return paths.remove(effect.index);
    }
  }

  /** Without a path no answer: its gateway asks again, and the path is tried again. */
  function setPath(path: Path, at: Now): void {
    try {
      paths.set(path);
      switched = { step: at, at: now().at };
    } catch (e) {
      onError(e as Error);
      refused = at;
      loop.feed({ kind: 'pathRefused', index: path.index });
    }
  }

  function publish(t: Transition, at: Now): void {
    const stages = switched?.step === at ? { stages: { pbuReceived: at.at, pathsSwitched: switched.at } } : {};
    const visible = { ...t, ...stages, subject: shown(t.subject), ...(t.linkLayerId === undefined ? {} : { linkLayerId: shown(t.linkLayerId) }) };
    log('info', describeTransition(visible), t.detail);
    control.publish(visible);
  }

  // The sessions of the last run stand again, all paths at once, before any gateway is heard.
  const records = await store.load();
  if (records.length > 0) loop.feed({ kind: 'restore', bindings: records });
  const { removed } = paths.reconcile([...lma.cache.all()].flatMap((e) => e.path ?? []));
  restoring = false;

  const signalling = await orElse(
    () => {
      loop.stop();
      control.close();
      paths.stop({ keepForwarding: true });
    },
    () =>
      openSignalling({
        role: 'lma',
        ipv6: addresses.filter((a) => a.includes(':')),
        ipv4: addresses.filter((a) => !a.includes(':')),
        port: file['signalling-port'],
        associations: associationsOf(file, keys),
        onReceived: (received) => loop.feed(received),
        onUnknown: (from, mhType) => loop.feed({ kind: 'unknownMessage', from, mhType }),
        onDiscard: (reason) => {
          counters.add(reason);
          packets.discarded(reason);
        },
        onTrace: packets.message,
        onError,
      }),
  );
  const devices = file.datapath === 'bpf' ? watchDevices(file.transport, takeDevice, onError) : undefined;
  function takeDevice(name: string): void {
    log('info', `${name} is there anew`);
    paths.attachWan?.(name);
  }
  control.serve({ ...showHandlers({ file, lma, paths, counters, shown, now }), ...debug.handlers }, debug.streams);

  log('info', `anchor ${file['lma-service'].name} is ready`, { addresses, datapath: file.datapath, bindings: records.length, stalePaths: removed });

  return {
    async stop({ keepForwarding }) {
      loop.stop();
      devices?.close();
      debug.close();
      control.close();
      paths.stop({ keepForwarding });
      await durable.settled();
      signalling.close();
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

/** Whose key a message must fit: that of the MAG Identifier in it. */
const associationsOf = (file: LmaFile, keys: ReadonlyMap<string, Uint8Array>): SecurityAssociations => ({
  claimed: (message) => {
    const id = find(message.options, 'magIdentifier');
    return id?.subtype === NAI ? id.identifier : undefined;
  },
  keyOf: (peer) => keys.get(peer),
  required: () => file.authentication === 'required',
});

function openDataPath(file: LmaFile): StoppablePaths {
  if (file.datapath === 'none') return { ...nonePaths(), stop: () => undefined };
  const pools = file.apns.flatMap((a) => {
    const v4 = file['ip-pools'].find((p) => p.name === a['ip-pool'])?.network;
    const v6 = file['ipv6-pools'].find((p) => p.name === a['ipv6-pool'])?.prefix;
    return [v4, v6].flatMap((prefix) => (prefix === undefined ? [] : [{ prefix, space: a['address-space'] }]));
  });
  return startBpfPaths({ role: 'lma', wan: file.transport, pools, mtu: LARGEST_TUNNEL_MTU, maxPaths: pathLimit(variablesOf(file)) });
}
