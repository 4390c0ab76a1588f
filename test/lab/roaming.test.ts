/** Phones of four kinds that roam between three homes, one of them behind a NAT and one with a narrow WAN. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults, fields, startCapture } from '../../lab/capture.ts';
import type { Capture } from '../../lab/capture.ts';
import { until } from '../../lab/processes.ts';
import { TRANSPORT } from '../../lab/topology.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find } from '../../protocol/mobility/options.ts';
import { signalling } from './pcap.ts';
import { attach, isAt, openScene, startTraffic } from './scene.ts';
import type { Scene } from './scene.ts';

const ROAMS = 50;
const NEVER_REPEATS = 1;
const INIT_REBOOT = 2;
const IPV6_ONLY = 3;
const DUAL = 4;

/** What we read where Wireshark has a field of its own; empty where the message does not have it. */
const when = (value: string | number | undefined): string => (value === undefined ? '' : String(value));
const READINGS = {
  'mip6.mhtype': (m: MobilityMessage) => (m.kind === 'bindingUpdate' ? '5' : '6'),
  'mip6.bu.seqnr': (m: MobilityMessage) => when(m.kind === 'bindingUpdate' ? m.sequence : undefined),
  'mip6.bu.lifetime': (m: MobilityMessage) => when(m.kind === 'bindingUpdate' ? m.lifetime / 4 : undefined),
  'mip6.ba.seqnr': (m: MobilityMessage) => when(m.kind === 'bindingAcknowledgement' ? m.sequence : undefined),
  'mip6.ba.lifetime': (m: MobilityMessage) => when(m.kind === 'bindingAcknowledgement' ? m.lifetime / 4 : undefined),
  'mip6.ba.status': (m: MobilityMessage) => when(m.kind === 'bindingAcknowledgement' ? m.status : undefined),
  'mip6.mnid.identifier': (m: MobilityMessage) => when(find(m.options, 'mnIdentifier')?.identifier),
  'mip6.hi': (m: MobilityMessage) => when(find(m.options, 'handoffIndicator')?.indicator),
  'mip6.att': (m: MobilityMessage) => when(find(m.options, 'accessTechnologyType')?.technology),
  'mip6.gre_key': (m: MobilityMessage) => when(find(m.options, 'greKey')?.key),
  'mip6.ipv4dra.dra': (m: MobilityMessage) => when(find(m.options, 'ipv4DefaultRouter')?.address),
};

let scene: Scene;
let capture: Capture;

beforeAll(async () => {
  const services = { [INIT_REBOOT]: 'ipv4', [IPV6_ONLY]: 'ipv6' } as const;
  scene = await openScene({ homes: 3, phones: 4, nat: 3, narrow: 2, prefix: 'rsroam-' }, { service: (p) => services[p.number as keyof typeof services] ?? 'dual' });
  capture = await startCapture(scene.world, scene.world.plan.lma.namespace, TRANSPORT);
});
afterAll(() => scene?.close());

const addresses = (phone: number) => scene.world.addresses(phone);
/** 2, 3, 1, 2, … for a phone that begins at home 1. */
const nextHome = (roam: number) => (roam % 3) + 1;

