/** RFC 7222: rates that an operator's policy, a profile or an update sets, at both ends. */
import { describe, expect, it } from 'vitest';
import { NOTIFICATION_REASON as REASON, NOTIFICATION_STATUS, STATUS } from '../../protocol/mobility/codes.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { bitRatesOf, OPERATION, pathRates, qosOption, type BitRates } from '../../protocol/qos.ts';
import { Anchor, bindings, labConfig, MAG2, pathsOf, pbaOf, removedOf, TABLET } from '../lma/pbu.ts';
import { acceptance, activeBench, createBench, HOME, MAC, OTHER_MAC, profile, refusal, type Bench } from '../mag/harness.ts';

const MBIT = 1_000_000;
const POLICY = { up: 5 * MBIT, down: 20 * MBIT };
const GUARANTEED: MobilityOption = { kind: 'qualityOfService', serviceRequest: 0, dscp: 46, operation: OPERATION.ALLOCATE, attributes: [{ kind: 'guaranteedDownlink', bitsPerSecond: MBIT }] };
const ask = (rates: BitRates, operation: number = OPERATION.ALLOCATE) => ({ more: [qosOption(0, operation, rates)] });
const qosOf = (message: { readonly options: readonly MobilityOption[] } | undefined) => find(message?.options ?? [], 'qualityOfService');
const limited = () => new Anchor(labConfig({}, { apns: labConfig().apns.map((a) => ({ ...a, rates: POLICY })) }));

describe('at the LMA', () => {
  it('N06 a refused QoS request does not end the session, nor does it change its path', () => {
    const anchor = new Anchor();
    const pba = anchor.ask();
    const before = bindings(anchor).map((b) => ({ index: b.index, state: b.state, expiresAt: b.expiresAt }));
    const effects = anchor.refresh(pba, { more: [GUARANTEED] });
    expect(pbaOf(effects)?.status).toBe(STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST);
    expect([pathsOf(effects), removedOf(effects)]).toEqual([[], []]);
    expect(bindings(anchor).map((b) => ({ index: b.index, state: b.state, expiresAt: b.expiresAt }))).toEqual(before);
    expect(pbaOf(anchor.refresh(pba))?.status).toBe(STATUS.ACCEPTED);
  });

  it('N06 a request that is refused with the first PBU takes no address, and the next one without it is accepted', () => {
    const anchor = new Anchor(labConfig({}, { ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 30, router: '192.0.2.1' }] }));
    expect(anchor.ask({ more: [GUARANTEED] }).status).toBe(STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST);
    expect(bindings(anchor)).toEqual([]);
    expect(anchor.ask().status).toBe(STATUS.ACCEPTED); // the pool's only address
  });

  it('policy limits the path, and the gateway is told without having asked', () => {
    const anchor = limited();
    const effects = anchor.pbu();
    expect(pathsOf(effects)[0]?.rates).toEqual(pathRates(POLICY));
    expect(qosOf(pbaOf(effects))).toEqual(qosOption(1, OPERATION.ALLOCATE, POLICY));
  });

  it('without policy nothing is limited and nothing said', () => {
    const effects = new Anchor().pbu();
    expect(pathsOf(effects)[0]?.rates).toBeUndefined();
    expect(qosOf(pbaOf(effects))).toBeUndefined();
  });

  it('a row of the node says otherwise than its APN, each way by itself', () => {
    const config = labConfig({}, { apns: labConfig().apns.map((a) => ({ ...a, rates: POLICY })), nodes: [{ match: '@example.com', rates: { down: 100 * MBIT } }] });
    expect(pathsOf(new Anchor(config).pbu())[0]?.rates).toEqual(pathRates({ up: POLICY.up, down: 100 * MBIT }));
  });

  it.each([
    ['less than policy', { up: MBIT, down: 2 * MBIT }, OPERATION.RESPONSE, { up: MBIT, down: 2 * MBIT }],
    ['more than policy', { up: 50 * MBIT, down: 2 * MBIT }, OPERATION.NEGOTIATE, { up: POLICY.up, down: 2 * MBIT }],
    ['one way', { down: 2 * MBIT }, OPERATION.RESPONSE, { up: POLICY.up, down: 2 * MBIT }],
  ])('who asks for %s gets what policy leaves, and hears whether that is all', (_, wish, operation, granted) => {
    const effects = limited().pbu(ask(wish));
    expect(qosOf(pbaOf(effects))).toEqual(qosOption(1, operation, granted));
    expect(pathsOf(effects)[0]?.rates).toEqual(pathRates(granted));
  });

  it('a guaranteed rate beside a limit is left out, and the gateway hears so', () => {
    const both: MobilityOption = { ...GUARANTEED, attributes: [...GUARANTEED.attributes, { kind: 'maxDownlink', bitsPerSecond: MBIT }] };
    expect(qosOf(limited().ask({ more: [both] }))).toEqual(qosOption(1, OPERATION.NEGOTIATE, { up: POLICY.up, down: MBIT }));
  });

  it('what was asked for goes with the session to the next home, until it is given back', () => {
    const anchor = limited();
    const pba = anchor.ask(ask({ down: MBIT }));
    const moved = anchor.pbu({ mag: MAG2 });
    expect(pathsOf(moved)[0]?.rates).toEqual(pathRates({ up: POLICY.up, down: MBIT }));
    expect(qosOf(pbaOf(moved))).toEqual(qosOption(1, OPERATION.ALLOCATE, { up: POLICY.up, down: MBIT }));
    expect(qosOf(pbaOf(anchor.refresh(pba, { mag: MAG2, ...ask({}, OPERATION.QUERY) })))).toEqual(qosOption(1, OPERATION.RESPONSE, { up: POLICY.up, down: MBIT }));
    const given = anchor.refresh(pba, { mag: MAG2, ...ask({}, OPERATION.DE_ALLOCATE) });
    expect(pathsOf(given)[0]?.rates).toEqual(pathRates(POLICY));
    expect(anchor.lma.qosRequests.size).toBe(0);
  });

  it('what was asked for ends with the session, and is nobody else\'s', () => {
    const anchor = new Anchor(labConfig({ minDelayBeforeBceDelete: 0 }));
    const pba = anchor.ask(ask({ down: MBIT }));
    expect(anchor.lma.qosRequests.size).toBe(1);
    anchor.deregister(pba);
    anchor.pass(1);
    expect(anchor.lma.qosRequests.size).toBe(0);
    expect(pathsOf(anchor.pbu({ mac: TABLET }))[0]?.rates).toBeUndefined();
  });

  it('operational codes that are nobody\'s are passed over', () => {
    expect(qosOf(new Anchor().ask({ more: [qosOption(0, 9, { down: MBIT })] }))).toBeUndefined();
  });
});

