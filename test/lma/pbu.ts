/** The gateway's side for tests of the anchor: builds PBUs as protocol.md 2.9 has them, and moves the clock. */
import type { Endpoint, Received, Send, Transition } from '../../protocol/entity.ts';
import { ATT_WLAN, HANDOFF } from '../../protocol/mobility/codes.ts';
import { noUpdateFlags, type BindingAcknowledgement, type BindingRevocationIndication, type BindingUpdate, type MobilityMessage } from '../../protocol/mobility/messages.ts';
import { find, findAll, type MobilityOption } from '../../protocol/mobility/options.ts';
import { timestampOf, type Now } from '../../protocol/units.ts';
import { vendorOption, VENDOR, wanMtuOption } from '../../protocol/vendor.ts';
import type { BindingRecord } from '../../cloud/lma/bindingStore.ts';
import { DEFAULT_VARIABLES, type LmaConfig, type LmaVariables } from '../../cloud/lma/config.ts';
import { createLma, deadline, step, type Lma, type LmaEffect, type LmaEvent } from '../../cloud/lma/lma.ts';

/** 2026-01-01T00:00:00Z, the clock of the vectors. */
export const EPOCH = 1_767_225_600_000;

export interface Mag {
  readonly id: string | undefined;
  readonly from: Endpoint;
}
const LMA6 = '2001:db8:cafe:1024::101';
const LMA4 = '203.0.113.101';
export const overIpv6 = (id: string | undefined, remote: string): Mag => ({ id, from: { transport: 'ipv6', local: LMA6, remote } });
export const overIpv4 = (id: string | undefined, remote: string, remotePort = 5436): Mag => ({ id, from: { transport: 'udp', local: LMA4, remote, remotePort } });
export const MAG1 = overIpv6('mag1@example.com', '2001:db8:cafe:1025::15');
export const MAG2 = overIpv6('mag2@example.com', '2001:db8:cafe:1026::15');
export const MAG3 = overIpv6('mag3@example.com', '2001:db8:cafe:1027::15');
export const NAT1 = overIpv4('mag1@example.com', '198.51.100.15', 40_001);
export const NAT2 = overIpv4('mag2@example.com', '198.51.100.15', 40_002);

export const PHONE = '00:24:d7:8e:21:a4';
export const TABLET = '00:24:d7:8e:21:a5';

/** What a test wants to differ from an initial dual-stack PBU of one phone; `undefined` leaves an option out. */
export interface Wish {
  readonly mag?: Mag;
  readonly peer?: string | undefined;
  readonly mn?: string | undefined;
  readonly mac?: string | undefined;
  readonly handoff?: number | undefined;
  readonly att?: number | undefined;
  readonly lifetime?: number;
  /** `[]` = no HNP option; default one `::` */
  readonly prefixes?: readonly string[];
  /** Default `0.0.0.0`; undefined = no option 36 */
  readonly hoa?: string | undefined;
  readonly key?: number | 'without' | undefined;
  readonly service?: string;
  readonly linkLocal?: string;
  /** Default the clock; undefined = sequence scheme */
  readonly timestamp?: bigint | undefined;
  readonly sequence?: number;
  readonly flags?: Partial<BindingUpdate['flags']>;
  readonly wanMtu?: number;
  readonly conflict?: boolean;
  readonly more?: readonly MobilityOption[];
}

const has = (wish: Wish, key: keyof Wish): boolean => Object.hasOwn(wish, key);

