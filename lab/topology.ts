/**
 * The lab's world as data: who stands where and with which addresses.
 *
 *   rs-phone1   rs-phone2 ...            phones: only wlan0; they run wpa_supplicant and a DHCP client, nothing of ours
 *      |wlan0      |wlan0
 *   +--|-----------|---------------+
 *   |  ph1         ph2     rs-air  |     the air: a bridge per home; a roam moves the phone's port to another bridge,
 *   | [air1]   [air2]   [air3]     |     so the phone keeps its interface, its MAC, its addresses and its carrier
 *   |  ap1      ap2      ap3       |
 *   +--|--------|--------|---------+
 *      |wlan0   |        |               the "radio": hostapd (driver=wired) listens here
 *   [br-access] |        |               above it the fixed MAC and link-local of RFC 6543
 *   rs-home1  rs-home2  rs-home3         a MAG each
 *      |wan0    |        |wan0  192.168.3.2
 *      |        |     rs-nat3            optional: home 3 stands behind an IPv4 NAT
 *      |        |        |
 *   +--home1----home2----home3-----+
 *   |            rs-net            |     the transport, IPv6 and IPv4, a subnet per home
 *   +-------------lma--------------+
 *                  |net0                 optional: a delay line instead of a wire, 10 ms each way
 *               rs-lma                   the LMA (beside it, if wanted, rs-aaa with a RADIUS server)
 *                  |inet0
 *               rs-inet                  a host on the internet; sees the phones' home addresses
 */
import { MAG_LINK_LOCAL, MAG_MAC } from '../protocol/address.ts';
import type { Ipv4, Ipv6 } from '../protocol/address.ts';
import type { Mac } from '../protocol/mac.ts';

export interface LabOptions {
  readonly homes: number;
  readonly phones: number;
  /** One way, between transport and LMA. */
  readonly delayMs: number;
  /** Number of the home that stands behind a NAT. */
  readonly nat?: number;
  /** Number of the home whose WAN carries 1492 octets, as PPPoE does. */
  readonly narrow?: number;
  /** A RADIUS server's host on the transport. */
  readonly aaa?: boolean;
  /** Begins every namespace's name. Labs with different prefixes run side by side. */
  readonly prefix: string;
}

export const DEFAULTS: LabOptions = { homes: 2, phones: 1, delayMs: 0, prefix: 'rs-' };

export interface HomePlan {
  readonly number: number;
  readonly namespace: string;
  /** Address of the home's own WAN interface; behind the NAT the private one, and then no IPv6. */
  readonly ipv4: Ipv4;
  readonly ipv4Router: Ipv4;
  readonly ipv6?: Ipv6;
  readonly ipv6Router?: Ipv6;
  readonly wanMtu: number;
  readonly radioMac: Mac;
  readonly nat?: { readonly namespace: string; readonly outside: Ipv4; readonly router: Ipv4 };
}

export interface PhonePlan {
  readonly number: number;
  readonly namespace: string;
  readonly mac: Mac;
  /** EAP identity, and with it the MN identifier. */
  readonly identity: string;
}

export interface Plan {
  readonly options: LabOptions;
  readonly air: string;
  readonly net: string;
  readonly lma: { readonly namespace: string; readonly ipv4: Ipv4; readonly ipv6: Ipv6; readonly ipv4Router: Ipv4; readonly ipv6Router: Ipv6 };
  readonly inet: { readonly namespace: string; readonly ipv4: Ipv4; readonly ipv6: Ipv6; readonly ipv4Router: Ipv4; readonly ipv6Router: Ipv6 };
  /** Where a RADIUS server can run; there if the options ask for it. */
  readonly aaa?: { readonly namespace: string; readonly ipv4: Ipv4; readonly ipv6: Ipv6; readonly ipv4Router: Ipv4; readonly ipv6Router: Ipv6 };
  readonly homes: readonly HomePlan[];
  readonly phones: readonly PhonePlan[];
}

export const RADIO = 'wlan0';
export const ACCESS = 'br-access';
export const WAN = 'wan0';
export const TRANSPORT = 'net0';
export const INTERNET = 'inet0';
/** Subscribers' addresses: the phones' home network prefixes come from the second, /64 each. */
export const POOL4 = { prefix: '10.77.0.0/16', gateway: '10.77.0.1' } as const;
export const POOL6 = { prefix: '2001:db8:7700::/40' } as const;
/** Of the host with the RADIUS server. */
export const AAA = { ipv4: '198.18.252.2', ipv6: '2001:db8:252::2', ipv4Router: '198.18.252.1', ipv6Router: '2001:db8:252::1' } as const;
export const HOMES_MAX = 64;
export const PHONES_MAX = 200;

