/** From documents to a gateway's configuration, and into the gateway while it works (agent/fleet/{overlay,work}.ts). */
import { describe, expect, it } from 'vitest';
import { agentSchema, type AgentConfig } from '../../../agent/config.ts';
import { loadAgentConfig } from '../../../agent/configFile.ts';
import { problemsOf } from '../../../agent/configCheck.ts';
import { ownersLimits } from '../../../agent/fleet/limits.ts';
import { overlay } from '../../../agent/fleet/overlay.ts';
import type { Documents } from '../../../agent/fleet/ports.ts';
import { createReach } from '../../../agent/fleet/reach.ts';
import { createWork } from '../../../agent/fleet/work.ts';
import { securityAssociations } from '../../../agent/securityAssociations.ts';
import type { Rates } from '../../../protocol/paths.ts';
import { parseConfig } from '../../../runtime/configFile.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { activeBench, LMA1 } from '../../mag/harness.ts';

const parse = (text: string): AgentConfig => parseConfig('x.yaml', text, agentSchema, problemsOf);
const FILE = `domain: D1
mag: M1
uplink: wan0
fleet: { broker: "mqtts://fleet.example:8883", authority: ca.pem, claim-credential: claim.pem }
interfaces:
  - { name: Wi-Fi, device: br-access, default-profile: guests, first-packet: true }
`;
const base = parse(FILE);
const documents = (given: Partial<Record<Concern, unknown>>): Documents => Object.fromEntries(Object.entries(given).map(([concern, document]) => [concern, { rev: 1, hash: '', document }]));
const LMAS = { 'local-mobility-anchors': [{ id: LMA1.id, 'ipv6-address': LMA1.ipv6, 'ipv4-address': LMA1.ipv4, key: '00'.repeat(20) }] };
const PROFILES = { 'default-profiles': { guests: { apn: 'guests.example', service: 'ipv4', 'per-mn-agg-max-dl-rate': '20 Mbit/s' } } };

describe('a gateway of a fleet', () => {
  it('needs no LMA and no profile in its file: the fleet brings them', () => {
    expect([base['local-mobility-anchors'], base['default-profiles']]).toEqual([[], {}]);
    expect(() => parse(FILE.replace(/fleet:.*\n/, ''))).toThrow(/local-mobility-anchors: name at least one LMA/);
    expect(() => parse(`${FILE}state-directory: /etc/roamstead/fleet\n`)).toThrow(/fleet.state-directory: bindings are kept in this folder/);
    expect(() => parse(FILE.replace('mqtts:', 'mqtt:'))).toThrow(/fleet.broker: expected mqtts:/);
  });

  it('has an example', () => {
    expect(loadAgentConfig('examples/mag-fleet.yaml')).toMatchObject({ fleet: { broker: 'mqtts://fleet.example.net:8883', 'state-directory': '/etc/roamstead/fleet' } });
  });

  it('works with what the documents say, over what the file says', () => {
    const { config, refused, limited } = overlay(base, documents({ lmas: LMAS, profiles: PROFILES, timers: { timers: { 'binding-refresh-time': 60 } }, limits: { 'host-first': { 'up-rate': '5 Mbit/s' } } }));
    expect([refused, limited]).toEqual([{}, {}]);
    expect(config).toMatchObject({
      ...LMAS,
      'default-profiles': { guests: { apn: 'guests.example', service: 'ipv4', dns: [], lma: [], 'per-mn-agg-max-dl-rate': 20_000_000 } },
      timers: { 'binding-refresh-time': 60, 'binding-lifetime': 3600 },
      'host-first': { 'up-rate': 5_000_000 },
      'max-bindings': 512,
    });
  });

  it('merges a profile of the same name by its keys', () => {
    const file = parse(`${FILE}default-profiles: { guests: { apn: file.example, dns: [192.0.2.53] } }\n`);
    expect(overlay(file, documents({ profiles: { 'default-profiles': { guests: { apn: 'fleet.example' } } } })).config['default-profiles']['guests']).toMatchObject({ apn: 'fleet.example', dns: ['192.0.2.53'] });
  });
});

describe('what cannot be', () => {
  it('is refused with its path', () => {
    expect(overlay(base, documents({ profiles: { interfaces: { 'Wi-Fi': 'nobody' } } })).refused).toEqual({ profiles: [{ path: 'interfaces.Wi-Fi', reason: 'expected one of the default-profiles (there is none), found nobody' }] });
    expect(overlay(base, documents({ timers: { timers: { 'initial-retransmit-time': 60 } } })).refused).toMatchObject({ timers: [{ path: 'timers.max-retransmit-time' }] });
  });

  it('is a profile without any LMA that is there, whichever of both came last', () => {
    const { refused } = overlay(base, documents({ lmas: LMAS, profiles: { 'default-profiles': { guests: { lma: 'other' } } } }));
    expect(refused).toMatchObject({ profiles: [{ path: 'default-profiles.guests.lma' }], lmas: [{ path: 'local-mobility-anchors', reason: 'the default profile guests names other alone' }] });
  });
});

