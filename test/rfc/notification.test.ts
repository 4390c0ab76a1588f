/** RFC 7077: Update Notifications, at the MAG that is told and at the LMA that tells. */
import { describe, expect, it } from 'vitest';
import { NOTIFICATION_REASON as REASON, NOTIFICATION_STATUS as STATUS } from '../../protocol/mobility/codes.ts';
import type { MessageNamed, MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf } from '../../protocol/units.ts';
import { settingsOptions } from '../../protocol/vendor.ts';
import type { LmaEffect, LmaEvent } from '../../cloud/lma/lma.ts';
import { Anchor, bindings, discardsOf, labConfig, MAG1, MAG2, overIpv6, sendsOf, TABLET, transitionsOf, type Mag } from '../lma/pbu.ts';
import { activeBench, LMA1, LMA2, NAI, OTHER_MAC, PREFIX, profile, silent, type Bench } from '../mag/harness.ts';

type Upn = MessageNamed<'updateNotification'>;
type Upa = MessageNamed<'updateNotificationAcknowledgement'>;

const NODE: MobilityOption = { kind: 'mnIdentifier', subtype: 1, identifier: NAI };
const EVERYBODY: MobilityOption = { kind: 'mobileNodeGroupIdentifier', subtype: 1, group: 1 };
const timersOption = (start: number): MobilityOption => ({ kind: 'lmaControlledMagParameters', parameters: [{ kind: 'bindingReregistration', start, initialRetransmission: 2, maximumRetransmission: 16 }] });

function upn(reason: number, more: { readonly sequence?: number; readonly acknowledge?: boolean; readonly retransmission?: boolean; readonly options?: readonly MobilityOption[] } = {}): Upn {
  const { sequence = 500, acknowledge = true, retransmission = false, options = [NODE] } = more;
  return { kind: 'updateNotification', sequence, reason, flags: { acknowledge, retransmission }, options };
}

const upas = (bench: Bench): Upa[] => bench.of('send').flatMap(({ message: m }) => (m.kind === 'updateNotificationAcknowledgement' ? [m] : []));