const MASQUERADE = `table ip nat {
  chain post {
    type nat hook postrouting priority srcnat
    oifname "out0" masquerade
  }
}
`;

const hex2 = (n: number) => n.toString(16).padStart(2, '0');

/** @throws RangeError that says which option is wrong and what it may be */
export function planOf(options: LabOptions): Plan {
  const { homes, phones, nat, narrow, prefix } = options;
  const within = (name: string, value: number, low: number, high: number) => {
    if (!Number.isInteger(value) || value < low || value > high) throw new RangeError(`${name} is ${value}; it must be a whole number from ${low} to ${high}`);
  };
  within('homes', homes, 1, HOMES_MAX);
  within('phones', phones, 1, PHONES_MAX);
  if (nat !== undefined) within('nat', nat, 1, homes);
  if (narrow !== undefined) within('narrow', narrow, 1, homes);
  if (!(options.delayMs >= 0 && options.delayMs <= 1000)) throw new RangeError(`delay is ${options.delayMs}; it must be 0 to 1000 ms`);
  if (!/^[a-z][a-z0-9]{0,7}-$/.test(prefix)) throw new RangeError(`prefix is "${prefix}"; it must be up to eight letters and digits and a dash`);
  return {
    options,
    air: `${prefix}air`,
    net: `${prefix}net`,
    lma: { namespace: `${prefix}lma`, ipv4: '198.18.250.2', ipv6: '2001:db8:250::2', ipv4Router: '198.18.250.1', ipv6Router: '2001:db8:250::1' },
    inet: { namespace: `${prefix}inet`, ipv4: '198.51.100.2', ipv6: '2001:db8:251::2', ipv4Router: '198.51.100.1', ipv6Router: '2001:db8:251::1' },
    ...(options.aaa ? { aaa: { namespace: `${prefix}aaa`, ...AAA } } : {}),
    homes: Array.from({ length: homes }, (_, i) => homePlan(i + 1, options)),
    phones: Array.from({ length: phones }, (_, i) => ({
      number: i + 1,
      namespace: `${prefix}phone${i + 1}`,
      mac: `02:bb:00:00:00:${hex2(i + 1)}`,
      identity: `phone${i + 1}@home.example`,
    })),
  };
}

function homePlan(n: number, { nat, narrow, prefix }: LabOptions): HomePlan {
  const common = { number: n, namespace: `${prefix}home${n}`, wanMtu: narrow === n ? 1492 : 1500, radioMac: `02:aa:00:00:00:${hex2(n)}` };
  const outside = { ipv4: `198.18.${n}.2`, ipv4Router: `198.18.${n}.1` };
  if (nat !== n) return { ...common, ...outside, ipv6: `2001:db8:${n}::2`, ipv6Router: `2001:db8:${n}::1` };
  return {
    ...common,
    ipv4: `192.168.${n}.2`,
    ipv4Router: `192.168.${n}.1`,
    nat: { namespace: `${prefix}nat${n}`, outside: outside.ipv4, router: outside.ipv4Router },
  };
}

/** What to run, in this order: settings precede the devices, because a device takes its own copy when it appears. */
export interface Construction {
  /** `ip -batch` in the host's namespace, as are the wires. */
  readonly namespaces: readonly string[];
  readonly sysctl: ReadonlyMap<string, readonly string[]>;
  readonly wires: readonly string[];
  /** `ip -batch` in each namespace. */
  readonly inside: ReadonlyMap<string, readonly string[]>;
  readonly nft: ReadonlyMap<string, string>;
}

/** What phones and homes meet over: bridges with a port for each, or real radios, which bring their own devices and their own air. */
export type Air = 'bridges' | 'radios';

