/** Any order of events: nothing throws, nothing is given twice, nothing is left without a deadline, nobody storms the LMA. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../agent/mag/binding.ts';
import { deadline } from '../../agent/mag/mag.ts';
import { entryDeadline } from '../../agent/mag/schedule.ts';
import { noAcknowledgementFlags, type BindingUpdate } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { bulkCountOption } from '../../protocol/vendor.ts';
import { acceptance, bri, createBench, HOA, HOME, LMA1, LMA2, MAC, OTHER_MAC, PREFIX, profile, refusal, retainedBy, type Bench } from './harness.ts';

const GROUP = { kind: 'mobileNodeGroupIdentifier', subtype: 1, group: 1 } as const;
const timersOption = (start: number, initialRetransmission: number): MobilityOption => ({ kind: 'lmaControlledMagParameters', parameters: [{ kind: 'bindingReregistration', start, initialRetransmission, maximumRetransmission: 9 }] });
const MACS = [MAC, OTHER_MAC, '02:00:00:00:00:03'] as const;

/** What the fake LMA does with the PBUs that are out: answered now, late, twice or never, well or ill. */
interface World {
  bench: Bench;
  readonly pbus: { readonly pbu: BindingUpdate; readonly remote: string }[];
}

const name = (mac: string) => `${mac.replaceAll(':', '')}@example.com`;

const moves = {
  attach: (w: World, mac: string, n: number) => {
    w.bench.profile = n % 7 === 0 ? { refused: 'none' } : { profile: { ...profile, nai: name(mac), ipv4: n % 3 !== 0, ipv6: n % 3 !== 1, lmas: n % 5 === 0 ? [LMA2.id, LMA1.id] : [] } };
    w.bench.attach(mac, n % 4 === 0 ? 'wlan1' : 'wlan0');
  },
  wantBinding: (w: World, mac: string, n: number) => {
    w.bench.profile = { profile: { ...profile, nai: name(mac) } };
    w.bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac }, ...(n % 2 ? { wantedIpv4: HOA } : {}) });
  },
  detach: (w: World, mac: string) => w.bench.detach(mac),
  disconnected: (w: World, mac: string, n: number) => void w.bench.give({ kind: 'stationDetached', interface: n % 3 === 0 ? 'wlan1' : 'wlan0', mac, reason: 'disconnected' }),
  disconnect: (w: World, mac: string) => void w.bench.give({ kind: 'disconnect', mac, reason: 'operator' }),
  changed: (w: World, mac: string, n: number) =>
    void w.bench.give({ kind: 'profileChanged', mac, answer: n % 5 === 0 ? { refused: 'no more' } : { profile: { ...profile, nai: n % 4 === 0 ? 'other@example.com' : name(mac), ipv4: n % 3 !== 0, ipv6: n % 3 !== 1, ...(n % 2 ? { exclusive: true } : {}) } } }),
  list: (w: World, _: string, n: number) => void w.bench.give({ kind: 'stationList', interface: 'wlan0', macs: MACS.filter((_, i) => (n >> i) & 1) }),
  seen: (w: World, mac: string, n: number) => void w.bench.give({ kind: 'seen', mac, at: w.bench.now().at - (n % 3) * 6000 }),
  mood: (w: World, _: string, n: number) => void (w.bench.phoneAnswers = n % 2 === 0),
  release: (w: World, mac: string, n: number) => void w.bench.give({ kind: n % 2 ? 'releaseIpv4' : 'declineIpv4', mac }),
  uplink: (w: World, _: string, n: number) =>
    void w.bench.give({ kind: 'careOf', careOf: [HOME, { mtu: 1500 }, { ...HOME, ipv6: '2001:db8:9::1' }, { ipv4: '10.0.0.2', mtu: 1492 }, { ipv4: '198.51.100.7', mtu: 1500 }][n % 5] ?? HOME }),
  clock: (w: World, _: string, n: number) => void w.bench.give({ kind: 'clock', synchronised: n % 4 !== 0 }),
  wallStep: (w: World, _: string, n: number) => w.bench.stepWall((n - 500) * 10),
  accept: (w: World, _: string, n: number) => answer(w, n, (pbu) => acceptance(pbu, n % 11 === 0 ? { lifetime: 40 } : {})),
  refuse: (w: World, _: string, n: number) => answer(w, n, (pbu) => refusal(pbu, 128 + (n % 60))),
  strange: (w: World, _: string, n: number) => answer(w, n, (pbu) => acceptance(pbu, { status: n % 4, without: [(['greKey', 'timestamp', 'mnIdentifier', 'ipv4DefaultRouter'] as const)[n % 4] ?? 'greKey'] })),
  redirected: (w: World, _: string, n: number) => answer(w, n, (pbu) => acceptance(pbu, { options: [{ kind: 'redirect', address: [LMA2.ipv6, LMA2.ipv4, '2001:db8::bad'][n % 3] as string }] })),
  grouped: (w: World, _: string, n: number) => answer(w, n, (pbu) => acceptance(pbu, { options: [GROUP], flags: { ...noAcknowledgementFlags, proxy: true, bulk: true } })),
  groupAnswer: (w: World, _: string, n: number) =>
    answer(w, n, (pbu) => ({ ...acceptance(pbu), status: n % 5 === 0 ? 175 : 0, options: [GROUP, ...pbu.options.filter((o) => o.kind === 'timestamp'), bulkCountOption(n % 4)] })),
  timers: (w: World, _: string, n: number) =>
    answer(w, n, (pbu) => acceptance(pbu, { options: [timersOption(n, n % 4)] })),
  upn: (w: World, mac: string, n: number) =>
    w.bench.message(
      {
        kind: 'updateNotification',
        sequence: n,
        reason: n % 7,
        flags: { acknowledge: n % 2 === 0, retransmission: n % 3 === 0 },
        options: [n % 5 === 0 ? GROUP : { kind: 'mnIdentifier', subtype: 1, identifier: name(mac) }, ...(n % 4 === 0 ? [timersOption(n, 1)] : [])],
      },
      n % 11 === 0 ? { remote: LMA2.ipv6 as string } : {},
    ),
  groupBri: (w: World, _: string, n: number) => w.bench.message(bri(n % 2 ? 1 : 128, { sequence: n, options: [GROUP] })),
  bri: (w: World, mac: string, n: number) => {
    const trigger = [0, 1, 2, 4, 7, 128, 129, 9][n % 8] ?? 0;
    const ipv4Only = n % 3 === 0;
    w.bench.message(
      bri(trigger, {
        sequence: n,
        flags: { proxy: true, ipv4Only, global: trigger >= 128 },
        options: trigger >= 128 ? [] : [{ kind: 'mnIdentifier', subtype: 1, identifier: name(mac) }, ipv4Only ? { kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: HOA } : { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: PREFIX.address }],
      }),
    );
  },
  retryDenied: (w: World) => void w.bench.give({ kind: 'retryDenied' }),
  wait: (w: World, _: string, n: number) => void w.bench.advance([1, 50, 400, 1000, 7000, 40_000, 310_000, 3_700_000][n % 8] ?? 1),
  kill: (w: World) => {
    const records = retainedBy(w.bench);
    const { at } = w.bench.now();
    w.bench = prepared(at);
    w.bench.give({ kind: 'restore', bindings: records });
    // What reconcile() of the data path is told at start.
    for (const record of records) if (w.bench.mag.list.byMac.get(record.mac)?.path) w.bench.effects.push({ kind: 'setPath', path: record.path });
  },
} as const;