describe('at the MAG', () => {
  it('N01 A=1 is always acknowledged, also for a repetition', () => {
    const bench = activeBench();
    bench.message(upn(REASON.FORCE_REREGISTRATION));
    bench.message(upn(REASON.FORCE_REREGISTRATION, { retransmission: true }));
    expect(upas(bench)).toEqual([1, 2].map(() => ({ kind: 'updateNotificationAcknowledgement', sequence: 500, status: STATUS.SUCCESS, options: [NODE] })));
    bench.message(upn(REASON.FORCE_REREGISTRATION, { acknowledge: false }));
    expect(upas(bench)).toHaveLength(2);
  });

  it('N01 what is acknowledged goes where it came from, signed for whom it came', () => {
    const bench = activeBench();
    bench.message(upn(REASON.FORCE_REREGISTRATION));
    expect(bench.of('send').find((s) => s.message.kind === 'updateNotificationAcknowledgement')).toMatchObject({ to: { remote: LMA1.ipv6 }, peer: LMA1.id });
  });

  it('N02 reason 1 leads to a PBU', () => {
    const bench = activeBench();
    bench.message(upn(REASON.FORCE_REREGISTRATION, { acknowledge: false }));
    const [pbu, ...others] = bench.pbus();
    expect(others).toEqual([]);
    expect(pbu?.lifetime).toBe(3600);
    expect(find(pbu?.options ?? [], 'handoffIndicator')?.indicator).toBe(5);
    expect(find(pbu?.options ?? [], 'homeNetworkPrefix')?.prefix).toBe(PREFIX.address);
  });

  it('N02 a phone that has been silent is asked first; absent, it is de-registered instead', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    bench.phoneAnswers = false;
    bench.advance(60_000);
    bench.message(upn(REASON.FORCE_REREGISTRATION));
    expect(bench.pbus()).toEqual([]);
    expect(bench.of('checkPresence')).toHaveLength(1);
    bench.advance(6000);
    expect(bench.pbus().map((p) => p.lifetime)).toEqual([0]);
  });

  it('N02 group 1 is every session of this LMA and of no other', () => {
    const bench = activeBench({ config: { lmas: [LMA1, LMA2] } });
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com', lmas: [LMA2.id] } };
    bench.attach(OTHER_MAC);
    bench.clear();
    bench.message(upn(REASON.FORCE_REREGISTRATION, { options: [EVERYBODY] }));
    expect(bench.pbus().map((p) => find(p.options, 'mnIdentifier')?.identifier)).toEqual([NAI]);
    expect(upas(bench)[0]?.options).toEqual([EVERYBODY]);
  });

  it('N02 a PBU that is lost is repeated as any other', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    bench.lma = silent;
    bench.message(upn(REASON.FORCE_REREGISTRATION));
    bench.advance(3100);
    expect(bench.pbus()).toHaveLength(3);
  });

  it('N03 reason 2 that cannot be applied: UPA 128 with A=1, dropped and logged with A=0', () => {
    const bench = activeBench();
    const parameter: MobilityOption = { kind: 'linkLocalAddress', address: 'fe80::1' };
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, parameter] }));
    expect(upas(bench).map((u) => u.status)).toEqual([STATUS.FAILED_TO_UPDATE_SESSION_PARAMETERS]);
    bench.clear();
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { acknowledge: false, options: [NODE, parameter] }));
    expect(bench.of('send')).toEqual([]);
    expect(bench.discards()).toEqual(['update notification, reason 2: linkLocalAddress cannot be applied']);
  });

  it('N03 what can be applied is, but nothing of a message that holds something else besides', () => {
    const bench = activeBench();
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, timersOption(50), { kind: 'linkLocalAddress', address: 'fe80::1' }] }));
    expect(bench.entry().timers).toBeUndefined();
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, timersOption(50), { kind: 'unknown', type: 200, data: new Uint8Array(2) }] }));
    expect(upas(bench).map((u) => u.status)).toEqual([STATUS.FAILED_TO_UPDATE_SESSION_PARAMETERS, STATUS.SUCCESS]);
    expect(bench.entry().timers).toEqual({ start: 200_000, retransmitInitial: 2000, retransmitMaximum: 16_000 });
    bench.advance(3_399_000);
    expect(bench.pbus()).toEqual([]);
    bench.advance(1000);
    expect(bench.pbus()).toHaveLength(1);
  });

  it('an APN’s resolvers and MTU reach the phone, as an option of reason 2 or of reason 3', () => {
    const bench = activeBench();
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, ...settingsOptions({ dns4: ['198.51.100.53'] })] }));
    bench.message(upn(REASON.VENDOR_SPECIFIC, { options: [NODE, ...settingsOptions({ dns6: ['2001:db8:53::53'] })] }));
    expect(upas(bench).map((u) => u.status)).toEqual([STATUS.SUCCESS, STATUS.SUCCESS]);
    expect(bench.session()).toMatchObject({ dns4: ['198.51.100.53'], dns6: ['2001:db8:53::53'] });
  });

  it.each([
    ['reason 2 without a parameter', upn(REASON.UPDATE_SESSION_PARAMETERS), STATUS.FAILED_TO_UPDATE_SESSION_PARAMETERS],
    ['reason 3 without option 19', upn(REASON.VENDOR_SPECIFIC), STATUS.MISSING_VENDOR_SPECIFIC_OPTION],
    ['reason 2 with nothing that is understood', upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, { kind: 'unknown', type: 200, data: new Uint8Array(2) }] }), STATUS.FAILED_TO_UPDATE_SESSION_PARAMETERS],
    ['reason 3 with an option of another vendor', upn(REASON.VENDOR_SPECIFIC, { options: [NODE, { kind: 'vendorSpecific', vendor: 9, subtype: 1, data: new Uint8Array(4) }] }), STATUS.REASON_UNSPECIFIED],
    ['reason 4, for a gateway that has no such parameters', upn(REASON.ANI_PARAMS_REQUESTED), STATUS.REASON_UNSPECIFIED],
    ['a reason of nobody', upn(77), STATUS.REASON_UNSPECIFIED],
    ['a node that is not here', upn(REASON.FORCE_REREGISTRATION, { options: [{ kind: 'mnIdentifier', subtype: 1, identifier: 'mn9@example.com' }] }), STATUS.MN_NOT_ATTACHED],
    ['another prefix than the session has', upn(REASON.FORCE_REREGISTRATION, { options: [NODE, { kind: 'homeNetworkPrefix', prefix: '2001:db8:f00d:9::', prefixLength: 64 }] }), STATUS.MN_NOT_ATTACHED],
    ['a group that was never agreed on', upn(REASON.FORCE_REREGISTRATION, { options: [{ kind: 'mobileNodeGroupIdentifier', subtype: 1, group: 7 }] }), STATUS.MN_NOT_ATTACHED],
  ])('%s fails, and nothing else happens', (_, message, status) => {
    const bench = activeBench();
    bench.message(message);
    expect(upas(bench).map((u) => u.status)).toEqual([status]);
    expect(bench.of('send')).toHaveLength(1);
  });

  it('one that names neither node nor group is dropped', () => {
    const bench = activeBench();
    bench.message(upn(REASON.FORCE_REREGISTRATION, { options: [] }));
    expect(bench.of('send')).toEqual([]);
    expect(bench.discards()).toHaveLength(1);
  });

  it('a recording played again is dropped, also under another number', () => {
    const bench = activeBench({ timers: { detachPeriod: 3_600_000 } });
    const at = (wall: number): MobilityOption => ({ kind: 'timestamp', timestamp: timestampOf(wall) });
    const old = at(bench.now().wall);
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, timersOption(50), old] }));
    bench.advance(60_000);
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, timersOption(60), at(bench.now().wall)] }));
    bench.message(upn(REASON.UPDATE_SESSION_PARAMETERS, { options: [NODE, timersOption(50), old], retransmission: true }));
    expect(bench.entry().timers?.start).toBe(240_000);
    expect(upas(bench)).toHaveLength(2);
  });
});