export function buildPbu(wish: Wish, now: Now, sequence: number): BindingUpdate {
  const mn = has(wish, 'mn') ? wish.mn : 'mn0@example.com';
  const mac = has(wish, 'mac') ? wish.mac : PHONE;
  const handoff = has(wish, 'handoff') ? wish.handoff : HANDOFF.UNKNOWN;
  const att = has(wish, 'att') ? wish.att : ATT_WLAN;
  const hoa = has(wish, 'hoa') ? wish.hoa : '0.0.0.0';
  const lifetime = wish.lifetime ?? 3600;
  const key = has(wish, 'key') ? wish.key : lifetime === 0 ? undefined : 0x0a000005;
  const timestamp = has(wish, 'timestamp') ? wish.timestamp : timestampOf(now.wall);
  const options: (MobilityOption | undefined)[] = [
    mn === undefined ? undefined : { kind: 'mnIdentifier', subtype: 1, identifier: mn },
    wish.service === undefined ? undefined : { kind: 'serviceSelection', service: wish.service },
    handoff === undefined ? undefined : { kind: 'handoffIndicator', indicator: handoff },
    att === undefined ? undefined : { kind: 'accessTechnologyType', technology: att },
    mac === undefined ? undefined : { kind: 'mnLinkLayerIdentifier', identifier: mac },
    ...(wish.prefixes ?? ['::/0']).map((p): MobilityOption => ({ kind: 'homeNetworkPrefix', prefix: p.split('/')[0] as string, prefixLength: Number(p.split('/')[1]) })),
    wish.linkLocal === undefined ? undefined : { kind: 'linkLocalAddress', address: wish.linkLocal },
    hoa === undefined ? undefined : { kind: 'ipv4HomeAddressRequest', prefixLength: hoa === '0.0.0.0' ? 0 : 24, address: hoa },
    key === undefined ? undefined : { kind: 'greKey', ...(key === 'without' ? {} : { key }) },
    timestamp === undefined ? undefined : { kind: 'timestamp', timestamp },
    wish.wanMtu === undefined ? undefined : wanMtuOption(wish.wanMtu),
    wish.conflict ? vendorOption(VENDOR.ADDRESS_CONFLICT, new Uint8Array(0)) : undefined,
    ...(wish.more ?? []),
  ];
  return {
    kind: 'bindingUpdate',
    sequence: wish.sequence ?? sequence,
    flags: { ...noUpdateFlags, acknowledge: true, proxy: true, ...wish.flags },
    lifetime,
    options: options.filter((o) => o !== undefined),
  };
}

/** The seed's LMA in the core's words; uplink keys count up from 0x0b000007. */
export function labConfig(variables: Partial<LmaVariables> = {}, rest: Partial<LmaConfig> = {}): LmaConfig {
  let random = 0x0b000005; // the first goes to the revocations
  return {
    name: 'lma1',
    restartCounter: 7,
    authentication: 'required',
    mags: [{ id: 'mag1@example.com' }, { id: 'mag2@example.com' }, { id: 'mag3@example.com' }],
    nodes: [{ match: '@example.com' }],
    apns: [{ name: 'example.com', space: 0, selectionMode: 'sent-by-ms', ipv4Pool: 'v4', ipv6Pool: 'v6' }],
    ipv4Pools: [{ name: 'v4', network: '192.0.2.0', prefixLength: 24, router: '192.0.2.254' }],
    ipv6Pools: [{ name: 'v6', prefix: { address: '2001:db8:f00d::', length: 48 }, allowStaticAllocation: true }],
    variables: { ...DEFAULT_VARIABLES, ...variables },
    random32: () => ++random,
    ...rest,
  };
}

/** An anchor with a clock that only the test moves. */
export class Anchor {
  lma: Lma;
  now: Now = { at: 0, wall: EPOCH };
  readonly store = new Map<string, BindingRecord>();
  private sequence = 0;

  constructor(config: LmaConfig = labConfig()) {
    this.lma = createLma(config);
  }

  /** One event, with the store kept. */
  take(event: LmaEvent): LmaEffect[] {
    const effects = step(this.lma, event, this.now);
    for (const e of effects) {
      if (e.kind === 'storeBinding') this.store.set(e.key, e.record);
      else if (e.kind === 'forgetBinding') this.store.delete(e.key);
    }
    return effects;
  }

