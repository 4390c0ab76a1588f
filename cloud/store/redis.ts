/** The connection to Redis or Valkey: commands fail at once while it is away, and nothing is sent twice behind our back. */
import type { Redis } from 'ioredis';

/** What was asked for did not happen, or may not have; the message says why. */
export class RedisError extends Error {
  override readonly name = 'RedisError';
}

export interface RedisOptions {
  /** `redis://:password@host:6379/0`, `rediss://` for TLS, `redis://?path=...` for none */
  readonly url: string;
  /** Milliseconds after which a command has failed. */
  readonly timeout: number;
}

const RECONNECT_FIRST = 100;
const RECONNECT_AT_MOST = 1000;

/** @param onError told once when the connection is lost, and once when it is back */
export async function connectRedis({ url, timeout }: RedisOptions, onError: (error: Error) => void): Promise<Redis> {
  const { default: { Redis: Client } } = await import('ioredis');
  let away = false;
  const client = new Client(url, {
    lazyConnect: true,
    // A command that waits for a connection could be done after its sender has given up.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeout,
    connectTimeout: timeout,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST * times, RECONNECT_AT_MOST),
  });
  client.on('error', (e: Error) => {
    if (!away) onError(new RedisError(`the store at ${client.options.host}:${client.options.port} is away: ${e.message || 'no connection'}`));
    away = true;
  });
  client.on('ready', () => (away = false));
  // Until it is there the caller's commands fail, and it tries again: a store that is started later is no reason to give up.
  client.connect().catch(() => undefined);
  return client;
}

/** Why what it acknowledges might not survive its own end; undefined where it does, or does not tell. */
export async function durabilityFault(client: Redis): Promise<string | undefined> {
  const settings = await Promise.all(['appendonly', 'appendfsync'].map((name) => client.config('GET', name).catch(() => undefined)));
  const [log, sync] = settings.map((s) => (Array.isArray(s) ? String(s[1]) : undefined));
  if (log === 'no') return 'the store keeps no log (appendonly no), so bindings are gone when it ends: set appendonly yes and appendfsync always';
  if (sync !== undefined && sync !== 'always') return `the store may lose its last second (appendfsync ${sync}), and bindings with it that were acknowledged: set appendfsync always`;
  return undefined;
}

/** Runs a script; its keys are what it may touch. @throws RedisError */
export async function run(client: Redis, script: string, keys: readonly string[], values: readonly string[]): Promise<unknown> {
  try {
    return await client.eval(script, keys.length, ...keys, ...values);
  } catch (e) {
    throw new RedisError((e as Error).message);
  }
}
