/** The owner's word at a gateway of no fleet: it counts over the file, and outlives the agent (agent/fleet/fleet.ts). */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { agentSchema } from '../../../agent/config.ts';
import { problemsOf } from '../../../agent/configCheck.ts';
import { openFleet, type Fleet } from '../../../agent/fleet/fleet.ts';
import type { AgentStatus } from '../../../agent/fleet/status.ts';
import { openRetention } from '../../../agent/retention.ts';
import { now } from '../../../runtime/clock.ts';
import { parseConfig } from '../../../runtime/configFile.ts';
import { activeBench } from '../../mag/harness.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function home(folder: string, { polices = true, warned = [] as string[] } = {}) {
  const text = `domain: D1\nmag: M1\nuplink: wan0\nstate-directory: ${folder}\nlocal-mobility-anchors: [{ id: lma1, ipv4-address: 192.0.2.1 }]\nhost-first: { maximum-guests: 10 }\ninterfaces: [{ name: br0, first-packet: true }]\n`;
  const fleet = await openFleet({ config: parseConfig('x.yaml', text, agentSchema, problemsOf), version: '1', now, log: (level, text) => void (level === 'warn' && warned.push(text)), onCount: () => undefined, onError: (e) => expect.unreachable(e.message) });
  const bench = activeBench();
  const ended: string[] = [];
  fleet.start({
    mag: bench.mag,
    feed: (event) => bench.give(event),
    show: {} as never,
    bindings: 512,
    octets: () => ({ up: 1, down: 2 }),
    giveUp: async (reason) => (ended.push(reason), { bindings: 1, unanswered: 0 }),
    restart: () => undefined,
    useAnchors: () => undefined,
    useProfiles: () => undefined,
    limitGuests: polices ? () => undefined : undefined,
  });
  return { fleet, bench, ended };
}
const say = async (fleet: Fleet, command: string, more: object = {}): Promise<unknown> => fleet.handlers[command]?.({ ...more, command });

it('rates that the data path does not keep are in force nowhere, and that is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-owner-'));
  folders.push(folder);
  const warned: string[] = [];
  const { fleet } = await home(folder, { polices: false, warned });
  await say(fleet, 'agent cap', { 'maximum-guests': 2 });
  expect(warned).toEqual([]);
  expect(await say(fleet, 'agent cap', { 'maximum-guests': 2, 'up-rate': 1e6 })).toEqual({ 'maximum-guests': 2, 'up-rate': 1e6 });
  expect(await say(fleet, 'agent status')).toMatchObject({ sharing: { limits: { 'maximum-guests': 2 }, cap: { 'up-rate': 1e6 } } });
  expect((await say(fleet, 'agent status')) as AgentStatus).not.toHaveProperty('sharing.limits.up-rate');
  await fleet.close();

  const next = await home(folder, { polices: false, warned });
  expect(warned).toEqual(Array.from({ length: 2 }, () => 'the data path of this gateway keeps to no rates: of the limits for its guests only their number is in force'));
  await next.fleet.close();
});

it('caps what the file says, pauses, and is remembered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-owner-'));
  folders.push(folder);
  const { fleet, bench, ended } = await home(folder);
  await say(fleet, 'agent cap', { 'maximum-guests': 2 });
  expect(bench.mag.config.maximumGuests).toBe(2);
  expect(await say(fleet, 'agent pause')).toEqual({ bindings: 1, unanswered: 0 });
  expect([fleet.paused(), ended]).toEqual([true, ["the home's owner paused sharing"]]);
  expect((await say(fleet, 'agent status')) as AgentStatus).toMatchObject({ state: 'paused', sharing: { guests: 1, limits: { 'maximum-guests': 2 }, cap: { 'maximum-guests': 2 } } });
  await fleet.close();

  const next = await home(folder);
  expect([next.fleet.paused(), next.fleet.config['host-first']]).toEqual([true, { 'maximum-guests': 2 }]);
  await say(next.fleet, 'agent resume');
  await say(next.fleet, 'agent cap');
  expect([next.fleet.paused(), next.bench.mag.config.maximumGuests]).toEqual([false, 10]);
  await expect(say(next.fleet, 'agent unclaim')).rejects.toThrow('this gateway is of no fleet');
  // Bindings are kept in the same folder, and none of them is damaged by it.
  expect(openRetention(folder, (e) => expect.unreachable(e.message)).load()).toEqual([]);
  expect(readdirSync(folder)).toEqual(['owner']);
});

it('a pause that cannot be written down is one all the same, and says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-owner-'));
  folders.push(folder);
  const { fleet, ended } = await home(folder);
  writeFileSync(join(folder, 'owner'), 'where the folder should be');
  await expect(say(fleet, 'agent pause')).rejects.toThrow(/owner/);
  expect([fleet.paused(), ended]).toEqual([true, ["the home's owner paused sharing"]]);
  await fleet.close();
});
