/** The fleet's part of the disk: killed at any point, full, damaged (agent/fleet/store.ts, sharing.ts). */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { capIn, openSharing } from '../../../agent/fleet/sharing.ts';
import { openCredentials, openKey, openStore } from '../../../agent/fleet/store.ts';
import { RESERVED } from '../../../agent/fleet/ports.ts';
import { movedWorld } from './world.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'roamstead-fleet-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const GOOD = { timers: { rev: 1, hash: 'h', document: { timers: { 'binding-lifetime': 600 } } } };
const open = async (at: string, errors: string[] = []) => {
  const world = movedWorld();
  return { world, errors, store: await openStore(at, world.after, (e) => errors.push(e.message)) };
};
const onDisk = (at: string): { session: number; good: unknown } => JSON.parse(readFileSync(join(at, 'state.json'), 'utf8'));

it('key and state are made once, and nobody else may read them', async () => {
  const at = join(folder(), 'fleet');
  const key = await openKey(at);
  expect((await openKey(at)).gateway).toBe(key.gateway);
  await open(at);
  expect([at, join(at, 'gateway.key'), join(at, 'state.json')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
});

it('a key that cannot be read makes no other gateway', async () => {
  const at = folder();
  writeFileSync(join(at, 'gateway.key'), 'damaged');
  await expect(openKey(at)).rejects.toThrow(/gateway\.key: it is no private key.*claimed anew/s);
  expect(readFileSync(join(at, 'gateway.key'), 'utf8')).toBe('damaged');
});

it('what changes often is written once, after a while', async () => {
  const at = folder();
  const { store, world } = await open(at);
  store.state.good = GOOD;
  for (let i = 0; i < 100; i++) store.changed();
  expect(onDisk(at).good).toEqual({});
  await world.pass(2000);
  await store.flush();
  expect(onDisk(at)).toMatchObject({ good: GOOD, session: RESERVED });
  const next = await open(at);
  expect([next.store.state.good, next.store.state.session]).toEqual([GOOD, RESERVED]);
  expect(onDisk(at).session).toBe(2 * RESERVED);
});

it('killed between write and rename: the next agent has what was there before', async () => {
  const at = folder();
  const { store } = await open(at);
  store.state.good = GOOD;
  store.changed();
  await store.flush();
  writeFileSync(join(at, 'state.json.new'), '{"session":7,"good":{"timers":{"rev":2,"ha');
  const next = await open(at);
  expect([next.store.state.good, next.errors]).toEqual([GOOD, []]);
});

it('a full disk is told once, and what could not be written is written when there is room', async () => {
  const at = folder();
  const { store, world, errors } = await open(at);
  // A folder where the new file is to be: it cannot be opened, also not by root.
  mkdirSync(join(at, 'state.json.new'));
  store.state.good = GOOD;
  store.changed();
  for (let i = 0; i < 5; i++) {
    await world.pass(60_000);
    await store.flush();
  }
  expect(errors).toEqual([expect.stringMatching(/state\.json cannot be written: .*; after a restart this gateway would work with older documents/)]);
  rmSync(join(at, 'state.json.new'), { recursive: true });
  await world.pass(60_000);
  await store.flush();
  expect(onDisk(at).good).toEqual(GOOD);
});

it.each(['', '{', '{"session":"many"}', '[]'])('a damaged state (%s) is put aside, and the fleet is waited for', async (text) => {
  const at = folder();
  writeFileSync(join(at, 'state.json'), text);
  const { store, errors } = await open(at);
  expect([store.state.good, store.state.session]).toEqual([{}, 0]);
  expect(errors).toEqual([expect.stringContaining('put aside')]);
  expect(readFileSync(join(at, 'state.json.damaged'), 'utf8')).toBe(text);
});

it('a claim is on the disk as a whole or not at all', async () => {
  const at = folder();
  const errors: string[] = [];
  const credentials = openCredentials(at, (e) => errors.push(e.message));
  expect(credentials.load()).toBeUndefined();
  const claimed = { home: 'Smith', group: 'north', certificate: 'c', authority: 'a' };
  await credentials.save(claimed);
  expect(credentials.load()).toEqual(claimed);
  credentials.forget();
  expect(credentials.load()).toBeUndefined();
  writeFileSync(join(at, 'credential.json'), '{"home":"Smith"}');
  expect([credentials.load(), errors.length]).toEqual([undefined, 1]);
});

it("the owner's word counts at once, outlives the agent, and is believed when it cannot be read", async () => {
  const at = folder();
  const errors: string[] = [];
  const owner = openSharing(at, (e) => errors.push(e.message));
  expect(owner.sharing).toEqual({ paused: false, cap: {} });
  const written = owner.set({ paused: true });
  expect(owner.sharing.paused).toBe(true);
  await written;
  await owner.set({ cap: { 'maximum-guests': 3 } });
  expect(openSharing(at, () => undefined).sharing).toEqual({ paused: true, cap: { 'maximum-guests': 3 } });
  writeFileSync(join(at, 'sharing.json'), '{}');
  expect([openSharing(at, (e) => errors.push(e.message)).sharing.paused, errors.length]).toEqual([true, 1]);
  expect(existsSync(join(at, 'sharing.json.new'))).toBe(false);
});

it('a cap is read as it is typed, and refused in words', () => {
  expect(capIn({ command: 'agent cap', 'maximum-guests': 3, 'up-rate': '2Mbit/s' })).toEqual({ 'maximum-guests': 3, 'up-rate': 2_000_000 });
  expect(capIn({ command: 'agent cap' })).toEqual({});
  expect(() => capIn({ command: 'agent cap', 'maximum-guests': 0 })).toThrow('maximum-guests: expected >=1, found 0');
  expect(() => capIn({ command: 'agent cap', guests: 3 })).toThrow('guests: unknown key; known here: maximum-guests, up-rate, down-rate');
  expect(() => capIn({ command: 'agent cap', 'up-rate': '2Mbits' })).toThrow('up-rate: expected a rate such as 20 Mbit/s, at least 16 kbit/s, found "2Mbits"');
});
