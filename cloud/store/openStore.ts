/** The store that the configuration names, with the lease that goes with a shared one. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { memoryStore, type BindingStore } from '../lma/bindingStore.ts';
import { now } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { leaseInterval, type LeaseTimes } from '../standby/lease.ts';
import { sharedAddresses, type SharedAddresses, type SharedAddressesOptions } from '../standby/sharedAddresses.ts';
import { openStandby, type Standby } from '../standby/standby.ts';
import { followStore } from '../standby/warmCopy.ts';
import type { StandbyFile, StoreFile } from './config.ts';
import { levelStore } from './levelStore.ts';
import { connectRedis, durabilityFault, RedisError } from './redis.ts';
import { redisKeys } from './redisKeys.ts';
import { redisStore } from './redisStore.ts';

export interface OpenStore {
  readonly store: BindingStore;
  /** `alone`: there is no other anchor. */
  role(): 'alone' | ReturnType<Standby['state']>;
  /** Resolves when this anchor may load and answer; its shared addresses are there then. */
  readonly turn: Promise<void>;
  /** Resolves, with why, when it may not any more. */
  readonly over: Promise<string>;
  mayAnswer(): boolean;
  /** What was to be stored is stored: the other one may go on. */
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  readonly store: StoreFile;
  readonly standby?: StandbyFile;
  readonly 'state-directory': string;
  readonly 'control-socket': string;
}

/** Of a lease without shared addresses, which only keeps a second process from the same bindings. */
const SHORTEST_LEASE = 4;

/** @throws Error in words when it cannot be opened; a shared store that is away is waited for instead */
export async function openStore(file: OpenStoreOptions, log: Log, onError: (error: Error) => void): Promise<OpenStore> {
  if (file.store.redis) return openShared(file, file.store.redis, log, onError);
  const store = file.store.memory ? memoryStore() : await levelStore(file.store.level?.folder ?? join(file['state-directory'], 'bindings'), onError);
  return alone(store);
}

/** @param store nobody else has */
export const alone = (store: BindingStore): OpenStore => ({
  store,
  role: () => 'alone',
  turn: Promise.resolve(),
  over: new Promise(() => undefined),
  mayAnswer: () => true,
  close: () => store.close(),
});

async function openShared(file: OpenStoreOptions, { url, name }: NonNullable<StoreFile['redis']>, log: Log, onError: (error: Error) => void): Promise<OpenStore> {
  const duration = (file.standby?.lease ?? SHORTEST_LEASE) * 1000;
  const times: LeaseTimes = { duration, margin: duration / 2 };
  const keys = redisKeys(name);
  const addresses = openAddresses(file.standby, times, { onRival: (who) => standby.rival(who), onError });
  // A question that is not answered when the next one is due will not be.
  const client = await connectRedis({ url, timeout: leaseInterval(times) * 0.8 }, onError);
  const copy = followStore(client, keys);
  const standby = openStandby({ client, keys, self: selfOf(file), times, now, log: (text) => log('info', `this anchor ${text}`), onKeep: (announce) => addresses?.keep(announce) });
  return {
    store: redisStore({ client, name, token: () => standby.token(), warm: (commits) => copy.at(commits) }),
    role: () => standby.state(),
    turn: standby.begun.then(async () => {
      addresses?.keep(true);
      const fault = await durabilityFault(client);
      if (fault !== undefined) onError(new RedisError(fault));
    }),
    over: standby.ended,
    mayAnswer: () => standby.held(),
    async close() {
      copy.close();
      addresses?.drop();
      addresses?.close();
      await standby.stop();
      client.disconnect();
    },
  };
}

function openAddresses(file: StandbyFile, { duration }: LeaseTimes, calls: Pick<SharedAddressesOptions, 'onRival' | 'onError'>): SharedAddresses | undefined {
  if (!file || file.addresses.length === 0) return undefined;
  const addresses = file.addresses.map(({ address, device }) => {
    const [text, length] = address.split('/') as [string, string];
    return { address: text, length: Number(length), device };
  });
  return sharedAddresses({ addresses, lifetime: Math.floor(duration / 1000), ...calls });
}

/** This process or a later one in its place: the control socket is there once on a machine that runs. */
function selfOf(file: OpenStoreOptions): string {
  return `${hostname()} ${bootId()} ${file['control-socket']}`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown boot';
  }
}