describe('at the MAG', () => {
  const wanting = { profile: { ...profile, rates: POLICY } };
  const update = (bench: Bench, option: MobilityOption) =>
    bench.message({ kind: 'updateNotification', sequence: 7, reason: REASON.QOS_SERVICE_REQUEST, flags: { acknowledge: true, retransmission: false }, options: [{ kind: 'mnIdentifier', subtype: 1, identifier: profile.nai }, option] });
  const answered = (bench: Bench) => bench.of('send').flatMap(({ message: m }) => (m.kind === 'updateNotificationAcknowledgement' ? [m] : []));
  const rates = (bench: Bench) => bench.of('setPath').at(-1)?.path.rates;

  it('N06 a refused QoS request is repeated without, and the phone is served', () => {
    const bench = createBench({ profile: wanting, lma: (pbu) => (qosOf(pbu) ? refusal(pbu, STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST) : acceptance(pbu)) });
    bench.attach();
    expect(bench.pbus().map((p) => qosOf(p) !== undefined)).toEqual([true, false]);
    expect(bench.state()).toBe('active');
    expect(rates(bench)).toEqual(pathRates(POLICY)); // this end keeps to the profile all the same
  });

  it('N06 a session that lives goes on while its request is refused, and no packet is in danger', () => {
    const bench = createBench({ profile: wanting });
    bench.attach();
    bench.clear();
    bench.lma = (pbu) => (qosOf(pbu) ? refusal(pbu, STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST) : acceptance(pbu));
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1' } });
    expect(bench.pbus().map((p) => qosOf(p) !== undefined)).toEqual([true, false]);
    expect([bench.state(), bench.of('removePath')]).toEqual(['active', []]);
  });

  it('N06 an LMA that refuses what nobody asked for ends nothing either', () => {
    const bench = activeBench();
    bench.lma = (pbu) => refusal(pbu, STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST);
    bench.advance(300_000);
    expect([bench.state(), bench.of('removePath')]).toEqual(['active', []]);
  });

  it('a profile with rates asks for them, but not with every refresh', () => {
    const bench = createBench({ profile: wanting });
    bench.attach();
    bench.advance(301_000);
    expect(bench.pbus().map((p) => qosOf(p))).toEqual([qosOption(0, OPERATION.ALLOCATE, POLICY), undefined]);
  });

  it.each([
    ['the LMA\'s where they are narrower', { up: MBIT, down: 100 * MBIT }, { up: MBIT, down: POLICY.down }],
    ['the profile\'s where the LMA says nothing', undefined, POLICY],
  ])('this end keeps to %s', (_, told, kept) => {
    const bench = createBench({ profile: wanting, lma: (pbu) => acceptance(pbu, told ? { options: [qosOption(1, OPERATION.NEGOTIATE, told)] } : {}) });
    bench.attach();
    expect(rates(bench)).toEqual(pathRates(kept));
  });

  it('an update changes the rates of a session that lives, and is answered with what it said', () => {
    const bench = activeBench();
    update(bench, qosOption(1, OPERATION.MODIFY, { down: MBIT }));
    expect(rates(bench)).toEqual(pathRates({ down: MBIT }));
    expect(answered(bench).map((m) => [m.status, bitRatesOf(qosOf(m)!), qosOf(m)?.operation])).toEqual([[NOTIFICATION_STATUS.SUCCESS, { down: MBIT }, OPERATION.RESPONSE]]);
    update(bench, qosOption(1, OPERATION.DE_ALLOCATE, {}));
    expect(rates(bench)).toBeUndefined();
    expect(bench.of('setPath')).toHaveLength(2);
  });

  it('an update that asks for what cannot be given is refused with 130, and nothing changes', () => {
    const bench = activeBench();
    update(bench, GUARANTEED);
    expect(answered(bench).map((m) => m.status)).toEqual([NOTIFICATION_STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST]);
    expect([bench.of('setPath'), bench.state()]).toEqual([[], 'active']);
  });
});

