/** The real LMA core in a world: its store, its paths, its signalling. */
import type { Transition } from '../../protocol/entity.ts';
import { find } from '../../protocol/mobility/options.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import { DEFAULT_VARIABLES, type LmaConfig } from '../../cloud/lma/config.ts';
import type { BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { createLma, deadline, step, type Lma, type LmaEvent } from '../../cloud/lma/lma.ts';
import { carriedPaths } from '../../cloud/lma/tunnels.ts';
import type { Packet } from './network.ts';
import { fromPacket, toPacket, type Signing } from './wire.ts';

export const ANCHOR = { id: 'lma1@world', ipv6: '2001:db8:a::1', ipv4: '203.0.113.1' } as const;

export interface AnchorOptions {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly lifetime: number;
  readonly random32: () => number;
  readonly now: () => Now;
  readonly transmit: (packet: Packet) => void;
  readonly onTransition: (transition: Transition) => void;
}

export interface Anchor {
  lma: Lma;
  readonly paths: Map<number, Path>;
  feed(event: LmaEvent): void;
  receive(packet: Packet): void;
  /** Starts anew from what it had stored. */
  restart(): void;
  nextAt(): number;
}

export function createAnchor(options: AnchorOptions): Anchor {
  const { keys, now } = options;
  const store = new Map<string, string>();
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
    variables: { ...DEFAULT_VARIABLES, registrationLifetime: options.lifetime, acceptForcedIpv4UdpEncapsulationRequest: true },
    random32: options.random32,
  };

  const anchor: Anchor = {
    lma: createLma(config),
    paths: new Map(),
    feed(event) {
      for (const effect of step(anchor.lma, event, now())) {
        switch (effect.kind) {
          case 'send':
            options.transmit(toPacket(signing, effect));
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
            store.set(effect.key, JSON.stringify(effect.record));
            break;
          case 'forgetBinding':
            store.delete(effect.key);
            break;
          case 'discard':
            break;
        }
      }
    },
    receive(packet) {
      const received = fromPacket(signing, packet);
      if (received) anchor.feed(received);
    },
    restart() {
      anchor.lma = createLma(config);
      anchor.feed({ kind: 'restore', bindings: [...store.values()].map((text) => JSON.parse(text) as BindingRecord) });
      const live = new Set(carriedPaths(anchor.lma).map((p) => p.index));
      for (const index of anchor.paths.keys()) if (!live.has(index)) anchor.paths.delete(index);
    },
    nextAt: () => deadline(anchor.lma)?.at ?? Infinity,
  };
  return anchor;
}
