/** RFC 6602: sessions in groups, extended and revoked together, at the MAG and at the LMA. */
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../cloud/lma/session.ts';
import { REVOCATION_STATUS as RS, STATUS } from '../../protocol/mobility/codes.ts';
import { noAcknowledgementFlags, noUpdateFlags, type BindingAcknowledgement, type BindingUpdate } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { bulkCountOption, findBulkCount } from '../../protocol/vendor.ts';
import { Anchor, bindings, labConfig, MAG1, MAG2, pbaOf, sendsOf, transitionsOf, type Mag, type Wish } from '../lma/pbu.ts';
import { acceptance, braStatuses, bri, createBench, MAC, OTHER_MAC, profile, type Bench, type FakeLma } from '../mag/harness.ts';

const group = (id = 1): MobilityOption => ({ kind: 'mobileNodeGroupIdentifier', subtype: 1, group: id });
const isBulk = (pbu: BindingUpdate): boolean => find(pbu.options, 'mnIdentifier') === undefined;

/** An LMA that puts every session into its group, and answers for the group as `bulk` says. */
const grouping = (bulk: (pbu: BindingUpdate) => BindingAcknowledgement | undefined): FakeLma => (pbu) => {
  if (isBulk(pbu)) return bulk(pbu);
  const answer = acceptance(pbu, { options: pbu.lifetime > 0 ? [group()] : [] });
  return { ...answer, flags: { ...answer.flags, bulk: pbu.flags.bulk } };
};
const bulkPba = (pbu: BindingUpdate, more: Partial<BindingAcknowledgement> = {}, options: readonly MobilityOption[] = []): BindingAcknowledgement => ({
  kind: 'bindingAcknowledgement',
  status: STATUS.ACCEPTED,
  flags: { ...noAcknowledgementFlags, proxy: true },
  sequence: pbu.sequence,
  lifetime: pbu.lifetime,
  options: [group(), { kind: 'timestamp', timestamp: find(pbu.options, 'timestamp')?.timestamp ?? 0n }, ...options],
  ...more,
});

/** Two phones, attached one after the other, polled often enough. */
function twoPhones(lma: FakeLma): Bench {
  const bench = createBench({ config: { bulk: true }, lma });
  bench.attach(MAC);
  bench.advance(1000);
  bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
  const first = bench.lma;
  bench.lma = (pbu, to) => {
    const answer = first(pbu, to);
    // Each has a prefix and an address of its own.
    return answer && !isBulk(pbu) && find(pbu.options, 'mnLinkLayerIdentifier')?.identifier === OTHER_MAC
      ? { ...answer, options: answer.options.map((o) => (o.kind === 'homeNetworkPrefix' ? { ...o, prefix: '2001:db8:f00d:2::' } : o.kind === 'ipv4HomeAddressReply' ? { ...o, address: '192.0.2.2' } : o)) }
      : answer;
  };
  bench.attach(OTHER_MAC);
  bench.clear();
  return bench;
}
const grantedUntil = (bench: Bench): number[] => [MAC, OTHER_MAC].map((mac) => {
  const { state } = bench.entry(mac);
  return state.name === 'active' ? state.grantedUntil : 0;
});

