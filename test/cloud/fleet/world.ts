/** A fleet in memory: the parts over a store and a broker that can refuse, and gateways that answer as they are told to. */
import { createAudit } from '../../../cloud/fleet/audit.ts';
import { openCommands } from '../../../cloud/fleet/commands.ts';
import { openDocuments } from '../../../cloud/fleet/documents.ts';
import { openGateways } from '../../../cloud/fleet/gateways.ts';
import { openGroups } from '../../../cloud/fleet/groups.ts';
import { createHomes } from '../../../cloud/fleet/homes.ts';
import { createDifference } from '../../../cloud/fleet/difference.ts';
import { createProvisioning } from '../../../cloud/fleet/provisioning.ts';
import { openPublished } from '../../../cloud/fleet/published.ts';
import { createRegistry } from '../../../cloud/fleet/registry.ts';
import { openRollouts } from '../../../cloud/fleet/rollouts.ts';
import type { AttemptFigures } from '../../../cloud/live/ports.ts';
import type { Desired, Heartbeat, Reported, ReportedStatus } from '../../../runtime/fleet/messages.ts';
import { CONCERNS, topics, type Concern, type GatewayId } from '../../../runtime/fleet/topics.ts';
import { createFakeBus, type FakeBus } from '../broker/fakeBus.ts';
import { createMemoryStore, type MemoryStore } from '../memoryStore.ts';

export const idOf = (n: number): GatewayId => `gw-${String(n).replace(/\d/g, (d) => 'abcdefghij'[Number(d)] as string).padStart(26, 'a')}`;
export const GOOD: AttemptFigures = { perMinute: 1, success: 1, p50: 100, p90: 150, p99: 200, attempts: 100, timed: 100 };

/** What each gateway shares with the LMAs. */
export const KEY = 'ab'.repeat(32);
/** What a cloud with one LMA has built in. */
export const ANCHORS = { 'local-mobility-anchors': [{ id: 'lma1', 'ipv4-address': '192.0.2.1' }] };
/** How a rollout goes to all at the same time, unwatched. */
export const AT_ONCE = { canary: 9, ramp: 1, watch: 0, tolerance: { success: 1, time: 9 } } as const;

export interface World {
  readonly bus: FakeBus;
  readonly store: MemoryStore;
  readonly clock: { now: number };
  readonly told: { readonly kind: string; readonly value: unknown }[];
  readonly lma: string[];
  /** What passes until an LMA that admits has answered. */
  lmaAnswers?: () => Promise<void>;
  readonly revoked: string[];
  readonly errors: string[];
  /** Those that are there beat with the clock. */
  readonly there: Map<GatewayId, Gateway>;
  figures: AttemptFigures;
  /** How many the LMAs have at a gateway, by its MAG Identifier; undefined: they do not answer. */
  sessions: Map<string, number> | undefined;
}

export const createWorld = (): World => ({ bus: createFakeBus(), store: createMemoryStore(), clock: { now: 1_800_000_000_000 }, told: [], lma: [], revoked: [], errors: [], there: new Map(), figures: GOOD, sessions: undefined });

export type Fleet = Awaited<ReturnType<typeof openFleet>>;