const upnsOf = (effects: readonly LmaEffect[]): Upn[] => sendsOf(effects).flatMap(({ message: m }) => (m.kind === 'updateNotification' ? [m] : []));
const upa = (sequence: number, status = 0): MobilityMessage => ({ kind: 'updateNotificationAcknowledgement', sequence, status, options: [] });
const unrecognized: MobilityMessage = { kind: 'bindingError', status: 2, homeAddress: '::', options: [] };
const told = (reason: number, more: Partial<Extract<LmaEvent, { kind: 'notify' }>> = {}): LmaEvent => ({ kind: 'notify', scope: { kind: 'all' }, reason, ...more });

/** An anchor with one session at each of these gateways. */
function anchored(...mags: readonly Mag[]): Anchor {
  const a = new Anchor(labConfig({ maxUpdateNotificationRetransmitCount: 2 }));
  mags.forEach((mag, i) => a.pbu({ mag, mn: `mn${i}@example.com`, mac: `02:00:00:00:00:0${i}` }));
  return a;
}

describe('at the LMA', () => {
  it('N04 a repeated UPN has the same sequence number and D=1, not earlier than 1 s', () => {
    const a = anchored(MAG1);
    const [first] = upnsOf(a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { options: [timersOption(20)] })));
    expect(first?.flags).toEqual({ acknowledge: true, retransmission: false });
    expect(upnsOf(a.pass(999))).toEqual([]);
    expect(upnsOf(a.pass(1))).toEqual([{ ...first, flags: { acknowledge: true, retransmission: true } }]);
    expect(upnsOf(a.pass(999))).toEqual([]);
    expect(upnsOf(a.pass(1))).toEqual([{ ...first, flags: { acknowledge: true, retransmission: true } }]);
  });

  it('N04 it is repeated MAX_UPDATE_NOTIFICATION_RETRANSMIT_COUNT times, and then that is logged', () => {
    const a = anchored(MAG1);
    a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { options: [timersOption(20)] }));
    const effects = a.pass(60_000);
    expect(upnsOf(effects)).toHaveLength(2);
    expect(transitionsOf(effects).map((t) => t.reason)).toEqual(['no answer to the update notification at mag1@example.com, for all of its sessions']);
    expect(a.lma.notifications.outstanding.size).toBe(0);
  });

  it('N04 an acknowledgement ends the repetition; one from somebody else, or of another number, does not', () => {
    const a = anchored(MAG1, MAG2);
    const [first] = upnsOf(a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { scope: { kind: 'mag', mag: 'mag1@example.com' }, options: [timersOption(20)] })));
    expect(discardsOf(a.receive(MAG2, upa(first!.sequence)))).toEqual(['upa-without-upn']);
    expect(discardsOf(a.receive(MAG1, upa(first!.sequence + 1)))).toEqual(['upa-without-upn']);
    expect(upnsOf(a.pass(1000))).toHaveLength(1);
    a.receive(MAG1, upa(first!.sequence));
    expect(upnsOf(a.pass(60_000))).toEqual([]);
    expect(a.lma.statistics).toMatchObject({ upn: { 2: 2 }, upa: { 0: 1 } });
  });

  it('a failure that the gateway reports is logged', () => {
    const a = anchored(MAG1);
    const [sent] = upnsOf(a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { scope: { kind: 'nai', nai: 'mn0@example.com' } })));
    expect(transitionsOf(a.receive(MAG1, upa(sent!.sequence, 128))).map((t) => t.reason)).toEqual(['the update notification failed: status 128 at mag1@example.com']);
  });

  it('reason 1 asks for no acknowledgement (RECOMMENDED), and is repeated unless the PBU comes', () => {
    const a = anchored(MAG1);
    const [first] = upnsOf(a.take(told(REASON.FORCE_REREGISTRATION)));
    expect(first?.flags.acknowledge).toBe(false);
    expect(upnsOf(a.pass(1000))).toMatchObject([{ sequence: first?.sequence, flags: { acknowledge: false, retransmission: true } }]);
    a.pbu({ mn: 'mn0@example.com', mac: '02:00:00:00:00:00' });
    expect(upnsOf(a.pass(60_000))).toEqual([]);
  });

  it('all sessions of a gateway take one message with group 1, one session a message with its node and prefixes', () => {
    const a = anchored(MAG1, MAG2, MAG1);
    const all = sendsOf(a.take(told(REASON.FORCE_REREGISTRATION)));
    expect(all.map((s) => [s.peer, find(s.message.options, 'mobileNodeGroupIdentifier')?.group])).toEqual([['mag1@example.com', 1], ['mag2@example.com', 1]]);
    const [one, ...others] = upnsOf(a.take(told(REASON.FORCE_REREGISTRATION, { scope: { kind: 'nai', nai: 'mn2@example.com' } })));
    expect(others).toEqual([]);
    expect(one?.options.map((o) => o.kind)).toEqual(['mnIdentifier', 'homeNetworkPrefix', 'timestamp']);
  });

  it('N05 after BE 2 no UPN goes to that MAG', () => {
    const a = anchored(MAG1, MAG2);
    a.take(told(REASON.FORCE_REREGISTRATION));
    a.receive(MAG1, unrecognized);
    expect(sendsOf(a.pass(1000)).map((s) => s.peer)).toEqual(['mag2@example.com']);
    expect(sendsOf(a.take(told(REASON.FORCE_REREGISTRATION))).map((s) => s.peer)).toEqual(['mag2@example.com']);
  });

  it('N05 unless an administrator acts', () => {
    const a = anchored(MAG1);
    a.take(told(REASON.FORCE_REREGISTRATION));
    a.receive(MAG1, unrecognized);
    expect(upnsOf(a.take(told(REASON.FORCE_REREGISTRATION, { administrative: true })))).toHaveLength(1);
    expect(upnsOf(a.take(told(REASON.FORCE_REREGISTRATION)))).toHaveLength(1);
  });

  it('N05 a Binding Error of somebody who was sent no UPN is about something else', () => {
    const a = anchored(MAG1, MAG2);
    a.take(told(REASON.FORCE_REREGISTRATION, { scope: { kind: 'mag', mag: 'mag1@example.com' } }));
    expect(discardsOf(a.receive(MAG2, unrecognized))).toEqual(['unexpected-bindingError']);
    expect(a.lma.notifications.unaware.size).toBe(0);
  });

  it('a session that ended or went elsewhere meanwhile is not told again', () => {
    const a = anchored(MAG1);
    a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { scope: { kind: 'index', index: bindings(a)[0]!.index } }));
    a.pbu({ mag: MAG2, mn: 'mn0@example.com', mac: '02:00:00:00:00:00' });
    expect(upnsOf(a.pass(60_000))).toEqual([]);
  });

  it('a gateway that moved meanwhile registered its sessions anew, and is not asked at its old address', () => {
    const a = anchored(MAG1);
    a.take(told(REASON.UPDATE_SESSION_PARAMETERS, { options: [timersOption(20)] }));
    a.pbu({ mag: overIpv6(MAG1.id, '2001:db8:99::15'), mn: 'mn0@example.com', mac: '02:00:00:00:00:00' });
    expect(sendsOf(a.pass(60_000))).toEqual([]);
    expect(a.lma.notifications.outstanding.size).toBe(0);
  });

  it('numbers begin anywhere, wrap, and are never those of an outstanding one', () => {
    const a = anchored(MAG1);
    a.lma.notifications.sequence = 0xfffe;
    const numbers = [1, 2, 3].flatMap(() => upnsOf(a.take(told(REASON.UPDATE_SESSION_PARAMETERS))).map((u) => u.sequence));
    a.lma.notifications.sequence = 0xfffe;
    numbers.push(...upnsOf(a.take(told(REASON.UPDATE_SESSION_PARAMETERS))).map((u) => u.sequence));
    expect(numbers).toEqual([0xffff, 0, 1, 2]);
  });

  it('a realm takes a message for each of its sessions', () => {
    const a = anchored(MAG1, MAG1);
    a.pbu({ mn: 'mn9@example.com', mac: TABLET, mag: MAG2 });
    expect(upnsOf(a.take(told(REASON.FORCE_REREGISTRATION, { scope: { kind: 'realm', realm: '@Example.com' } })))).toHaveLength(3);
    expect(upnsOf(a.take(told(REASON.FORCE_REREGISTRATION, { scope: { kind: 'realm', realm: '@elsewhere.example' } })))).toEqual([]);
  });
});
