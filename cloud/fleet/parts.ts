/** The fleet's parts as the others see them: types only. Each is made by a factory of its own file and wired in main.ts. */
import type { Reported, Revision } from '../../runtime/fleet/messages.ts';
import type { Concern, GatewayId } from '../../runtime/fleet/topics.ts';
import type { CommandRecord, Group, Home, HomeConfiguration, HomeDetails, HomeEvent } from '../api/resources/homes.ts';
import type { DocumentVersion, Preview, Rollout, RolloutPlan, Scope } from '../api/resources/rollouts.ts';
import type { Page } from '../api/resources/answers.ts';
import type { Topology } from '../api/resources/network.ts';
import type { GatewayRecord } from './records.ts';

/** The gateways as they are now: what they say, joined with what is kept of them. */
export interface Registry {
  home(id: GatewayId): Home | undefined;
  homes(): readonly Home[];
  /** Without what only the LMAs and the documents know. */
  details(id: GatewayId): Omit<HomeDetails, 'bindings' | 'effective' | 'difference'> | undefined;
  /** Of a MAG Identifier. */
  byIdentity(identity: string): GatewayId | undefined;
  name(id: GatewayId): string | undefined;
  online(id: GatewayId): boolean;
  counts(): { readonly online: number; readonly total: number; readonly subscribers: number };
  configuration(id: GatewayId, concern: Concern): HomeConfiguration;
  /** Homes within earshot of each other, as far as their gateways told. */
  neighbours(): Topology['neighbours'];
  /** Told after each change of presence, and of each report. */
  watch(watcher: RegistryWatcher): void;
  events(id: GatewayId, query: { readonly limit: number; readonly before?: number }): Promise<readonly HomeEvent[]>;
}

export interface RegistryWatcher {
  presence?(id: GatewayId, online: boolean): void;
  reported?(id: GatewayId, concern: Concern, reported: Reported): void;
  /** Every heartbeat: at most a few words of work. */
  running?(id: GatewayId, running: Readonly<Partial<Record<Concern, Revision>>>): void;
}

export interface Homes {
  /** The home behind a claim: makes its record, its key, its admission at the LMAs and its documents. @throws Refused */
  create(gateway: { readonly id: GatewayId; readonly name: string; readonly group: string; readonly identity: string; readonly agent: string; readonly certificate: { readonly serial: string; readonly expires: number }; readonly by: string }): Promise<GatewayRecord>;
  /** A new certificate of a home that has one. */
  certified(id: GatewayId, certificate: { readonly serial: string; readonly expires: number }): Promise<void>;
  change(id: GatewayId, change: { readonly name?: string; readonly group?: string; readonly notes?: string; readonly position?: GatewayRecord['position'] | null }, by: string): Promise<Home>;
  /** At once, on live sessions too, and its bindings end. */
  revoke(id: GatewayId, by: string, reason: string): Promise<void>;
  /** Of one that is revoked or offline: its record, its documents, what is retained for it. */
  remove(id: GatewayId, by: string): Promise<void>;
  record(id: GatewayId): GatewayRecord | undefined;
  records(): Iterable<GatewayRecord>;
}

export interface Groups {
  list(): readonly Group[];
  has(id: string): boolean;
  create(name: string, by: string): Promise<Group>;
  rename(id: string, name: string, by: string): Promise<Group>;
  /** Of an empty one. */
  remove(id: string, by: string): Promise<void>;
}

export interface Effective {
  readonly path: string;
  readonly value: unknown;
  readonly source: 'fleet' | 'group' | 'home' | 'built in';
}

/** No key is in any of them: those are added on the way to the gateway. */
export interface Documents {
  current(scope: Scope, concern: Concern): DocumentVersion | undefined;
  history(scope: Scope, concern: Concern): Promise<readonly DocumentVersion[]>;
  effective(id: GatewayId): HomeDetails['effective'];
  preview(scope: Scope, concern: Concern, document: unknown): Preview;
}

export interface Rollouts {
  /** @throws Refused for a document with problems, or one that another rollout is in the way of */
  start(plan: RolloutPlan, by: string): Promise<Rollout>;
  /** The newest first; of those that are over without the homes. */
  list(): readonly Rollout[];
  get(id: string): Rollout | undefined;
  act(id: string, action: 'pause' | 'resume' | 'advance' | 'roll back', by: string): Promise<Rollout>;
}

export interface Commands {
  send(home: GatewayId, command: { readonly name: string; readonly arguments?: Readonly<Record<string, unknown>>; readonly seconds: number }, by: string): Promise<CommandRecord>;
  /** The newest first. */
  of(home: GatewayId): readonly CommandRecord[];
  list(limit: number): Page<CommandRecord>;
}