describe('at the MAG', () => {
  it('a PBU asks for a group with B and the gateway’s own, a farewell does not', () => {
    const bench = createBench({ config: { bulk: true }, lma: grouping(() => undefined) });
    bench.attach();
    bench.detach();
    expect(bench.pbus().map((p) => [p.flags.bulk, find(p.options, 'mobileNodeGroupIdentifier')])).toEqual([[true, group()], [false, undefined]]);
    const plain = createBench();
    plain.attach();
    expect(plain.lastPbu().flags.bulk).toBe(false);
    expect(find(plain.lastPbu().options, 'mobileNodeGroupIdentifier')).toBeUndefined();
  });

  it('one PBU extends all sessions, with nothing in it that names one', () => {
    const bench = twoPhones(grouping((pbu) => bulkPba(pbu, {}, [bulkCountOption(2)])));
    bench.advance(299_000);
    const [pbu, ...others] = bench.pbus();
    expect(others).toEqual([]);
    expect(pbu).toMatchObject({ flags: { acknowledge: true, proxy: true, bulk: false }, lifetime: 3600 });
    expect(pbu?.options.map((o) => o.kind)).toEqual(['mobileNodeGroupIdentifier', 'timestamp', 'magIdentifier']);
    expect(grantedUntil(bench)).toEqual([3_900_000, 3_900_000]);
    bench.advance(300_000);
    expect(bench.pbus().map(isBulk)).toEqual([true, true]);
  });

  it('what the LMA did not put into its group is refreshed alone', () => {
    const bench = twoPhones((pbu) => acceptance(pbu));
    bench.advance(301_000);
    expect(bench.pbus().map(isBulk)).toEqual([false, false]);
  });

  it('a phone that may have left is extended by nobody: the others are refreshed one by one', () => {
    const bench = twoPhones(grouping((pbu) => bulkPba(pbu)));
    bench.phoneAnswers = false;
    bench.give({ kind: 'seen', mac: OTHER_MAC, at: bench.now().at });
    for (let n = 0; n < 61; n++) {
      bench.give({ kind: 'seen', mac: MAC, at: bench.now().at });
      bench.advance(5000);
    }
    expect(bench.pbus().filter((p) => p.lifetime > 0).map(isBulk)).toEqual([false]);
  });

  it.each([
    ['no answer', (): undefined => undefined],
    ['a refusal', (pbu: BindingUpdate) => bulkPba(pbu, { status: STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER, lifetime: 0 })],
    ['another number of sessions', (pbu: BindingUpdate) => bulkPba(pbu, {}, [bulkCountOption(1)])],
    ['another timestamp', (pbu: BindingUpdate) => bulkPba(pbu, { options: [group(), { kind: 'timestamp', timestamp: 1n }] })],
    ['a lifetime of nothing', (pbu: BindingUpdate) => bulkPba(pbu, { lifetime: 0 })],
  ])('after %s each is refreshed alone, at once', (_, answer) => {
    const bench = twoPhones(grouping(answer));
    bench.advance(300_000);
    expect(bench.pbus().map(isBulk)).toEqual([true, false, false]);
    expect(grantedUntil(bench).every((at) => at >= 3_899_000)).toBe(true);
    // And it is tried anew.
    bench.advance(301_000);
    expect(bench.pbus().filter(isBulk)).toHaveLength(2);
  });

  it('a PBA with B that names no group is malformed and ignored', () => {
    const bench = createBench({ config: { bulk: true }, lma: (pbu) => acceptance(pbu, { flags: { ...noAcknowledgementFlags, proxy: true, bulk: true } }) });
    bench.attach();
    expect(bench.state()).toBe('registering');
    expect(bench.discards()).toEqual(['the PBA has B and names no group']);
  });

  it('an answer that nobody waits for is dropped', () => {
    const bench = twoPhones(grouping((pbu) => bulkPba(pbu)));
    bench.message(bulkPba({ kind: 'bindingUpdate', sequence: 9, flags: noUpdateFlags, lifetime: 3600, options: [] }));
    expect(bench.discards()).toEqual(['PBA answers no outstanding PBU']);
  });

  it.each([
    ['all that are in the LMA’s group go', [group()], RS.SUCCESS, 0],
    ['128 where it names a session besides', [group(), { kind: 'mnIdentifier', subtype: 1, identifier: 'mn1@example.com' }], RS.BINDING_DOES_NOT_EXIST, 2],
    ['128 for a group that the LMA never named', [group(7)], RS.BINDING_DOES_NOT_EXIST, 2],
  ] as const)('bulk revocation: %s', (_, options, status, left) => {
    const bench = twoPhones(grouping(() => undefined));
    bench.message(bri(1, { options }));
    expect(braStatuses(bench)).toEqual([status]);
    expect(bench.mag.list.byMac.size).toBe(left);
    expect(bench.of('send')[0]?.message.options).toContainEqual(options[0]);
  });
});

const inGroup = (id = 1, more: Wish = {}): Wish => ({ flags: { bulk: true }, ...more, more: [group(id), ...(more.more ?? [])] });
const node = (n: number): Wish => ({ mn: `mn${n}@example.com`, mac: `02:00:00:00:00:0${n}` });

/** A PBU for a group, a second later. */
function bulk(a: Anchor, more: { readonly mag?: Mag; readonly id?: number; readonly lifetime?: number; readonly options?: readonly MobilityOption[]; readonly timestamp?: bigint | undefined } = {}): BindingAcknowledgement {
  a.pass(1000);
  const { mag = MAG1, id = 1, lifetime = 3600, options = [], timestamp = timestampOf(a.now.wall) } = more;
  const stamped: MobilityOption[] = 'timestamp' in more && more.timestamp === undefined ? [] : [{ kind: 'timestamp', timestamp }];
  const pba = pbaOf(a.receive(mag, { kind: 'bindingUpdate', sequence: 99, flags: { ...noUpdateFlags, acknowledge: true, proxy: true }, lifetime, options: [group(id), ...stamped, ...options] }));
  if (!pba) throw new Error('no PBA came');
  return pba;
}