describe(`${ROAMS} roams`, () => {
  it('of a phone that repeats neither DHCP nor RS: both addresses and every connection stay', async () => {
    const phone = await attach(scene, NEVER_REPEATS, 1, ['ipv4', 'ipv6'], 'udhcpc');
    const traffic = await startTraffic(scene, phone);
    const leases = scene.world.leases(NEVER_REPEATS).length;
    for (let i = 1; i <= ROAMS; i++) {
      await scene.roam(NEVER_REPEATS, nextHome(i));
      await traffic.flows();
    }
    expect(addresses(NEVER_REPEATS)).toEqual(phone.addresses);
    expect(scene.world.leases(NEVER_REPEATS)).toHaveLength(leases);
    await traffic.ends();
    await isAt(scene, NEVER_REPEATS, nextHome(ROAMS));
  });

  it('of a phone that asks for its address again after each (INIT-REBOOT)', async () => {
    const phone = await attach(scene, INIT_REBOOT, 1, ['ipv4'], 'dhclient');
    const traffic = await startTraffic(scene, phone);
    for (let i = 1; i <= ROAMS; i++) {
      await scene.world.processes.get(`dhclient${INIT_REBOOT}`)?.stop('SIGKILL');
      await scene.roam(INIT_REBOOT, nextHome(i));
      const before = scene.world.leases(INIT_REBOOT).length;
      scene.world.startDhcp(INIT_REBOOT, 'dhclient');
      const lease = await until('the answer to INIT-REBOOT', 15_000, () => scene.world.leases(INIT_REBOOT)[before]);
      expect(lease).toMatchObject({ reason: 'REBOOT', address: phone.addresses.ipv4[0] });
      await traffic.flows();
    }
    await traffic.ends();
    expect(addresses(INIT_REBOOT)).toEqual(phone.addresses);
  });

  it('of an IPv6-only phone', async () => {
    const phone = await attach(scene, IPV6_ONLY, 1, ['ipv6']);
    const traffic = await startTraffic(scene, phone);
    for (let i = 1; i <= ROAMS; i++) {
      await scene.roam(IPV6_ONLY, nextHome(i));
      await traffic.flows();
    }
    await traffic.ends();
    expect(addresses(IPV6_ONLY)).toEqual(phone.addresses);
    expect(phone.addresses.ipv4).toEqual([]);
  });

  it('of two phones at once in opposite directions, a dual-stack one among them', async () => {
    const one = await attach(scene, DUAL, 1, ['ipv4', 'ipv6'], 'dhclient');
    await scene.roam(NEVER_REPEATS, 2);
    const before = addresses(NEVER_REPEATS);
    const other = { phone: NEVER_REPEATS, families: ['ipv4', 'ipv6'] as const, addresses: before };
    const [up, down] = [await startTraffic(scene, one), await startTraffic(scene, other)];
    for (let i = 1; i <= ROAMS; i++) {
      const [a, b] = i % 2 === 1 ? [2, 1] : [1, 2];
      await Promise.all([scene.roam(DUAL, a), scene.roam(NEVER_REPEATS, b)]);
      await Promise.all([up.flows(), down.flows()]);
    }
    await up.ends();
    await down.ends();
    expect([addresses(DUAL), addresses(NEVER_REPEATS)]).toEqual([one.addresses, before]);
  });
});

describe('the capture of all that at the LMA', () => {
  beforeAll(() => capture.stop());

  it('has nothing that Wireshark finds malformed', () => {
    expect(faults(capture.file)).toEqual([]);
  });

  it('shows signalling over both transports, in the fields that Wireshark decodes', () => {
    const requests = fields(capture.file, 'mip6.mhtype == 5', ['ip.src', 'ipv6.src', 'udp.dstport', 'mip6.bu.p_flag', 'mip6.bu.a_flag', 'mip6.mnid.identifier']);
    expect(new Set(requests.map((r) => r['mip6.bu.p_flag']))).toEqual(new Set(['1']));
    expect(new Set(requests.map((r) => (r['ipv6.src'] ? 'ipv6' : `udp ${r['udp.dstport']}`)))).toEqual(new Set(['ipv6', 'udp 5436']));
    expect(new Set(requests.map((r) => r['mip6.mnid.identifier']))).toEqual(new Set(scene.world.plan.phones.map((p) => p.identity)));
  });

  it('reads the same to Wireshark as to us, message by message', () => {
    const theirs = fields(capture.file, 'mip6.mhtype == 5 || mip6.mhtype == 6', Object.keys(READINGS) as (keyof typeof READINGS)[]);
    const ours = signalling(capture.file).filter((m) => m.kind === 'bindingUpdate' || m.kind === 'bindingAcknowledgement');
    expect(ours.length).toBeGreaterThan(2 * ROAMS);
    expect(ours.map((m) => Object.fromEntries(Object.entries(READINGS).map(([name, read]) => [name, read(m)])))).toEqual(theirs);
  });
});
