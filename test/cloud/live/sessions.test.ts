/** Who is where, kept up to date by changes and by lists of all sessions, which overtake each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessions, type SessionFacts } from '../../../cloud/live/sessions.ts';

const START = 1_800_000_000_000;
const homes = { byIdentity: (mag: string) => (mag.startsWith('m') ? `gw-${mag.slice(1)}` : undefined), name: (id: string) => `home ${id.slice(3)}`, home: (id: string) => ({ identity: `m${id.slice(3)}` }) as never };
const facts = (n: number, more: Partial<SessionFacts> = {}): SessionFacts => ({ subscriber: `mn-${n}`, service: 'homes', apn: 'internet', mag: 'm1', state: 'ACTIVE', addresses: [`192.0.2.${n}`], coa: '203.0.113.1', encap: 'gre4', lifetime: 3600, ...more });
const all = { limit: 1000 };

function model(...rows: readonly (readonly [lma: string, index: number, f: SessionFacts])[]) {
  const sessions = createSessions(homes);
  for (const [lma, index, f] of rows) sessions.set(lma, index, f, START);
  return sessions;
}

describe('a change', () => {
  it('brings somebody, moves them to another home, and ends it', () => {
    const s = model(['a', 1, facts(1)]);
    expect(s.find('mn-1')).toEqual({ id: 'mn-1', home: 'gw-1', homeName: 'home 1', lma: 'a', since: START, handovers: 0, state: 'active', addresses: ['192.0.2.1'], bytesUp: 0, bytesDown: 0 });
    s.set('a', 1, facts(1, { mag: 'm2' }), START + 5);
    expect(s.find('mn-1')).toMatchObject({ home: 'gw-2', handovers: 1, lastHandover: START + 5, since: START });
    expect([s.at('m1'), s.at('m2'), s.size]).toEqual([0, 1, 1]);
    s.set('a', 1, facts(1, { mag: 'm2', state: 'RELEASED' }), START + 6);
    expect([s.at('m2'), s.size, s.find('mn-1')?.state]).toEqual([0, 0, 'released']);
    s.end('a', 1);
    expect([s.find('mn-1'), s.sizeOf('a')]).toEqual([undefined, 0]);
  });

  it('of a gateway that the fleet does not know leaves the home open', () => {
    expect(model(['a', 1, facts(1, { mag: '203.0.113.9' })]).find('mn-1')).not.toHaveProperty('home');
  });

  it('somebody with two phones is one subscriber with two bindings', () => {
    const s = model(['a', 1, facts(1)], ['a', 2, facts(1, { mag: 'm2', addresses: ['192.0.2.9'], bytesUp: 5, bytesDown: 6 })]);
    expect(s.list(all)).toMatchObject({ total: 1, items: [{ id: 'mn-1', addresses: ['192.0.2.1', '192.0.2.9'], bytesUp: 5 }] });
    expect(s.bindingsOfSubscriber('mn-1')).toHaveLength(2);
    expect(s.placesOf('mn-1')).toEqual([{ lma: 'a', index: 1 }, { lma: 'a', index: 2 }]);
    s.end('a', 1);
    expect(s.list(all)).toMatchObject({ total: 1, items: [{ addresses: ['192.0.2.9'] }] });
  });

  it('an index that another subscriber has now is theirs', () => {
    const s = model(['a', 1, facts(1)]);
    s.set('a', 1, facts(2), START);
    expect([s.find('mn-1'), s.find('mn-2')?.id]).toEqual([undefined, 'mn-2']);
  });
});

describe('a list of all sessions', () => {
  it('ends what it does not name, and keeps what changed since', () => {
    const s = model(['a', 1, facts(1)], ['a', 2, facts(2)], ['b', 1, facts(3)]);
    const list = s.resync('a');
    s.set('a', 3, facts(4), START);
    s.end('a', 2);
    s.set('a', 4, facts(5, { mag: 'm7' }), START);
    list.row(2, facts(2), START);
    list.row(4, facts(5, { mag: 'm1' }), START);
    list.end();
    expect(s.list(all).items.map((i) => [i.id, i.home])).toEqual([['mn-3', 'gw-1'], ['mn-4', 'gw-1'], ['mn-5', 'gw-7']]);
  });

  it('that was begun anew does not end by the old one', () => {
    const s = model(['a', 1, facts(1)]);
    const old = s.resync('a');
    const anew = s.resync('a');
    old.end();
    old.row(9, facts(9), START);
    expect(s.sizeOf('a')).toBe(1);
    anew.row(1, facts(1), START);
    anew.end();
    expect(s.list(all).items.map((i) => i.id)).toEqual(['mn-1']);
  });
});

describe('pages', () => {
  const many = model(...Array.from({ length: 50 }, (_, n) => [n % 2 ? 'a' : 'b', n, facts(n, { mag: `m${n % 3}`, state: n % 5 ? 'ACTIVE' : 'RELEASED' })] as const));

  it.each([
    ['all', {}, 50],
    ['of an LMA', { lma: 'a' }, 25],
    ['at a home', { home: 'gw-1' }, 14],
    ['released', { state: 'released' as const }, 10],
    ['these', { ids: ['mn-3', 'mn-4', 'mn-99'] }, 2],
  ])('%s: page by page each once', (_, query, count) => {
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = many.list({ ...query, limit: 7, ...(after === undefined ? {} : { after }) });
      expect(page.total).toBe(count);
      seen.push(...page.items.map((i) => i.id));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([count, count]);
  });

  it('bindings of a home and of an LMA, and how many are behind which tunnel', () => {
    expect(many.bindingsOf('gw-1', 5)).toHaveLength(5);
    expect(many.bindingsAt('a', 20, undefined)).toMatchObject({ total: 25, next: expect.any(String) as string });
    expect([...many.tunnels()].reduce((n, t) => n + t.sessions, 0)).toBe(many.size);
  });
});

it('whatever happens in whatever order, the counts fit the rows', () => {
  const change = fc.record({ lma: fc.constantFrom('a', 'b'), index: fc.nat(6), who: fc.nat(4), mag: fc.constantFrom('m1', 'm2'), state: fc.constantFrom('ACTIVE', 'RELEASED', 'NONE') });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const s = createSessions(homes);
      const model = new Map<string, { who: number; mag: string; state: string }>();
      for (const { lma, index, who, mag, state } of changes) {
        if (state === 'NONE') {
          s.end(lma, index);
          model.delete(`${lma} ${index}`);
        } else {
          s.set(lma, index, facts(who, { mag, state }), START);
          model.set(`${lma} ${index}`, { who, mag, state });
        }
      }
      const rows = [...model.values()];
      const active = rows.filter((r) => r.state === 'ACTIVE');
      expect(s.size).toBe(active.length);
      expect(s.at('m1')).toBe(active.filter((r) => r.mag === 'm1').length);
      const tunnels = (mag: string, lma: string) => [...s.tunnels()].filter((t) => t.mag === mag && t.lma === lma).map((t) => t.sessions);
      for (const [mag, lma] of [['m1', 'a'], ['m2', 'b']] as const) {
        const count = [...model].filter(([key, r]) => key.startsWith(lma) && r.mag === mag && r.state === 'ACTIVE').length;
        expect(tunnels(mag, lma)).toEqual(count === 0 ? [] : [count]);
      }
      expect(s.list({ limit: 1 }).total).toBe(new Set(rows.map((r) => r.who)).size);
      expect(s.sizeOf('a') + s.sizeOf('b')).toBe(rows.length);
      expect(s.list(all).items.map((i) => i.id).toSorted()).toEqual([...new Set(rows.map((r) => `mn-${r.who}`))].toSorted());
    }),
  );
});
