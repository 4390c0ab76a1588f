/** Composition root of the anchor: configuration -> ports -> loop. A PBA leaves once its binding is durable. */
import { randomBytes } from 'node:crypto';
import { startBpfPaths } from '../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../linux/datapath/nonePaths.ts';
import { describeTransition } from '../protocol/entity.ts';
import { find } from '../protocol/mobility/options.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import { now } from '../runtime/clock.ts';
import { serveControl } from '../runtime/control.ts';
import { createCounters } from '../runtime/counters.ts';
import { shownAs } from '../runtime/identities.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { createLoop } from '../runtime/loop.ts';
import { nextRestartCounter } from '../runtime/restartCounter.ts';
import { openSignalling } from '../runtime/signalling.ts';
import { lmaConfig, magKeys, type LmaFile } from './config.ts';
import { memoryStore, type BindingStore, type StoreChange } from './lma/bindingStore.ts';
import { createLma, deadline, step, type LmaEffect, type LmaEvent } from './lma/lma.ts';
import { showHandlers } from './show.ts';

export interface RunningLma {
  stop(how: { readonly keepForwarding: boolean }): void;
}

/** Of the pseudo-device; a path's own MTU is enforced besides. */
const LARGEST_TUNNEL_MTU = 1472;

/** @throws Error in words when something it needs is not there */
export async function runLma(file: LmaFile, log: Log = createLog('lma'), store: BindingStore = memoryStore()): Promise<RunningLma> {
  const shown = shownAs(file.identities);
  const counters = createCounters();
  const onError = (e: Error): void => {
    counters.add(`error ${e.name}`);
    log('error', e.message);
  };
  const addresses = file['lma-service']['bind-address'];
  const paths = openDataPath(file);
  const keys = magKeys(file);
  const lma = createLma(lmaConfig(file, nextRestartCounter(file['state-directory'], onError), () => randomBytes(4).readUInt32BE()));

  const loop = createLoop<LmaEvent, LmaEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => step(lma, event, at),
    deadline: () => deadline(lma),
    perform,
    onError,
  });
  const control = await serveControl(file['control-socket'], showHandlers({ file, lma, paths, counters, shown, now }));

  // Changes since the last commit, and what waits for it, in order.
  let changes: StoreChange[] = [];
  let held: LmaEffect[] = [];

  function perform(effect: LmaEffect): void {
    switch (effect.kind) {
      case 'storeBinding':
        changes.push({ key: effect.key, record: effect.record });
        return scheduleCommit();
      case 'forgetBinding':
        changes.push({ key: effect.key });
        return scheduleCommit();
      case 'send':
        if (changes.length > 0) held.push(effect);
        else signalling.send(effect);
        return;
      case 'transition': {
        const visible = { ...effect, subject: shown(effect.subject), ...(effect.linkLayerId === undefined ? {} : { linkLayerId: shown(effect.linkLayerId) }) };
        log('info', describeTransition(visible), effect.detail);
        return control.publish(visible);
      }
      case 'discard':
        return counters.add(effect.reason);
      case 'setPath':
        return paths.set(effect.path);
      case 'removePath':
        return paths.remove(effect.index);
    }
  }

  /** One commit for all that a turn of the event loop brought (group commit). */
  let scheduled = false;
  function scheduleCommit(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      const batch = changes;
      const waiting = held;
      changes = [];
      held = [];
      store.commit(batch).then(
        () => {
          for (const effect of waiting) if (effect.kind === 'send') signalling.send(effect);
        },
        (e: Error) => onError(new Error(`bindings could not be stored, so their gateways get no answer: ${e.message}`)),
      );
    });
  }

  const signalling = await openSignalling({
    role: 'lma',
    ipv6: addresses.filter((a) => a.includes(':')),
    ipv4: addresses.filter((a) => !a.includes(':')),
    port: file['signalling-port'],
    associations: {
      claimed: (message) => {
        const id = find(message.options, 'magIdentifier');
        return id?.subtype === NAI ? id.identifier : undefined;
      },
      keyOf: (peer) => keys.get(peer),
      required: file.authentication === 'required',
    },
    onReceived: loop.feed,
    onUnknown: (from, mhType) => loop.feed({ kind: 'unknownMessage', from, mhType }),
    onDiscard: counters.add,
    onError,
  });

  const records = await store.load();
  if (records.length > 0) loop.feed({ kind: 'restore', bindings: records });
  const { removed } = paths.reconcile([...lma.cache.all()].flatMap((e) => e.path ?? []));
  log('info', `anchor ${file['lma-service'].name} is ready`, { addresses, datapath: file.datapath, bindings: records.length, stalePaths: removed });

  return {
    stop({ keepForwarding }) {
      loop.stop();
      signalling.close();
      control.close();
      paths.stop({ keepForwarding });
      void store.close();
    },
  };
}

function openDataPath(file: LmaFile) {
  if (file.datapath === 'none') return { ...nonePaths(), stop: () => undefined };
  const pools = file.apns.flatMap((a) => {
    const v4 = file['ip-pools'].find((p) => p.name === a['ip-pool'])?.network;
    const v6 = file['ipv6-pools'].find((p) => p.name === a['ipv6-pool'])?.prefix;
    return [v4, v6].flatMap((prefix) => (prefix === undefined ? [] : [{ prefix, space: a['address-space'] }]));
  });
  return startBpfPaths({ role: 'lma', wan: file.transport, pools, mtu: LARGEST_TUNNEL_MTU, maxPaths: file['lma-service']['maximum-bindings'] });
}
