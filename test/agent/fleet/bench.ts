/** A gateway of a fleet on the bench: the client with all of the world faked, and an authority that signs. */
import { createFleetClient, type FleetClient } from '../../../agent/fleet/client.ts';
import type { Judgement } from '../../../agent/fleet/desiredState.ts';
import { makeKey, type GatewayKey } from '../../../agent/fleet/key.ts';
import type { Claimed, Credential, Documents, FleetState, Gateway } from '../../../agent/fleet/ports.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { testAuthority } from './authority.ts';
import { fakeBroker, movedWorld, type FakeBroker, type MovedWorld } from './world.ts';

export const CLAIM: Credential = { certificate: 'claim', key: 'claim', authority: 'claim' };

export interface Disk {
  state: FleetState;
  claimed: Claimed | undefined;
  /** What a write throws. */
  full: string | undefined;
}
export const emptyDisk = (): Disk => ({ state: { session: 0, code: '', good: {}, reported: {}, tried: {}, commands: [] }, claimed: undefined, full: undefined });

export interface Bench {
  readonly world: MovedWorld;
  readonly broker: FakeBroker;
  readonly key: GatewayKey;
  readonly disk: Disk;
  readonly client: FleetClient;
  readonly topic: ReturnType<typeof topicsOf>;
  /** Documents as they were applied, the last last. */
  readonly applied: Documents[];
  readonly said: string[];
  readonly errors: string[];
  answers: (documents: Documents) => boolean;
  onApply: () => void;
  judge: (documents: Documents) => Partial<Judgement>;
  claim(): Claimed;
}

const topicsOf = (id: string) => Object.fromEntries(Object.entries(topics).map(([name, of]) => [name, (more: string) => (of as (id: string, more: string) => string)(id, more)])) as Record<keyof typeof topics, (more?: string) => string>;

export interface Options {
  readonly world?: MovedWorld;
  readonly broker?: FakeBroker;
  readonly key?: GatewayKey;
  readonly disk?: Disk;
  readonly gateway?: Partial<Gateway>;
}

export const AUTHORITY = testAuthority();
const signed = new Map<string, Claimed>();
/** Each key is signed once: that takes a process. */
export function certified(key: GatewayKey): Claimed {
  const claimed = signed.get(key.gateway) ?? { home: 'Smith', group: 'north', certificate: AUTHORITY.sign(key.request()), authority: AUTHORITY.certificate };
  signed.set(key.gateway, claimed);
  return claimed;
}
const KEY = makeKey();

export function fleetBench(o: Options = {}): Bench {
  const world = o.world ?? movedWorld();
  const broker = o.broker ?? fakeBroker(world);
  const key = o.key ?? makeKey();
  const disk = o.disk ?? emptyDisk();
  const applied: Documents[] = [];
  const said: string[] = [];
  const errors: string[] = [];
  // What is on the disk is another object than what is in memory.
  const state = structuredClone(disk.state);
  const write = (): void => {
    if (disk.full === undefined) disk.state = structuredClone(state);
  };
  const client = createFleetClient({
    world,
    connect: broker.connect,
    // As the real one: late, unless it is asked for at once.
    store: { state, changed: () => void world.after(2000, write), flush: async () => write() },
    credentials: {
      load: () => disk.claimed,
      async save(claimed) {
        if (disk.full !== undefined) throw new Error(disk.full);
        disk.claimed = claimed;
      },
      forget: () => (disk.claimed = undefined),
    },
    key,
    claimCredential: () => CLAIM,
    gateway: {
      agent: '1.0.0',
      identity: 'home1@isp.example',
      commands: {},
      telemetry: {},
      figures: () => ({ bindings: 2, sharing: { paused: false }, counters: { attached: 0, refused: 0, handovers: 0, bytesUp: 0, bytesDown: 0 }, lmas: [], memory: 1 }),
      ...o.gateway,
    },
    judge: (documents) => ({ refused: {}, limited: {}, anchored: true, ...b.judge(documents) }),
    apply(documents) {
      applied.push(documents);
      b.onApply();
    },
    probe: () => world.after(10, () => b.answers(applied.at(-1) ?? disk.state.good) && client.answered()),
    log: (level, message) => said.push(`${level} ${message}`),
    onCount: (reason) => said.push(reason),
    onError: (e) => errors.push(e.message),
  });
  const b: Bench = {
    world,
    broker,
    key,
    disk,
    client,
    topic: topicsOf(key.gateway),
    applied,
    said,
    errors,
    answers: () => true,
    onApply: () => undefined,
    judge: () => ({}),
    claim: () => certified(key),
  };
  return b;
}

/** Claimed already, and connected. */
export async function connectedBench(o: Options = {}): Promise<Bench> {
  const key = o.key ?? KEY;
  const b = fleetBench({ ...o, key, disk: o.disk ?? { ...emptyDisk(), claimed: certified(key) } });
  b.client.start();
  await b.world.pass(10_000);
  return b;
}
