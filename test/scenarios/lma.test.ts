/** Dialogues with the anchor, written by it and reviewed by people: change one only if you know why it changed. */
import { describe, expect, it } from 'vitest';
import { timersOption } from '../../cloud/lma/timersOption.ts';
import { noUpdateFlags } from '../../protocol/mobility/messages.ts';
import { timestampOf } from '../../protocol/units.ts';
import type { Wish } from '../lma/pbu.ts';
import { Anchor, bra, brisOf, labConfig, MAG1, MAG2, NAT1, NAT2, overIpv6, pbaOf, sendsOf, TABLET } from '../lma/pbu.ts';
import { Transcript } from '../lma/transcript.ts';

const UDP: Wish = { flags: { forceUdp: true, tlv: true } };

const scenarios: Readonly<Record<string, () => Transcript>> = {
  attach() {
    const t = new Transcript('A phone arrives at a home and gets addresses of both families.\nIts gateway refreshes after five minutes, and nothing moves.');
    const pba = t.ask({ service: 'example.com' });
    t.pass(300_000);
    t.refresh(pba);
    return t;
  },

  roam() {
    const t = new Transcript('A phone walks from one home to another; nobody tells the first home but the anchor.\nLater its refresh and its farewell come late, and must not disturb the new home.');
    const pba = t.ask();
    const effects = t.pbu({ mag: MAG2, key: 0x0a000009 });
    t.receive(MAG1, bra(brisOf(effects)[0]!));
    t.pass(300_000);
    t.note('what mag1 sent before it heard of that arrives late');
    t.refresh(pba);
    t.deregister(pba);
    return t;
  },

  'old-home-is-gone'() {
    const t = new Transcript('A phone roams away from a home whose line is dead.\nThe revocation is repeated once, then given up; the session is untouched.');
    t.ask();
    t.pbu({ mag: MAG2 });
    t.pass(60_000);
    return t;
  },

  'two-phones-swap'() {
    const t = new Transcript('Two phones change homes with each other at the same moment.\nEach keeps its addresses, and each home is told about the one that left it.');
    t.ask({ mn: 'mn1@example.com', mac: TABLET, mag: MAG2 });
    t.ask();
    t.pbu({ mag: MAG2 });
    t.pbu({ mn: 'mn1@example.com', mac: TABLET, mag: MAG1 });
    return t;
  },

  renumbered() {
    const t = new Transcript('A home gets a new address from its provider and registers its phone from there with HI 4.\nIt is the same gateway by its key: the path moves, and nobody is revoked.');
    t.ask();
    t.pbu({ mag: overIpv6(MAG1.id, '2001:db8:99::15') });
    return t;
  },

  'leave-and-return'() {
    const t = new Transcript('A phone leaves, its gateway says so, and it is back within ten seconds.\nA second time it stays away, and the session ends.');
    const pba = t.ask();
    t.deregister(pba);
    t.pass(4_000);
    t.pbu();
    t.pass(1_000);
    t.deregister(pba);
    t.pass(10_000);
    return t;
  },

  'release-ipv4'() {
    const t = new Transcript('A phone releases its DHCP lease but stays; later another finds its address in use (DHCPDECLINE).\nIPv6 goes on in both cases, and the declined address rests.');
    const pba = t.ask();
    t.deregister(pba, { prefixes: [] });
    const other = t.ask({ mn: 'mn1@example.com', mac: TABLET });
    t.deregister(other, { mn: 'mn1@example.com', mac: TABLET, prefixes: [], conflict: true });
    return t;
  },

  'second-device'() {
    const t = new Transcript('A second device of one account appears elsewhere: is it the first one, moved?\nThe first home is asked (BRI trigger 4) and says that its phone is still there.');
    t.ask();
    const effects = t.pbu({ mag: MAG2, mac: TABLET });
    t.pass(300);
    t.receive(MAG1, bra(brisOf(effects)[0]!, 132));
    return t;
  },

  'same-device-new-mac'() {
    const t = new Transcript('A phone with a new random MAC address appears elsewhere under its account.\nThe first home says that it is gone, so the session goes on with its addresses.');
    t.ask();
    const effects = t.pbu({ mag: MAG2, mac: TABLET });
    t.pass(600);
    t.receive(MAG1, bra(brisOf(effects)[0]!));
    return t;
  },

  'behind-one-nat'() {
    const t = new Transcript('Two homes stand behind one carrier NAT address; a phone walks from one to the other.\nThey are told apart by their keys; data goes over UDP, whose port the data path learns.', labConfig({ acceptForcedIpv4UdpEncapsulationRequest: true }));
    t.pbu({ mag: NAT1, ...UDP });
    t.pbu({ mag: NAT2, key: 0x0a000009, ...UDP });
    return t;
  },

  refusals() {
    const t = new Transcript('What the anchor refuses, and how: each answer leaves everything as it was.');
    const wishes: readonly Wish[] = [{ mn: undefined }, { mn: 'mn0@elsewhere.example' }, { timestamp: 1n }, { prefixes: [], hoa: undefined }, { handoff: undefined }, { att: undefined }, { service: 'nowhere.example' }, { key: undefined }, { prefixes: ['2001:db8:beef::/64'] }, { hoa: '198.51.100.1' }, { flags: { forceUdp: true } }, { lifetime: 0 }, { peer: undefined }];
    for (const wish of wishes) t.pbu(wish);
    return t;
  },

  'registered-anew-on-demand'() {
    const t = new Transcript('An operator wants every session registered anew. One gateway does it at the second request;\nthe other knows no Update Notification, says so, and is left alone until an operator asks again.');
    const pba = t.ask();
    t.pbu({ mag: MAG2, mn: 'mn1@example.com', mac: TABLET });
    t.pass(60_000);
    const refresh = { kind: 'notify', scope: { kind: 'all' }, reason: 1 } as const;
    t.take(refresh);
    t.receive(MAG2, { kind: 'bindingError', status: 2, homeAddress: '::', options: [] });
    t.pass(1200);
    t.refresh(pba);
    t.pass(10_000);
    t.take({ ...refresh, scope: { kind: 'nai', nai: 'mn1@example.com' } });
    t.take({ ...refresh, scope: { kind: 'nai', nai: 'mn1@example.com' }, administrative: true });
    t.pass(10_000);
    return t;
  },

  'parameters-change'() {
    const timers = { reregistration: { start: 120, initialRetransmission: 2, maximumRetransmission: 16 }, heartbeat: { interval: 90, retransmissionDelay: 5, maxRetransmissions: 3 } };
    const t = new Transcript('The anchor tells a gateway its timers, in the PBA and, when they change, by an Update Notification.\nThe gateway cannot apply what comes with the second one.', labConfig({}, { mags: [{ id: 'mag1@example.com', timers }] }));
    t.ask();
    t.pass(60_000);
    const changed = { kind: 'notify', scope: { kind: 'nai', nai: 'mn0@example.com' }, reason: 2 } as const;
    const numberOf = (effects: ReturnType<Transcript['take']>): number => sendsOf(effects).flatMap(({ message: m }) => (m.kind === 'updateNotification' ? [m.sequence] : []))[0] ?? 0;
    const first = numberOf(t.take({ ...changed, options: timersOption({ reregistration: { ...timers.reregistration, start: 600 } }) }));
    t.pass(20);
    t.receive(MAG1, { kind: 'updateNotificationAcknowledgement', sequence: first, status: 0, options: [] });
    const second = numberOf(t.take({ ...changed, options: [{ kind: 'linkLocalAddress', address: 'fe80::1' }] }));
    t.pass(20);
    t.receive(MAG1, { kind: 'updateNotificationAcknowledgement', sequence: second, status: 128, options: [] });
    return t;
  },

  drained() {
    const lma2 = { id: 'lma2@example.com', ipv6: '2001:db8:cafe:1024::102' };
    const t = new Transcript('An anchor that is being drained asks another one for each new session, in the gateway’s name.\nThe gateway is told where its session is. One that cannot follow is served here, and who is here stays.', labConfig({}, { redirect: { identity: 'lma1@example.com', to: [lma2], when: 'always', load: 1, timeout: 400 } }));
    const pba = t.ask();
    const asked = t.pbu({ mn: 'mn1@example.com', mac: TABLET, more: [{ kind: 'redirectCapability' }] });
    const [sent] = sendsOf(asked);
    const there = new Anchor(labConfig({}, { mags: [{ id: 'lma1@example.com', redirector: true }, { id: 'mag1@example.com' }] }));
    there.now = t.now;
    const [answer] = sendsOf(there.receive({ id: 'lma1@example.com', from: { transport: 'ipv6', local: lma2.ipv6, remote: MAG1.from.local } }, sent!.message));
    t.pass(15);
    t.receive({ id: lma2.id, from: { transport: 'ipv6', local: MAG1.from.local, remote: lma2.ipv6 } }, answer!.message);
    t.pass(300_000);
    t.refresh(pba);
    t.note('and now the other one does not answer');
    t.pbu({ mn: 'mn2@example.com', mac: '02:00:00:00:00:02', more: [{ kind: 'redirectCapability' }] });
    t.pass(400);
    return t;
  },

  together() {
    const group = { kind: 'mobileNodeGroupIdentifier', subtype: 1, group: 1 } as const;
    const t = new Transcript('Two phones of one home are in its group, a third is not.\nOne PBU extends the two; a group that nobody is in is refused; then the gateway gives its group up.');
    const bulk = (id: number): void => {
      t.pass(60_000);
      t.receive(MAG1, { kind: 'bindingUpdate', sequence: 90 + id, flags: { ...noUpdateFlags, acknowledge: true, proxy: true }, lifetime: 3600, options: [{ ...group, group: id }, { kind: 'timestamp', timestamp: timestampOf(t.now.wall) }] });
    };
    t.pbu({ flags: { bulk: true }, more: [group] });
    t.pbu({ mn: 'mn1@example.com', mac: TABLET, flags: { bulk: true }, more: [group] });
    t.pbu({ mn: 'mn2@example.com', mac: '02:00:00:00:00:02' });
    bulk(1);
    bulk(7);
    t.receive(MAG1, { kind: 'bindingRevocationIndication', trigger: 128, sequence: 5, flags: { proxy: true, ipv4Only: false, global: true }, options: [group] });
    return t;
  },

  restart() {
    const t = new Anchor();
    const pba = t.ask();
    const records = [...t.store.values()];
    const after = new Transcript('The anchor restarts with its bindings stored; the shell sets their paths at once, before any gateway has spoken.\nThe next refresh finds the session as it was, with its path.');
    after.now = { at: 0, wall: t.now.wall + 5_000 };
    after.take({ kind: 'restore', bindings: records });
    after.refresh(pba);
    return after;
  },
};

describe('scenarios', () => {
  it.each(Object.entries(scenarios))('%s', async (name, play) => {
    const t = play();
    expect(sendsOf(t.pass(0))).toEqual([]);
    await expect(t.text()).toMatchFileSnapshot(`lma/${name}.txt`);
  });

  it('say the same when played twice', () => {
    for (const play of Object.values(scenarios)) expect(play().text()).toBe(play().text());
    expect(pbaOf([])).toBeUndefined();
  });
});
