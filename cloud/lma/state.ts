/** The anchor's state, what one step may do, and the few verbs that every part of a step uses. */
import type { Discard, Endpoint, Received, Send, Transition } from '../../protocol/entity.ts';
import { transition } from '../../protocol/entity.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import type { Path } from '../../protocol/paths.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import { sessionEffect, type SessionEffect } from './accounting.ts';
import type { BindingCache, BindingCacheEntry } from './bindingCache.ts';
import type { AddressAtRest, BindingRecord } from './bindingStore.ts';
import type { LmaConfig, MagConfig } from './config.ts';
import type { Deadlines } from '../../protocol/deadlines.ts';
import type { GreKeys } from './greKeys.ts';
import type { Groups } from './group.ts';
import type { NumberPool } from './numberPool.ts';
import type { Policy } from './policy.ts';
import type { Proofs, Proved } from './proof.ts';
import type { QosRequests } from './qos.ts';
import type { Ipv4Pool, Ipv6Pool } from './pools.ts';
import type { Notification, Notifications, Notify } from './notification.ts';
import type { Redirection, Redirections } from './redirect.ts';
import type { Revocation } from './revocation.ts';
import type { KnownPeer, Peer } from './peers.ts';
import type { Orders, Revoke, Revoked } from './revocationOrder.ts';
import { count, type Statistics } from './statistics.ts';
import type { Waiting } from './waiting.ts';

export type LmaEvent =
  | Received
  /** A Mobility Header of a type that nobody here knows (RFC 6275 §9.2). */
  | { readonly kind: 'unknownMessage'; readonly from: Endpoint; readonly mhType: number }
  /** The data path refused what `setPath` asked for. Its PBA was held back, so the MAG will ask again. */
  | { readonly kind: 'pathRefused'; readonly index: number }
  | { readonly kind: 'timer' }
  /** Gateways are asked to register sessions anew, or told what changed (RFC 7077). */
  | Notify
  /** Sessions are to end, or their IPv4 (RFC 5846 §8.1). */
  | Revoke
  | Proved
  /** A gateway that the configuration does not name may speak from now on. */
  | { readonly kind: 'admit'; readonly mag: MagConfig }
  /** It may not any more, save for answering the revocation of what it holds, which is asked for besides. */
  | { readonly kind: 'dismiss'; readonly mag: string }
  /** Once, at start, if the state of the last run is lost: who held sessions here then (RFC 5847 §3.2). */
  | { readonly kind: 'restarted'; readonly peers: readonly KnownPeer[] }
  /** At start, in as many parts as there are: the bindings of the store. Then the paths are set that `carriedPaths` gives. */
  | { readonly kind: 'restore'; readonly bindings: readonly BindingRecord[]; readonly atRest?: readonly AddressAtRest[] }
  /** The wall clock was set: what is stored in its terms is stored anew, lest a restart take it for longer or shorter. */
  | { readonly kind: 'clockSet' };

export type LmaEffect =
  | Send
  | Transition
  | Discard
  | { readonly kind: 'setPath'; readonly path: Path }
  | { readonly kind: 'removePath'; readonly index: number }
  | SessionEffect
  | { readonly kind: 'storeBinding'; readonly key: string; readonly record: BindingRecord }
  | { readonly kind: 'keepAtRest'; readonly key: string; readonly record: AddressAtRest }
  | { readonly kind: 'forgetBinding'; readonly key: string }
  /** What became of a `revoke` that asked. */
  | Revoked
  /** A gateway has sessions here now, or is reached elsewhere. */
  | { readonly kind: 'peer'; readonly peer: KnownPeer };

/** What a deadline is for. */
export type Due = { readonly kind: 'binding'; readonly entry: BindingCacheEntry } | { readonly kind: 'revocation'; readonly revocation: Revocation } | { readonly kind: 'notification'; readonly notification: Notification } | { readonly kind: 'redirection'; readonly redirection: Redirection } | { readonly kind: 'heartbeat'; readonly peer: Peer } | { readonly kind: 'announce'; readonly peers: readonly KnownPeer[] } | { readonly kind: 'waiting'; readonly waiting: Waiting };

export interface Lma {
  readonly config: LmaConfig;
  readonly policy: Policy;
  readonly cache: BindingCache;
  readonly deadlines: Deadlines<Due>;
  readonly ipv4Pools: ReadonlyMap<string, Ipv4Pool>;
  readonly ipv6Pools: ReadonlyMap<string, Ipv6Pool>;
  readonly keys: GreKeys;
  readonly indexes: NumberPool;
  /** Requests held back, by the interface that they are about, and by the session that they wait for. */
  readonly waiting: Map<string, Waiting>;
  readonly waitingFor: Map<BindingCacheEntry, Set<Waiting>>;
  /** Outstanding Binding Revocation Indications by sequence number. */
  readonly revocations: Map<number, Revocation>;
  nextRevocation: number;
  /** The sequence numbers of those about one session, by its index. */
  readonly revocationsOf: Map<number, Set<number>>;
  readonly orders: Orders;
  /** Until then a refresh of a session that is not known names the addresses that it had. */
  reclaimUntil: Millis;
  /** Gateways that hold sessions or did, by identity; none are kept with heartbeats off. */
  readonly peers: Map<string, Peer>;
  /** Update Notifications under way, and who knows none. */
  readonly notifications: Notifications;
  /** Requests that another anchor was asked to fulfil. */
  readonly redirections: Redirections;
  /** Who proved to be behind which gateway. */
  readonly proofs: Proofs;
  /** Which sessions a gateway extends together. */
  readonly groups: Groups;
  /** What gateways asked for, by binding index. */
  readonly qosRequests: QosRequests;
  /** Answers to strangers: how many may still go, and since when. */
  readonly strangers: { left: number; at: Millis };
  readonly statistics: Statistics;
}

/** One step: the state, the instant, and the effects so far. */
export interface Step {
  readonly lma: Lma;
  readonly now: Now;
  readonly effects: LmaEffect[];
  /** Sessions that ended or were released in this step: what waited for that goes on at its end. */
  readonly settled: BindingCacheEntry[];
}

export function drop(step: Step, reason: string): void {
  count(step.lma.statistics.dropped, reason);
  step.effects.push({ kind: 'discard', reason });
}

export function send(step: Step, to: Endpoint, peer: string | undefined, message: MobilityMessage): void {
  step.effects.push({ kind: 'send', to, message, ...(peer === undefined ? {} : { peer }) });
}

export function tell(step: Step, entry: BindingCacheEntry, from: string, to: string, reason: string, detail: Transition['detail'] = {}): void {
  step.effects.push(
    transition(step.now, {
      entity: 'lma',
      subject: entry.mnId.identifier,
      ...(entry.linkLayerId === undefined ? {} : { linkLayerId: entry.linkLayerId }),
      from,
      to,
      reason,
      detail: { index: entry.index, ...(entry.mag === undefined ? {} : { mag: entry.mag }), careOf: entry.proxyCoa, lifetime: entry.lifetime, encapsulation: entry.encapsulation ?? 'none', ...detail },
    }),
    sessionEffect(entry, from, to, reason),
  );
}
