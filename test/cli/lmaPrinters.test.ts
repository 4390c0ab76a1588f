/** What people read of an anchor: handovers stage by stage, sessions, counters of each service. */
import { describe, expect, it } from 'vitest';
import { printers } from '../../cli/printers/index.ts';
import { sessionTable } from '../../cli/printers/lma.ts';
import type { ShownSession } from '../../cloud/sessions.ts';
import type { ShownTrace } from '../../runtime/traces.ts';

const trace = (more: Partial<ShownTrace>): ShownTrace => ({ id: 'a', entity: 'lma', kind: 'attach', mnnai: 'mn0@example.com', detail: { mag: 'M1@D1' }, reason: 'x', wall: Date.UTC(2026, 0, 1, 7, 13, 26, 345), stages: { pbuSent: 0, pbuReceived: 2.125 }, ...more });
const session = (more: Partial<ShownSession>): ShownSession => ({ mnnai: 'mn0@example.com', state: 'ACTIVE', apn: 'example.com', hnps: ['2001:db8::/64', '2001:db8:0:1::/64'], coa: '192.0.2.9', encap: 'gre4', lifetime: 60, liferem: 9, 'up-stream-grekey': 1, 'down-stream-grekey': 2, ...more });

describe('handovers', () => {
  it('are a line each, the newest last', () => {
    const all = [trace({ kind: 'handover', detail: { mag: 'M2@D1', before: 'M1@D1' }, stages: { pbuSent: 0, pbuReceived: 1, pathsSwitched: 1.5, stored: 2, pbaSent: 2.25, firstPacket: 9 } }), trace({})];
    expect(printers['show lma traces']?.(all)).toBe(
      '07:13:26.345  mn0@example.com  attach at M1@D1  PBU sent 0.0  PBU received 2.1 ms\n' +
        '07:13:26.345  mn0@example.com  handover M1@D1 -> M2@D1  PBU sent 0.0  PBU received 1.0  paths switched 1.5  stored 2.0  PBA sent 2.3  first packet down 9.0 ms\n',
    );
    expect(printers['show mag traces']?.([trace({ entity: 'mag', detail: { lma: 'lma1' }, stages: { associated: 0, profile: 1, pbaReceived: 3 } })])).toBe('07:13:26.345  mn0@example.com  attach with lma1  associated 0.0  profile 1.0  PBA received 3.0 ms\n');
    expect(printers['show lma traces']?.([])).toBe('none\n');
  });

  it('cannot move the cursor, whatever a gateway calls itself', () => {
    expect(printers['show lma traces']?.([trace({ detail: { mag: 'M1\u001b[2J\n' } })])).toContain('attach at M1?[2J?');
  });
});

describe('sessions', () => {
  it('keep their columns from page to page, and have one heading', () => {
    const table = sessionTable();
    const lines = [table([session({})]), table([session({ mnnai: 'm', hoa: '192.0.2.1' })])].join('').split('\n');
    expect(lines).toHaveLength(4);
    const at = (line: number, word: string): number | undefined => lines[line]?.indexOf(word);
    expect(at(1, 'ACTIVE')).toBe(at(0, 'state'));
    expect(at(2, '192.0.2.1 ')).toBe(at(0, 'hoa'));
    expect(at(2, '2001:db8::/64,2001:db8:0:1::/64')).toBe(at(0, 'hnps'));
    expect(table([])).toBe('');
  });

  it('show what only some of them have, such as a rate', () => {
    const lines = sessionTable()([session({}), session({ 'max-dl-rate': 5_000_000 })]).split('\n');
    expect(lines[0]).toMatch(/ downPackets {2}max-dl-rate$/);
    expect(lines[2]).toMatch(/ 5000000$/);
  });

  it('name the service where there are several', () => {
    expect(sessionTable()([session({ 'lma-service': 'lma2' })])).toMatch(/^lma-service {2}mnnai .*\nlma2 {9}mn0@example\.com /);
  });
});

it('counters stand under the service that they are of, with its pools', () => {
  const text = printers['show lma-service statistics']?.([{ 'lma-service': 'lma1', 'pbu-received': 3, pba: { accepted: 2 }, pools: [{ pool: 'v4', family: 'ipv4', used: 1, free: 252 }] }]);
  expect(text).toBe('lma1\n  pbu-received  3\n  pba\n    accepted  2\n  pools\n    v4  ipv4: 1 used, 252 free\n');
});