/** One life of the cloud: what it has is in the world's store and broker. */
export async function openFleet(world: World, builtIn: Parameters<typeof openDocuments>[0]['builtIn'] = {}) {
  const { bus, store, clock } = world;
  const now = () => clock.now;
  let ids = store.commits.length * 1000;
  const newId = () => `id${ids++}`;
  const onError = (e: Error) => void world.errors.push(e.message);
  const live = { publish: (kind: string, value: unknown) => void world.told.push({ kind, value }) };
  const audit = createAudit({ store, now, onError });
  const gateways = await openGateways(store, audit);
  const documents = await openDocuments({ store, gateways, builtIn });
  const registry = await createRegistry({ bus, store, gateways, live, now, fuzz: (_, position) => position, fuzzMetres: () => 0, subscribersAt: (identity) => world.sessions && (world.sessions.get(identity) ?? 0), count: (reason) => void world.errors.push(reason), onError });
  const lmaAdmission = {
    async admit(identity: string, key: string) {
      world.lma.push(`admit ${identity} ${key}`);
      await world.lmaAnswers?.();
    },
    dismiss: async (identity: string) => void world.lma.push(`dismiss ${identity}`),
    dismissal: (identity: string) => [{ put: 'dismissals', record: { id: identity } }],
  };
  const published = await openPublished(store, gateways);
  const provisioning = createProvisioning({ gateways, documents, published, bus, admission: lmaAdmission, seen: (id, concern) => registry.seen(id, concern), running: (id, concern) => registry.configuration(id, concern).running, pause: () => Promise.resolve(), onError });
  const rollouts = await openRollouts({ store, audit, gateways, registry, documents, provisioning, figuresOf: () => world.figures, live, now, newId, onError });
  const groups = await openGroups({ store, audit, gateways, documents, newId });
  const homes = createHomes({ gateways, groups, registry, documents, provisioning, rollouts, admission: { revoke: async (id, serial) => void world.revoked.push(`${id} ${serial}`) }, lmaAdmission, bus, now, newKey: () => KEY, onError });
  const commands = await openCommands({ bus, store, audit, gateways, registry, now, newId, onError });
  await provisioning.compare();
  await provisioning.settled();
  return {
    audit, gateways, documents, registry, provisioning, rollouts, groups, homes, commands,
    differenceOf: createDifference(published, registry),
    async tick(ms = 0) {
      clock.now += ms;
      for (const gateway of world.there.values()) await gateway.beat();
      await registry.tick();
      await commands.tick();
      await provisioning.tick();
      await rollouts.tick();
      await provisioning.settled();
    },
    claim: (n: number, more: { readonly name?: string; readonly group?: string } = {}) =>
      homes.create({ id: idOf(n), name: more.name ?? `Home ${n}`, group: more.group ?? 'homes', identity: `m${n}@example.com`, agent: '1.0', certificate: { serial: `${n}`, expires: now() + 90 * 86_400_000 }, by: 'ann' }),
  };
}

/** The first life of a cloud. */
export async function opened(builtIn = {}): Promise<{ world: World; fleet: Fleet }> {
  const world = createWorld();
  return { world, fleet: await openFleet(world, builtIn) };
}

export async function settle(fleet: Fleet): Promise<void> {
  for (let i = 0; i < 4; i++) await fleet.tick(1);
}

export interface Gateway {
  readonly id: GatewayId;
  readonly running: Partial<Record<Concern, Desired>>;
  session: number;
  /** How it answers the next desired documents. */
  answers: ReportedStatus | 'nothing';
  beat(more?: Partial<Heartbeat>): Promise<void>;
  birth(): Promise<void>;
  death(session?: number): Promise<void>;
}

/** A gateway at the broker: takes what is retained for it, and reports. */
export async function connect(world: World, n: number, answers: Gateway['answers'] = 'applied'): Promise<Gateway> {
  const id = idOf(n);
  const { bus, clock } = world;
  const running: Partial<Record<Concern, Desired>> = {};
  const gateway: Gateway = {
    id, running, answers,
    session: 0,
    async beat(more = {}) {
      await bus.publish(topics.heartbeat(id), {
        session: gateway.session, at: clock.now, uptime: 100, bindings: 2, memory: 1, lmas: [], sharing: { paused: false },
        running: Object.fromEntries(Object.entries(running).map(([c, d]) => [c, { rev: d.rev, hash: d.hash }])),
        counters: { attached: 1, refused: 0, handovers: 0, bytesUp: 10, bytesDown: 20 },
        ...more,
      });
    },
    async birth() {
      gateway.session += 1;
      world.there.set(id, gateway);
      await bus.publish(topics.state(id), { state: 'ready', session: gateway.session, agent: '1.1', identity: `m${n}@example.com`, can: { concerns: CONCERNS, commands: ['ping', 'show'], telemetry: [] }, at: clock.now }, { retain: true });
    },
    async death(session = gateway.session) {
      if (session === gateway.session) world.there.delete(id);
      await bus.publish(topics.state(id), { state: 'lost', session }, { retain: true });
    },
  };
  await gateway.birth();
  for (const concern of CONCERNS) {
    await bus.subscribe(topics.desired(id, concern), (_, payload) => {
      const desired = payload as Desired;
      if (gateway.answers === 'nothing') return;
      if (gateway.answers === 'applied' || gateway.answers === 'partial') running[concern] = desired;
      const before = running[concern];
      const reported: Reported = { rev: desired.rev, hash: desired.hash, status: gateway.answers, problems: gateway.answers === 'applied' ? [] : [{ path: 'x', reason: 'it does not fit' }], running: before ? { rev: before.rev, hash: before.hash } : null, at: clock.now };
      void bus.publish(topics.reported(id, concern), reported, { retain: true });
    });
  }
  return gateway;
}

export const desiredOf = (world: World, n: number, concern: Concern): Desired | undefined => world.bus.retained.get(topics.desired(idOf(n), concern)) as Desired | undefined;
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