describe('at the LMA', () => {
  it('a PBU with B and a group is answered with B and ours; without, with neither', () => {
    const a = new Anchor();
    const pba = a.ask(inGroup(7));
    expect(pba.flags.bulk).toBe(true);
    expect(find(pba.options, 'mobileNodeGroupIdentifier')).toEqual(group());
    const other = a.ask(node(1));
    expect(other.flags.bulk).toBe(false);
    expect(find(other.options, 'mobileNodeGroupIdentifier')).toBeUndefined();
  });

  it('policy may have no groups', () => {
    const a = new Anchor(labConfig({ acceptBulkBindingUpdates: false }));
    expect(a.ask(inGroup()).flags.bulk).toBe(false);
    expect(bulk(a).status).toBe(STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER);
  });

  it('one PBU extends the sessions of the gateway’s group, and stores each', () => {
    const a = new Anchor();
    for (const n of [0, 1, 2]) a.ask({ ...node(n), ...inGroup(n === 2 ? 7 : 1) });
    a.ask({ ...node(3) });
    a.ask({ ...node(4), ...inGroup(), mag: MAG2 });
    a.pass(60_000);
    const pba = bulk(a);
    expect(pba).toMatchObject({ status: STATUS.ACCEPTED, lifetime: 3600, sequence: 99 });
    expect(pba.options).toContainEqual(group());
    expect(findBulkCount(pba.options)).toBe(2);
    expect(bindings(a).map((e) => e.expiresAt === a.now.at + 3600_000)).toEqual([true, true, false, false, false]);
    expect(a.store.get(String(bindings(a)[0]!.index))).toEqual(recordOf(a.lma, bindings(a)[0]!, a.now));
    expect(findBulkCount(bulk(a, { id: 7 }).options)).toBe(1);
  });

  it.each([
    ['the node', { kind: 'mnIdentifier', subtype: 1, identifier: 'mn0@example.com' }],
    ['a prefix', { kind: 'homeNetworkPrefix', prefix: '2001:db8:f00d:1::', prefixLength: 64 }],
    ['an address', { kind: 'ipv4HomeAddressRequest', prefixLength: 24, address: '192.0.2.1' }],
    ['a key', { kind: 'greKey', key: 5 }],
  ] as const)('P04 a bulk update with per-session options (%s): 175', (_, option) => {
    const a = new Anchor();
    a.ask(inGroup());
    const before = bindings(a)[0]!.expiresAt;
    expect(bulk(a, { options: [option] })).toMatchObject({ status: STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER, lifetime: 0 });
    expect(bindings(a)[0]!.expiresAt).toBe(before);
  });

  it.each([
    ['that no session is in', (a: Anchor) => bulk(a, { id: 7 })],
    ['zero', (a: Anchor) => bulk(a, { id: 0 })],
    ['of another gateway', (a: Anchor) => bulk(a, { mag: MAG2 })],
  ])('P04 a bulk update with an unknown group (%s): 175', (_, ask) => {
    const a = new Anchor();
    a.ask(inGroup());
    expect(ask(a)).toMatchObject({ status: STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER, lifetime: 0 });
  });

  it('a recording is refused as any other PBU, and so is one without a timestamp or a lifetime', () => {
    const a = new Anchor();
    a.ask(inGroup());
    const timestamp = timestampOf(a.now.wall + 1000);
    expect(bulk(a, { timestamp }).status).toBe(STATUS.ACCEPTED);
    expect(bulk(a, { timestamp }).status).toBe(STATUS.TIMESTAMP_MISMATCH);
    expect(bulk(a, { timestamp: timestamp - 1n }).status).toBe(STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED);
    expect(bulk(a, { timestamp: undefined }).status).toBe(STATUS.REASON_UNSPECIFIED);
    expect(bulk(a, { lifetime: 0 }).status).toBe(STATUS.REASON_UNSPECIFIED);
  });

  it.each([
    ['refreshed without B', (a: Anchor, pba: BindingAcknowledgement) => a.refresh(pba)],
    ['taken over by another gateway', (a: Anchor) => a.pbu(inGroup(1, { mag: MAG2 }))],
    ['de-registered', (a: Anchor, pba: BindingAcknowledgement) => a.deregister(pba)],
    ['ended', (a: Anchor) => a.pass(3600_000)],
  ])('a session that is %s is in the group no more', (_, change) => {
    const a = new Anchor();
    change(a, a.ask(inGroup()));
    expect(bulk(a).status).toBe(STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER);
  });

  it('groups outlive a restart', () => {
    const a = new Anchor();
    for (const n of [0, 1]) a.ask({ ...node(n), ...inGroup(n === 0 ? 1 : 7) });
    const after = new Anchor();
    after.now = a.now;
    after.take({ kind: 'restore', bindings: [...a.store.values()] });
    expect([1, 7].map((id) => findBulkCount(bulk(after, { id }).options))).toEqual([1, 1]);
  });

  it('a bulk revocation of the gateway releases its group, and no session that it names besides', () => {
    const a = new Anchor();
    for (const n of [0, 1]) a.ask({ ...node(n), ...inGroup() });
    a.ask(node(2));
    a.pass(1000);
    const revoke = (options: readonly MobilityOption[]) => a.receive(MAG1, { ...bri(128), options });
    const refused = revoke([group(), { kind: 'mnIdentifier', subtype: 1, identifier: 'mn0@example.com' }]);
    expect(sendsOf(refused)).toMatchObject([{ message: { kind: 'bindingRevocationAcknowledgement', status: RS.BINDING_DOES_NOT_EXIST } }]);
    const done = revoke([group()]);
    expect(sendsOf(done)).toMatchObject([{ message: { kind: 'bindingRevocationAcknowledgement', status: RS.SUCCESS, options: [group()] } }]);
    expect(transitionsOf(done).map((t) => t.reason)).toEqual(['given up by its gateway, with its group', 'given up by its gateway, with its group']);
    expect(bindings(a).map((e) => e.state)).toEqual(['RELEASED', 'RELEASED', 'ACTIVE']);
  });
});
