/** Corners of the lookup that no clause of the checklist names. */
import { describe, expect, it } from 'vitest';
import { HANDOFF } from '../../protocol/mobility/codes.ts';
import { timestampOf } from '../../protocol/units.ts';
import { pathOf } from '../../cloud/lma/tunnels.ts';
import { Anchor, assigned, bindings, hoaOf, labConfig, MAG1, MAG2, pbaOf, sendsOf, TABLET } from './pbu.ts';

describe('a request held back', () => {
  it('is not needed where the other session has been de-registered already: it goes on', () => {
    const a = new Anchor();
    const first = a.ask();
    a.deregister(first);
    const effects = a.pbu({ mag: MAG2, mac: TABLET });
    expect(sendsOf(effects)).toHaveLength(1);
    expect(assigned(pbaOf(effects)!)).toEqual(assigned(first));
    expect(bindings(a)).toHaveLength(1);
  });

  it('is answered once: by a newer one that need not wait', () => {
    const a = new Anchor();
    a.ask();
    a.pbu({ mag: MAG2, mac: TABLET });
    expect(a.ask({ mag: MAG2, mac: TABLET, handoff: HANDOFF.NEW_INTERFACE }).status).toBe(0);
    expect(pbaOf(a.pass(10_000))).toBeUndefined();
    expect(bindings(a)).toHaveLength(2);
  });

  it('is not replaced by an older one that the network delayed', () => {
    const a = new Anchor(labConfig({ revocation: false }));
    a.ask();
    a.pbu({ mag: MAG2, mac: TABLET, sequence: 8, timestamp: timestampOf(a.now.wall + 50) });
    expect(a.ask({ mag: MAG2, mac: TABLET, sequence: 7, timestamp: timestampOf(a.now.wall + 40) }).status).toBe(157);
    expect(pbaOf(a.pass(1500))?.sequence).toBe(8);
  });
});

describe('a session', () => {
  it('that moves onto the interface of another one takes its place', () => {
    const a = new Anchor();
    const first = a.ask();
    a.ask({ mac: TABLET, handoff: HANDOFF.NEW_INTERFACE });
    const pba = a.ask({ ...assigned(first), mac: TABLET, handoff: HANDOFF.BETWEEN_INTERFACES, mag: MAG2 });
    expect(assigned(pba)).toEqual(assigned(first));
    expect(bindings(a)).toMatchObject([{ linkLayerId: TABLET, mag: MAG2.id, homeAddress: { address: hoaOf(first) } }]);
  });

  it('keeps the link-layer identifier that a request leaves out', () => {
    const a = new Anchor();
    const first = a.ask();
    a.ask({ ...assigned(first), mac: undefined, handoff: HANDOFF.NEW_INTERFACE });
    expect(assigned(a.ask({ mag: MAG2 }))).toEqual(assigned(first));
    expect(bindings(a)).toHaveLength(1);
  });

  it('of another address space is found by its IPv4 address alone, and each space has that address once', () => {
    const apns = [
      { name: 'one.example', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4' },
      { name: 'two.example', space: 1, selectionMode: 'sent-by-ms', ipv4Pool: 'w4' },
    ] as const;
    const pool = { network: '192.0.2.0', prefixLength: 24, router: '192.0.2.254' };
    const a = new Anchor(labConfig({}, { apns, ipv4Pools: [{ name: 'v4', ...pool }, { name: 'w4', ...pool }] }));
    const one = a.ask({ prefixes: [], mn: 'mn1@example.com', mac: TABLET });
    const two = a.ask({ prefixes: [], service: 'two.example' });
    expect([hoaOf(one), hoaOf(two)]).toEqual(['192.0.2.1', '192.0.2.1']);
    expect(pbaOf(a.refresh(two))?.status).toBe(0);
    expect(pbaOf(a.refresh(one, { mn: 'mn1@example.com', mac: TABLET }))?.status).toBe(0);
    expect(bindings(a).map((b) => [b.mnId.identifier, b.space, pathOf(a.lma, b)?.space])).toEqual([['mn1@example.com', 0, 0], ['mn0@example.com', 1, 1]]);
  });

  it('that changes its service gets addresses of the new one, and the old ones are free', () => {
    const apns = [
      { name: 'one.example', space: 0, selectionMode: 'sent-by-ms', ipv6Pool: 'v6' },
      { name: 'two.example', space: 1, selectionMode: 'sent-by-ms', ipv6Pool: 'w6' },
    ] as const;
    const ipv6Pools = [{ name: 'v6', prefix: { address: '2001:db8:1::', length: 48 } }, { name: 'w6', prefix: { address: '2001:db8:2::', length: 48 } }];
    const a = new Anchor(labConfig({}, { apns, ipv6Pools }));
    a.ask({ hoa: undefined, mag: MAG1 });
    expect(a.ask({ hoa: undefined, service: 'two.example' })).toMatchObject({ status: 0 });
    expect(bindings(a)).toMatchObject([{ apn: 'two.example', space: 1, prefixes: [{ address: '2001:db8:2:1::' }] }]);
    expect(a.lma.ipv6Pools.get('v6')?.used).toBe(0);
  });
});