  /** Sends a PBU one millisecond later than whatever came before. */
  pbu(wish: Wish = {}): LmaEffect[] {
    this.now = { at: this.now.at + 1, wall: this.now.wall + 1 };
    const mag = wish.mag ?? MAG1;
    return this.receive(mag, buildPbu(wish, this.now, ++this.sequence), has(wish, 'peer') ? wish.peer : mag.id);
  }

  receive(mag: Mag, message: MobilityMessage, ...as: readonly (string | undefined)[]): LmaEffect[] {
    const peer = as.length > 0 ? as[0] : mag.id;
    const event: Received = { kind: 'message', from: mag.from, message, ...(peer === undefined ? {} : { peer }) };
    return this.take(event);
  }

  /** The PBU's answer. */
  ask(wish: Wish = {}): BindingAcknowledgement {
    const pba = pbaOf(this.pbu(wish));
    if (!pba) throw new Error('no PBA came');
    return pba;
  }

  /** A refresh with everything that `pba` assigned. */
  refresh(pba: BindingAcknowledgement, wish: Wish = {}): LmaEffect[] {
    return this.pbu({ handoff: HANDOFF.NOT_CHANGED, ...assigned(pba), ...wish });
  }

  deregister(pba: BindingAcknowledgement, wish: Wish = {}): LmaEffect[] {
    return this.pbu({ handoff: HANDOFF.UNKNOWN, lifetime: 0, ...assigned(pba), ...wish });
  }

  /** Lets time pass, timers included. */
  pass(ms: number): LmaEffect[] {
    const until = this.now.at + ms;
    const effects: LmaEffect[] = [];
    for (let next = deadline(this.lma); next && next.at <= until; next = deadline(this.lma)) {
      this.moveTo(next.at);
      effects.push(...this.take({ kind: 'timer' }));
    }
    this.moveTo(until);
    return effects;
  }

  private moveTo(at: number): void {
    if (at > this.now.at) this.now = { at, wall: this.now.wall + (at - this.now.at) };
  }
}

/** Prefixes and address of a PBA as a later PBU names them. */
export const assigned = (pba: BindingAcknowledgement): Pick<Wish, 'prefixes' | 'hoa'> => ({
  prefixes: prefixesOf(pba),
  hoa: hoaOf(pba),
});
export const prefixesOf = (pba: BindingAcknowledgement): string[] => findAll(pba.options, 'homeNetworkPrefix').map((o) => `${o.prefix}/${o.prefixLength}`);
export const hoaOf = (pba: BindingAcknowledgement): string | undefined => find(pba.options, 'ipv4HomeAddressReply')?.address;
export const keyOf = (pba: BindingAcknowledgement): number | undefined => find(pba.options, 'greKey')?.key;

export const sendsOf = (effects: readonly LmaEffect[]): Send[] => effects.filter((e) => e.kind === 'send');
export const pbaOf = (effects: readonly LmaEffect[]): BindingAcknowledgement | undefined =>
  sendsOf(effects).map((e) => e.message).find((m) => m.kind === 'bindingAcknowledgement');
export const brisOf = (effects: readonly LmaEffect[]): BindingRevocationIndication[] =>
  sendsOf(effects).map((e) => e.message).filter((m) => m.kind === 'bindingRevocationIndication');
export const pathsOf = (effects: readonly LmaEffect[]) => effects.filter((e) => e.kind === 'setPath').map((e) => e.path);
export const removedOf = (effects: readonly LmaEffect[]): number[] => effects.filter((e) => e.kind === 'removePath').map((e) => e.index);
export const discardsOf = (effects: readonly LmaEffect[]): string[] => effects.filter((e) => e.kind === 'discard').map((e) => e.reason);
export const transitionsOf = (effects: readonly LmaEffect[]): Transition[] => effects.filter((e) => e.kind === 'transition');
export const bindings = (anchor: Anchor) => [...anchor.lma.cache.all()];

export const bra = (bri: BindingRevocationIndication, status = 0): MobilityMessage => ({ kind: 'bindingRevocationAcknowledgement', status, sequence: bri.sequence, flags: bri.flags, options: [] });
