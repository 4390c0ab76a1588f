/**
 * One lma-service: its core, its loop, its signalling, and the paths and bindings that are its own. What several of them in one
 * process share comes as `Shared` from the composition root (cloud/main.ts).
 */
import { describeTransition, type Endpoint, type Send, type Transition } from '../protocol/entity.ts';
import type { MobilityMessage } from '../protocol/mobility/messages.ts';
import { find } from '../protocol/mobility/options.ts';
import { NAI } from '../protocol/mobility/suboptions.ts';
import type { Path, Paths } from '../protocol/paths.ts';
import type { Millis, Now } from '../protocol/units.ts';
import { now, watchClock } from '../runtime/clock.ts';
import type { Counters } from '../runtime/counters.ts';
import type { PacketTrace } from '../runtime/debugPackets.ts';
import type { Shown } from '../runtime/identities.ts';
import type { Log } from '../runtime/log.ts';
import { createLoop } from '../runtime/loop.ts';
import { openSignalling, type SecurityAssociations, type Signalling, type SignallingOptions } from '../runtime/signalling.ts';
import type { GatewayAdmission } from './admission.ts';
import { lmaConfig, type LmaFile, type ServiceFile } from './config.ts';
import { createDurable } from './durable.ts';
import type { Follow } from './follow.ts';
import type { PeersFile } from './peersFile.ts';
import type { AddressAtRest, BindingRecord, BindingStore } from './lma/bindingStore.ts';
import { createLma, deadline, step, type Lma, type LmaEffect, type LmaEvent } from './lma/lma.ts';
import type { Revoked } from './lma/revocationOrder.ts';
import type { Numbers } from './lma/numbers.ts';
import type { Accounting } from './accounting/accounting.ts';
import { carriedPaths } from './lma/tunnels.ts';
import { adviceForStatus } from './observe/advice.ts';
import { createComplaints } from './observe/complaints.ts';
import type { Recorder } from './observe/recorder.ts';
import { redirectKeys, type RedirectKeys } from './updatesConfig.ts';

export interface Shared {
  readonly file: LmaFile;
  /** Whose keys there are, and who may register beside those of the configuration. */
  readonly admission: Pick<GatewayAdmission, 'keys' | 'events'>;
  /** What Heartbeats tell (RFC 5847 §3.2); may grow until `open`. */
  readonly restartCounter: () => number;
  /** False: another anchor answers, or may soon. Then nobody is heard, and nothing is sent. */
  readonly mayAnswer: () => boolean;
  readonly gateways: PeersFile;
  /** An order to revoke sessions was carried out. */
  readonly revoked: (effect: Revoked) => void;
  readonly log: Log;
  readonly onError: (error: Error) => void;
  readonly counters: Counters;
  readonly packets: PacketTrace;
  /** Everything on the wire, for captures. */
  readonly onWire: NonNullable<SignallingOptions['onWire']>;
  /** Handovers, as they pass. */
  readonly recorder: Recorder;
  readonly shown: Shown;
  readonly publish: (event: unknown) => void;
  /** For a fleet service. */
  readonly follow: Pick<Follow, 'transition'>;
  readonly paths: Paths;
  readonly numbers: Numbers;
  readonly random32: () => number;
  readonly store: BindingStore;
}

export interface Service {
  readonly name: string;
  readonly lma: Lma;
  /** Before `open`: the sessions of the last run stand again. Their paths are the caller's to set, all at once. */
  restore(bindings: readonly BindingRecord[], atRest: readonly AddressAtRest[]): void;
  paths(): readonly Path[];
  /** Gateways are heard from now on. @throws Error in words when an address or a port cannot be had */
  open(): Promise<void>;
  isOpen(): boolean;
  feed(event: LmaEvent): void;
  /** Nothing is heard or decided any more. */
  stop(): void;
  /** Resolves when the last bindings are stored and their answers have left. */
  close(): Promise<void>;
}

/** Changes and answers that wait for the store, some kilobytes each. */
const MOST_UNSTORED = 50_000;
const STORE_BEHIND = 'store-behind';

