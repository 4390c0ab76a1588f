/** Privacy over a store in memory, with keys in a folder of its own and a clock to be moved. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudit } from '../../../cloud/fleet/audit.ts';
import type { FleetStore } from '../../../cloud/fleet/ports.ts';
import { DAY } from '../../../cloud/privacy/epochs.ts';
import { openPrivacy, type PrivacyOptions } from '../../../cloud/privacy/privacy.ts';
import { createMemoryStore } from '../memoryStore.ts';

export const ANNA = { nai: 'anna@example.com', mac: '02:00:00:00:00:01', addresses: ['192.0.2.7', '2001:db8:1:2::/64'] } as const;
export const BERT = { nai: 'bert@example.com', mac: '02:00:00:00:00:02' } as const;
export const OWNER = { user: 'olga', role: 'owner' } as const;
export const REASON = 'complaint 4711 of the police';
/** 2026-01-01 */
export const START = 1_767_225_600_000;

export async function privacyWorld(options: Partial<PrivacyOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rs-privacy-'));
  const memory = createMemoryStore();
  const store: FleetStore = options.store ?? memory;
  const clock = { now: START };
  const errors: string[] = [];
  const erased: string[] = [];
  const now = () => clock.now;
  const onError = (e: Error) => void errors.push(e.message);
  const audit = createAudit({ store, now, onError });
  const open = () => openPrivacy({ store, audit, folder, now, onError, onErased: (ids) => void erased.push(...ids), patience: 0, ...options });
  return {
    folder, store, memory, clock, errors, erased, audit, open, privacy: await open(),
    days: (n: number) => void (clock.now += n * DAY),
    keyFile: join(folder, 'pseudonym-keys.json'),
    close: () => rmSync(folder, { recursive: true }),
  };
}
export type PrivacyWorld = Awaited<ReturnType<typeof privacyWorld>>;

export async function within(story: (world: PrivacyWorld) => Promise<void>, options?: Partial<PrivacyOptions>): Promise<void> {
  const world = await privacyWorld(options);
  try {
    await story(world);
  } finally {
    world.close();
  }
}
