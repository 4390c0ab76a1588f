/** A gateway on the bench: fixed random, a clock moved by hand, a profile, a phone that answers or not, and a fake LMA. */
import type { Ipv4, Prefix } from '../../protocol/address.ts';
import type { Endpoint, Received } from '../../protocol/entity.ts';
import { noAcknowledgementFlags, type BindingAcknowledgement, type BindingRevocationIndication, type BindingUpdate, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, findAll, type MobilityOption } from '../../protocol/mobility/options.ts';
import type { Millis, Now } from '../../protocol/units.ts';
import type { Entry } from '../../agent/mag/binding.ts';
import { defaultTimers, type LmaPeer, type MagConfig } from '../../agent/mag/config.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';
import { createMag, deadline, step } from '../../agent/mag/mag.ts';
import type { Profile, ProfileAnswer } from '../../agent/mag/profile.ts';
import type { RetainedBinding } from '../../agent/mag/retained.ts';
import type { CareOf } from '../../agent/mag/transport.ts';
import { describeEffect, describeEvent } from './transcript.ts';

export const MAC = '00:24:d7:8e:21:a4';
export const OTHER_MAC = '00:24:d7:8e:21:b5';
export const NAI = 'mn0@example.com';
export const LMA1: LmaPeer = { id: 'lma1@isp.example', ipv6: '2001:db8:cafe:1024::101', ipv4: '203.0.113.101', forceUdp: 'auto' };
export const LMA2: LmaPeer = { id: 'lma2@isp.example', ipv6: '2001:db8:cafe:1024::102', ipv4: '203.0.113.102', forceUdp: 'auto' };
export const HOME: CareOf = { ipv6: '2001:db8:cafe:1025::15', ipv4: '198.51.100.15', mtu: 1500 };
export const PREFIX: Prefix = { address: '2001:db8:f00d:1::', length: 64 };
export const HOA: Ipv4 = '192.0.2.1';
export const ROUTER: Ipv4 = '192.0.2.254';
export const START = Date.UTC(2026, 0, 1);

export const profile: Profile = { nai: NAI, apn: 'example.com', lmas: [], ipv4: true, ipv6: true, dns4: ['192.0.2.53'], dns6: ['2001:db8::53'], source: 'local' };

export type Answer = Partial<Omit<BindingAcknowledgement, 'options'>> & { readonly options?: readonly MobilityOption[]; readonly without?: readonly MobilityOption['kind'][] };
/** Says what the LMA answers to a PBU; undefined = nothing. */
export type FakeLma = (pbu: BindingUpdate, to: Endpoint) => BindingAcknowledgement | undefined;

/** The accepting PBA of an LMA that gives PREFIX and HOA; `answer` overrides its fields and adds or leaves out options. */
export function acceptance(pbu: BindingUpdate, answer: Answer = {}): BindingAcknowledgement {
  const live = pbu.lifetime > 0;
  const { options = [], without = [], ...fields } = answer;
  const leftOut = new Set<string>([...without, ...options.map((o) => o.kind)]);
  const usual: MobilityOption[] = [
    ...echoed(pbu),
    ...(find(pbu.options, 'homeNetworkPrefix') ? [{ kind: 'homeNetworkPrefix', prefixLength: PREFIX.length, prefix: PREFIX.address } as const] : []),
    ...(find(pbu.options, 'ipv4HomeAddressRequest')
      ? ([{ kind: 'ipv4HomeAddressReply', status: 0, prefixLength: 24, address: HOA }, { kind: 'ipv4DefaultRouter', address: ROUTER }, { kind: 'ipv4DhcpSupportMode', flags: { server: true } }] as const)
      : []),
    ...(live ? [{ kind: 'greKey', key: 0x0b000007 } as const] : []),
    ...(pbu.flags.forceUdp ? [{ kind: 'natDetection', flags: { forceUdp: true }, refreshSeconds: 25 } as const] : []),
  ];
  return {
    kind: 'bindingAcknowledgement',
    status: 0,
    flags: { ...noAcknowledgementFlags, proxy: true, tlv: pbu.flags.tlv },
    sequence: pbu.sequence,
    lifetime: pbu.lifetime,
    ...fields,
    options: [...usual.filter((o) => !leftOut.has(o.kind)), ...options],
  };
}

