/** What an APN decides beside addresses: who may use it, and what its phones are told. */
import { describe, expect, it } from 'vitest';
import type { ApnConfig } from '../../cloud/lma/config.ts';
import { findSettings } from '../../protocol/vendor.ts';
import { Anchor, labConfig, MAG2, pathsOf, pbaOf } from './pbu.ts';

const SETTINGS = { dns4: ['198.51.100.250', '198.51.100.251'], dns6: ['2001:db8::53'], mtu: 1400 };
const [base] = labConfig().apns as [ApnConfig];
const told = (settings: ApnConfig['settings'] = SETTINGS) => new Anchor(labConfig({}, { apns: [{ ...base, ...(settings ? { settings } : {}) }] }));

describe('resolvers and MTU of an APN', () => {
  it('stand in each PBA that grants a lifetime: first, refresh and handover', () => {
    const a = told();
    const first = a.ask();
    expect(findSettings(first.options)).toEqual(SETTINGS);
    expect(findSettings(pbaOf(a.refresh(first))?.options ?? [])).toEqual(SETTINGS);
    expect(findSettings(a.ask({ mag: MAG2, handoff: 3 }).options)).toEqual(SETTINGS);
  });

  it('stand in no other', () => {
    const a = told();
    expect(findSettings(a.ask({ hoa: '198.51.100.1' }).options)).toEqual({});
    const first = a.ask();
    expect(findSettings(pbaOf(a.deregister(first))?.options ?? [])).toEqual({});
    expect(findSettings(new Anchor().ask().options)).toEqual({});
  });

  it('the path keeps to the MTU, and to what the tunnel holds where that is less', () => {
    const mtu = (wanMtu: number) => pathsOf(told().pbu({ wanMtu }))[0]?.tunnel.mtu;
    expect([1500, 9000, 1400].map(mtu)).toEqual([1400, 1400, 1352]);
  });
});