describe('what is not as it says', () => {
  it('an interface that is not here, and one LMA of several', () => {
    const { limited, refused } = overlay(base, documents({ lmas: LMAS, profiles: { 'default-profiles': { guests: { lma: [LMA1.id, 'other'] } }, interfaces: { wlan9: 'guests' } } }));
    expect(refused).toEqual({});
    expect(limited).toMatchObject({ profiles: [{ path: 'interfaces.wlan9', substitution: 'it is left out' }, { path: 'default-profiles.guests.lma', substitution: LMA1.id }] });
  });

  it("what the home's owner allows less of", () => {
    const { config, limited } = overlay(base, documents({ limits: { 'host-first': { 'maximum-guests': 20, 'up-rate': 1_000_000 } } }), { 'maximum-guests': 2, 'up-rate': 5_000_000, 'down-rate': 3_000_000 });
    expect(config['host-first']).toEqual({ 'maximum-guests': 2, 'up-rate': 1_000_000, 'down-rate': 3_000_000 });
    expect(limited).toEqual({ limits: [{ path: 'host-first.maximum-guests', reason: "the home's owner allows less", substitution: '2' }] });
  });

  it('what the data path cannot do', () => {
    const { config, limited } = overlay(base, documents({ limits: { 'max-bindings': 1000, 'host-first': { 'up-rate': 1_000_000 } } }), {}, { bindings: 512, polices: false });
    expect(config['max-bindings']).toBe(512);
    expect(limited['limits']?.map((p) => p.path)).toEqual(['host-first.up-rate', 'max-bindings']);
  });
});

it.each([
  [{}, undefined],
  [{ 'maximum-guests': 2, 'up-rate': 1_000_000 }, undefined],
  [{ 'maximum-guests': 999 }, { bindings: 7, polices: false }],
])('a gateway without a fleet works as one that has no documents: %o, %o', (cap, ability) => {
  const limited = { ...base, 'host-first': { 'maximum-guests': 10 } };
  expect(ownersLimits(limited, {}, cap, ability)).toEqual(overlay(limited, {}, cap, ability));
});

describe('while it works', () => {
  const running = () => {
    const bench = activeBench();
    const associations = securityAssociations([]);
    const told: string[] = [];
    let rates: Rates | undefined;
    const work = createWork({
      base,
      documents: {},
      over: overlay,
      cap: () => ({}),
      ability: () => ({ bindings: 512, polices: true }),
      parts: () => ({
        mag: bench.mag,
        feed: (event) => bench.give(event),
        useAnchors: (config, inUse) => associations.use(config['local-mobility-anchors'], inUse),
        useProfiles: (config) => told.push(Object.keys(config['default-profiles']).join()),
        limitGuests: (limit) => (rates = limit),
      }),
    });
    return { bench, associations, told, work, rates: () => rates };
  };

  it('everything changes and no binding ends', () => {
    const { bench, work, told, rates } = running();
    bench.clear();
    const wanted = documents({ lmas: LMAS, profiles: PROFILES, timers: { timers: { 'binding-lifetime': 600 } }, limits: { 'host-first': { 'maximum-guests': 1, 'down-rate': '8 Mbit/s' } } });
    expect(work.judge(wanted)).toEqual({ refused: {}, limited: {}, anchored: true });
    work.apply(wanted);
    expect(bench.mag.config).toMatchObject({ lmas: [LMA1], maximumGuests: 1, timers: { lifetime: 600 } });
    expect([told, rates()?.down?.rate]).toEqual([['guests'], 8_000_000]);
    expect([bench.of('removePath'), bench.of('deauthenticate'), bench.state()]).toEqual([[], [], 'active']);
    work.apply({});
    expect([bench.mag.config.maximumGuests, rates(), bench.state()]).toEqual([undefined, undefined, 'active']);
  });

  it('an LMA that left the list is heard on with its key while it holds sessions', () => {
    const { bench, associations, work } = running();
    work.apply(documents({ lmas: LMAS }));
    const from = { transport: 'ipv6', local: '::1', remote: LMA1.ipv6 as string } as const;
    const claimed = (): unknown => associations.claimed({} as never, from);
    expect([claimed(), associations.keyOf(LMA1.id)?.length]).toEqual([LMA1.id, 20]);
    const other = documents({ lmas: { 'local-mobility-anchors': [{ id: 'other', 'ipv4-address': '192.0.2.9' }] } });
    work.apply(other);
    expect([claimed(), associations.required(from)]).toEqual([LMA1.id, true]);
    bench.detach();
    work.apply(other);
    expect([claimed(), associations.keyOf(LMA1.id)]).toEqual([undefined, undefined]);
  });

  it('an LMA answers with whatever answers something, and only one of the list', () => {
    let at = 0;
    const reach = createReach(() => [LMA1], () => ({ at, wall: at }));
    const heard = (message: object, remote = LMA1.ipv6 as string): boolean => reach.heard({ kind: 'message', from: { transport: 'ipv6', local: '::1', remote }, message } as never);
    const beat = { kind: 'heartbeat', flags: { response: true, unsolicited: false } };
    expect(reach.all()).toEqual([{ id: LMA1.id, reachable: false }]);
    expect([heard({ ...beat, flags: { response: true, unsolicited: true } }), heard({ kind: 'bindingRevocationIndication' }), heard(beat, '2001:db8::66')]).toEqual([false, false, false]);
    expect([heard(beat), heard({ kind: 'bindingAcknowledgement' }), reach.all()[0]?.reachable, reach.quietFor(60_000)]).toEqual([true, true, true, false]);
    at = 200_000;
    expect([reach.all()[0]?.reachable, reach.quietFor(60_000)]).toEqual([false, true]);
  });
});