function answer(w: World, n: number, make: (pbu: BindingUpdate) => ReturnType<typeof acceptance>): void {
  const chosen = w.pbus[w.pbus.length - 1 - (n % 4)];
  if (chosen) w.bench.message(make(chosen.pbu), { remote: chosen.remote });
}

function prepared(at = 0): Bench {
  const bench = createBench({ config: { lmas: [LMA1, LMA2], redirect: true, bulk: true }, lma: () => undefined });
  bench.advance(at);
  return bench;
}

const anyMove = fc.tuple(fc.constantFrom(...(Object.keys(moves) as (keyof typeof moves)[])), fc.constantFrom(...MACS), fc.nat(1000));

/** Set minus removed is what the entries hold; no index is set for two phones. */
function checkPaths(w: World): void {
  const live = new Map<number, string>();
  for (const e of w.bench.effects) {
    if (e.kind === 'setPath') live.set(e.path.index, e.path.access?.mac ?? '');
    if (e.kind === 'removePath') live.delete(e.index);
  }
  const held = [...w.bench.mag.list.byMac.values()].filter((e) => e.path !== undefined);
  expect(new Map(held.map((e) => [e.index, e.mac]))).toEqual(live);
  for (const e of held) expect(e.path).toMatchObject({ index: e.index, access: { interface: e.interface, mac: e.mac }, tunnel: { receiveKey: e.downlinkKey } });
}

function checkEntries(w: World): void {
  const { list } = w.bench.mag;
  const entries = [...list.byMac.values()];
  expect(new Set(entries.map((e) => e.index))).toEqual(list.indexes);
  expect(new Set(entries.map((e) => e.downlinkKey))).toEqual(list.keys);
  expect([list.indexes.size, list.keys.size, list.keys.has(0)]).toEqual([entries.length, entries.length, false]);
  const due = deadline(w.bench.mag);
  const each = entries.flatMap((e) => entryDeadline(w.bench.mag, e)?.at ?? []);
  expect([w.bench.mag.deadlines.size, due?.at]).toEqual([each.length, each.length > 0 ? Math.min(...each) : undefined]);
  for (const e of entries) {
    const outstanding = e.state.name === 'active' || requestOf(e.state) !== undefined || e.probe !== undefined;
    if (outstanding) expect([e.mac, e.state.name, due !== undefined]).toEqual([e.mac, e.state.name, true]);
    if (e.path) expect(['active', 'deregistering']).toContain(e.state.name);
  }
}

/** MAX_UPDATE_RATE, by the instants at which PBUs left for each phone. */
function checkRate(bench: Bench): void {
  for (const times of bench.departures.values()) times.forEach((at, i) => expect((times[i + 3] ?? Infinity) - at).toBeGreaterThanOrEqual(1000));
}

describe('any order of events', () => {
  it('keeps the list, the paths, the rate and the deadlines right', () => {
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 60 }), (script) => {
        const w: World = { bench: prepared(), pbus: [] };
        let known = 0;
        for (const [kind, mac, n] of script) {
          const before = w.bench;
          moves[kind](w, mac, n);
          if (w.bench !== before) {
            checkRate(before);
            known = 0;
          }
          for (const e of w.bench.effects.slice(known)) {
            if (e.kind === 'send' && e.message.kind === 'bindingUpdate') w.pbus.push({ pbu: e.message, remote: e.to.remote });
          }
          known = w.bench.effects.length;
          checkEntries(w);
          checkPaths(w);
        }
        checkRate(w.bench);
      }),
      { numRuns: 400 },
    );
  });
});