export function construction(plan: Plan, air: Air = 'bridges'): Construction {
  const namespaces: string[] = [];
  const wires: string[] = [];
  const inside = new Map<string, string[]>();
  const sysctl = new Map<string, string[]>();
  const nft = new Map<string, string>();
  const at = (ns: string, ...lines: string[]) => inside.get(ns)?.push(...lines);
  const namespace = (ns: string, ...settings: string[]) => {
    namespaces.push(`netns add ${ns}`);
    inside.set(ns, ['link set lo up']);
    sysctl.set(ns, ['net.ipv6.conf.default.accept_dad=0', ...settings]);
  };
  const wire = (nsA: string, a: string, nsB: string, b: string, mtu = 1500) => {
    wires.push(`link add ${a} netns ${nsA} mtu ${mtu} type veth peer name ${b} mtu ${mtu} netns ${nsB}`);
  };
  const up = (ns: string, device: string, ...addresses: string[]) => {
    at(ns, ...addresses.map((a) => `address add ${a} dev ${device}${a.includes(':') ? ' nodad' : ''}`), `link set ${device} up`);
  };
  const router = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.default.rp_filter=0'];
  const { net, lma, inet } = plan;
  const bridges = air === 'bridges';

  // The air carries frames and no addresses of its own.
  if (bridges) namespace(plan.air, 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1');
  namespace(net, ...router);
  namespace(lma.namespace, ...router);
  namespace(inet.namespace);

  for (const home of plan.homes) {
    const n = home.number;
    namespace(home.namespace, ...router);
    if (bridges) {
      // Bit 3: EAPOL's group address 01:80:c2:00:00:03, which a bridge otherwise keeps to itself.
      at(plan.air, `link add air${n} type bridge group_fwd_mask 8 mcast_snooping 0`, `link set air${n} up`);
      wire(plan.air, `ap${n}`, home.namespace, RADIO);
      at(plan.air, `link set ap${n} master air${n}`, `link set ap${n} up`);
    }
    at(home.namespace, `link set ${RADIO} address ${home.radioMac}`, `link set ${RADIO} addrgenmode none`, `link add ${ACCESS} address ${MAG_MAC} type bridge mcast_snooping 0`);
    at(home.namespace, `link set ${ACCESS} addrgenmode none`);
    // A radio can be a bridge's port only as an access point, so hostapd puts it there.
    if (bridges) at(home.namespace, `link set ${RADIO} master ${ACCESS}`, `link set ${RADIO} up`);
    up(home.namespace, ACCESS, `${MAG_LINK_LOCAL}/64`);

    const transportSide = `home${n}`;
    if (home.nat) {
      namespace(home.nat.namespace, 'net.ipv4.ip_forward=1');
      wire(home.namespace, WAN, home.nat.namespace, 'in0', home.wanMtu);
      wire(home.nat.namespace, 'out0', net, transportSide, home.wanMtu);
      up(home.nat.namespace, 'in0', `${home.ipv4Router}/24`);
      up(home.nat.namespace, 'out0', `${home.nat.outside}/24`);
      at(home.nat.namespace, `route add default via ${home.nat.router}`);
      nft.set(home.nat.namespace, MASQUERADE);
      up(net, transportSide, `${home.nat.router}/24`);
    } else {
      wire(home.namespace, WAN, net, transportSide, home.wanMtu);
      up(net, transportSide, `${home.ipv4Router}/24`, `${home.ipv6Router}/64`);
    }
    up(home.namespace, WAN, `${home.ipv4}/24`, ...(home.ipv6 ? [`${home.ipv6}/64`] : []));
    at(home.namespace, `route add default via ${home.ipv4Router}`, ...(home.ipv6Router ? [`route add ::/0 via ${home.ipv6Router}`] : []));
  }

  for (const phone of plan.phones) {
    namespaces.push(`netns add ${phone.namespace}`);
    inside.set(phone.namespace, ['link set lo up', `link set ${RADIO} address ${phone.mac}`, `link set ${RADIO} up`]);
    if (bridges) wire(plan.air, `ph${phone.number}`, phone.namespace, RADIO);
  }

  // With a delay the two ends are TAP devices of the delay line, which is started before their addresses are set.
  if (plan.options.delayMs === 0) wire(net, 'lma', lma.namespace, TRANSPORT);
  up(net, 'lma', `${lma.ipv4Router}/24`, `${lma.ipv6Router}/64`);
  up(lma.namespace, TRANSPORT, `${lma.ipv4}/24`, `${lma.ipv6}/64`);
  at(lma.namespace, `route add default via ${lma.ipv4Router}`, `route add ::/0 via ${lma.ipv6Router}`);

  if (plan.aaa) {
    const { namespace: ns, ipv4, ipv6, ipv4Router, ipv6Router } = plan.aaa;
    namespace(ns);
    wire(net, 'aaa', ns, 'eth0');
    up(net, 'aaa', `${ipv4Router}/24`, `${ipv6Router}/64`);
    up(ns, 'eth0', `${ipv4}/24`, `${ipv6}/64`);
    at(ns, `route add default via ${ipv4Router}`, `route add ::/0 via ${ipv6Router}`);
  }

  wire(lma.namespace, INTERNET, inet.namespace, 'eth0');
  up(lma.namespace, INTERNET, `${inet.ipv4Router}/24`, `${inet.ipv6Router}/64`);
  up(inet.namespace, 'eth0', `${inet.ipv4}/24`, `${inet.ipv6}/64`);
  at(inet.namespace, `route add default via ${inet.ipv4Router}`, `route add ::/0 via ${inet.ipv6Router}`);
  return { namespaces, sysctl, wires, inside, nft };
}