export const accepting: FakeLma = (pbu) => acceptance(pbu);

export function refusal(pbu: BindingUpdate, status: number, answer: Answer = {}): BindingAcknowledgement {
  const { options = [], ...fields } = answer;
  return { ...acceptance(pbu), status, lifetime: 0, ...fields, options: [...echoed(pbu), ...findAll(pbu.options, 'homeNetworkPrefix'), ...options] };
}

const echoed = (pbu: BindingUpdate): MobilityOption[] =>
  pbu.options.filter((o) => o.kind === 'mnIdentifier' || o.kind === 'handoffIndicator' || o.kind === 'accessTechnologyType' || o.kind === 'mnLinkLayerIdentifier' || o.kind === 'timestamp');

export interface BenchOptions {
  readonly config?: Partial<MagConfig>;
  readonly timers?: Partial<MagConfig['timers']>;
  readonly profile?: ProfileAnswer;
  readonly lma?: FakeLma;
  readonly careOf?: CareOf;
  readonly clock?: boolean;
  /** No fixed link-local address (RFC 6543): each session asks the LMA for one. */
  readonly askLinkLocal?: boolean;
}

export type Bench = ReturnType<typeof createBench>;

export function createBench(options: BenchOptions = {}) {
  let at: Millis = 0;
  let drift: Millis = 0;
  let random = 0;
  const config: MagConfig = {
    identity: 'home1@isp.example',
    domain: 'D1',
    lmas: [LMA1],
    timestamps: true,
    noRoaming: false,
    ...(options.askLinkLocal ? {} : { linkLocal: 'fe80::200:5eff:fe00:5213' }),
    assumeDhcpServer: false,
    restartCounter: 3,
    random32: () => (random++ === 0 ? 0 : 0x0a000000 + random),
    ...options.config,
    timers: { ...defaultTimers, ...options.timers },
  };
  const bench = {
    mag: createMag(config),
    /** Everything since the last `clear`. */
    effects: [] as MagEffect[],
    transcript: [] as string[],
    /** When PBUs left, by the phone they are about. */
    departures: new Map<string, Millis[]>(),
    lma: options.lma ?? accepting,
    /** What the profile source says; undefined = it takes its time. */
    profile: (options.profile ?? { profile }) as ProfileAnswer | undefined,
    /** Answers presence probes at once. */
    phoneAnswers: true,
    now: (): Now => ({ at, wall: START + at + drift }),
    /** Steps the wall clock alone. */
    stepWall: (by: Millis) => void (drift += by),
    clear: () => void (bench.effects = []),
    give,
    advance,
    attach: (mac = MAC, accessInterface = 'wlan0') => give({ kind: 'stationAttached', station: { interface: accessInterface, mac }, at }),
    /** hostapd says that the phone left, and it does not come back. */
    detach(mac = MAC): void {
      give({ kind: 'stationDetached', interface: 'wlan0', mac, reason: 'disconnected' });
      advance(config.timers.detachDelay);
    },
    message: (message: MobilityMessage, from: Partial<Endpoint> = {}) => give(received(message, from)),
    entry: (mac = MAC): Entry => {
      const entry = bench.mag.list.byMac.get(mac);
      if (!entry) throw new Error(`the gateway has no entry for ${mac}`);
      return entry;
    },
    state: (mac = MAC) => bench.mag.list.byMac.get(mac)?.state.name ?? 'gone',
    /** Effects of one kind since the last `clear`. */
    of: <K extends MagEffect['kind']>(kind: K) => bench.effects.filter((e): e is Extract<MagEffect, { kind: K }> => e.kind === kind),
    pbus: (): BindingUpdate[] => bench.of('send').flatMap((s) => (s.message.kind === 'bindingUpdate' ? [s.message] : [])),
    lastPbu: (): BindingUpdate => {
      const pbu = bench.pbus().at(-1);
      if (!pbu) throw new Error('no PBU was sent');
      return pbu;
    },
    /** What the access side was last told of a phone. */
    session: (mac = MAC) => bench.of('session').findLast((s) => s.mac === mac)?.session,
    reasons: () => bench.of('transition').map((t) => `${t.from} -> ${t.to}: ${t.reason}`),
    discards: () => bench.of('discard').map((d) => d.reason),
    say: (line: string) => void bench.transcript.push(`${clock(at)} -- ${line}`),
  };

  /** One event, and what the profile source, the phone and the LMA answer to its effects. */
  function give(event: MagEvent): readonly MagEffect[] {
    const first = bench.effects.length;
    const events: MagEvent[] = [event];
    for (let next = events.shift(); next; next = events.shift()) {
      if (next.kind !== 'timer') bench.transcript.push(`${clock(at)} ${describeEvent(next)}`);
      for (const effect of step(bench.mag, next, bench.now())) {
        bench.effects.push(effect);
        const line = describeEffect(effect);
        if (line) bench.transcript.push(`${clock(at)}    ${line}`);
        if (effect.kind === 'loadProfile' && bench.profile) events.push({ kind: 'profile', mac: effect.station.mac, question: effect.question, answer: bench.profile });
        if (effect.kind === 'checkPresence' && bench.phoneAnswers) events.push({ kind: 'seen', mac: effect.mac, at });
        if (effect.kind === 'send' && effect.message.kind === 'bindingUpdate') {
          const phone = find(effect.message.options, 'mnLinkLayerIdentifier')?.identifier ?? '';
          bench.departures.set(phone, [...(bench.departures.get(phone) ?? []), at]);
          const answer = bench.lma(effect.message, effect.to);
          if (answer) events.push(received(answer, effect.to));
        }
      }
    }
    return bench.effects.slice(first);
  }

  /** Moves the clock on by `by`, stopping at each deadline on the way. */
  function advance(by: Millis): readonly MagEffect[] {
    const first = bench.effects.length;
    const target = at + by;
    for (let turns = 0; ; turns++) {
      const next = deadline(bench.mag);
      if (!next || next.at > target) break;
      if (turns > 10_000) throw new Error(`the deadline does not move on: ${next.why} at ${next.at}, now ${at}`);
      at = Math.max(at, next.at);
      give({ kind: 'timer' });
    }
    at = target;
    return bench.effects.slice(first);
  }

  function received(message: MobilityMessage, from: Partial<Endpoint> = {}): Received {
    return { kind: 'message', from: { transport: 'ipv6', local: HOME.ipv6 as string, remote: LMA1.ipv6 as string, ...from }, message, peer: LMA1.id };
  }

  if (options.clock !== false) give({ kind: 'clock', synchronised: true });
  give({ kind: 'careOf', careOf: options.careOf ?? HOME });
  return bench;
}