describe('a home that has room for so many guests', () => {
  const third = '00:24:d7:8e:21:c6';
  const full = () => {
    const bench = createBench({ config: { maximumGuests: 2 }, lma: (pbu) => acceptance(pbu, { options: [] }) });
    // Each device of its own: the profile source names them by their MACs.
    bench.profile = undefined;
    for (const mac of [MAC, OTHER_MAC, third]) {
      bench.attach(mac);
      const question = bench.of('loadProfile').at(-1)!;
      bench.lma = (pbu) => acceptance(pbu, { options: mac === MAC ? [] : [{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: '192.0.2.2' }, { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' }] });
      bench.give({ kind: 'profile', mac, question: question.question, answer: { profile: { ...profile, nai: `${mac}@example.com` } } });
    }
    return bench;
  };

  it('refuses the next one with a reason, sends no PBU for it, and serves the others', () => {
    const bench = full();
    expect([MAC, OTHER_MAC, third].map((mac) => bench.state(mac))).toEqual(['active', 'active', 'denied']);
    expect(bench.reasons().at(-1)).toBe('profile -> denied: this home serves 2 guests at once, and they are here');
    expect(bench.pbus()).toHaveLength(2);
  });

  it('takes it in once somebody has left', () => {
    const bench = full();
    bench.detach(OTHER_MAC);
    bench.advance(40_000);
    expect(bench.state(third)).toBe('active');
  });

  it('keeps whom it serves, whatever they do', () => {
    const bench = full();
    bench.attach(MAC);
    bench.advance(400_000);
    expect([MAC, OTHER_MAC, third].map((mac) => bench.state(mac))).toEqual(['active', 'active', 'denied']);
  });
});
