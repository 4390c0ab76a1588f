/** Accounting records of a binding's life: begin, interim, end, with what the data path counted. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAccounting } from '../../agent/aaa/accounting.ts';
import type { Grant } from '../../agent/aaa/grant.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import type { Mac } from '../../protocol/mac.ts';
import { transition } from '../../protocol/entity.ts';
import { valueOf } from '../../protocol/radius/attributes.ts';
import { TERMINATE_CAUSE } from '../../protocol/radius/codes.ts';
import type { AccountingRecord } from '../../runtime/radius/types.ts';
import { MAC, now } from './aaaBench.ts';
import { entryOf, profileOf } from './entries.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

const NONE = { upOctets: 0n, upPackets: 0n, downOctets: 0n, downPackets: 0n };
const GRANT: Grant = { nai: 'mn0@example.com', lmas: ['lma1'], ipv4: true, ipv6: true, dns4: [], dns6: [], class: ['01:02', '03'], cui: '61:62' };
const entry = entryOf({
  mac: MAC,
  interface: 'br-access',
  index: 3,
  profile: profileOf('mn0@example.com', { lmas: ['lma1'], apn: 'example.com' }),
  lma: { id: 'lma1', ipv6: '2001:db8::1', forceUdp: 'never' },
  assigned: { ipv4: { address: '192.0.2.1', prefixLength: 24, router: '192.0.2.254' }, prefixes: [{ address: '2001:db8:f00d:1::', length: 64 }] },
});

function setUp({ interval = 600, grant = GRANT, delivered = true }: { interval?: number; grant?: Grant; delivered?: boolean } = {}) {
  const records: AccountingRecord[] = [];
  const list = new Map<Mac, Entry>([[MAC, entry]]);
  let counters: typeof NONE | undefined = NONE;
  const accounting = createAccounting({
    client: { account: (record) => (records.push(record), Promise.resolve(delivered)) },
    list: { byMac: list },
    paths: { counters: () => counters },
    grantOf: () => grant,
    interfaceName: () => 'Wi-Fi',
    interval,
    run: 'c0ffee00',
    now,
  });
  return {
    accounting,
    records,
    list,
    count: (more: Partial<typeof NONE> | undefined) => (counters = more && { ...NONE, ...more }),
    become: (to: string, mac: Mac = MAC) => accounting.onTransition(transition(now(), { entity: 'mag', subject: 'mn0@example.com', linkLayerId: mac, from: 'x', to, reason: 'test' })),
  };
}
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('a session', () => {
  it('begins when the binding is active, with who and where it is (RFC 6572 §5.1)', () => {
    const { records, become } = setUp();
    become('registering');
    expect(records).toEqual([]);
    become('active');
    become('active');
    expect(records).toEqual([
      {
        status: 'start',
        sessionId: 'c0ffee00-1',
        wall: Date.UTC(2026, 0, 1),
        attributes: [
          { kind: 'userName', value: '00-24-d7-8e-21-a4' },
          { kind: 'callingStationId', value: '00-24-d7-8e-21-a4' },
          { kind: 'nasPortType', value: 19 },
          { kind: 'nasPortId', value: 'Wi-Fi' },
          { kind: 'acctAuthentic', value: 1 },
          { kind: 'class', value: '01:02' },
          { kind: 'class', value: '03' },
          { kind: 'chargeableUserIdentity', value: '61:62' },
          { kind: 'framedIpAddress', value: '192.0.2.1' },
          { kind: 'framedIpv6Prefix', value: { prefixLength: 64, prefix: '2001:db8:f00d:1::' } },
          { kind: 'mobileNodeIdentifier', value: 'mn0@example.com' },
          { kind: 'serviceSelection', value: 'example.com' },
          { kind: 'pmip6HomeLmaIpv6Address', value: '2001:db8::1' },
        ],
      },
    ]);
  });

  it.each(['deregistering', 'denied', 'gone'])('ends when the binding is %s, once, with what was counted since it began', async (to) => {
    const { records, become, count } = setUp();
    count({ upOctets: 100n, downOctets: 7n });
    become('active');
    await pass(90_500);
    count({ upOctets: 5_000_000_100n, upPackets: 4n, downOctets: 27n, downPackets: 2n });
    become(to);
    become('gone');
    expect(records[1]).toMatchObject({
      status: 'stop',
      sessionId: 'c0ffee00-1',
      usage: { sessionTime: 90, inputOctets: 5_000_000_000n, inputPackets: 4n, outputOctets: 20n, outputPackets: 2n },
      terminateCause: to === 'denied' ? TERMINATE_CAUSE.NAS_REQUEST : TERMINATE_CAUSE.LOST_CARRIER,
    });
    expect(records).toHaveLength(2);
  });

  it('ends with the last that was counted, when the path is gone already', async () => {
    const { records, become, count, list } = setUp();
    become('active');
    count({ upOctets: 9n });
    await pass(600_000);
    count(undefined);
    list.delete(MAC);
    become('gone');
    expect(records[2]).toMatchObject({ status: 'stop', usage: { inputOctets: 9n } });
    expect(valueOf(records[2]?.attributes ?? [], 'framedIpAddress')).toBe('192.0.2.1');
  });

  it('says why, if that is known', () => {
    const { accounting, records, become } = setUp();
    become('active');
    accounting.ending(MAC, TERMINATE_CAUSE.SESSION_TIMEOUT);
    become('deregistering');
    expect(records[1]?.terminateCause).toBe(TERMINATE_CAUSE.SESSION_TIMEOUT);
    become('active');
    become('deregistering');
    expect(records[3]).toMatchObject({ sessionId: 'c0ffee00-2', terminateCause: TERMINATE_CAUSE.LOST_CARRIER });
  });

  it('is known by its name while it lasts', () => {
    const { accounting, become } = setUp();
    become('active');
    expect(accounting.sessionOf(MAC)).toBe('c0ffee00-1');
    become('gone');
    expect(accounting.sessionOf(MAC)).toBeUndefined();
  });

  it('of a default profile is the gateway’s own business, under its NAI', () => {
    const { records, become, list } = setUp({ grant: { ...GRANT, class: [] } });
    list.set(MAC, { ...entry, profile: profileOf('0024.d78e.21a4', { source: 'default' }) });
    become('active');
    expect([valueOf(records[0]?.attributes ?? [], 'userName'), valueOf(records[0]?.attributes ?? [], 'acctAuthentic')]).toEqual(['0024.d78e.21a4', 2]);
  });

  it('bears the User-Name of the Access-Accept, if it had one (RFC 2865 §5.1)', () => {
    const { records, become } = setUp({ grant: { ...GRANT, userName: 'billed@example.com' } });
    become('active');
    expect(valueOf(records[0]?.attributes ?? [], 'userName')).toBe('billed@example.com');
  });
});

describe('interim records', () => {
  it('come at the interval, with the addresses of the moment', async () => {
    const { records, become, list } = setUp();
    become('active');
    list.set(MAC, { ...entry, assigned: { ...entry.assigned, prefixes: [] } });
    await pass(1_800_000);
    expect(records.map((r) => r.status)).toEqual(['start', 'interim', 'interim', 'interim']);
    expect(records[3]).toMatchObject({ usage: { sessionTime: 1800 } });
    expect(valueOf(records[3]?.attributes ?? [], 'framedIpv6Prefix')).toBeUndefined();
    become('gone');
    await pass(1_800_000);
    expect(records).toHaveLength(5);
  });
  it('come as the server says, but not more often than once a minute (RFC 2869 §2.1)', async () => {
    const { records, become } = setUp({ interval: 0, grant: { ...GRANT, interimInterval: 1 } });
    become('active');
    await pass(180_000);
    expect(records).toHaveLength(4);
  });
  it('do not come where nobody wants them', async () => {
    const { records, become } = setUp({ interval: 0 });
    become('active');
    await pass(86_400_000);
    expect(records).toHaveLength(1);
  });
});

it('after a restart sessions go on under new names, counted from there', () => {
  const { accounting, records, become, count } = setUp({ delivered: false });
  count({ upOctets: 1000n });
  accounting.takeUp();
  count({ upOctets: 1500n });
  become('deregistering');
  expect(records).toMatchObject([{ status: 'start', sessionId: 'c0ffee00-1' }, { status: 'stop', usage: { inputOctets: 500n } }]);
});
