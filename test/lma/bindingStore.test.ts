import { describe, expect, it } from 'vitest';
import type { BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { carriedPaths } from '../../cloud/lma/tunnels.ts';
import { Anchor, assigned, bindings, discardsOf, keyOf, labConfig, NAT1, pbaOf, TABLET } from './pbu.ts';

/** A new process with the old one's records, a minute later on both clocks' own terms. */
function restarted(before: Anchor, config = labConfig(), later = 60_000): { after: Anchor; effects: ReturnType<Anchor['take']> } {
  const after = new Anchor(config);
  after.now = { at: 5, wall: before.now.wall + later };
  for (const [key, record] of before.store) after.store.set(key, record);
  const bindings = JSON.parse(JSON.stringify([...before.store.values()])) as BindingRecord[];
  return { after, effects: after.take({ kind: 'restore', bindings }) };
}

describe('a restarted anchor', () => {
  it('takes its sessions up: same path, same addresses, same keys, same order of requests', () => {
    const a = new Anchor();
    const pba = a.ask({ linkLocal: '::' });
    a.ask({ mag: NAT1, mn: 'mn1@example.com', mac: TABLET });
    const paths = carriedPaths(a.lma);
    const { after } = restarted(a);
    expect(paths).toHaveLength(2);
    expect(carriedPaths(after.lma)).toEqual(paths);
    expect(bindings(after)[0]).toMatchObject({ linkLocal: bindings(a)[0]?.linkLocal, timestamp: bindings(a)[0]?.timestamp });
    const again = pbaOf(after.refresh(pba))!;
    expect([again.status, assigned(again), keyOf(again)]).toEqual([0, assigned(pba), keyOf(pba)]);
    expect(pbaOf(after.refresh(pba, { timestamp: 1n }))?.status).toBe(157);
  });

  it('gives nobody what they hold', () => {
    const a = new Anchor();
    const pba = a.ask();
    const { after } = restarted(a);
    const other = after.ask({ mn: 'mn1@example.com', mac: TABLET });
    expect(assigned(other)).not.toEqual(assigned(pba));
    expect(bindings(after).map((b) => b.index)).toEqual([1, 2]);
  });

  it('lifetimes go on, and what ended meanwhile is forgotten', () => {
    const a = new Anchor();
    a.ask({ lifetime: 400 });
    const { after } = restarted(a, labConfig(), 300_000);
    after.pass(99_999);
    expect(bindings(after)).toHaveLength(1);
    after.pass(1);
    expect(bindings(after)).toEqual([]);
    const late = restarted(a, labConfig(), 400_000);
    expect(discardsOf(late.effects)).toEqual(['stored-binding']);
    expect(late.after.store.size).toBe(0);
  });

  it('a released session is deleted after its delay, counted anew', () => {
    const a = new Anchor();
    a.deregister(a.ask());
    const { after } = restarted(a);
    expect(carriedPaths(after.lma)).toEqual([]);
    after.pass(9_999);
    expect(bindings(after)).toHaveLength(1);
    after.pass(1);
    expect(bindings(after)).toEqual([]);
  });

  it('forgets what the configuration has no place for any more, and gives everything of it back', () => {
    const a = new Anchor();
    a.ask();
    const moved = labConfig({}, { ipv4Pools: [{ name: 'v4', network: '198.51.100.0', prefixLength: 24, router: '198.51.100.1' }] });
    const { after, effects } = restarted(a, moved);
    expect(effects.map((e) => e.kind)).toEqual(['discard', 'forgetBinding']);
    expect(after.lma.ipv6Pools.get('v6')?.used).toBe(0);
    expect(restarted(a, labConfig({}, { apns: [{ name: 'other', space: 0, selectionMode: 'sent-by-ms' }] })).after.lma.cache.size).toBe(0);
  });

  it('two records of one session: the first counts', () => {
    const a = new Anchor();
    a.ask();
    const [record] = [...a.store.values()] as [BindingRecord];
    const after = new Anchor();
    after.now = a.now;
    after.take({ kind: 'restore', bindings: [record, record, { ...record, index: 9, uplinkKey: 77 }, { ...record, index: 10, uplinkKey: 78, linkLayerId: TABLET }] });
    expect(bindings(after)).toHaveLength(1);
    expect(after.lma.ipv4Pools.get('v4')?.used).toBe(1);
  });
});