export function startService(service: ServiceFile, shared: Shared, accounting?: Accounting): Service {
  const { file, log, onError, counters, paths, shown } = shared;
  const { name, 'bind-address': addresses } = service;
  const lma = createLma({ ...lmaConfig(file, service, 0, shared.random32), get restartCounter() { return shared.restartCounter(); } }, shared.numbers);
  const clockWasSet = watchClock();
  const complain = createComplaints(log, () => now().at);
  /** Who sent what the current step is about. */
  let heard: Endpoint | undefined;
  const loop = createLoop<LmaEvent, LmaEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => {
      heard = 'from' in event ? event.from : undefined;
      return clockWasSet(at) ? [...step(lma, { kind: 'clockSet' }, at), ...step(lma, event, at)] : step(lma, event, at);
    },
    // Until it can send and be answered no time passes for it: nobody would be there to hear.
    deadline: () => (restoring ? undefined : deadline(lma)),
    perform,
    onError,
  });
  const durable = createDurable(shared.store, (effect) => shared.recorder.sending(effect, () => transmit(effect)), onError);
  let signalling: Signalling | undefined;

  function transmit(effect: Send): void {
    if (shared.mayAnswer()) signalling?.send(effect);
    else counters.add('unsent-without-lease');
  }

  /** More than twice as many as there may be bindings are the same ones again: a gateway that hears nothing repeats what it said. */
  const mostUnstored = Math.min(MOST_UNSTORED, 2 * service['maximum-bindings']);
  function hear(event: LmaEvent): void {
    if (!shared.mayAnswer()) return counters.add('unheard-without-lease');
    if (event.kind === 'message' && wantsAnswer(event.message) && durable.waiting() >= mostUnstored) return discard(STORE_BEHIND, event.from);
    loop.feed(event);
  }

  function discard(reason: string, from: Endpoint | undefined): void {
    counters.add(reason);
    complain(reason, from);
  }

  /** The step (by its instant) whose path was set, with when; and the one whose path was refused, which sends nothing more. */
  let switched: { readonly step: Now; readonly at: Millis } | undefined;
  let refused: Now | undefined;
  let restoring = true;
  for (const event of shared.admission.events()) loop.feed(event);

  function perform(effect: LmaEffect, at: Now): void {
    switch (effect.kind) {
      case 'storeBinding':
        return durable.change({ key: effect.key, record: effect.record });
      case 'keepAtRest':
        return durable.change({ key: effect.key, record: effect.record });
      case 'forgetBinding':
        return durable.change({ key: effect.key });
      case 'send':
        if (refused === at) return;
        shared.recorder.asked(effect, at);
        return durable.send(effect);
      case 'transition':
        return publish(effect, at);
      case 'discard':
        return discard(effect.reason, heard);
      case 'setPath':
        return setPath(effect.path, at);
      case 'removePath':
        paths.remove(effect.index);
        return accounting?.pathRemoved(effect.index);
      case 'revoked':
        return shared.revoked(effect);
      case 'peer':
        return shared.gateways.keep(name, effect.peer);
      case 'session':
        return accounting?.onSession(effect);
    }
  }

  /** Without a path no answer: its gateway asks again, and the path is tried again. */
  function setPath(path: Path, at: Now): void {
    try {
      paths.set(path);
      accounting?.pathSet(path.index);
      switched = { step: at, at: now().at };
    } catch (e) {
      onError(e as Error);
      refused = at;
      loop.feed({ kind: 'pathRefused', index: path.index });
    }
  }

  function publish(t: Transition, at: Now): void {
    const stages: Pick<Transition, 'stages'> = switched?.step === at ? { stages: { pbuReceived: at.at, pathsSwitched: switched.at } } : {};
    const visible = { ...t, ...stages, subject: shown(t.subject), ...(t.linkLayerId === undefined ? {} : { linkLayerId: shown(t.linkLayerId) }) };
    const { status, index } = t.detail ?? {};
    const refused = typeof status === 'number' && status >= 128;
    const advice = refused ? adviceForStatus(status) : undefined;
    log(refused ? 'warn' : 'info', describeTransition(visible), { ...t.detail, ...(advice === undefined ? {} : { advice }) });
    shared.publish(visible);
    shared.follow.transition(t, name, () => (typeof index === 'number' ? lma.cache.get(index) : undefined));
    shared.recorder.transition(t, at, stages.stages?.['pathsSwitched'], typeof index === 'number' ? lma.cache.get(index)?.timestamp : undefined);
  }

  return {
    name,
    lma,
    restore: (bindings, atRest) => loop.feed({ kind: 'restore', bindings, atRest }),
    paths: () => carriedPaths(lma),
    async open() {
      restoring = false;
      signalling = await openSignalling({
        role: 'lma',
        ipv6: addresses.filter((a) => a.includes(':')),
        ipv4: addresses.filter((a) => !a.includes(':')),
        port: file['signalling-port'],
        associations: associationsOf(shared, redirectKeys(service)),
        onReceived: hear,
        onUnknown: (from, mhType) => hear({ kind: 'unknownMessage', from, mhType }),
        onDiscard: (reason, from) => {
          discard(reason, from);
          shared.packets.discarded(reason);
        },
        onTrace: shared.packets.message,
        onWire: shared.onWire,
        onError,
      });
      loop.feed({ kind: 'timer' });
      log('info', `anchor ${name} is ready`, { addresses, datapath: file.datapath, bindings: lma.cache.size });
    },
    isOpen: () => signalling !== undefined,
    feed: (event) => loop.feed(event),
    stop: () => loop.stop(),
    async close() {
      await durable.settled();
      signalling?.close();
    },
  };
}

/** What gateways repeat until they are answered; all answers wait behind a change that is not stored. */
const wantsAnswer = (m: MobilityMessage): boolean => m.kind === 'bindingUpdate' || (m.kind === 'heartbeat' && !m.flags.response);

/** Whose key a message must fit: that of the MAG Identifier in it, or of the anchor that answers from there. */
const associationsOf = ({ file, admission: { keys } }: Shared, anchors: RedirectKeys): SecurityAssociations => ({
  claimed: (message, from) => {
    if (message.kind === 'bindingAcknowledgement') return anchors.byAddress.get(from.remote);
    const id = find(message.options, 'magIdentifier');
    return id?.subtype === NAI ? id.identifier : undefined;
  },
  keyOf: (peer) => keys.get(peer) ?? anchors.keys.get(peer),
  required: () => file.authentication === 'required',
});
