/**
 * Retained messages on disk (LevelDB): what gateways said last (birth, will, reports) is there after a restart of the cloud, also of
 * those that are offline then. Written behind, a turn's messages at once: what a power cut takes, gateways say again when they connect.
 * In memory by gateway, since each asks for its own: aedes' own looks through those of all for each subscription.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { matches } from './topicFilter.ts';

export interface Retained {
  matching(filter: string): Iterable<readonly [topic: string, payload: Buffer]>;
  /** An empty payload removes (MQTT 3.1.1 §3.3.1.3). */
  keep(topic: string, payload: Buffer): void;
  close(): Promise<void>;
}

/** @throws Error in words when the folder cannot be used */
export async function openRetained(folder: string, onError: (error: Error) => void): Promise<Retained> {
  // Loaded here, because a gateway has no use for it and may not have it.
  const { default: { ClassicLevel } } = await import('classic-level');
  try {
    // Gateways' keys are in it, and LevelDB's files are for everybody to read.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  } catch (e) {
    throw new Error(`${folder} cannot be opened, where the broker keeps retained messages: ${(e as Error).message}`, { cause: e });
  }
  const level = new ClassicLevel<string, Buffer>(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
  await level.open().catch((e: unknown) => {
    throw new Error(`${folder} cannot be opened, where the broker keeps retained messages: ${(e as Error).message}`, { cause: e });
  });
  const byGateway = new Map<string, Map<string, Buffer>>();
  function remember(topic: string, payload: Buffer): void {
    const key = gatewayLevels(topic);
    const own = byGateway.get(key) ?? new Map<string, Buffer>();
    if (payload.length > 0) byGateway.set(key, own.set(topic, payload));
    else if (own.delete(topic) && own.size === 0) byGateway.delete(key);
  }
  for await (const [topic, payload] of level.iterator()) remember(topic, payload);
  let waiting = new Map<string, Buffer>();
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    while (waiting.size > 0) {
      const batch = [...waiting];
      waiting = new Map();
      try {
        await level.batch(batch.map(([key, value]) => (value.length === 0 ? { type: 'del', key } : { type: 'put', key, value })));
      } catch (e) {
        onError(new Error(`${batch.length} retained messages could not be kept in ${folder}: ${(e as Error).message}`));
      }
    }
    writing = undefined;
  }

  return {
    *matching(filter) {
      const key = gatewayLevels(filter);
      const asked = /[+#]/.test(key) ? byGateway.values() : [byGateway.get(key) ?? []];
      for (const own of asked) for (const entry of own) if (matches(filter, entry[0])) yield entry;
    },
    keep(topic, payload) {
      remember(topic, payload);
      waiting.set(topic, payload);
      writing ??= write();
    },
    async close() {
      await writing;
      await level.close();
    },
  };
}

/** `roamstead/v1/<gateway>` */
const gatewayLevels = (topic: string): string => topic.split('/', 3).join('/');
