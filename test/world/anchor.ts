/** The real LMA core in a world: its store, its paths, its signalling. */
import type { Transition } from '../../protocol/entity.ts';
import { DEFAULT_HEARTBEAT } from '../../protocol/heartbeat.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import { createGroupCommit, type Durable } from '../../cloud/durable.ts';
import { sorted } from '../../cloud/lma/bindingStore.ts';
import { DEFAULT_VARIABLES, type LmaConfig } from '../../cloud/lma/config.ts';
import { createLma, deadline, step, type Lma, type LmaEffect, type LmaEvent } from '../../cloud/lma/lma.ts';
import { carriedPaths } from '../../cloud/lma/tunnels.ts';
import { watchClock } from '../../runtime/clock.ts';
import type { BindingAcknowledgement } from '../../protocol/mobility/messages.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Disk } from './disk.ts';
import type { Packet } from './network.ts';
import { fromPacket, toPacket, type Signing } from './wire.ts';

export const ANCHOR = { id: 'lma1@world', ipv6: '2001:db8:a::1', ipv4: '203.0.113.1' } as const;

export interface AnchorOptions {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly lifetime: number;
  readonly heartbeat: boolean;
  readonly random32: () => number;
  readonly now: () => Now;
  readonly transmit: (packet: Packet) => void;
  readonly onTransition: (transition: Transition) => void;
  readonly onAcknowledged: (pba: BindingAcknowledgement) => void;
  readonly onRestart: () => void;
  readonly disk: Disk;
}

export interface Anchor {
  lma: Lma;
  readonly paths: Map<number, Path>;
  feed(event: LmaEvent): void;
  receive(packet: Packet): void;
  readonly disk: Disk;
  /** How wrong its wall clock is. */
  clockError: Millis;
  now(): Now;
  /** The process is gone at this instant, and its paths stay. */
  kill(): void;
  /** Starts anew from what it had stored. Free while it runs. */
  start(): void;
  nextAt(): number;
}

export function createAnchor(options: AnchorOptions): Anchor {
  const { keys, disk } = options;
  const signing: Signing = { role: 'lma', claimed: (message) => find(message.options, 'magIdentifier')?.identifier, keyOf: (peer) => keys.get(peer) };
  const config: LmaConfig = {
    name: 'lma1',
    restartCounter: 1,
    authentication: 'required',
    mags: [...keys.keys()].map((id) => ({ id })),
    nodes: [{ match: '@world' }],
    apns: [{ name: 'world', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4', ipv6Pool: 'v6' }],
    // Small, so that addresses come round.
    ipv4Pools: [{ name: 'v4', network: '10.9.0.0', prefixLength: 27, router: '10.9.0.1' }],
    ipv6Pools: [{ name: 'v6', prefix: { address: '2001:db8:f00::', length: 59 } }],
    variables: { ...DEFAULT_VARIABLES, registrationLifetime: options.lifetime, acceptForcedIpv4UdpEncapsulationRequest: true, heartbeat: { ...DEFAULT_HEARTBEAT, enabled: options.heartbeat } },
    random32: options.random32,
  };

  const now = (): Now => {
    const { at, wall } = options.now();
    return { at, wall: wall + anchor.clockError };
  };
  /** What waits for the end of the turn. */
  const deferred: (() => void)[] = [];
  let life = startLife();

  /** What a process has in memory besides the core; commits of one that was killed end nowhere. */
  function startLife(): { readonly durable: Durable; readonly clockWasSet: (at: Now) => boolean; alive: boolean } {
    const mine = {
      alive: true,
      clockWasSet: watchClock(),
      durable: createGroupCommit({
        commit: (changes, done) => disk.commit(changes, done),
        defer: (run) => deferred.push(run),
        transmit: (effect) => {
          if (!mine.alive) return;
          if (effect.message.kind === 'bindingAcknowledgement') options.onAcknowledged(effect.message);
          options.transmit(toPacket(signing, effect));
        },
        onError: () => undefined,
      }),
    };
    return mine;
  }

  const anchor: Anchor = {
    lma: createLma(config),
    paths: new Map(),
    disk,
    clockError: 0,
    now,
    feed(event) {
      if (!life.alive) return;
      const at = now();
      if (life.clockWasSet(at)) perform(step(anchor.lma, { kind: 'clockSet' }, at));
      perform(step(anchor.lma, event, at));
      for (const run of deferred.splice(0)) run();
    },
    receive(packet) {
      const received = fromPacket(signing, packet);
      if (received) anchor.feed(received);
    },
    kill() {
      life.alive = false;
      disk.kill();
    },
    start() {
      if (life.alive) return;
      life = startLife();
      anchor.lma = createLma(config);
      anchor.feed({ kind: 'restore', ...sorted(disk.read(), []) });
      options.onRestart();
      anchor.paths.clear();
      for (const path of carriedPaths(anchor.lma)) anchor.paths.set(path.index, path);
    },
    nextAt: () => (life.alive ? (deadline(anchor.lma)?.at ?? Infinity) : Infinity),
  };

  function perform(effects: readonly LmaEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          life.durable.send(effect);
          break;
        case 'transition':
          options.onTransition(effect);
          break;
        case 'setPath':
          anchor.paths.set(effect.path.index, effect.path);
          break;
        case 'removePath':
          anchor.paths.delete(effect.index);
          break;
        case 'storeBinding':
        case 'keepAtRest':
          life.durable.change({ key: effect.key, record: effect.record });
          break;
        case 'forgetBinding':
          life.durable.change({ key: effect.key });
          break;
        default:
          break;
      }
    }
  }
  return anchor;
}