const clock = (at: Millis): string => (at / 1000).toFixed(3).padStart(8);

/** A bench with one phone attached and active, its effects cleared. */
export function activeBench(options: BenchOptions = {}): Bench {
  const bench = createBench(options);
  bench.attach();
  if (bench.state() !== 'active') throw new Error(`the phone is ${bench.state()}, not active: ${bench.reasons().join('; ')}`);
  bench.clear();
  return bench;
}

export const silent: FakeLma = () => undefined;

/** Refuses with these statuses one after the other, then accepts. */
export function refusing(...statuses: readonly number[]): FakeLma {
  const left = [...statuses];
  return (pbu) => {
    const status = left.shift();
    return status === undefined ? acceptance(pbu) : refusal(pbu, status);
  };
}

export function bri(trigger: number, more: Partial<BindingRevocationIndication> = {}): BindingRevocationIndication {
  return {
    kind: 'bindingRevocationIndication',
    trigger,
    sequence: 77,
    flags: { proxy: true, ipv4Only: false, global: trigger >= 128 },
    options: trigger >= 128 ? [] : [{ kind: 'mnIdentifier', subtype: 1, identifier: NAI }],
    ...more,
  };
}

/** The status of each BRA that was sent. */
export const braStatuses = (bench: Bench): number[] => bench.of('send').flatMap((s) => (s.message.kind === 'bindingRevocationAcknowledgement' ? [s.message.status] : []));

/** What the agent had written down when it was killed. */
export function retainedBy(bench: Bench): RetainedBinding[] {
  const kept = new Map<string, RetainedBinding>();
  for (const e of bench.effects) {
    if (e.kind === 'retain') kept.set(e.binding.mac, e.binding);
    else if (e.kind === 'forget') kept.delete(e.mac);
  }
  // Through JSON, as on disk.
  return JSON.parse(JSON.stringify([...kept.values()])) as RetainedBinding[];
}
